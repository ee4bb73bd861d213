"""The path ``predicted``: the embedding goes where a next-state model says, the noise on its cone."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from avatar.core.errors import OptionError
from motion.anchors import anchors
from motion.drift import ClosedSpline, Strengths, generator_for, orbit
from motion.embedding import DIMENSION
from motion.next_state.model import NextState, predicted_loop
from motion.rotation import Plane, orthogonal_plane, principal_planes

__all__ = ["Predicted"]

_MOMENTS = 48
_NEAREST = 60


@dataclass(frozen=True)
class Predicted:
    """``strengths``: how far embedding and noise may go, in degrees. ``seed``: of the planes of the cones."""

    model: NextState
    strengths: Strengths
    period: float
    seed: int
    count: int = _MOMENTS
    notes: tuple[str, ...] = ()
    name: str = field(default="predicted", init=False)

    @classmethod
    def load(cls, folder: Path, strengths: Strengths, period: float, seed: int) -> Predicted:
        """Read the model in ``folder``; MissingEngine where it is missing or damaged."""
        return cls(_loaded(folder), strengths, period, seed)

    def vectors(self, centre: np.ndarray, phases: np.ndarray) -> np.ndarray:
        """The embedding ``centre`` [n] at ``phases`` [k]: [k, n]. OptionError where the model has other dimensions."""
        if self.strengths.text == 0.0:
            return np.repeat(np.asarray(centre)[None], len(phases), axis=0)
        plane = _plane(np.asarray(centre, np.float64), self.seed)
        try:
            loop = predicted_loop(self.model, centre, plane, self.strengths.text, self.count)
        except ValueError as error:
            raise OptionError(
                f"The next-state model does not fit this engine: {error}. Train one with the encoder whose space the "
                "engine draws from, and name its folder with --backdrop-option next_state=FOLDER."
            ) from error
        spline = ClosedSpline(loop)
        return np.stack([spline.at(float(phase)) for phase in phases]).astype(np.asarray(centre).dtype)

    def noise(self, start: np.ndarray, phases: np.ndarray, shape: tuple[int, ...] = ()) -> np.ndarray:
        """The noise ``start`` [n] at ``phases`` [k] of its cone: [k, n]."""
        plane = orthogonal_plane(np.asarray(start)[None], generator_for(self.seed, "predicted/noise"))
        return orbit(start, plane, math.radians(self.strengths.noise), phases)


def _plane(centre: np.ndarray, seed: int) -> Plane:
    """Where the captions that are nearest to ``centre`` differ most; in a space without captions any plane."""
    if len(centre) != DIMENSION:
        return orthogonal_plane(centre[None], generator_for(seed, "predicted/text"))
    known = np.stack(list(anchors().vectors.values())).astype(np.float64)
    nearest = known[np.argsort(known @ centre)[-_NEAREST:]]
    return principal_planes(nearest, 1, centre)[0]


@functools.lru_cache(maxsize=2)
def _loaded(folder: Path) -> NextState:
    return NextState.load(folder)
