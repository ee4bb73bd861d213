"""Whether a sound changes as speech does: syllables come and go, noise and held chords stay."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avatar.core.progress import Progress
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, log_mel, speech_frames
from speech.sound.mapped import let_go

__all__ = ["LIVELY", "NOISY", "STEADY_S", "liveliness"]

STEADY_S = 30.0
"""Length of a stretch that is judged in one go."""

LIVELY, NOISY = 2.2, 4.5
"""Decibels: below the first there is no speech, below the second noise covers it. Measured: white noise 1.3, held
chords 0.2 to 1.2, speech 5 dB above white noise 3.1 to 3.6, 15 dB above it 6.2 to 7.1, clean speech 8 to 16."""

_STEP = 10
_DB = 10 / np.log(10)


def liveliness(samples: np.ndarray, progress: Progress) -> Iterator[float]:
    """Yield, for every 30 s of mono ``samples`` [n] at 16 kHz, the median change of the spectrum within 0.1 s in dB.

    0 for a stretch of silence. What is shorter than 30 s is one stretch.
    """
    length = int(STEADY_S * FEATURE_RATE)
    loudest = 0.0
    for start in range(0, max(1, len(samples) - FEATURE_RATE), length):
        progress(start / len(samples), "looking for speech")
        part = np.array(samples[start : start + length])
        let_go(samples)
        loudest = max(loudest, float(np.abs(part).max()))
        yield _change(part) if np.abs(part).max() > 0.02 * loudest else 0.0


def _change(samples: np.ndarray) -> float:
    from scipy.ndimage import uniform_filter1d

    levels = _DB * log_mel(samples)
    levels = uniform_filter1d(np.maximum(levels, np.percentile(levels, 99) - 60), 5, axis=0)
    step = min(_STEP, max(1, len(levels) - 1))
    if len(levels) < FEATURE_HZ // 10:
        return NOISY
    speech = speech_frames(samples)
    change = np.abs(levels[step:] - levels[:-step]).mean(axis=1)
    heard = speech[step:] | speech[:-step]
    return float(np.median(change[heard])) if heard.any() else 0.0
