"""Motion read frame by frame, made smooth: a random walk seen through noise (Rauch, Tung and Striebel 1965)."""

from __future__ import annotations

import numpy as np

__all__ = ["smoothed"]

_STEP = 1e-5  # variance of a coordinate's step from frame to frame
_FIRST = 1.0  # variance of what is expected of the first frame


def smoothed(track: np.ndarray, noise: float) -> np.ndarray:
    """``track`` [n, ...], each coordinate by itself, seen with a variance of ``noise``: float64 of the same shape."""
    seen = np.asarray(track, np.float64)
    filtered, variances = np.empty_like(seen), np.empty(len(seen))
    mean, variance = seen[0], _FIRST
    for index, value in enumerate(seen):
        gain = variance / (variance + noise)
        filtered[index] = mean = mean + gain * (value - mean)
        variances[index] = (1 - gain) * variance
        variance = variances[index] + _STEP
    for index in range(len(seen) - 2, -1, -1):
        share = variances[index] / (variances[index] + _STEP)
        filtered[index] += share * (filtered[index + 1] - filtered[index])
    return filtered
