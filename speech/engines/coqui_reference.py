"""A recording of somebody whose voice is to be cloned: checked before a model hears it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar.core import media
from avatar.core.errors import AudioError
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, speech_frames

__all__ = ["LONGEST_S", "SHORTEST_S", "reference_recording"]

SHORTEST_S, LONGEST_S = 3.0, 60.0
_SILENT = 10 ** (-45 / 20)
_PEAK = 0.75


def reference_recording(path: Path, rate: int) -> np.ndarray:
    """Mono float32 [n] at ``rate`` Hz of the recording ``path``, its peak at 0.75.

    AudioError where it cannot be read, lasts less than 3 s or more than 60 s, or holds less than 3 s of speech.
    """
    heard = media.decode_audio(path, FEATURE_RATE)
    seconds = len(heard) / FEATURE_RATE
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise AudioError(
            f"The reference recording {path.name} lasts {seconds:.1f} s: give {SHORTEST_S:g} to {LONGEST_S:g} s of "
            "one person speaking."
        )
    spoken = _spoken_seconds(heard)
    if spoken < SHORTEST_S:
        raise AudioError(
            f"The reference recording {path.name} holds {spoken:.1f} s of speech: {SHORTEST_S:g} s are needed."
        )
    sound = media.decode_audio(path, rate)
    return (sound * (_PEAK / np.abs(sound).max())).astype(np.float32)


def _spoken_seconds(heard: np.ndarray) -> float:
    """Seconds that rise out of the pauses; steady noise and tones have none, and so has silence."""
    if np.abs(heard).max() < _SILENT:
        return 0.0
    loud = speech_frames(heard)
    energy = _energy(heard, len(loud))
    varied = np.percentile(energy, 95) - np.percentile(energy, 10)
    return float(loud.sum() / FEATURE_HZ) if varied > 12.0 else 0.0


def _energy(heard: np.ndarray, frames: int) -> np.ndarray:
    """[frames] dB at 100 Hz."""
    step = FEATURE_RATE // FEATURE_HZ
    blocks = heard[: frames * step].reshape(-1, step)
    return 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-10)
