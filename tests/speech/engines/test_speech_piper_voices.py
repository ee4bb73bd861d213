"""Piper voices beside the packaged one: by path, by catalogue name, with several speakers; files that are damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from avatar.core import web
from avatar.core.errors import MissingEngine, VoiceError
from avatar.core.progress import silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak
from speech.choosing import resolve
from speech.engines import piper_graph
from speech.engines.piper import Piper
from speech.engines.piper_graph import CHANNELS, DURATIONS, LENGTHS, NOISES, exact_copy
from speech.engines.piper_voice import open_voice
from speech.options import speaker_of
from tests.loopback import Loopback
from tests.piper_networks import SEVERAL, make_voice

NAME = "en_GB-hum-medium"


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A voice with the speakers speaker-0, speaker-1 and one without a name."""
    return make_voice(SEVERAL, tmp_path_factory.mktemp("voices"), "several")


@pytest.fixture
def catalogue(several: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server whose catalogue has one voice."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(web, "_PAUSES", (0.0,) * 4)
    with Loopback() as server:
        monkeypatch.setenv("GOVORUN_VOICES_URL", server.url)
        files = {
            f"en/{NAME}.onnx": several.read_bytes(),
            f"en/{NAME}.onnx.json": several.with_name(f"{several.name}.json").read_bytes(),
            "en/MODEL_CARD": b"* License: CC0\n",
        }
        server.serve_voices({NAME: files}, {})
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose cache keeps the prepared voices from test to test."""
    return tmp_path_factory.mktemp("shared")


def say(voice: Path | str, folder: Path, **options: object) -> Speech:
    chosen = SpeechOptions(
        voice=str(voice),
        cache=folder / "cache",
        lang="en",
        remember=False,
        **options,  # type: ignore[arg-type]
    )
    return speak(parse("We make boats."), None, chosen, silent(), folder / "work")


def test_every_speaker_has_a_sound_of_its_own(several: Path, shared: Path) -> None:
    sounds = [say(f"{several}:{name}", shared).samples.tobytes() for name in ("speaker-0", "speaker-1", "2")]
    assert len(set(sounds)) == 3
    assert say(several, shared).samples.tobytes() == sounds[0]
    assert say(f"{several}:1", shared).samples.tobytes() == sounds[1]
    assert say(several, shared, engine_options={"speaker": "speaker-1"}).samples.tobytes() == sounds[1]


def test_speakers_change_by_direction(several: Path, shared: Path) -> None:
    script = parse(f"We make [voice: {several}:speaker-1]wonderful[/voice] boats.")
    speech = speak(script, None, SpeechOptions(voice=str(several), cache=shared), silent(), shared)
    assert [Path(voice).name for _, voice in speech.speakers] == ["several.onnx", "several.onnx:speaker-1"]


@pytest.mark.parametrize(("speaker", "said"), [("nobody", "speaker-0, speaker-1"), ("3", "speaker-0"), ("-1", "'-1'")])
def test_an_unknown_speaker_is_refused_by_name(several: Path, shared: Path, speaker: str, said: str) -> None:
    with pytest.raises(VoiceError, match=said):
        say(f"{several}:{speaker}", shared)


def test_a_voice_of_one_speaker_has_no_others(several: Path, shared: Path) -> None:
    voice = open_voice(str(several), shared / "cache", silent())
    with pytest.raises(VoiceError, match="one speaker"):
        replace(voice, speakers={}, speaker_count=1).speaker("7")
    assert replace(voice, first_speaker=2).speaker(None) == 2


@pytest.mark.parametrize(
    ("voice", "parts"),
    [
        ("en_US-joe", ("en_US-joe", None)),
        ("en_US-libritts-high:17", ("en_US-libritts-high", "17")),
        ("C:\\voices\\a.onnx", ("C:\\voices\\a.onnx", None)),
        ("C:\\voices\\a.onnx:anna", ("C:\\voices\\a.onnx", "anna")),
        ("/a:b/c.onnx", ("/a:b/c.onnx", None)),
        ("a.onnx:", ("a.onnx:", None)),
    ],
)
def test_names_and_speakers_are_told_apart(voice: str, parts: tuple[str, str | None]) -> None:
    assert speaker_of(voice) == parts


def test_a_voice_of_the_catalogue_is_pulled_once_and_then_listed(
    catalogue: Loopback, tmp_path: Path, shared: Path, several: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path / "cache"))
    assert resolve("en-GB").voice == "en_US-joe"
    first = say(NAME, tmp_path)
    assert len(catalogue.requests) == 4
    assert first.samples.tobytes() == say(NAME, tmp_path).samples.tobytes() == say(several, shared).samples.tobytes()
    assert len(catalogue.requests) == 4
    assert [(v.name, v.language, v.licence) for v in Piper().voices()][1:] == [(NAME, "en-GB", "CC0")]
    assert resolve("en-GB").voice == NAME
    assert resolve("en").voice == "en_US-joe"
    assert Piper().card(NAME).weights_sha256 != Piper().card().weights_sha256
    assert Piper().card(NAME).weights_licence == "CC0"


def test_a_voice_that_cannot_be_pulled_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_PAUSES", (0.0,) * 4)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("GOVORUN_VOICES_URL", "http://127.0.0.1:9")
    with pytest.raises(MissingEngine, match="ru_RU-irina-medium is not here"):
        say("ru_RU-irina-medium", tmp_path)


def test_a_name_that_the_catalogue_lacks_is_refused(catalogue: Loopback, tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match=NAME):
        say("en_GB-hums-medium", tmp_path)


def test_a_voice_is_prepared_once_and_loaded_again_only_when_it_changed(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    session = onnxruntime.InferenceSession

    def spy(model: str | bytes, *arguments: object, **options: object) -> object:
        loaded.extend([model] if isinstance(model, str) else [])
        return session(model, *arguments, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", spy)
    own, description = tmp_path / "own.onnx", several.with_name(f"{several.name}.json").read_text()
    own.write_bytes(several.read_bytes())
    own.with_name("own.onnx.json").write_text(description)
    spoken = [say(own, tmp_path, seed=seed) for seed in range(3)]
    assert len(loaded) == 1
    assert [path.name for path in (tmp_path / "cache" / "voices").iterdir()] == [Path(loaded[0]).name]
    own.with_name("own.onnx.json").write_text(description.replace('"length_scale": 1', '"length_scale": 1.6'))
    assert say(own, tmp_path).seconds > 1.2 * spoken[0].seconds
    assert len(loaded) == 2


def test_the_copy_is_fused_already_and_sounds_like_one_that_is_not(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fused = exact_copy(several, "fused", tmp_path)
    monkeypatch.setattr(piper_graph, "_write_fused", lambda model, path, name: path.write_bytes(model))
    plain = exact_copy(several, "plain", tmp_path)
    never, usual = onnxruntime.SessionOptions(), onnxruntime.SessionOptions()
    never.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    sounds = [_sound(path, settings) for path, settings in ((fused, never), (plain, usual))]
    assert len(sounds[0]) > 0
    assert sounds[0] == sounds[1]
    operations = [len(onnx.load(str(path)).graph.node) for path in (fused, plain)]
    assert operations[0] < operations[1]


def _sound(path: Path, settings: onnxruntime.SessionOptions) -> bytes:
    settings.intra_op_num_threads = 1
    draw, count = np.random.default_rng(3), 20
    feed = {
        "input": draw.integers(1, 4, (1, count)),
        "input_lengths": np.array([count]),
        "scales": np.array([0.7, 1.0, 0.8], np.float32),
        "sid": np.array([1]),
        LENGTHS: np.ones((1, 1, count), np.float32),
        **{name: draw.normal(size=(1, CHANNELS[name], 200)).astype(np.float32) for name in NOISES},
    }
    session = onnxruntime.InferenceSession(str(path), settings)
    samples, frames = session.run(["output", DURATIONS], feed)
    return bytes(samples.tobytes() + frames.tobytes())


def test_the_pace_is_that_of_the_options(several: Path, shared: Path) -> None:
    plain, slow = say(several, shared), say(several, shared, speed=0.7)
    assert slow.seconds > 1.2 * plain.seconds
    assert np.isfinite(slow.samples).all()


@pytest.mark.parametrize("model", [b"", b"rubbish", None])
def test_a_damaged_network_is_told(several: Path, tmp_path: Path, model: bytes | None) -> None:
    whole = several.read_bytes()
    own = tmp_path / "own.onnx"
    own.write_bytes(whole[: len(whole) // 2] if model is None else model)
    own.with_name("own.onnx.json").write_bytes(several.with_name(f"{several.name}.json").read_bytes())
    with pytest.raises(VoiceError, match=r"own\.onnx"):
        say(own, tmp_path)


@pytest.mark.parametrize(
    ("description", "said"),
    [
        (None, "is not there"),
        ("", "holds no JSON"),
        ("{", "holds no JSON"),
        ("[]", "does not describe"),
        ("{}", "does not describe"),
        ('{"inference": {}, "audio": {}}', "does not describe"),
    ],
)
def test_a_damaged_description_is_told(several: Path, tmp_path: Path, description: str | None, said: str) -> None:
    own = tmp_path / "own.onnx"
    own.write_bytes(several.read_bytes())
    if description is not None:
        own.with_name("own.onnx.json").write_text(description)
    with pytest.raises(VoiceError, match=rf"own\.onnx\.json.*{said}"):
        say(own, tmp_path)


def test_a_voice_that_reads_letters_is_refused(several: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.onnx"
    own.write_bytes(several.read_bytes())
    own.with_name("own.onnx.json").write_text('{"phoneme_type": "text"}')
    with pytest.raises(VoiceError, match="own reads text"):
        say(own, tmp_path)
