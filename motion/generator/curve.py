"""Curves through the latents of keyframes: closed ones walked at even speed, and a walk over a grid that never returns.

Positions count keyframes, turns count periods. Memory stays that of the keyframes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from motion.drift import catmull_rom

__all__ = ["EvenCurve", "TimedCurve", "Torus", "between", "way_of"]

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_SAMPLES = 4


def way_of(keyframes: np.ndarray, changes: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """How far the pictures have changed on the closed Catmull-Rom curve through ``keyframes`` [k, c, h, w], at every
    quarter of the way from one to the next: float64 [4 k + 1], rising from 0.

    ``changes`` tells how much each picture of a row of latents [m, c, h, w] differs from the one before: [m - 1].
    """
    keys = keyframes.astype(np.float32)
    rows = (np.stack([between(keys, knot + i / _SAMPLES) for i in range(_SAMPLES + 1)]) for knot in range(len(keys)))
    return np.concatenate([[0.0], np.cumsum(np.concatenate([changes(row) for row in rows]))])


class EvenCurve:
    """A closed Catmull-Rom curve through ``keyframes`` [k, c, h, w], walked so that the picture changes evenly.

    ``way``: how far it has changed, as :func:`way_of` measures it.
    """

    def __init__(self, keyframes: np.ndarray, way: np.ndarray) -> None:
        self._keys = keyframes.astype(np.float32)
        self._positions = np.arange(len(way)) / _SAMPLES
        self._way = way if way[-1] > 0 else self._positions

    def at(self, turns: float) -> np.ndarray:
        """The latents float32 [c, h, w] after ``turns``."""
        return between(self._keys, float(np.interp((turns % 1.0) * self._way[-1], self._way, self._positions)))


class TimedCurve:
    """A closed Catmull-Rom curve through ``keyframes`` [k, c, h, w] that lie evenly in time, walked in that time."""

    def __init__(self, keyframes: np.ndarray) -> None:
        self._keys = keyframes.astype(np.float32)

    def at(self, turns: float) -> np.ndarray:
        """The latents float32 [c, h, w] after ``turns``."""
        return between(self._keys, (turns % 1.0) * len(self._keys))


class Torus:
    """A walk over ``keyframes`` [a, b, c, h, w] of two angles: the second turns once a period, the first by the golden
    ratio of that, so the walk never comes back to where it was."""

    def __init__(self, keyframes: np.ndarray) -> None:
        self._keys = keyframes.astype(np.float32)

    def at(self, turns: float) -> np.ndarray:
        """The latents float32 [c, h, w] after ``turns``."""
        rows, columns = self._keys.shape[:2]
        row, row_weights = catmull_rom(turns * _GOLDEN * rows)
        column, column_weights = catmull_rom(turns * columns)
        around = self._keys[np.ix_(np.arange(row - 1, row + 3) % rows, np.arange(column - 1, column + 3) % columns)]
        return np.tensordot(np.outer(row_weights, column_weights).astype(np.float32), around, axes=2)


def between(keyframes: np.ndarray, position: float) -> np.ndarray:
    """The point at ``position`` of the closed Catmull-Rom curve through ``keyframes`` [k, ...]."""
    knot, weights = catmull_rom(position)
    around = keyframes[np.arange(knot - 1, knot + 3) % len(keyframes)]
    return np.tensordot(np.array(weights, keyframes.dtype), around, axes=1)
