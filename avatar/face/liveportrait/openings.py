"""How far eyes and lips stand open, as the retargeting networks count it: height over width.

Their training read it from other landmarks than FaceMesh's. The definition is the same; how a wanted opening comes out
is measured on drawn frames (``response``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["FACEMESH", "OpeningMarks", "Openings", "openings"]

_EPSILON = 1e-6

Pair = tuple[int, int]


@dataclass(frozen=True)
class OpeningMarks:
    """In a set of points: the pair across each opening, then the pair along it; ``left`` as the viewer sees it."""

    left: tuple[Pair, Pair]
    right: tuple[Pair, Pair]
    lips: tuple[Pair, Pair]


FACEMESH = OpeningMarks(((159, 145), (33, 133)), ((386, 374), (362, 263)), ((13, 14), (61, 291)))


@dataclass(frozen=True)
class Openings:
    """``left``, ``right``: of the eyes, as the viewer sees them. ``lips``: gap of the inner lips over the mouth's
    width; 0 is closed."""

    left: float
    right: float
    lips: float


def openings(points: np.ndarray, marks: OpeningMarks = FACEMESH) -> Openings:
    """The openings of a face with ``points`` [n, 2 or 3] in one picture."""
    flat = np.asarray(points, np.float64)[:, :2]

    def opening(across: Pair, along: Pair) -> float:
        height, width = (float(np.hypot(*(flat[a] - flat[b]))) for a, b in (across, along))
        return height / (width + _EPSILON)

    return Openings(opening(*marks.left), opening(*marks.right), opening(*marks.lips))
