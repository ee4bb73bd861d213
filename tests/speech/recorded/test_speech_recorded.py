"""Recordings: refused with a reason, aligned to their words, recognised without them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import AudioError, OptionError
from avatar.core.media import write_wav
from avatar.core.progress import silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak
from speech.recorded.forced import force

TEXT = "The boat moves past the old stone bridge while people watch from the park. Please bring a warm jumper."


@dataclass(frozen=True)
class Truth:
    speech: Speech
    path: Path


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    folder = tmp_path_factory.mktemp("truth")
    speech = speak(parse(TEXT), "piper", SpeechOptions(seed=3), silent(), folder)
    write_wav(folder / "spoken.wav", speech.samples, speech.rate)
    return Truth(speech, folder / "spoken.wav")


def recorded(folder: Path, path: Path, transcript: str | None = None, **options: object) -> Speech:
    """``path`` timed by its sound alone."""
    chosen = SpeechOptions(audio=path, transcript=transcript, engine_options={"hear": "no"}, **options)  # type: ignore[arg-type]
    return speak(None, None, chosen, silent(), folder)


def test_a_transcript_is_aligned_to_the_sound(english: Truth, tmp_path: Path) -> None:
    timed = recorded(tmp_path, english.path, TEXT)
    assert timed.timing == "aligned"
    assert [w.text for w in timed.words] == [w.text for w in english.speech.words]
    assert [p.ipa for p in timed.phonemes] == [p.ipa for p in english.speech.phonemes]
    errors = [abs(a.start - b.start) for a, b in zip(timed.phonemes, english.speech.phonemes, strict=True)]
    assert np.median(errors) < 0.025
    assert np.percentile(errors, 90) < 0.09


def test_phones_are_recognised_without_a_transcript(english: Truth, tmp_path: Path) -> None:
    timed = recorded(tmp_path, english.path)
    assert timed.timing == "recognised"
    assert timed.words == ()
    shut = [p for p in english.speech.phonemes if p.ipa in "pbm"]
    found = [p for p in timed.phonemes if p.ipa in "pbm"]
    near = [any(abs(p.start - q.start) < 0.08 for q in found) for p in shut]
    assert np.mean(near) > 0.6


def test_russian_recordings_are_aligned(tmp_path: Path) -> None:
    text = "Мама мыла раму, а папа читал газету у окна."
    truth = speak(parse(text), "espeak", SpeechOptions(), silent(), tmp_path / "truth")
    slower = np.interp(np.arange(0, len(truth.samples), 0.9), np.arange(len(truth.samples)), truth.samples)
    write_wav(tmp_path / "slow.wav", slower.astype(np.float32), truth.rate)
    timed = recorded(tmp_path / "timed", tmp_path / "slow.wav", text)
    assert timed.language == "ru"
    errors = [abs(a.start - b.start / 0.9) for a, b in zip(timed.phonemes, truth.phonemes, strict=True)]
    assert np.median(errors) < 0.03


def test_the_sound_keeps_its_length(english: Truth, tmp_path: Path) -> None:
    assert recorded(tmp_path, english.path).seconds == pytest.approx(english.speech.seconds, abs=0.02)


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_other_rates_are_read(english: Truth, tmp_path: Path, rate: int) -> None:
    places = np.arange(0, len(english.speech.samples), english.speech.rate / rate)
    sound = np.interp(places, np.arange(len(english.speech.samples)), english.speech.samples).astype(np.float32)
    write_wav(tmp_path / "other.wav", sound, rate)
    timed = recorded(tmp_path / "w", tmp_path / "other.wav", TEXT)
    errors = [abs(a.start - b.start) for a, b in zip(timed.phonemes, english.speech.phonemes, strict=True)]
    assert np.median(errors) < 0.05


def test_unusable_recordings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("this is no sound")
    write_wav(tmp_path / "silent.wav", np.zeros(16_000, np.float32), 16_000)
    write_wav(tmp_path / "short.wav", np.full(100, 0.5, np.float32), 16_000)
    for name, reason in (
        ("text.wav", "cannot be used"),
        ("silent.wav", "silent"),
        ("short.wav", "shorter"),
        ("none.wav", "no file"),
    ):
        with pytest.raises(AudioError, match=reason):
            recorded(tmp_path / "w", tmp_path / name)


def test_a_transcript_that_cannot_fit_is_refused(english: Truth, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="does not fit"):
        recorded(tmp_path, english.path, TEXT * 12)


def test_a_voice_beside_a_recording_is_refused(english: Truth, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--voice"):
        recorded(tmp_path, english.path, voice="en_US-joe")


def test_phones_of_other_languages_are_not_forced_on_the_english_model(english: Truth) -> None:
    assert force(np.zeros(16_000, np.float32), [["m", "y"], ["b"]]) is None
    assert force(np.zeros(16_000, np.float32), []) is None
