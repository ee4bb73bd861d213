"""Phones are listened for a minute at a time, each once, with their times in the whole recording."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.errors import MissingEngine
from avatar.core.progress import Progress
from avatar.core.types import Phoneme
from speech.recorded import recognising
from speech.recorded.recognising import Sounds

RATE = 16_000


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """What is listened to: begin and end in seconds. A phone is heard wherever a sample is 1, for 20 ms around it."""
    found: list[tuple[float, float]] = []

    def heard(samples: np.ndarray, progress: Progress) -> list[Phoneme]:
        at = np.flatnonzero(samples == 1.0) / RATE
        found.append((round(float(-samples[0]), 3), round(len(samples) / RATE, 3)))
        return [Phoneme(second - 0.01, second + 0.01, "a", 0) for second in at]

    monkeypatch.setattr(recognising, "recognise", heard)
    return found


def recording(*seconds: float, length: float = 150.0) -> np.ndarray:
    """Samples that tell their own time (-seconds), but for those that are phones."""
    samples = (-np.arange(round(length * RATE)) / RATE).astype(np.float32)
    samples[[round(second * RATE) for second in seconds]] = 1.0
    return samples


def middles(phones: list[Phoneme]) -> list[float]:
    return [round((phone.start + phone.end) / 2, 3) for phone in phones]


def test_every_phone_is_heard_once_whatever_minute_it_is_in(parts: list[tuple[float, float]]) -> None:
    spoken = (0.2, 30.0, 59.9, 60.0, 60.3, 119.99, 140.0)
    sounds = Sounds(recording(*spoken))
    assert middles(sounds.near(0.0, 150.0)) == list(spoken)
    assert parts == [(0.0, 60.5), (59.5, 61.0), (119.5, 30.5)]


def test_only_the_minutes_that_are_asked_for_are_listened_to(parts: list[tuple[float, float]]) -> None:
    sounds = Sounds(recording(70.0, 80.0, 90.0))
    assert middles(sounds.near(75.0, 90.0)) == [80.0]
    assert middles(sounds.near(65.0, 75.0)) == [70.0]
    assert parts == [(59.5, 61.0)]
    assert sounds.near(-3.0, 0.0) == []


def test_without_the_recogniser_nothing_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(samples: np.ndarray, progress: Progress) -> list[Phoneme]:
        raise MissingEngine("no recogniser")

    monkeypatch.setattr(recognising, "recognise", missing)
    assert Sounds(recording(1.0, length=2.0)).near(0.0, 2.0) == []
