"""Pace, pitch and volume of directions, measured on the sound that comes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.core.progress import silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak
from speech.sound.pitch import repitched

TEXT = "We make wonderful boats by the river, and we sail them every summer."
ENGINES = ("piper", "espeak", "tone")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Speech]:
    return {engine: say(TEXT, engine, tmp_path_factory.mktemp(engine)) for engine in ENGINES}


def say(text: str, engine: str, folder: Path) -> Speech:
    return speak(parse(text), engine, SpeechOptions(), silent(), folder)


def hertz(speech: Speech, first: int = 0, last: int = -1) -> float:
    """Median pitch from word ``first`` to word ``last``."""
    part = speech.pitch[int(speech.words[first].start * 100) : int(speech.words[last].end * 100)]
    return float(np.median(part[part > 0]))


def decibels(speech: Speech, first: int = 0, last: int = -1) -> float:
    """Level from word ``first`` to word ``last``."""
    begin, end = (int(s * speech.rate) for s in (speech.words[first].start, speech.words[last].end))
    return float(10 * np.log10(np.mean(np.square(speech.samples[begin:end]))))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("value", "factor"), [("+20%", 1.2), ("-20%", 0.8), ("+5st", 1.335)])
def test_pitch_changes_the_frequency_and_keeps_the_length_nearly(
    tmp_path: Path, plain: dict[str, Speech], engine: str, value: str, factor: float
) -> None:
    speech = say(f"[pitch: {value}]{TEXT}[/pitch]", engine, tmp_path)
    assert hertz(speech) / hertz(plain[engine]) == pytest.approx(factor, rel=0.05)
    assert speech.seconds == pytest.approx(plain[engine].seconds, rel=0.1)


@pytest.mark.parametrize("engine", ENGINES)
def test_pitch_acts_on_its_words_alone(tmp_path: Path, plain: dict[str, Speech], engine: str) -> None:
    speech = say(TEXT.replace("wonderful boats", "[pitch: +30%]wonderful boats[/pitch]"), engine, tmp_path)
    assert hertz(speech, 2, 3) / hertz(plain[engine], 2, 3) == pytest.approx(1.3, rel=0.07)
    assert hertz(speech, 5, 8) / hertz(plain[engine], 5, 8) == pytest.approx(1.0, rel=0.1)
    assert all(p.end <= speech.seconds for p in speech.phonemes)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("change", [-6, -20])
def test_volume_changes_the_level(tmp_path: Path, plain: dict[str, Speech], engine: str, change: int) -> None:
    speech = say(f"[volume: {change}dB]{TEXT}[/volume]", engine, tmp_path)
    assert decibels(speech) - decibels(plain[engine]) == pytest.approx(change, abs=1.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_louder_voice_stays_under_the_peak(tmp_path: Path, plain: dict[str, Speech], engine: str) -> None:
    speech = say(f"[volume: +6dB]{TEXT}[/volume]", engine, tmp_path)
    assert 2 < decibels(speech) - decibels(plain[engine]) <= 6.1
    assert np.abs(speech.samples).max() < 10 ** (-1 / 20)


def test_volume_acts_on_its_words_alone(tmp_path: Path, plain: dict[str, Speech]) -> None:
    speech = say(TEXT.replace("wonderful boats", "[volume: -12dB]wonderful boats[/volume]"), "piper", tmp_path)
    assert decibels(speech, 2, 3) - decibels(plain["piper"], 2, 3) < -8
    assert decibels(speech, 5, 8) - decibels(plain["piper"], 5, 8) == pytest.approx(0, abs=2)


@pytest.mark.parametrize("engine", ENGINES)
def test_rate_changes_the_length(tmp_path: Path, plain: dict[str, Speech], engine: str) -> None:
    speech = say(f"[rate: 70%]{TEXT}[/rate]", engine, tmp_path)
    assert speech.seconds > 1.1 * plain[engine].seconds


def test_the_innermost_pace_counts(tmp_path: Path) -> None:
    words = say("[slow]One [rate: 150%]two[/rate] three.[/slow]", "tone", tmp_path).words
    assert words[1].end - words[1].start < 0.6 * (words[0].end - words[0].start)


def test_parts_of_a_sound_are_read_faster_without_a_click() -> None:
    time = np.arange(30_000) / 22_050
    sound = np.sin(2 * np.pi * 100 * time).astype(np.float32)
    counts = [10_000, 500, 9_500, 10_000]
    changed, lengths = repitched(sound, counts, [1.0, 1.25, 1.25, 1.0])
    assert sum(lengths) == len(changed)
    assert lengths == [10_000, 400, 7_600, 10_000]
    assert np.array_equal(changed[:10_000], sound[:10_000])
    assert np.abs(np.diff(changed)).max() < 1.6 * np.abs(np.diff(sound)).max()
    spectrum = np.abs(np.fft.rfft(changed[11_000:17_000] * np.hanning(6_000)))
    assert spectrum.argmax() * 22_050 / 6_000 == pytest.approx(125, abs=4)
