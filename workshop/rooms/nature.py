"""Plants, trees and what is seen through windows: no pane may look at nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.kit import Part, Piece
from workshop.rooms.shapes import Shape, blade, box, join, lathe, rod

if TYPE_CHECKING:
    from workshop.rooms.kit import Kit

__all__ = ["blocks", "bush", "city", "foliage", "garden", "plant", "tree"]

GREENS = [(0.02, 0.07, 0.015), (0.05, 0.14, 0.03), (0.1, 0.2, 0.05), (0.06, 0.11, 0.05)]
AUTUMN = [(0.45, 0.12, 0.02), (0.6, 0.3, 0.04), (0.35, 0.06, 0.02), (0.55, 0.4, 0.08), (0.25, 0.2, 0.05)]


def _pot(rng: Random, radius: float, height: float) -> Piece:
    clay = m.varied(
        "pots", [(0.6, 0.58, 0.54), (0.1, 0.1, 0.11), (0.4, 0.19, 0.1), (0.3, 0.32, 0.3), (0.5, 0.42, 0.3)], 0.55
    )
    earth = m.paint("earth", (0.03, 0.02, 0.014), 0.9)
    low = radius * rng.uniform(0.7, 0.9)
    profile = [(0, 0), (low, 0), (radius, height), (radius * 0.92, height), (radius * 0.9, height * 0.9)]
    return [
        Part(lathe(profile), clay, smooth=True),
        Part(lathe([(0, height * 0.88), (radius * 0.92, height * 0.88)]), earth),
    ]


def plant(rng: Random, height: float = 1.3, kind: str = "") -> Piece:
    """A pot plant: arching leaves, a rubber tree, or upright blades; all of it above its pot."""
    kind = kind or rng.choice(["palm", "rubber", "blades"])
    pot_height, radius = min(0.34, 0.3 * height), min(0.2, 0.16 * height)
    piece = _pot(rng, radius, pot_height)
    green = m.leaf("leaves", GREENS)
    top = height - pot_height
    leaves: list[Shape] = []
    if kind == "rubber":
        stems = [(rng.uniform(-0.4, 0.4) * radius, rng.uniform(-0.4, 0.4) * radius) for _ in range(3)]
        for x, y in stems:
            tip = (x * 3, y * 3, pot_height + top * rng.uniform(0.7, 0.95))
            piece.append(Part(rod((x, y, pot_height * 0.8), tip, 0.01), m.paint("bark", (0.1, 0.07, 0.04), 0.8)))
            for k in range(int(9 + 8 * top)):
                t = 0.15 + 0.85 * k / (9 + 8 * top)
                base = [x + (tip[0] - x) * t, y + (tip[1] - y) * t, pot_height + (tip[2] - pot_height) * t]
                leaves.append(
                    blade(
                        rng.uniform(0.16, 0.26) * (0.6 + 0.4 * top),
                        0.05,
                        k * 2.4 + rng.uniform(-0.3, 0.3),
                        rng.uniform(0.6, 1),
                        base,
                        0.5,
                    )
                )
    else:
        count = 26 if kind == "palm" else 16
        for k in range(count):
            length = top * rng.uniform(0.6, 1.05)
            bend, wide = (
                (rng.uniform(0.35, 0.95), rng.uniform(0.05, 0.08))
                if kind == "palm"
                else (rng.uniform(0.02, 0.18), 0.05)
            )
            base = (rng.uniform(-0.3, 0.3) * radius, rng.uniform(-0.3, 0.3) * radius, pot_height * 0.85)
            leaves.append(blade(length, wide * length, k * 2.4 + rng.uniform(-0.3, 0.3), bend, base))
    return [*piece, Part(join(*leaves), green, smooth=True)]


def foliage(rng: Random, centre: Sequence[float], radii: Sequence[float], count: int, size: float) -> Shape:
    """Leaves strewn over and in a ball: small crossed cards, ``count`` of them, ``size`` metres wide."""
    chance = np.random.default_rng(rng.randrange(2**31))
    outward = chance.normal(size=(count, 3))
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    lumps = 0.75 + 0.25 * np.sin(outward @ chance.normal(size=(3, 1)) * 4 + chance.uniform(0, 6))
    middle = outward * np.asarray(radii) * lumps * chance.uniform(0.55, 1, (count, 1)) ** 0.5 + np.asarray(centre)
    side = np.cross(outward + 0.8 * chance.normal(size=(count, 3)), chance.normal(size=(count, 3)))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(side, outward + 0.3 * chance.normal(size=(count, 3)))
    half = size * chance.uniform(0.4, 0.7, (count, 1))
    corners = np.stack(
        [middle - side * half, middle - other * half * 0.6, middle + side * half, middle + other * half * 0.6], 1
    )
    return corners.reshape(-1, 3), [(4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3) for k in range(count)]


def tree(
    rng: Random,
    height: float = 7.0,
    colours: Sequence[Sequence[float]] = GREENS,
    dense: int = 2600,
    shadow: bool = True,
) -> Piece:
    """A broad-leaved tree: trunk, a few boughs, a crown of several balls of leaves."""
    bark = m.paint("tree bark", (0.07, 0.05, 0.035), 0.9, 0.3, 8)
    fork = height * rng.uniform(0.28, 0.4)
    lean = (rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3))
    trunk = [rod((0, 0, -0.2), (lean[0], lean[1], fork), 0.028 * height, 10)]
    crowns: list[Shape] = []
    for k in range(7):
        a, out = k * 2.4 + rng.uniform(-0.4, 0.4), height * rng.uniform(0.1, 0.22)
        tip = (lean[0] + out * math.cos(a), lean[1] + out * math.sin(a), height * rng.uniform(0.48, 0.84))
        trunk.append(rod((lean[0], lean[1], fork * 0.9), tip, 0.011 * height, 6))
        r = height * rng.uniform(0.16, 0.24)
        crowns.append(foliage(rng, tip, (r, r, r * 0.8), dense // 7, 1.9 * height / math.sqrt(dense)))
    leaves = m.leaf("tree leaves" if shadow else "garden leaves", colours)
    leaves["casts_no_shadow"] = not shadow  # or the low sun would never come in at a window
    return [Part(join(*trunk), bark, smooth=True), Part(join(*crowns), leaves)]


def bush(rng: Random, width: float = 1.4, height: float = 1.0, colours: Sequence[Sequence[float]] = GREENS) -> Piece:
    return [
        Part(
            foliage(rng, (0, 0, height / 2), (width / 2, width / 2, height / 2), 900, 0.1),
            m.leaf("bush leaves", colours),
        )
    ]


def blocks(
    kit: Kit,
    rng: Random,
    middle: tuple[float, float],
    spread: tuple[float, float],
    count: int,
    ground: float,
    tall: tuple[float, float],
    lit: float = 0.3,
) -> None:
    """A town of blocks around ``middle``, their lit windows in the group "outside"."""
    colours = [
        (0.42, 0.38, 0.34),
        (0.3, 0.31, 0.33),
        (0.5, 0.47, 0.42),
        (0.34, 0.2, 0.15),
        (0.22, 0.25, 0.28),
        (0.55, 0.53, 0.5),
    ]
    for _ in range(count):
        number = rng.randint(0, 7)
        wall = m.facade(
            f"facade {number}", colours[number % 6], number * 0.73, rng.choice([(2.2, 3.1), (3.0, 3.4)]), lit
        )
        height = rng.uniform(*tall)
        at = (middle[0] + rng.uniform(-1, 1) * spread[0], middle[1] + rng.uniform(-1, 1) * spread[1])
        size = (rng.uniform(9, 18), rng.uniform(9, 18), height)
        kit.add(box(size, (*at, ground + height / 2)), wall, "outside")
        kit.add(box((size[0] * 0.4, size[1] * 0.4, 3), (*at, ground + height + 1.5)), m.stone("roof", (0.2, 0.2, 0.2)))


def city(kit: Kit, rng: Random, azimuth: float, floor: int = 4, near: float = 22, lit: float = 0.3) -> None:
    """A town outside, ``azimuth`` degrees clockwise from ahead, seen from the ``floor``-th storey."""
    ground = -3.2 * floor - 0.15
    a = math.radians(azimuth)
    for distance, count, tall in (
        (near + 12, 14, (0.35, 0.85)),
        (near + 55, 26, (0.6, 1.25)),
        (near + 130, 34, (0.8, 2.0)),
    ):
        middle = (distance * math.sin(a), distance * math.cos(a))
        wide = distance * 1.5
        spread = (12 + wide * abs(math.cos(a)), 12 + wide * abs(math.sin(a)))
        blocks(kit, rng, middle, spread, count, ground, tuple(t * (10 + 3.2 * floor) for t in tall), lit)
    _ground(kit, ground, m.stone("town ground", (0.16, 0.16, 0.15), scale=0.05))


def _ground(kit: Kit, top: float, material: Any) -> None:
    if not kit.grounded:
        kit.add(box((900, 900, 1), (0, 0, top - 0.5)), material)
    kit.grounded = True


def garden(
    kit: Kit,
    rng: Random,
    azimuth: float,
    near: float = 6,
    wide: float = 16,
    colours: Sequence[Sequence[float]] = GREENS,
) -> None:
    """Lawn, bushes and trees outside, ``azimuth`` degrees clockwise from ahead."""
    a = math.radians(azimuth)
    ahead, side = np.array([math.sin(a), math.cos(a)]), np.array([math.cos(a), -math.sin(a)])
    _ground(kit, -0.3, m.paint("lawn", (0.06, 0.12, 0.03), 0.95, 0.4, 3))
    for row, (count, out) in enumerate(((5, near), (7, near + 7), (9, near + 16))):
        for k in range(count):
            along = (2 * (k + rng.uniform(0.1, 0.9)) / count - 1) * wide * (1 + 0.4 * row)
            x, y = ahead * (out + rng.uniform(0, 5)) + side * along
            kit.put(tree(rng, rng.uniform(5, 9), colours, 1500, shadow=False), (x, y, -0.3), rng.uniform(0, 360))
    for _ in range(12):
        x, y = ahead * (near - rng.uniform(1, 3)) + side * rng.uniform(-wide, wide)
        kit.put(bush(rng, rng.uniform(1, 2.2), rng.uniform(0.6, 1.3), colours), (x, y, -0.3))
