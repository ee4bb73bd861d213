"""The way of a vector under the rotations between neighbouring states of a film.

The rotation from state a to state b turns their plane by their angle θ. For another vector c the plane is carried
along the sphere from a to c first (parallel transport), so that c turns by the whole of g θ; with ``carry="plane"`` the
plane stays where it is, as in R = I + (n2 n1ᵀ − n1 n2ᵀ) sin gθ + …, and c moves only by its share in that plane.

``anchor`` turns the first vector by each rotation, so it swings about where it began and never leaves; ``chain`` turns
the last one, so the steps add up. A vector of another number of dimensions is reached by a fixed random isometry: it
keeps the sizes of steps and the angles between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from motion.drift import generator_for
from motion.influence.cues import FIELD
from motion.influence.track import Track
from motion.rotation import Rotation, plane_through, rotation_between

__all__ = ["MODES", "SCENARIOS", "Influenced", "moved", "there_and_back"]

SCENARIOS = ("A0", "A1", "B1", "B2")
MODES = ("anchor", "chain")
Lift = Callable[[np.ndarray], np.ndarray]
_SHARE = 0.5  # of the gain, for edges and depth: their fields turn much faster than meaning does


def moved(
    start: np.ndarray,
    states: np.ndarray,
    gain: float,
    mode: str = "anchor",
    carry: str = "transport",
    lift: Lift | None = None,
) -> np.ndarray:
    """The way [t, n] of ``start`` [n] under the rotations between ``states`` [t, d], each by ``gain`` of its angle.

    ``lift`` takes directions [d] to [n] where the spaces differ. Lengths are kept. ValueError for an unknown mode, and
    for ``carry="plane"`` between different spaces.
    """
    if mode not in MODES or carry not in ("transport", "plane"):
        raise ValueError(f"unknown mode {mode!r} or carry {carry!r}: choose {', '.join(MODES)}; transport, plane")
    if carry == "plane" and lift is not None:
        raise ValueError("a plane of one space is none of another: use carry='transport'")
    anchor = np.asarray(start, np.float64)
    way = [anchor]
    for a, b in zip(states[:-1].astype(np.float64), states[1:].astype(np.float64), strict=True):
        way.append(_turned(way[-1] if mode == "chain" else anchor, rotation_between(a, b), a, gain, carry, lift))
    return np.stack(way).astype(np.asarray(start).dtype)


def _turned(
    vector: np.ndarray, step: Rotation, a: np.ndarray, gain: float, carry: str, lift: Lift | None
) -> np.ndarray:
    if carry == "plane":
        return Rotation(step.plane, gain * step.angle).apply(vector)
    aside = step.plane.n2 if lift is None else lift(step.plane.n2)
    if lift is None:
        aside = rotation_between(a, vector).apply(aside)
    return Rotation(plane_through(vector, aside), gain * step.angle).apply(vector)


def there_and_back(count: int, phases: np.ndarray) -> np.ndarray:
    """Places 0..count - 1 on a way of ``count`` points at ``phases`` (1 = forth and back again)."""
    along = (np.asarray(phases, np.float64) % 1.0) * 2.0 * (count - 1)
    return np.minimum(along, 2.0 * (count - 1) - along)


@dataclass(frozen=True)
class Influenced:
    """What a film does to vectors and noise, forth and back in one period, so that it loops.

    ``gain``: of the angles of the film, 0..2. ``scenario``: A0 moves the embedding; A1 the noise too, by the same
    steps; B1 the noise by moving edges as well; B2 also by depth. ``seed``: of the isometries.
    """

    track: Track
    gain: float
    mode: str
    scenario: str
    seed: int
    notes: tuple[str, ...] = ()
    name: str = field(default="influence", init=False)

    @property
    def count(self) -> int:
        """Moments of one period."""
        return 2 * (len(self.track.states) - 1)

    @property
    def period(self) -> float:
        """Seconds of one period."""
        return self.count / self.track.rate

    def vectors(self, centre: np.ndarray, phases: np.ndarray) -> np.ndarray:
        """The embedding ``centre`` [n] at ``phases`` [k]: [k, n]."""
        states = self.track.states
        lift = None if len(centre) == states.shape[1] else _lift(states.shape[1], len(centre), self.seed, "embedding")
        return _between(moved(centre, states, self.gain, self.mode, lift=lift), phases)

    def noise(self, start: np.ndarray, phases: np.ndarray, shape: tuple[int, ...] = ()) -> np.ndarray:
        """The noise ``start`` [n] at ``phases`` [k]: [k, n]. ``shape`` (c, h, w) places edges and depth in it."""
        way = np.repeat(np.asarray(start, np.float64)[None], len(self.track.states), axis=0)
        for states, share, lift in self._cues(len(start), shape):
            way = self._further(way, states, share * self.gain, lift)
        return _between(way, phases).astype(np.asarray(start).dtype)

    def _cues(self, size: int, shape: tuple[int, ...]) -> list[tuple[np.ndarray, float, Lift]]:
        track, cues = self.track, list[tuple[np.ndarray, float, Lift]]()
        if self.scenario != "A0":
            cues.append((track.states, 1.0, _lift(track.states.shape[1], size, self.seed, "noise")))
        if self.scenario in ("B1", "B2") and shape:
            cues.append((track.edges, _SHARE, _placed(shape, self.seed, "edges")))
        if self.scenario == "B2" and shape:
            cues.append((track.depths, _SHARE, _placed(shape, self.seed, "depth")))
        return cues

    def _further(self, way: np.ndarray, states: np.ndarray, gain: float, lift: Lift) -> np.ndarray:
        """``way`` [t, n] with the displacement that another cue gives to its start, as a rotation of each point."""
        own = moved(way[0], states, gain, self.mode, lift=lift)
        return np.stack([rotation_between(own[0], there).apply(here) for here, there in zip(way, own, strict=True)])


def _lift(dimensions: int, size: int, seed: int, purpose: str) -> Lift:
    """A fixed random isometry, to within a few per cent, from ``dimensions`` to ``size``."""
    matrix = generator_for(seed, f"influence/{purpose}").standard_normal((size, dimensions), np.float32)
    return lambda direction: matrix.astype(np.float64) @ direction


def _placed(shape: tuple[int, ...], seed: int, purpose: str) -> Lift:
    """A field [64] over a frame → a pattern of noise [c h w] that is strong where the field is."""
    pattern = generator_for(seed, f"influence/{purpose}").standard_normal(shape)
    height, width = shape[-2:]

    def place(direction: np.ndarray) -> np.ndarray:
        local = cv2.resize(direction.reshape(FIELD, FIELD), (width, height), interpolation=cv2.INTER_LINEAR)
        placed: np.ndarray = (pattern * local).ravel()
        return placed

    return place


def _between(way: np.ndarray, phases: np.ndarray) -> np.ndarray:
    """Points of ``way`` [t, n] at ``phases`` [k], forth and back."""
    places = there_and_back(len(way), phases)
    first = np.minimum(places.astype(int), len(way) - 2)
    share = (places - first)[:, None]
    mixed = (1.0 - share) * way[first] + share * way[first + 1]
    lengths = np.linalg.norm(way[0]) / np.linalg.norm(mixed, axis=1, keepdims=True)
    return (mixed * lengths).astype(way.dtype)
