"""Rotations of n-dimensional space in the plane of two vectors.

R = I + (n2 n1ᵀ − n1 n2ᵀ) sin a + (n1 n1ᵀ + n2 n2ᵀ)(cos a − 1) turns the plane (n1, n2) by a, from n1 towards n2, and
leaves everything orthogonal to it alone. It is applied in O(n) a vector; the n x n matrix is built only by ``matrix``.
Inputs are numpy float32 or float64; the arithmetic is float64, results come back in the type of the input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "Plane",
    "Rotation",
    "angle_between",
    "geodesic",
    "orthogonal_plane",
    "plane_through",
    "principal_planes",
    "random_plane",
    "rotation_between",
]

_PARALLEL = 1e-12


@dataclass(frozen=True)
class Plane:
    """An oriented plane: orthonormal ``n1`` and ``n2``, float64 [n]."""

    n1: np.ndarray
    n2: np.ndarray

    def coordinates(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of ``vectors`` [..., n] in the plane, each [...]."""
        wide = np.asarray(vectors, np.float64)
        return wide @ self.n1, wide @ self.n2

    def same_as(self, other: Plane, tolerance: float = 1e-9) -> bool:
        """Whether both span the same plane with the same orientation."""
        (a, c), (b, d) = self.coordinates(np.stack([other.n1, other.n2]))
        return abs(a * d - b * c - 1.0) <= tolerance


@dataclass(frozen=True)
class Rotation:
    """The rotation by ``angle`` radians in ``plane``; ``angle`` may be an array [...] for a batch of rotations."""

    plane: Plane
    angle: float | np.ndarray

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Rotate ``vectors`` [..., n]; a batch of angles broadcasts against the leading axes. O(n) a vector."""
        source = np.asarray(vectors)
        x, y = self.plane.coordinates(source)
        sine, versine = np.sin(self.angle), -2.0 * np.sin(np.asarray(self.angle) / 2.0) ** 2
        along1 = versine * x - sine * y
        along2 = versine * y + sine * x
        turned = source + along1[..., None] * self.plane.n1 + along2[..., None] * self.plane.n2
        return turned.astype(source.dtype if source.dtype.kind == "f" else np.float64)

    def inverse(self) -> Rotation:
        """The rotation back."""
        return Rotation(self.plane, -np.asarray(self.angle) if isinstance(self.angle, np.ndarray) else -self.angle)

    def then(self, other: Rotation) -> Rotation:
        """This rotation followed by ``other`` in the same plane; ValueError for another plane."""
        if not self.plane.same_as(other.plane):
            raise ValueError("rotations compose to one angle only in the same plane")
        return Rotation(self.plane, self.angle + other.angle)

    def logarithm(self) -> np.ndarray:
        """The explicit skew matrix [n, n] whose matrix exponential is this rotation."""
        n1, n2 = self.plane.n1, self.plane.n2
        return float(self.angle) * (np.outer(n2, n1) - np.outer(n1, n2))

    def matrix(self) -> np.ndarray:
        """The explicit matrix [n, n], float64."""
        n1, n2 = self.plane.n1, self.plane.n2
        turn = (np.outer(n2, n1) - np.outer(n1, n2)) * np.sin(self.angle)
        shrink = (np.outer(n1, n1) + np.outer(n2, n2)) * (np.cos(self.angle) - 1.0)
        return np.eye(len(n1)) + turn + shrink


def plane_through(first: np.ndarray, second: np.ndarray) -> Plane:
    """The plane of two vectors [n], n1 along ``first``, n2 on the side of ``second``.

    For vectors that are parallel or opposite to within rounding the plane is not defined by them; then n2 is the axis
    least aligned with ``first``, made orthogonal, the same at every call. ValueError for a zero vector or n < 2.
    """
    n1, towards = _unit(first), _unit(second)
    rest = _without(_without(towards, n1), n1)
    if np.linalg.norm(rest) <= _PARALLEL:
        axis = np.zeros_like(n1)
        axis[int(np.argmin(np.abs(n1)))] = 1.0
        rest = _without(_without(axis, n1), n1)
    n2 = _without(_unit(rest), n1)
    return Plane(n1, _unit(n2))


def random_plane(dimension: int, generator: np.random.Generator) -> Plane:
    """A plane with uniformly random direction in ``dimension`` dimensions."""
    return orthogonal_plane(np.zeros((0, dimension)), generator)


def orthogonal_plane(directions: np.ndarray, generator: np.random.Generator) -> Plane:
    """A random plane orthogonal to every row of ``directions`` [k, n]; ValueError where n - rank < 2."""
    basis = _orthonormal_rows(np.atleast_2d(np.asarray(directions, np.float64)))
    dimension = np.atleast_2d(directions).shape[1]
    if dimension - len(basis) < 2:
        raise ValueError(f"no plane of {dimension} dimensions is orthogonal to {len(basis)} directions")
    drawn = generator.standard_normal((2, dimension))
    for _ in range(2):
        drawn = drawn - drawn @ basis.T @ basis
    return plane_through(drawn[0], drawn[1])


def principal_planes(vectors: np.ndarray, count: int = 1, orthogonal_to: np.ndarray | None = None) -> tuple[Plane, ...]:
    """Planes of the leading principal directions of ``vectors`` [m, n]: directions 1 and 2, 3 and 4, ...

    With ``orthogonal_to`` [n] or [k, n] those directions are removed first. ValueError where the set spans too little.
    """
    centred = np.asarray(vectors, np.float64)
    centred = centred - centred.mean(axis=0)
    if orthogonal_to is not None:
        basis = _orthonormal_rows(np.atleast_2d(np.asarray(orthogonal_to, np.float64)))
        centred = centred - centred @ basis.T @ basis
    rows = _orthonormal_rows(centred)
    if len(rows) < 2 * count:
        raise ValueError(f"{len(centred)} vectors span {len(rows)} directions, too few for {count} planes")
    rows = rows * np.where(rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)] < 0, -1.0, 1.0)[:, None]
    return tuple(plane_through(rows[2 * i], rows[2 * i + 1]) for i in range(count))


def angle_between(first: np.ndarray, second: np.ndarray) -> float:
    """Angle of two vectors [n] in radians, accurate also near 0 and π (Kahan's form)."""
    a, b = _unit(first), _unit(second)
    return float(2.0 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b)))


def rotation_between(first: np.ndarray, second: np.ndarray) -> Rotation:
    """The rotation of least angle that turns the direction of ``first`` into that of ``second``."""
    return Rotation(plane_through(first, second), angle_between(first, second))


def geodesic(first: np.ndarray, second: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Points [..., n] at fractions ``t`` [...] of the way on the sphere; lengths go linearly from one to the other."""
    whole = rotation_between(first, second)
    share = np.asarray(t, np.float64)
    lengths = (1.0 - share) * np.linalg.norm(first) + share * np.linalg.norm(second)
    start = np.broadcast_to(whole.plane.n1, (*share.shape, len(whole.plane.n1)))
    points = Rotation(whole.plane, share * float(whole.angle)).apply(start) * lengths[..., None]
    return points.astype(np.result_type(first, second))


def _unit(vector: np.ndarray) -> np.ndarray:
    wide = np.asarray(vector, np.float64)
    if wide.ndim != 1 or len(wide) < 2:
        raise ValueError("a plane needs vectors of at least two dimensions")
    length = np.linalg.norm(wide)
    if not np.isfinite(length) or length == 0.0:
        raise ValueError("a zero or infinite vector has no direction")
    return wide / length


def _without(vector: np.ndarray, direction: np.ndarray) -> np.ndarray:
    return vector - (vector @ direction) * direction


def _orthonormal_rows(vectors: np.ndarray) -> np.ndarray:
    if vectors.size == 0:
        return np.zeros((0, vectors.shape[1]))
    _, sizes, rows = np.linalg.svd(vectors, full_matrices=False)
    return rows[sizes > 1e-10 * max(float(sizes[0]), 1e-300)]
