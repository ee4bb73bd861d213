"""Paths of an embedding or a noise vector by rotations: orbit, wander, travel; and closed splines through keyframes.

A full turn of an embedding leaves what a generator knows, so a loop is a cone: the vector is tilted by an angle and the
tilted vector turns once around the original. Every path keeps the length of the vector, so noise stays a unit Gaussian.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from motion.rotation import Plane, Rotation, angle_between, geodesic, plane_through

__all__ = [
    "ClosedSpline",
    "Strengths",
    "catmull_rom",
    "generator_for",
    "orbit",
    "steps",
    "travel",
    "wander",
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


def orbit(centre: np.ndarray, plane: Plane, tilt: float, phases: np.ndarray) -> np.ndarray:
    """A closed cone around ``centre`` [n]: points [k, n] at ``phases`` [k] (1 = a whole turn), ``tilt`` in radians.

    ``plane`` should be orthogonal to ``centre``; the component of ``centre`` in it is removed.
    """
    axis = np.asarray(centre, np.float64)
    x, y = plane.coordinates(axis)
    axis = axis - x * plane.n1 - y * plane.n2
    start = Rotation(plane_through(axis, plane.n1), tilt).apply(axis) * (np.linalg.norm(centre) / np.linalg.norm(axis))
    turns = 2.0 * np.pi * np.asarray(phases, np.float64)
    points = Rotation(plane, turns).apply(np.broadcast_to(start, (len(turns), len(start))))
    return points.astype(np.asarray(centre).dtype)


def wander(centre: np.ndarray, planes: tuple[Plane, ...], limit: float, turns: np.ndarray, seed: int) -> np.ndarray:
    """A path [k, n] at ``turns`` [k] that never repeats and never leaves ``centre`` by more than ``limit`` radians.

    The way out is a mixture of the directions of ``planes`` (orthogonal to ``centre`` and to one another) whose shares
    swing at rates without a common period.
    """
    axis = np.asarray(centre, np.float64)
    basis = np.concatenate([[plane.n1, plane.n2] for plane in planes])
    draw = generator_for(seed, "wander")
    rates = np.resize(_WANDER_RATES, len(basis)) * draw.uniform(0.9, 1.1, len(basis))
    offsets = draw.uniform(0.0, 2.0 * np.pi, len(basis))
    shares = np.sin(2.0 * np.pi * np.outer(turns, rates) + offsets) / np.sqrt(len(basis))
    tangent = limit * (shares @ basis)
    size = np.linalg.norm(tangent, axis=1, keepdims=True)
    aside = tangent / np.maximum(size, 1e-12)
    points = np.linalg.norm(axis) * (np.cos(size) * axis / np.linalg.norm(axis) + np.sin(size) * aside)
    return points.astype(np.asarray(centre).dtype)


def travel(first: np.ndarray, second: np.ndarray, phases: np.ndarray) -> np.ndarray:
    """There and back on the geodesic from ``first`` to ``second`` [n]: points [k, n], smooth at both ends."""
    there = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.asarray(phases, np.float64))
    return geodesic(first, second, there)


def steps(start: np.ndarray, towards: np.ndarray, step: float, count: int, mode: str = "anchor") -> np.ndarray:
    """``count`` vectors [count, n] from ``start``, ``step`` radians apart in its plane with ``towards``.

    ``anchor`` rotates the first vector by k steps; ``chain`` rotates the last one by one step (rounding adds up).
    """
    plane = plane_through(start, towards)
    if mode == "anchor":
        return Rotation(plane, step * np.arange(count)).apply(np.broadcast_to(start, (count, len(start))))
    if mode != "chain":
        raise ValueError(f"unknown mode {mode!r}: choose anchor or chain")
    chain = [np.asarray(start)]
    for _ in range(count - 1):
        chain.append(Rotation(plane, step).apply(chain[-1]))
    return np.stack(chain)


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
    """A closed Catmull-Rom curve through ``keyframes`` [k, ...], walked at even speed (retimed by arc length)."""

    def __init__(self, keyframes: np.ndarray, samples: int = 16) -> None:
        self._keys = np.asarray(keyframes, np.float64)
        count = len(self._keys)
        positions = np.arange(count * samples + 1) / samples
        points = np.stack([self._raw(p) for p in positions]).reshape(len(positions), -1)
        lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        self._positions = positions
        self._lengths = lengths if lengths[-1] > 0 else positions

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
