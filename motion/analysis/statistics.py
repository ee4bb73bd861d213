"""Correlation with its interval, for steps that are not independent of their neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from motion.drift import generator_for

__all__ = ["Correlation", "Interval", "fisher", "mean_correlation", "mean_interval", "pearson", "resampled"]

_DRAWS = 2000


@dataclass(frozen=True)
class Correlation:
    """Pearson's ``r`` of ``n`` pairs with its 95 % interval ``low``..``high``."""

    r: float
    low: float
    high: float
    n: int

    @property
    def positive(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.low > 0.0

    def __str__(self) -> str:
        return f"{self.r:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Interval:
    """A ``mean`` and its 95 % interval ``low``..``high``; the format of a number serves for all three."""

    mean: float
    low: float
    high: float

    def __format__(self, form: str) -> str:
        return f"{self.mean:{form}} [{self.low:{form}}, {self.high:{form}}]"


def pearson(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's r of two rows; nan where one of them does not vary."""
    a, b = (np.asarray(row, np.float64) - np.mean(row) for row in (first, second))
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size > 1e-24 else math.nan


def fisher(first: np.ndarray, second: np.ndarray) -> Correlation:
    """The interval by Fisher's z, for pairs that are independent; nan where it is undefined (n < 4, no variation)."""
    r, n = pearson(first, second), len(first)
    if n < 4 or math.isnan(r):
        return Correlation(r, math.nan, math.nan, n)
    z, half = math.atanh(max(-0.999999, min(0.999999, r))), 1.959964 / math.sqrt(n - 3)
    return Correlation(r, math.tanh(z - half), math.tanh(z + half), n)


def resampled(first: np.ndarray, second: np.ndarray, block: int = 0, draws: int = _DRAWS) -> Correlation:
    """The interval by a moving-block bootstrap, for steps in a row, which are like their neighbours.

    ``block``: steps drawn together, the cube root of n times 2 where it is 0. The same rows give the same interval.
    """
    a, b, n = np.asarray(first, np.float64), np.asarray(second, np.float64), len(first)
    r = pearson(a, b)
    if n < 4 or math.isnan(r):
        return Correlation(r, math.nan, math.nan, n)
    length = min(n, block or max(2, round(2.0 * n ** (1.0 / 3.0))))
    starts = generator_for(n, "block bootstrap").integers(0, n - length + 1, (draws, -(-n // length)))
    rows = (starts[:, :, None] + np.arange(length)).reshape(draws, -1)[:, :n]
    found = [pearson(a[row], b[row]) for row in rows]
    kept = np.array([value for value in found if not math.isnan(value)])
    low, high = np.percentile(kept, [2.5, 97.5]) if len(kept) else (math.nan, math.nan)
    return Correlation(r, float(low), float(high), n)


def mean_interval(values: np.ndarray) -> Interval:
    """The mean of independent ``values`` [n] with the interval of Student's t."""
    from scipy.stats import t

    mean, half = float(values.mean()), float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    return Interval(mean, mean - half, mean + half)


def mean_correlation(rs: np.ndarray) -> Correlation:
    """The mean of independent correlations [n] by Fisher's z, with the interval of Student's t."""
    z = mean_interval(np.arctanh(np.clip(rs, -0.999999, 0.999999)))
    return Correlation(math.tanh(z.mean), math.tanh(z.low), math.tanh(z.high), len(rs))
