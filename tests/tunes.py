"""Music that tests make themselves."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from avatar.core.program import Encoder

__all__ = ["RATE", "chord", "encoded", "write_tune"]

RATE = 48_000


def chord(seconds: float, *pitches: float, level: float = 0.2) -> np.ndarray:
    """Another tone a channel, float32 [n, channels]; they swell a little, so that no two seconds are alike."""
    t = np.arange(round(seconds * RATE)) / RATE
    swell = 1 + 0.1 * np.sin(2 * np.pi * 0.37 * t)
    tones = [level * swell * np.sin(2 * np.pi * pitch * t) for pitch in pitches]
    return np.stack(tones, axis=1).astype(np.float32)


def write_tune(path: Path, samples: np.ndarray) -> Path:
    """``samples`` float32 [n, channels] as a 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return path


def encoded(path: Path, samples: np.ndarray, *settings: str) -> Path:
    """``samples`` [n, channels] in the format of the name; ``settings`` of ffmpeg come before it."""
    source = ["-f", "f32le", "-ar", str(RATE), "-ac", str(samples.shape[1]), "-i", "pipe:0"]
    with Encoder(path, [*source, *settings]) as encoder:
        encoder.feed_samples(samples)
    return path
