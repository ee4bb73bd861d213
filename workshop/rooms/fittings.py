"""What is built in or stands on things: curtains, doors, boards, cupboards, bottles, instruments."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.furniture import at, cloth, cup, metal, vase, wooden
from workshop.rooms.kit import Part, Piece
from workshop.rooms.shapes import ball, box, card, drape, join, lathe, rod, rounded

__all__ = [
    "board",
    "bottles",
    "clock",
    "cupboards",
    "curtain",
    "dishes",
    "door",
    "flasks",
    "microphone",
    "microscope",
    "panel",
    "slats",
]


def curtain(rng: Random, width: float, height: float, colour: tuple[float, ...]) -> Piece:
    """Cloth in folds from ``height`` to the floor, on a rail; its face at -y."""
    cover = cloth(colour)
    hang = drape(
        width, height - 0.06, (0, -0.06, 0.03 + (height - 0.06) / 2), width * rng.uniform(5, 7), 0.04, rng.uniform(0, 6)
    )
    return [
        Part(hang, cover, smooth=True),
        Part(rod((-width * 0.6, -0.06, height), (width * 0.6, -0.06, height), 0.014), metal()),
    ]


def door(rng: Random, colour: tuple[float, ...] | None = None, width: float = 0.9, glazed: bool = False) -> Piece:
    """A shut door in its frame, its back at y = 0."""
    leaf = (
        m.paint(f"door {colour}", colour, 0.45, 0.03) if colour else wooden(rng.choice(["oak", "walnut", "white"]), "z")
    )
    frame = m.paint("door frame", (0.66, 0.65, 0.63), 0.5)
    piece = [
        Part(box((width, 0.05, 2.05), (0, -0.02, 1.025)), leaf),
        Part(join(*[box((0.08, 0.09, 2.12), (s * (width / 2 + 0.04), -0.02, 1.06)) for s in (-1, 1)]), frame),
        Part(box((width + 0.16, 0.09, 0.08), (0, -0.02, 2.1)), frame),
        Part(rod((0.38 * width, -0.08, 1.02), (0.25 * width, -0.08, 1.02), 0.011), m.mirror("steel")),
    ]
    if glazed:
        piece.append(Part(box((0.3, 0.012, 0.9), (0, -0.045, 1.45)), m.paint("dark pane", (0.1, 0.13, 0.14), 0.08)))
    return piece


def board(rng: Random, width: float, height: float, z: float, white: bool = False) -> Piece:
    """A board to write on with its ledge, its back at y = 0."""
    number = rng.randint(0, 99)
    green = rng.choice([(0.025, 0.07, 0.05), (0.03, 0.035, 0.035)])
    face = (
        m.paint("whiteboard", (0.78, 0.79, 0.79), 0.15, 0.02)
        if white
        else m.chalkboard(f"board {number}", green, number)
    )
    rim = m.mirror("steel") if white else wooden("oak", "x")
    bars = [box((width + 0.1, 0.04, 0.05), (0, -0.02, z + s * height / 2)) for s in (-1, 1)]
    bars += [box((0.05, 0.04, height), (s * width / 2, -0.02, z)) for s in (-1, 1)]
    return [
        Part(card(width, height, (0, -0.025, z)), face),
        Part(join(*bars), rim),
        Part(box((width * 0.8, 0.1, 0.02), (0, -0.06, z - height / 2 - 0.02)), rim),
    ]


def clock(rng: Random, radius: float = 0.16) -> Piece:
    """A wall clock around the origin, its back at y = 0."""
    face, rim = m.paint("clock face", (0.78, 0.78, 0.76), 0.4), metal()
    a, b = rng.uniform(0, 6), rng.uniform(0, 6)
    turn = [(x, -z, y) for x, y, z in lathe([(0, 0.02), (radius, 0.02)])[0]]
    ring = np.array(
        [
            (x, -z, y)
            for x, y, z in lathe([(radius, 0), (radius, 0.04), (radius - 0.015, 0.04), (radius - 0.015, 0.02)])[0]
        ]
    )
    hands = [
        rod((0, -0.03, 0), (radius * f * math.sin(t), -0.03, radius * f * math.cos(t)), 0.006, 6)
        for t, f in ((a, 0.8), (b, 0.55))
    ]
    return [
        Part((np.array(turn), lathe([(0, 0), (radius, 0)])[1]), face),
        Part((ring, lathe([(0, 0)] * 4)[1]), rim, smooth=True),
        Part(join(*hands), rim),
    ]


def panel(width: float, height: float, z: float, material: Any, group: str = "", rim: float = 0.03) -> Piece:
    """A large screen or panel on the wall, its back at y = 0."""
    return [
        Part(
            rounded((width + rim, 0.05, height + rim), (0, -0.026, z), 0.01),
            m.paint("monitor", (0.018, 0.018, 0.02), 0.35),
        ),
        Part(card(width, height, (0, -0.053, z)), material, group),
    ]


def slats(width: float, height: float, kind: str = "oak", pitch: float = 0.07) -> Piece:
    """Upright wooden slats on a dark felt, the back at y = 0."""
    count = int(width / pitch)
    bars = [box((pitch * 0.55, 0.03, height), ((k + 0.5) * pitch - width / 2, -0.03, height / 2)) for k in range(count)]
    return [
        Part(join(*bars), wooden(kind, "z")),
        Part(box((width, 0.015, height), (0, -0.008, height / 2)), m.paint("felt", (0.02, 0.02, 0.022), 0.95)),
    ]


def cupboards(
    rng: Random,
    width: float,
    height: float,
    depth: float,
    front: Any,
    z: float = 0.0,
    unit: float = 0.6,
    drawers: float = 0.3,
) -> Piece:
    """A row of doors and drawers with handles, its back at y = 0, standing at ``z``."""
    count = max(1, round(width / unit))
    step, handle = width / count, m.mirror("steel")
    piece = [Part(box((width, depth - 0.02, height), (0, -depth / 2, z + height / 2)), front)]
    for k in range(count):
        x = (k + 0.5) * step - width / 2
        rows = 3 if rng.random() < drawers else 1
        for j in range(rows):
            tall = height / rows
            middle = z + (j + 0.5) * tall
            piece.append(Part(rounded((step - 0.008, 0.02, tall - 0.008), (x, -depth, middle), 0.004), front))
            if rows == 3:
                piece.append(
                    Part(
                        rod(
                            (x - 0.12, -depth - 0.03, middle + 0.3 * tall),
                            (x + 0.12, -depth - 0.03, middle + 0.3 * tall),
                            0.006,
                        ),
                        handle,
                    )
                )
            else:
                high = middle + (0.3 if z < 0.5 else -0.3) * tall
                side = x + (0.4 if k % 2 else -0.4) * step
                piece.append(
                    Part(rod((side, -depth - 0.03, high - 0.08), (side, -depth - 0.03, high + 0.08), 0.006), handle)
                )
    return piece


def bottles(rng: Random, width: float, depth: float = 0.12, fill: float = 0.85) -> Piece:
    """Bottles in a row."""
    glass = m.varied(
        "bottles",
        [
            (0.02, 0.07, 0.02),
            (0.16, 0.06, 0.01),
            (0.3, 0.3, 0.28),
            (0.03, 0.05, 0.09),
            (0.35, 0.18, 0.04),
            (0.3, 0.02, 0.02),
        ],
        0.08,
    )
    shapes, x = [], -width / 2 + 0.05
    while x < width / 2 - 0.04:
        r, h = rng.uniform(0.03, 0.042), rng.uniform(0.22, 0.32)
        if rng.random() < fill:
            profile = [(0, 0), (r, 0), (r, 0.6 * h), (0.35 * r, 0.75 * h), (0.35 * r, h), (0, h)]
            shapes.append(lathe(profile, (x, rng.uniform(-0.5, 0.5) * depth * 0.4, 0), 12))
        x += 2 * r + rng.uniform(0.008, 0.04)
    return [Part(join(*shapes), glass, smooth=True)] if shapes else []


def dishes(rng: Random, width: float, tall: float = 0.26) -> Piece:
    """Bowls, plates in piles, cups and jars in a row."""
    china = m.varied(
        "china", [(0.74, 0.73, 0.7), (0.66, 0.64, 0.6), (0.3, 0.38, 0.4), (0.5, 0.33, 0.2), (0.15, 0.17, 0.18)], 0.25
    )
    piece, x = [], -width / 2 + 0.1
    while x < width / 2 - 0.1:
        what = rng.random()
        if what < 0.35:
            heap = [
                lathe([(0.05, 0.02 * k), (0.1, 0.02 * k + 0.016), (0.1, 0.02 * k + 0.02)], (x, 0, 0), 20)
                for k in range(rng.randint(2, 6))
            ]
            piece.append(Part(join(*heap), china, smooth=True))
        elif what < 0.6:
            h = rng.uniform(0.1, tall * 0.8)
            piece.append(
                Part(
                    lathe([(0, 0), (0.05, 0), (0.052, h), (0.03, h + 0.01), (0, h + 0.02)], (x, 0, 0), 16),
                    china,
                    smooth=True,
                )
            )
        else:
            piece += (
                at(rng.choice([cup, vase])(rng, 0.16) if what > 0.8 else cup(rng), x, 0)
                if what <= 0.8
                else at(vase(rng, rng.uniform(0.12, tall * 0.8)), x, 0)
            )
        x += rng.uniform(0.14, 0.26)
    return piece


def flasks(rng: Random, width: float) -> Piece:
    """Laboratory glass with coloured liquids."""
    clear = m.glass("lab glass", (0.93, 0.96, 0.96), 0.2)
    liquid = m.varied(
        "liquids", [(0.02, 0.2, 0.4), (0.35, 0.08, 0.02), (0.05, 0.3, 0.1), (0.5, 0.35, 0.02), (0.3, 0.02, 0.15)], 0.15
    )
    piece, x = [], -width / 2 + 0.08
    while x < width / 2 - 0.08:
        h, r = rng.uniform(0.14, 0.28), rng.uniform(0.04, 0.08)
        shape = rng.choice(["cone", "beaker", "cylinder"])
        top = {"cone": 0.3 * r, "beaker": r, "cylinder": 0.5 * r}[shape]
        low = {"cone": r, "beaker": r, "cylinder": 0.5 * r}[shape]
        level = rng.uniform(0.25, 0.6)
        piece.append(Part(lathe([(0, 0), (low, 0), (top, 0.8 * h), (top, h)], (x, 0, 0), 16), clear, smooth=True))
        mid = (low + (top - low) * level) * 0.93
        piece.append(
            Part(
                lathe([(0, 0.006), (low * 0.93, 0.006), (mid, level * 0.8 * h), (0, level * 0.8 * h)], (x, 0, 0), 16),
                liquid,
                smooth=True,
            )
        )
        x += 2 * r + rng.uniform(0.03, 0.16)
    return piece


def microscope(rng: Random) -> Piece:
    white, dark = m.paint("instrument", (0.68, 0.69, 0.7), 0.35), metal()
    return [
        Part(rounded((0.2, 0.26, 0.05), (0, 0, 0.025), 0.015), dark),
        Part(rounded((0.07, 0.08, 0.34), (0, 0.08, 0.2), 0.02), white, smooth=True),
        Part(rod((0, 0.08, 0.34), (0, -0.1, 0.36), 0.035), white, smooth=True),
        Part(rod((0, -0.06, 0.36), (0, -0.06, 0.16), 0.025), dark, smooth=True),
        Part(rod((0.02, -0.08, 0.37), (0.02, -0.16, 0.46), 0.018), dark, smooth=True),
        Part(box((0.15, 0.14, 0.015), (0, -0.05, 0.13)), dark),
    ]


def microphone(rng: Random) -> Piece:
    """A studio microphone on a jointed arm that stands on a desk."""
    dark, mesh = metal(), m.mirror("mesh", (0.25, 0.25, 0.26), 0.4)
    knee, tip = (0.1, 0.05, 0.42), (-0.28, -0.05, 0.5)
    return [
        Part(rod((0, 0, 0), knee, 0.011), dark, smooth=True),
        Part(rod(knee, tip, 0.009), dark, smooth=True),
        Part(rod((tip[0], tip[1], tip[2]), (tip[0] - 0.03, tip[1], tip[2] - 0.16), 0.03), dark, smooth=True),
        Part(ball(0.033, (tip[0] - 0.03, tip[1], tip[2] - 0.18), 1.3, 14), mesh, smooth=True),
    ]
