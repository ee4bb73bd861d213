"""Loudness as ffmpeg's ebur128 measures it, of sounds whose loudness follows from the standard."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.errors import MediaError
from avatar.core.loudness import measured

RATE = 48_000


def tone(level: float, channels: int, seconds: float = 3.0) -> np.ndarray:
    """997 Hz, which K-weighting leaves at 0.69 dB above its mean square less 0.69."""
    wave = level * np.sin(2 * np.pi * 997 * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize(("level", "channels", "lufs"), [(1.0, 1, -3.0), (0.1, 1, -23.0), (0.1, 2, -20.0)])
def test_a_tone(level: float, channels: int, lufs: float) -> None:
    found = measured((tone(level, channels)[start : start + 10_000] for start in range(0, 3 * RATE, 10_000)), RATE)
    assert found.lufs == pytest.approx(lufs, abs=0.1)
    assert found.peak == pytest.approx(20 * np.log10(level), abs=0.1)
    assert found.frames == 3 * RATE


def test_silence_and_nothing_have_no_loudness() -> None:
    silence = measured(iter((np.zeros((RATE, 2), np.float32),)), RATE)
    assert silence.lufs is None and silence.peak == float("-inf") and silence.frames == RATE
    assert measured(iter(()), RATE).frames == 0


def test_a_program_that_cannot_measure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVORUN_FFMPEG", "/bin/false")
    with pytest.raises(MediaError, match="loudness"):
        measured((tone(0.1, 1) for _ in range(50)), RATE)
