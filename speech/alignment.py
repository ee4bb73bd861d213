"""Two recordings of the same words brought into step: spectral features and dynamic time warping.

The warp is found at a coarse scale first and refined within a band, so that hours take memory in proportion to their
length (Salvador and Chan, "FastDTW", 2007).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.fft import dct

__all__ = ["FEATURE_HZ", "FEATURE_RATE", "features", "speech_frames", "warp"]

FEATURE_RATE = 16_000
FEATURE_HZ = 100
_WINDOW, _FFT, _BANDS, _CEPSTRA = 400, 512, 32, 13
_BLOCK = 4_000
_FULL_CELLS = 12_000_000
_RADIUS = 60
_DIAGONAL, _UP, _LEFT = 0, 1, 2
_STRAY = 0.12
"""Cost of a step that leaves the diagonal, in units of the feature distance: time is bent where it pays only."""


def features(samples: np.ndarray) -> np.ndarray:
    """[frames, 27] of mono ``samples`` at 16 kHz, 100 frames a second: cepstra, their slopes, and loudness.

    Means and spreads are taken out over the speech alone, so that the voice and the room matter less.
    """
    mel = _log_mel(samples)
    speech = speech_frames(samples)
    if speech.sum() < 10:
        speech = np.ones(len(mel), bool)
    cepstra = dct(mel, norm="ortho", axis=1)[:, 1 : _CEPSTRA + 1]
    slope = np.gradient(_smoothed(cepstra), axis=0) if len(cepstra) > 1 else np.zeros_like(cepstra)
    bent = [_standard(part, speech) for part in (cepstra, slope)]
    loudness = np.where(speech, 0.5, -1.5)[:, None] + 0.5 * np.clip(_standard(mel.mean(axis=1)[:, None], speech), -2, 2)
    stacked = np.concatenate([bent[0], 0.6 * bent[1], 2.0 * loudness], axis=1)
    return (stacked / np.sqrt(stacked.shape[1])).astype(np.float32)


def speech_frames(samples: np.ndarray) -> np.ndarray:
    """[frames] bool: where mono ``samples`` at 16 kHz are loud enough to be speech (30 dB under the loud parts, and
    clear of the noise floor)."""
    frames = _frames(samples)
    blocks = [np.mean(frames[i : i + _BLOCK] ** 2, axis=1) for i in range(0, len(frames), _BLOCK)]
    energy = 10 * np.log10(np.concatenate(blocks) + 1e-10)
    loud, floor = np.percentile(energy, 95), np.percentile(energy, 5)
    return energy > max(loud - 32.0, min(floor + 6.0, loud - 12.0))


def _frames(samples: np.ndarray) -> np.ndarray:
    hop = FEATURE_RATE // FEATURE_HZ
    count = max(1, len(samples) // hop)
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW + hop))
    return np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[: count * hop : hop]


def _log_mel(samples: np.ndarray) -> np.ndarray:
    frames = _frames(np.append(samples[:1], samples[1:] - 0.95 * samples[:-1]))
    window = np.hanning(_WINDOW).astype(np.float32)
    parts = []
    for first in range(0, len(frames), _BLOCK):
        power = np.abs(np.fft.rfft(frames[first : first + _BLOCK] * window, _FFT, axis=1)) ** 2
        parts.append(np.log(power @ _mel_bands().T + 1e-7))
    return np.concatenate(parts)


@lru_cache(maxsize=1)
def _mel_bands() -> np.ndarray:
    """[bands, bins] triangles from 80 to 7,600 Hz, evenly spaced on the mel scale."""
    lowest, highest = 2595 * np.log10(1 + np.array([80.0, 7_600.0]) / 700)
    mels = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1) * FEATURE_RATE / _FFT
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rise, fall), 0.0, None)


def _smoothed(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    return (padded[:-2] + padded[1:-1] + padded[2:]) / 3


def _standard(values: np.ndarray, speech: np.ndarray) -> np.ndarray:
    return (values - values[speech].mean(axis=0)) / (values[speech].std(axis=0) + 1e-3)


def warp(reference: np.ndarray, recording: np.ndarray) -> np.ndarray:
    """For each frame of ``reference`` [n, f] the place in ``recording`` [m, f] that sounds like it, float [n],
    never decreasing."""
    path = _path(reference.astype(np.float32), recording.astype(np.float32))
    places = np.zeros(len(reference))
    counts = np.bincount(path[:, 0], minlength=len(reference))
    np.add.at(places, path[:, 0], path[:, 1])
    return np.maximum.accumulate(places / np.maximum(counts, 1))


def _path(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The best path [steps, 2] from (0, 0) to the ends of both."""
    n, m = len(a), len(b)
    if n * m <= _FULL_CELLS or min(n, m) < 200:
        return _banded(a, b, np.zeros(n, int), np.full(n, m))
    coarse = _path(_halved(a), _halved(b)) * 2
    low, high = np.full(n, m), np.zeros(n, int)
    for shift in (0, 1):
        rows = np.minimum(coarse[:, 0] + shift, n - 1)
        np.minimum.at(low, rows, coarse[:, 1])
        np.maximum.at(high, rows, coarse[:, 1] + 2)
    low = np.minimum.accumulate(low[::-1])[::-1] - _RADIUS
    high = np.maximum.accumulate(high) + _RADIUS
    low, high = np.clip(low, 0, m - 1), np.clip(high, 1, m)
    low[0], high[-1] = 0, m
    return _banded(a, b, low, high)


def _halved(values: np.ndarray) -> np.ndarray:
    even = values if len(values) % 2 == 0 else np.concatenate([values, values[-1:]])
    return (even[::2] + even[1::2]) / 2


def _banded(a: np.ndarray, b: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Dynamic time warping within columns ``low[i]`` to ``high[i]`` of each row i."""
    steps: list[np.ndarray] = []
    before = np.full(len(b) + 1, np.inf)
    before[0] = 0.0
    squares = (b**2).sum(axis=1)
    for i in range(len(a)):
        first, last = int(low[i]), int(high[i])
        distance = np.sqrt(np.maximum(squares[first:last] - 2 * (b[first:last] @ a[i]) + a[i] @ a[i], 0.0))
        diagonal = before[first:last] + distance
        up = before[first + 1 : last + 1] + distance + _STRAY
        best = np.minimum(diagonal, up)
        along = np.cumsum(distance + _STRAY)
        row = np.minimum.accumulate(best - along) + along
        steps.append(np.where(row < best - 1e-6, _LEFT, np.where(diagonal <= up, _DIAGONAL, _UP)).astype(np.uint8))
        before = np.full(len(b) + 1, np.inf)
        before[first + 1 : last + 1] = row
    return _traced(steps, low, len(b))


def _traced(steps: list[np.ndarray], low: np.ndarray, columns: int) -> np.ndarray:
    i, j = len(steps) - 1, columns - 1
    path = []
    while i >= 0 and j >= 0:
        path.append((i, j))
        step = steps[i][j - low[i]]
        if i == 0 and j == 0:
            break
        if step != _LEFT:
            i -= 1
        if step != _UP:
            j -= 1
    return np.array(path[::-1])
