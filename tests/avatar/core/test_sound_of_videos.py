"""The sound of a video stays close to what was spoken."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar.core.media import VideoWriter, decode_audio, join
from avatar.core.types import Size

_RATE = 24_000


def _voice(seconds: float) -> np.ndarray:
    """Syllables of a gliding voice with its overtones, and hissing between them, float32 [n]."""
    time = np.arange(round(seconds * _RATE)) / _RATE
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * time)) / _RATE
    tones = sum(np.sin(k * phase) / k for k in range(1, 25))
    beat = np.clip(np.sin(2 * np.pi * 3 * time), 0, None)
    hiss = np.random.default_rng(1).standard_normal(len(time)) * np.clip(-np.sin(2 * np.pi * 3 * time), 0, None) ** 8
    return (0.2 * beat * tones + 0.02 * hiss).astype(np.float32)


def test_the_sound_of_a_video_is_what_was_spoken(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", Size(64, 48), 25.0) as writer:
        writer.write(np.zeros((100, 48, 64, 3), np.uint8))
    spoken = _voice(4.0)
    join([tmp_path / "a.mp4"], spoken, _RATE, 100, 25.0, tmp_path / "b.mp4")
    heard = decode_audio(tmp_path / "b.mp4", _RATE)[: len(spoken)]
    gain = float(heard @ spoken / (spoken @ spoken))
    lost = heard - gain * spoken
    assert 10 * np.log10((spoken**2).sum() / (lost**2).sum()) >= 36
