"""Meshes as arrays: what furniture is made of, before Blender sees it.

A shape is ``(vertices [N, 3] in metres, faces: tuples of indices)``; x to the right, y away from the camera, z up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = [
    "Shape",
    "ball",
    "blade",
    "box",
    "card",
    "cushion",
    "drape",
    "join",
    "lathe",
    "plate",
    "rod",
    "rounded",
    "turned",
]

Shape = tuple[np.ndarray, list[tuple[int, ...]]]
_CUBE = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def box(size: Sequence[float], centre: Sequence[float]) -> Shape:
    """A box of ``size`` metres."""
    corners = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    return corners * np.asarray(size) + np.asarray(centre), list(_CUBE)


def rounded(size: Sequence[float], centre: Sequence[float], radius: float, steps: int = 4) -> Shape:
    """A box with round edges: a ball's surface pushed apart to the corners, as cushions are."""
    half = np.asarray(size, float) / 2
    radius = min(radius, half.min() * 0.98)
    parts = [_rounded_side(half, radius, axis, sign, steps) for axis in range(3) for sign in (-1, 1)]
    vertices, faces = join(*parts)
    return vertices + np.asarray(centre), faces


def cushion(width: float, height: float, thick: float, steps: int = 10) -> Shape:
    """An upright cushion around the origin: fat in the middle, thin at its seam, its sides drawn in."""
    u, v = np.meshgrid(np.linspace(-1, 1, steps), np.linspace(-1, 1, steps), indexing="ij")
    x, z = u * (1 - 0.1 * (1 - v * v) * abs(u)) * width / 2, v * (1 - 0.1 * (1 - u * u) * abs(v)) * height / 2
    y = thick / 2 * np.sqrt((1 - u**4) * (1 - v**4))
    sides = [np.stack([x, sign * y, z], -1).reshape(-1, 3) for sign in (-1, 1)]
    return join(*[(points, _grid(steps, steps)) for points in sides])


def _rounded_side(half: np.ndarray, radius: float, axis: int, sign: int, steps: int) -> Shape:
    bend = np.tan(np.linspace(-math.pi / 4, math.pi / 4, steps + 1))
    at = np.concatenate([bend[: steps // 2 + 1], bend[steps // 2 :]])  # doubled in the middle: flat between the corners
    count = len(at)
    push = np.concatenate([-np.ones(count // 2), np.ones(count - count // 2)])
    u, v = np.meshgrid(at, at, indexing="ij")
    pu, pv = np.meshgrid(push, push, indexing="ij")
    direction, corner = np.empty((count, count, 3)), np.empty((count, count, 3))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    direction[..., axis], direction[..., first], direction[..., second] = sign, u, v
    corner[..., axis], corner[..., first], corner[..., second] = sign, pu, pv
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    return (corner * (half - radius) + direction * radius).reshape(-1, 3), _grid(count, count)


def _grid(rows: int, columns: int) -> list[tuple[int, ...]]:
    return [
        (r * columns + c, r * columns + c + 1, (r + 1) * columns + c + 1, (r + 1) * columns + c)
        for r in range(rows - 1)
        for c in range(columns - 1)
    ]


def plate(corners: Sequence[Sequence[float]]) -> Shape:
    """One face through ``corners``."""
    return np.asarray(corners, float), [tuple(range(len(corners)))]


def card(width: float, height: float, centre: Sequence[float]) -> Shape:
    """An upright rectangle that faces the camera (-y)."""
    x, y, z = centre
    w, h = width / 2, height / 2
    return plate([(x - w, y, z - h), (x + w, y, z - h), (x + w, y, z + h), (x - w, y, z + h)])


def lathe(profile: Sequence[tuple[float, float]], centre: Sequence[float] = (0, 0, 0), sides: int = 24) -> Shape:
    """A profile of (radius, height) turned around the upright axis: pots, cups, lamp shades, legs."""
    angles = np.linspace(0, 2 * math.pi, sides, endpoint=False)
    rings = [np.stack([r * np.cos(angles), r * np.sin(angles), np.full(sides, z)], 1) for r, z in profile]
    faces = [
        (k * sides + i, k * sides + (i + 1) % sides, (k + 1) * sides + (i + 1) % sides, (k + 1) * sides + i)
        for k in range(len(profile) - 1)
        for i in range(sides)
    ]
    return np.concatenate(rings) + np.asarray(centre), faces


def rod(start: Sequence[float], end: Sequence[float], radius: float, sides: int = 10) -> Shape:
    """A round bar between two points."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    along = end - start
    length = float(np.linalg.norm(along))
    along /= length
    side = np.cross(along, (0, 0, 1) if abs(along[2]) < 0.9 else (1, 0, 0))
    side /= np.linalg.norm(side)
    frame = np.stack([side, np.cross(along, side), along])
    vertices, faces = lathe([(0, 0), (radius, 0), (radius, length), (0, length)], sides=sides)
    return vertices @ frame + start, faces


def ball(radius: float, centre: Sequence[float], squash: float = 1.0, sides: int = 20) -> Shape:
    """A sphere, ``squash`` times as high as wide."""
    turns = np.linspace(-math.pi / 2, math.pi / 2, sides // 2 + 1)
    return lathe([(radius * math.cos(t), radius * squash * math.sin(t)) for t in turns], centre, sides)


def drape(width: float, height: float, centre: Sequence[float], folds: float, depth: float, phase: float = 0) -> Shape:
    """A curtain in folds, hanging from the top of ``centre``'s rectangle; folds widen downwards."""
    columns, rows = max(int(folds * 12), 12), 6
    s, t = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    wave = np.sin(2 * math.pi * folds * s + phase + 0.6 * np.sin(5 * s)) * depth * (0.7 + 0.3 * t)
    x = (s - 0.5) * width
    points = np.stack([x, wave, (0.5 - t) * height], -1).reshape(-1, 3) + np.asarray(centre)
    return points, _grid(rows, columns)


def blade(length: float, width: float, azimuth: float, bend: float, base: Sequence[float], lean: float = 0.12) -> Shape:
    """A leaf that rises from ``base`` and bends over; angles in radians, bend 0 (upright) to 1."""
    steps = 9
    t = np.linspace(0, 1, steps)
    out, up = length * (lean + 0.55 * bend) * t**1.4, length * (t - 0.35 * bend * t * t)
    half = width * np.sin(math.pi * np.minimum(1, 0.06 + 0.94 * t)) ** 0.8 * (1 - 0.15 * t)
    along = np.array([math.cos(azimuth), math.sin(azimuth)])
    across = np.array([-along[1], along[0]])
    middle = np.column_stack([out[:, None] * along, up + 0.15 * half])
    edge = np.column_stack([half[:, None] * across, np.zeros(steps)])
    points = np.stack([middle - edge, middle, middle + edge], 1)
    points[:, 1, 2] -= 0.3 * half
    return points.reshape(-1, 3) + np.asarray(base), _grid(steps, 3)


def join(*shapes: Shape) -> Shape:
    """Several shapes as one."""
    vertices, faces, start = [], [], 0
    for points, around in shapes:
        vertices.append(points)
        faces += [tuple(i + start for i in face) for face in around]
        start += len(points)
    return np.concatenate(vertices), faces


def turned(points: np.ndarray, degrees: float, at: Sequence[float] = (0, 0, 0)) -> np.ndarray:
    """``points`` [N, 3] turned around the upright axis, then moved to ``at``."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + np.asarray(at)
