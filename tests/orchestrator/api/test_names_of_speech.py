"""What a request for speech or for a preview may say: names, engines, sizes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.api.errors import ApiError
from orchestrator.api.form.refusal import FieldError
from orchestrator.api.routes import backdrops, presets, speech
from orchestrator.api.routes.backdrops import Preview
from orchestrator.api.routes.speech import SpeechBody


@pytest.mark.parametrize("voice", ["auto", "default", "", {"id": "auto"}])
def test_no_voice_in_particular_is_chosen_by_the_language(voice: object) -> None:
    assert SpeechBody.model_validate({"input": "Hi.", "voice": voice}).voice is None
    assert SpeechBody(input="Hi.").voice is None


def test_a_voice_is_named_plainly_or_as_an_object() -> None:
    for voice in ("tone", {"id": "tone"}):
        assert SpeechBody.model_validate({"input": "Hi.", "voice": voice}).voice == "tone"


@pytest.mark.parametrize(
    ("fields", "good"),
    [
        ({"speed": 0.25}, True), ({"speed": 4.0}, True), ({"speed": 0.24}, False), ({"speed": 4.1}, False),
        ({"input": "a" * 4096}, True), ({"input": "a" * 4097}, False), ({"input": ""}, False),
        ({"model": "a" * 100}, True), ({"model": "a" * 101}, False), ({"instructions": ""}, True),
        ({"instructions": "slowly"}, False), ({"stream_format": "audio"}, True), ({"stream_format": "sse"}, False),
        ({"response_format": "pcm"}, True), ({"response_format": "m4a"}, False), ({"other": 1}, False),
    ],
)  # fmt: skip
def test_speech_is_asked_for_within_its_limits(fields: dict[str, Any], good: bool) -> None:
    if good:
        SpeechBody.model_validate({"input": "Hi.", **fields})
    else:
        with pytest.raises(ValidationError):
            SpeechBody.model_validate({"input": "Hi.", **fields})


def test_what_is_asked_for_is_handed_on() -> None:
    body = {
        "input": "Hi.",
        "voice": "tone",
        "lang": "en",
        "model": "speech/tone",
        "speed": 1.5,
        "response_format": "wav",
    }
    asked = speech._asked(SpeechBody.model_validate(body))
    assert (asked.text, asked.voice, asked.lang, asked.engine) == ("Hi.", "tone", "en", "tone")
    assert (asked.speed, asked.format) == (1.5, "wav")
    usual = SpeechBody(input="Hi.")
    assert (usual.speed, usual.response_format, usual.model) == (1.0, "mp3", "govorun")


@pytest.mark.parametrize(
    ("model", "engine"),
    [("govorun", None), ("tts-1", None), ("tts-1-hd", None), ("gpt-4o-mini-tts", None), ("tone", "tone"),
     ("speech/piper", "piper")],
)  # fmt: skip
def test_a_model_is_an_engine_or_whoever_suits(model: str, engine: str | None) -> None:
    assert speech._engine(model) == engine


@pytest.mark.parametrize("model", ["tts-2", "speech/none", "recorded", "speech/recorded"])
def test_a_model_that_is_not_here_is_told(model: str) -> None:
    with pytest.raises(ApiError) as told:
        speech._engine(model)
    assert (told.value.status, told.value.code, told.value.param) == (404, "model_not_found", "model")
    assert told.value.message == f"There is no model {model!r}: say govorun."


@pytest.mark.parametrize(
    ("size", "good"),
    [("320x180", True), ("640x640", True), ("642x360", False), ("360x642", False), ("128x128", True),
     ("126x128", False)],
)  # fmt: skip
def test_a_preview_is_small(size: str, good: bool) -> None:
    if good:
        assert Preview(prompt="sea", size=size).size == size
    else:
        with pytest.raises(ValidationError):
            Preview(prompt="sea", size=size)


@pytest.mark.parametrize(
    ("fields", "good"),
    [
        ({"frames": 1}, True), ({"frames": 24}, True), ({"frames": 0}, False), ({"frames": 25}, False),
        ({"seed": 0}, True), ({"seed": -1}, False), ({"seed": 2**63 - 1}, True), ({"seed": 2**63}, False),
        ({"prompt": "a" * 2001}, False), ({"engine": "rooms"}, True), ({"engine": "film"}, False), ({"x": 1}, False),
    ],
)  # fmt: skip
def test_a_preview_is_asked_for_within_its_limits(fields: dict[str, Any], good: bool) -> None:
    if good:
        Preview.model_validate({"prompt": "sea", **fields})
    else:
        with pytest.raises(ValidationError):
            Preview.model_validate({"prompt": "sea", **fields})


def test_a_preview_is_drawn_as_it_was_asked_for() -> None:
    body = Preview(prompt=" calm ocean ", seed=3, size="128x256", frames=2, engine="painted")
    asked = backdrops._asked(body)
    assert (asked.backdrop, asked.seed, asked.size, asked.frames, asked.engine) == (
        "calm ocean", 3, "128x256", 2, "painted",
    )  # fmt: skip
    usual = Preview(prompt="sea")
    assert (usual.seed, usual.size, usual.frames, usual.engine) == (0, "320x180", 16, None)
    with pytest.raises(FieldError, match="nothing to draw"):
        backdrops._drawn(" photo ")


def test_a_preset_has_a_name_that_can_be_printed() -> None:
    assert presets._named("  Evening \n  news ") == "Evening news"
    for name in ("", "   ", "a\0b", "a\u200bb"):
        with pytest.raises(FieldError, match="name that can be printed"):
            presets._named(name)
