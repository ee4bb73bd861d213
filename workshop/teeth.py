"""Two arches of teeth with their gums, modelled in the mouth of the head.

Crown sizes are near the tables of dental anatomy (Wheeler): width, height and depth in millimetres, from the midline
outwards. The lower arch rides on the jaw: it is moved as the head's own band of lower teeth is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from workshop.head import Head, add_mesh, material

__all__ = ["LOWER", "UPPER", "Arch", "add_arch", "jaw_move", "place"]

Move = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Arch:
    """``crowns``: (width, height, depth) in mm; ``half_width``, ``length``: half axes in metres of the ellipse that
    the arch follows; ``way``: -1 where the crowns hang, 1 where they stand."""

    name: str
    crowns: tuple[tuple[float, float, float], ...]
    half_width: float
    length: float
    way: int


UPPER = Arch("upper", ((8.7, 10.6, 6.6), (6.8, 9.4, 5.8), (7.8, 10.3, 7.4), (7.1, 8.6, 8.4), (6.8, 8.0, 8.4),
                       (9.8, 7.4, 9.8), (9.2, 7.0, 9.4)), 0.0268, 0.047, -1)  # fmt: skip
LOWER = Arch("lower", ((5.4, 9.0, 5.6), (5.9, 9.2, 5.8), (6.9, 10.2, 7.2), (7.0, 8.6, 7.6), (7.0, 8.2, 8.0),
                       (10.4, 7.6, 9.6), (9.8, 7.2, 9.4)), 0.0249, 0.044, 1)  # fmt: skip
_AROUND, _ALONG = 32, 26


def place(head: Head, arch: Arch) -> np.ndarray:
    """The middle of the arch's edge on the front of its incisors, [3] in metres, with shut jaws."""
    band = head.points(f"helper-{arch.name}-teeth")
    if arch is UPPER:
        return np.array([0.0, band[:, 1].min() + 0.0005, band[:, 2].min() - 0.0005])
    upper = place(head, UPPER)  # the lower incisors close 2.5 mm behind the upper ones, and 2 mm above their edge
    return upper + np.array([0.0, 0.0030, 0.0020])


def jaw_move(rest: Head, moved: Head) -> Move:
    """The rigid motion of the lower teeth from ``rest`` to ``moved`` (Kabsch)."""
    before, after = (head.points("helper-lower-teeth") for head in (rest, moved))
    a, b = before.mean(0), after.mean(0)
    u, _, vt = np.linalg.svd((before - a).T @ (after - b))
    turn = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return lambda points: (points - a) @ turn.T + b


def add_arch(arch: Arch, front: np.ndarray, move: Move, enamel: bpy.types.Material,
             gum: bpy.types.Material) -> list[bpy.types.Object]:  # fmt: skip
    """Crowns and gums of ``arch`` whose edge is at ``front``; ``move`` carries them."""
    rng = np.random.default_rng(5)
    made, contacts, necks, along = [], [], [], 0.0
    for index, size in enumerate(arch.crowns):
        width, height, depth = (1e-3 * s for s in size)
        middle = along + width / 2
        along += width * 0.985
        for side in (1, -1):
            centre, angle = _on_ellipse(arch, middle)
            points = _crown(width * (1.08 if index == 0 else 1.05), height, depth, index) * [1, 1, arch.way]
            points = _turned(points, side * angle + rng.uniform(-0.04, 0.04), rng.uniform(-0.018, 0.018))
            lift = height / 2 + 1e-3 * (0.0, 0.7, 0.1, 0.5, 0.9, 1.2, 1.4)[index] + rng.uniform(0, 0.00025)
            offset = np.array([side * centre[0], centre[1] + depth * 0.5, -arch.way * lift])
            made.append(add_mesh("crown", move(points + offset + front), _faces(), enamel))
            necks.append((side * middle, offset - [0, 0, arch.way * height * 0.40]))
            at, _ = _on_ellipse(arch, along)
            contacts.append([side * at[0], at[1] + depth * 0.5, -arch.way * height * 0.66])
    contacts.append([0.0, 0.0050, -arch.way * 0.0076])
    made += [_papilla(move, np.array(at) + front, gum) for at in contacts]
    made.append(_ridge(arch, move, [p + front for _, p in sorted(necks, key=lambda n: n[0])], gum))
    return made


def _on_ellipse(arch: Arch, along: float) -> tuple[np.ndarray, float]:
    """Point (x, y) of the arch ``along`` metres from its middle, and the direction of the arch there."""
    t = np.linspace(0, 0.56 * math.pi, 4000)
    x, y = arch.half_width * np.sin(t), arch.length * (1 - np.cos(t))
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    i = min(int(np.searchsorted(length, along)), len(t) - 2)
    return np.array([x[i], y[i]]), math.atan2(y[i + 1] - y[i], x[i + 1] - x[i])


def _crown(width: float, height: float, depth: float, index: int) -> np.ndarray:
    """Points [n, 3] of one crown about its middle; its edge at +z, its front at -y."""
    polar = np.linspace(-math.pi / 2, math.pi / 2, _ALONG + 1)[:, None]
    round_ = np.linspace(0, 2 * math.pi, _AROUND, endpoint=False)[None, :]
    power = lambda a, e: np.sign(a) * np.abs(a) ** e  # noqa: E731
    ring = power(np.cos(polar), 0.30)
    x = 0.5 * width * ring * power(np.cos(round_), 0.60)
    y = 0.5 * depth * ring * power(np.sin(round_), 0.80)
    z = 0.5 * height * power(np.sin(polar), 0.62) + 0 * round_
    t = z / height + 0.5  # 0 at the gum, 1 at the edge
    x *= 0.72 + 0.28 * np.minimum(1, 2.2 * t)
    if index < 2:
        y = y * (1 - 0.66 * t**1.3) - 0.17 * depth * t - 0.05 * depth * np.sin(math.pi * t)
        z = z - 0.05 * height * np.clip(x / (0.5 * width), 0, 1) ** 3 * (t > 0.5)  # the outer corner is rounder
    elif index == 2:
        y = y * (1 - 0.45 * t) - 0.10 * depth * t
        z = z - 0.15 * height * (np.abs(x) / (0.5 * width)) ** 1.4 * np.clip(t - 0.5, 0, None) * 2
    else:
        z = z - 0.09 * height * np.exp(-((x / (0.28 * width)) ** 2) - (y / (0.28 * depth)) ** 2) * (t > 0.8)
        z = z - 0.10 * height * (np.abs(x) / (0.5 * width)) ** 2 * np.clip(t - 0.5, 0, None)
    y = y - 0.06 * depth * np.cos(math.pi * x / width) * (1 - 0.4 * t)
    return np.stack([x + 0 * y, y, z + 0 * y], axis=-1).reshape(-1, 3)


def _faces() -> list[tuple[int, ...]]:
    return [(i * _AROUND + j, i * _AROUND + (j + 1) % _AROUND, (i + 1) * _AROUND + (j + 1) % _AROUND,
             (i + 1) * _AROUND + j) for i in range(_ALONG) for j in range(_AROUND)]  # fmt: skip


def _turned(points: np.ndarray, angle: float, tilt: float) -> np.ndarray:
    points = points + np.outer(points[:, 2] * tilt, [1, 0, 0])
    c, s = math.cos(angle), math.sin(angle)
    return points @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T


def _papilla(move: Move, at: np.ndarray, gum: bpy.types.Material) -> bpy.types.Object:
    """The tip of gum between two teeth."""
    ball = np.array([[math.cos(a) * math.cos(b) * 0.0014, math.cos(a) * math.sin(b) * 0.0026, math.sin(a) * 0.0036]
                     for a in np.linspace(-math.pi / 2, math.pi / 2, _ALONG + 1)
                     for b in np.linspace(0, 2 * math.pi, _AROUND, endpoint=False)])  # fmt: skip
    return add_mesh("papilla", move(ball + at), _faces(), gum)


def _ridge(arch: Arch, move: Move, necks: Sequence[np.ndarray], gum: bpy.types.Material) -> bpy.types.Object:
    """The gum along the necks of the crowns: a tube."""
    curve = bpy.data.curves.new("ridge", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", 0.0049, 8
    spline = curve.splines.new("BEZIER")
    spline.bezier_points.add(len(necks) - 1)
    for point, neck in zip(spline.bezier_points, necks, strict=True):
        point.co = tuple(move(neck - [0, -0.0004, arch.way * 0.0042]))
        point.handle_left_type = point.handle_right_type = "AUTO"
    made = bpy.data.objects.new("ridge", curve)
    bpy.context.collection.objects.link(made)
    curve.materials.append(gum)
    return made


def enamel() -> bpy.types.Material:
    """Tooth: light wanders a little below a wet coat."""
    return material("enamel", (0.76, 0.70, 0.58), 0.16, (0.0022, 0.0018, 0.0013), coat=0.7, mottle=0.05, scale=420)


def flesh() -> bpy.types.Material:
    """Gums."""
    return material("gum", (0.44, 0.15, 0.14), 0.35, (0.004, 0.0014, 0.001), coat=0.6, mottle=0.08, scale=240)


def tongue_skin() -> bpy.types.Material:
    """Tongue: rougher, less wet."""
    return material("tongue", (0.50, 0.19, 0.18), 0.42, (0.006, 0.002, 0.0015), coat=0.3, mottle=0.14, scale=420)
