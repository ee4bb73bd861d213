"""Paths of an embedding or a noise vector by rotations: orbit, wander, travel; and closed splines through keyframes.

A full turn of an embedding leaves what a generator knows, so a loop is a cone: the vector is tilted by an angle and the
tilted vector turns once around the original. Every path keeps the length of the vector, so noise stays a unit Gaussian.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from motion.rotation import Plane, Rotation, angle_between, geodesic, plane_through

__all__ = [
    "ClosedSpline",
    "Strengths",
    "catmull_rom",
    "content_seed",
    "generator_for",
    "orbit",
    "steps",
    "stroll",
    "travel",
    "wander",
    "way_there",
]

_WANDER_RATES = np.sqrt(np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0])) / 2.2


@dataclass(frozen=True)
class Strengths:
    """How far the drift goes, in degrees: ``text`` for the embedding (safe to about 45), ``noise`` for the noise."""

    text: float = 18.0
    noise: float = 15.0


def generator_for(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """A generator that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{index}".encode()).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int.from_bytes(digest[:16], "big"))))


def content_seed(seed: int, *content: str) -> int:
    """A seed for what is drawn for this ``content`` alone: equal arguments give equal seeds."""
    digest = hashlib.sha256("\0".join((str(seed), *content)).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def orbit(centre: np.ndarray, plane: Plane, tilt: float, phases: np.ndarray, mode: str = "anchor") -> np.ndarray:
    """A closed cone around ``centre`` [n]: points [k, n] at ``phases`` [k] (1 = a whole turn), ``tilt`` in radians.

    ``plane`` should be orthogonal to ``centre``; the component of ``centre`` in it is removed. ``mode``: see ``steps``.
    """
    axis = np.asarray(centre, np.float64)
    x, y = plane.coordinates(axis)
    axis = axis - x * plane.n1 - y * plane.n2
    start = Rotation(plane_through(axis, plane.n1), tilt).apply(axis) * (np.linalg.norm(centre) / np.linalg.norm(axis))
    return _turned(start, plane, 2.0 * np.pi * np.asarray(phases, np.float64), mode).astype(np.asarray(centre).dtype)


def wander(
    centre: np.ndarray, planes: tuple[Plane, ...], limit: float, turns: np.ndarray, seed: int, closed: bool = False
) -> np.ndarray:
    """A path [k, n] at ``turns`` [k] that never repeats and never leaves ``centre`` by more than ``limit`` radians.

    The way out is a mixture of the directions of ``planes`` (orthogonal to ``centre`` and to one another) whose shares
    swing at rates without a common period; of a ``closed`` path at whole rates, so that it ends where it began.
    """
    axis = np.asarray(centre, np.float64)
    basis = np.concatenate([[plane.n1, plane.n2] for plane in planes])
    draw = generator_for(seed, "wander")
    rates = np.resize(_WANDER_RATES, len(basis)) * draw.uniform(0.9, 1.1, len(basis))
    rates = np.ceil(rates) if closed else rates
    offsets = draw.uniform(0.0, 2.0 * np.pi, len(basis))
    shares = np.sin(2.0 * np.pi * np.outer(turns, rates) + offsets) / np.sqrt(len(basis))
    tangent = limit * (shares @ basis)
    size = np.linalg.norm(tangent, axis=1, keepdims=True)
    aside = tangent / np.maximum(size, 1e-12)
    points = np.linalg.norm(axis) * (np.cos(size) * axis / np.linalg.norm(axis) + np.sin(size) * aside)
    return points.astype(np.asarray(centre).dtype)


def travel(first: np.ndarray, second: np.ndarray, phases: np.ndarray) -> np.ndarray:
    """There and back on the geodesic from ``first`` to ``second`` [n]: points [k, n], smooth at both ends."""
    return geodesic(first, second, way_there(phases))


def way_there(phases: np.ndarray) -> np.ndarray:
    """How much of the way to its goal a travel has behind it at ``phases`` (1 = there and back): 0..1, 1 at a half."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.asarray(phases, np.float64))


def steps(start: np.ndarray, towards: np.ndarray, step: float, count: int, mode: str = "anchor") -> np.ndarray:
    """``count`` vectors [count, n] from ``start``, ``step`` radians apart in its plane with ``towards``.

    ``anchor`` rotates the first vector by k steps; ``chain`` rotates the last one by one step (rounding adds up).
    """
    return _turned(np.asarray(start), plane_through(start, towards), step * np.arange(count), mode)


def _turned(start: np.ndarray, plane: Plane, angles: np.ndarray, mode: str) -> np.ndarray:
    """``start`` [n] rotated by each of ``angles`` [k], from itself (anchor) or from the one before (chain)."""
    if mode == "anchor":
        return Rotation(plane, angles).apply(start)
    if mode != "chain":
        raise ValueError(f"unknown mode {mode!r}: choose anchor or chain")
    chain, last = [], start
    for step in np.diff(angles, prepend=0.0):
        last = Rotation(plane, step).apply(last)
        chain.append(last)
    return np.stack(chain)


def stroll(turns: np.ndarray, seed: int) -> np.ndarray:
    """Places [k] on a closed course at times ``turns`` [k] (1 = a period): a walk that never comes back in step.

    It goes on at 0.55 to 1.45 times the even speed, and its hurrying has no period, so a course of finitely many
    keyframes is walked for any time without a repetition that could be seen.
    """
    draw = generator_for(seed, "stroll")
    rates = _WANDER_RATES[:3] * draw.uniform(0.9, 1.1, 3)
    offsets = draw.uniform(0.0, 2.0 * np.pi, 3)
    at = np.asarray(turns, np.float64)
    swings = np.sin(2.0 * np.pi * np.multiply.outer(at, rates) + offsets) - np.sin(offsets)
    return at + (swings * (0.15 / (2.0 * np.pi * rates))).sum(axis=-1)


def catmull_rom(position: float) -> tuple[int, tuple[float, float, float, float]]:
    """Knot below ``position`` and the weights of knots −1, 0, 1, 2 relative to it (uniform Catmull-Rom)."""
    knot = int(np.floor(position))
    t = position - knot
    return knot, (
        0.5 * t * (-1.0 + t * (2.0 - t)),
        1.0 + 0.5 * t * t * (3.0 * t - 5.0),
        0.5 * t * (1.0 + t * (4.0 - 3.0 * t)),
        0.5 * t * t * (t - 1.0),
    )


class ClosedSpline:
    """A closed Catmull-Rom curve through ``keyframes`` [k, ...], walked at even speed (retimed by arc length); where it
    is not to be ``even``, in the same time from each keyframe to the next."""

    def __init__(self, keyframes: np.ndarray, samples: int = 16, even: bool = True) -> None:
        self._keys = np.asarray(keyframes, np.float64)
        count = len(self._keys)
        positions = np.arange(count * samples + 1) / samples
        ways = [float(np.linalg.norm(b - a)) for a, b in pairwise(map(self._raw, positions))]
        lengths = np.concatenate([[0.0], np.cumsum(ways)])
        self._positions = positions
        self._lengths = lengths if even and lengths[-1] > 0 else positions

    def _raw(self, position: float) -> np.ndarray:
        knot, weights = catmull_rom(position)
        around = self._keys[np.arange(knot - 1, knot + 3) % len(self._keys)]
        return np.tensordot(np.array(weights), around, axes=1)

    def at(self, phase: float) -> np.ndarray:
        """The point [...] at ``phase``; 1 is a whole turn, every real number is valid."""
        way = (phase % 1.0) * self._lengths[-1]
        return self._raw(float(np.interp(way, self._lengths, self._positions)))

    @property
    def spread(self) -> float:
        """Largest angle in radians between two neighbouring keyframes, a measure of how fine the loop is."""
        flat = self._keys.reshape(len(self._keys), -1)
        return max(angle_between(a, b) for a, b in zip(flat, np.roll(flat, -1, axis=0), strict=True))
