"""Rotations of n-dimensional space in the plane of two vectors.

R = I + (n2 n1ᵀ − n1 n2ᵀ) sin a + (n1 n1ᵀ + n2 n2ᵀ)(cos a − 1) turns the plane (n1, n2) by a, from n1 towards n2, and
leaves everything orthogonal to it alone. It is applied in O(n) a vector; the n x n matrix is built only by ``matrix``.

Every function takes numpy arrays or torch tensors, on any device, and gives back what it was given. The arithmetic is
float64; float32 and float64 results have the type of the input, half precision comes back as float32, because angles
of a fraction of a degree are lost in it. Leading axes are batches: of vectors, of angles, of whole planes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, TypeVar

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
Vectors = TypeVar("Vectors")  # numpy array or torch tensor


@dataclass(frozen=True)
class Plane:
    """An oriented plane: orthonormal ``n1`` and ``n2``, float64 [n]; or a batch of planes, [..., n]."""

    n1: Any
    n2: Any

    def coordinates(self, vectors: Any) -> tuple[Any, Any]:
        """Coordinates of ``vectors`` [..., n] in the plane, each [...]."""
        wide = _wide(vectors)
        beside = self.beside(wide)
        return _dot(wide, beside.n1), _dot(wide, beside.n2)

    def beside(self, vectors: Any) -> Plane:
        """The same plane in the library and on the device of ``vectors``."""
        return Plane(_wide(self.n1, vectors), _wide(self.n2, vectors))

    def same_as(self, other: Plane, tolerance: float = 1e-9) -> bool:
        """Whether both span the same plane with the same orientation; of batches, whether all do."""
        (a, c), (b, d) = self.coordinates(other.n1), self.coordinates(other.n2)
        return bool((abs(a * d - b * c - 1.0) <= tolerance).all())


@dataclass(frozen=True)
class Rotation:
    """The rotation by ``angle`` radians in ``plane``; ``angle`` may be an array [...] for a batch of rotations."""

    plane: Plane
    angle: Any

    def apply(self, vectors: Vectors) -> Vectors:
        """Rotate ``vectors`` [..., n]; batches of angles and planes broadcast against the leading axes."""
        wide = _wide(vectors)
        plane, angle, library = self.plane.beside(wide), _wide(self.angle, wide), _library(wide)
        x, y = plane.coordinates(wide)
        sine, versine = library.sin(angle), -2.0 * library.sin(angle / 2.0) ** 2
        along1 = versine * x - sine * y
        along2 = versine * y + sine * x
        return _typed(wide + along1[..., None] * plane.n1 + along2[..., None] * plane.n2, vectors)

    def inverse(self) -> Rotation:
        """The rotation back."""
        return Rotation(self.plane, -self.angle)

    def then(self, other: Rotation) -> Rotation:
        """This rotation followed by ``other`` in the same plane; ValueError for another plane."""
        if not self.plane.same_as(other.plane):
            raise ValueError("rotations compose to one angle only in the same plane")
        return Rotation(self.plane, self.angle + other.angle)

    def logarithm(self) -> Any:
        """The explicit skew matrix [..., n, n] whose matrix exponential is this rotation."""
        return _wide(self.angle, self.plane.n1)[..., None, None] * self._turn()

    def matrix(self) -> Any:
        """The explicit matrix [..., n, n], float64."""
        n1, n2 = self.plane.n1, self.plane.n2
        library, angle = _library(n1), _wide(self.angle, n1)[..., None, None]
        shrink = (_outer(n1, n1) + _outer(n2, n2)) * (library.cos(angle) - 1.0)
        return _wide(np.eye(n1.shape[-1]), n1) + self._turn() * library.sin(angle) + shrink

    def _turn(self) -> Any:
        return _outer(self.plane.n2, self.plane.n1) - _outer(self.plane.n1, self.plane.n2)


def plane_through(first: Any, second: Any) -> Plane:
    """The plane of two vectors [..., n], n1 along ``first``, n2 on the side of ``second``.

    For vectors that are parallel or opposite to within rounding the plane is not defined by them; then n2 is the axis
    least aligned with ``first``, made orthogonal, the same at every call. ValueError for a zero vector or n < 2.
    """
    n1 = _unit(first)
    rest = _without(_without(_unit(_wide(second, n1)), n1), n1)
    undefined = _length(rest) <= _PARALLEL
    if undefined.any():
        rest = _library(n1).where(undefined, _without(_without(_least_axis(n1), n1), n1), rest)
    return Plane(n1, _unit(_without(_unit(rest), n1)))


def random_plane(dimension: int, generator: np.random.Generator) -> Plane:
    """A plane with uniformly random direction in ``dimension`` dimensions."""
    return orthogonal_plane(np.zeros((0, dimension)), generator)


def orthogonal_plane(directions: Any, generator: np.random.Generator) -> Plane:
    """A random plane orthogonal to every row of ``directions`` [k, n]; ValueError where n - rank < 2."""
    rows = np.atleast_2d(_numbers(directions))
    basis = _orthonormal_rows(rows)
    dimension = rows.shape[1]
    if dimension - len(basis) < 2:
        raise ValueError(f"no plane of {dimension} dimensions is orthogonal to {len(basis)} directions")
    drawn = generator.standard_normal((2, dimension))
    for _ in range(2):
        drawn = drawn - drawn @ basis.T @ basis
    return plane_through(drawn[0], drawn[1]).beside(directions)


def principal_planes(vectors: Any, count: int = 1, orthogonal_to: Any = None) -> tuple[Plane, ...]:
    """Planes of the leading principal directions of ``vectors`` [m, n]: directions 1 and 2, 3 and 4, ...

    With ``orthogonal_to`` [n] or [k, n] those directions are removed first. ValueError where the set spans too little.
    """
    centred = _numbers(vectors)
    centred = centred - centred.mean(axis=0)
    if orthogonal_to is not None:
        basis = _orthonormal_rows(np.atleast_2d(_numbers(orthogonal_to)))
        centred = centred - centred @ basis.T @ basis
    rows = _orthonormal_rows(centred)
    if len(rows) < 2 * count:
        raise ValueError(f"{len(centred)} vectors span {len(rows)} directions, too few for {count} planes")
    rows = rows * np.where(rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)] < 0, -1.0, 1.0)[:, None]
    return tuple(plane_through(rows[2 * i], rows[2 * i + 1]).beside(vectors) for i in range(count))


def angle_between(first: Any, second: Any) -> Any:
    """Angle in radians of two vectors [n], a float; of batches [..., n], an array [...].

    Accurate also near 0 and π (Kahan's form).
    """
    a = _unit(first)
    b = _unit(_wide(second, a))
    angle = 2.0 * _library(a).arctan2(_length(a - b), _length(a + b))[..., 0]
    return float(angle) if angle.ndim == 0 else angle


def rotation_between(first: Any, second: Any) -> Rotation:
    """The rotation of least angle that turns the direction of ``first`` [..., n] into that of ``second``."""
    return Rotation(plane_through(first, second), angle_between(first, second))


def geodesic(first: Vectors, second: Vectors, t: Any) -> Vectors:
    """Points at fractions ``t`` [...] of the way on the sphere; lengths go linearly from one to the other.

    Vectors [n] give points [..., n]; batches [b, n] give [..., b, n], each pair on its own way.
    """
    whole = rotation_between(first, second)
    n1 = whole.plane.n1
    share = _wide(t, n1)
    share = share.reshape(tuple(share.shape) + (1,) * (n1.ndim - 1))
    lengths = (1.0 - share)[..., None] * _length(_wide(first)) + share[..., None] * _length(_wide(second))
    points: Vectors = _typed(Rotation(whole.plane, share * whole.angle).apply(n1) * lengths, first)
    return points


def _library(array: Any) -> Any:
    """torch for a tensor, else numpy; torch is not imported for that, and another thread may be about to."""
    torch = sys.modules.get("torch")
    tensor = getattr(torch, "Tensor", None)
    return torch if tensor is not None and isinstance(array, tensor) else np


def _wide(values: Any, like: Any = None) -> Any:
    """``values`` as float64 in the library and on the device of ``like`` (their own where it is None)."""
    beside = values if like is None else like
    library = _library(beside)
    if library is np:
        return _numbers(values)
    return library.as_tensor(values, dtype=library.float64, device=beside.device)


def _numbers(values: Any) -> np.ndarray:
    """``values`` as a float64 numpy array."""
    return np.asarray(values if _library(values) is np else values.detach().cpu().double().numpy(), np.float64)


def _typed(wide: Any, like: Any) -> Any:
    """Float64 ``wide`` in the type of ``like``: float32 stays float32, half precision becomes it."""
    kind = getattr(like, "dtype", None)
    if _library(wide) is np:
        kind = np.dtype(kind) if kind is not None else np.dtype(np.float64)
        return wide.astype(np.float64 if kind.kind != "f" else np.promote_types(kind, np.float32))
    single = kind is not None and kind.is_floating_point and kind.itemsize <= 4
    return wide.to(_library(wide).float32 if single else _library(wide).float64)


def _unit(vectors: Any) -> Any:
    wide = _wide(vectors)
    if wide.ndim < 1 or wide.shape[-1] < 2:
        raise ValueError("a plane needs vectors of at least two dimensions")
    length = _length(wide)
    if not bool(((length > 0.0) & (length < np.inf)).all()):
        raise ValueError("a zero or infinite vector has no direction")
    return wide / length


def _dot(first: Any, second: Any) -> Any:
    return first @ second if second.ndim == 1 else (first * second).sum(-1)


def _length(vectors: Any) -> Any:
    """Lengths [..., 1]."""
    return _library(vectors).sqrt((vectors * vectors).sum(-1))[..., None]


def _outer(first: Any, second: Any) -> Any:
    return first[..., :, None] * second[..., None, :]


def _without(vectors: Any, direction: Any) -> Any:
    return vectors - (vectors * direction).sum(-1)[..., None] * direction


def _least_axis(vectors: Any) -> Any:
    """The unit axis [..., n] that each of ``vectors`` leans to least."""
    least = np.argmin(np.abs(_numbers(vectors)), axis=-1)
    return _wide(np.eye(vectors.shape[-1])[least], vectors)


def _orthonormal_rows(vectors: np.ndarray) -> np.ndarray:
    if vectors.size == 0:
        return np.zeros((0, vectors.shape[1]))
    _, sizes, rows = np.linalg.svd(vectors, full_matrices=False)
    return rows[sizes > 1e-10 * max(float(sizes[0]), 1e-300)]
