"""Another pitch at the same length: sound that was spoken more slowly is read faster.

A voice that can stretch its phones is asked to speak a word ``pitch`` times as long; reading that stretch ``pitch``
times as fast brings the length back and multiplies every frequency.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np

__all__ = ["repitched"]

_FINEST = 64  # largest term of the resampling ratio: within 0.8 % of the factor asked for


def repitched(samples: np.ndarray, counts: Sequence[int], factors: Sequence[float]) -> tuple[np.ndarray, list[int]]:
    """Read part i of ``samples`` float32 [n], ``counts[i]`` samples long, ``factors[i]`` times as fast.

    Returns the sound and the samples of each part in it; their sum is its length.
    """
    if all(factor == 1.0 for factor in factors):
        return samples, list(counts)
    parts: list[np.ndarray] = []
    lengths: list[int] = []
    begin = 0
    for factor, run in groupby(zip(counts, factors, strict=True), key=lambda pair: pair[1]):
        inside = [count for count, _ in run]
        part = _read(samples, begin, begin + sum(inside), factor)
        parts.append(part)
        lengths += _shares(inside, len(part))
        begin += sum(inside)
    return np.concatenate(parts), lengths


def _read(samples: np.ndarray, begin: int, end: int, factor: float) -> np.ndarray:
    """``samples[begin:end]`` at ``factor`` times the speed; its neighbours go through the filter too, so that the
    parts meet without a click."""
    if factor == 1.0:
        return samples[begin:end]
    from scipy.signal import resample_poly

    ratio = Fraction(1.0 / factor).limit_denominator(_FINEST)
    margin = ratio.denominator * -(-2_000 // ratio.denominator)
    first = max(0, begin - margin)
    first += (begin - first) % ratio.denominator
    around = resample_poly(samples[first : end + margin], ratio.numerator, ratio.denominator)
    start = (begin - first) * ratio.numerator // ratio.denominator
    return around[start : start + round((end - begin) * ratio)].astype(np.float32)


def _shares(counts: Sequence[int], length: int) -> list[int]:
    """``length`` in the proportions of ``counts``."""
    edges = np.concatenate([[0.0], np.cumsum(counts)])
    places = np.round(edges * (length / max(edges[-1], 1.0))).astype(int)
    return [int(count) for count in np.diff(places)]
