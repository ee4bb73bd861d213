"""Pieces of furniture that vary with the seed: tables, seats, shelves with what stands on them, screens.

Every builder returns a Piece: front towards -y, standing on z = 0, the origin in the middle of its footprint.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.kit import Part, Piece
from workshop.rooms.shapes import ball, box, card, cushion, join, lathe, rod, rounded, turned

__all__ = [
    "BOOKS",
    "WOODS",
    "armchair",
    "at",
    "bookcase",
    "books",
    "chair",
    "cup",
    "desk",
    "keyboard",
    "laptop",
    "monitor",
    "office_chair",
    "picture",
    "rug",
    "sideboard",
    "sofa",
    "stack",
    "stool",
    "table",
    "vase",
    "wooden",
]

WOODS = {
    "oak": (0.42, 0.27, 0.15),
    "walnut": (0.16, 0.085, 0.045),
    "birch": (0.58, 0.44, 0.29),
    "teak": (0.3, 0.15, 0.07),
    "ash": (0.5, 0.4, 0.29),
    "black": (0.03, 0.028, 0.027),
    "white": (0.72, 0.71, 0.69),
}
BOOKS = [
    (0.32, 0.05, 0.04),
    (0.04, 0.09, 0.2),
    (0.6, 0.53, 0.4),
    (0.05, 0.14, 0.09),
    (0.66, 0.65, 0.62),
    (0.08, 0.08, 0.09),
    (0.5, 0.22, 0.05),
    (0.22, 0.28, 0.33),
    (0.42, 0.33, 0.2),
    (0.25, 0.08, 0.12),
    (0.12, 0.25, 0.28),
    (0.75, 0.72, 0.66),
]
CLOTH = [
    (0.1, 0.13, 0.16),
    (0.28, 0.27, 0.25),
    (0.06, 0.11, 0.2),
    (0.17, 0.2, 0.14),
    (0.35, 0.16, 0.08),
    (0.45, 0.4, 0.33),
    (0.05, 0.05, 0.055),
    (0.12, 0.22, 0.23),
    (0.4, 0.28, 0.1),
    (0.3, 0.1, 0.1),
]


def at(piece: Piece, x: float, y: float, z: float = 0, turn: float = 0) -> Piece:
    """``piece`` moved within a larger one."""
    return [Part((turned(p.shape[0], turn, (x, y, z)), p.shape[1]), p.material, p.group, p.smooth) for p in piece]


def wooden(kind: str, axis: str = "x") -> Any:
    """The wood of that name, lacquered."""
    if kind == "white":
        return m.paint("white lacquer", WOODS["white"], 0.35, 0.03)
    return m.wood(kind, WOODS[kind], axis, contrast=0.25 if kind == "black" else 0.35)


def metal(dark: bool = True) -> Any:
    return m.paint("black metal", (0.02, 0.02, 0.022), 0.4, Metallic=0.6) if dark else m.mirror("steel")


def cloth(colour: tuple[float, ...]) -> Any:
    name = "cloth " + " ".join(f"{c:.2f}" for c in colour)
    return m.paint(name, colour, 0.9, 0.16, 90, **{"Sheen Weight": 0.25})


def table(width: float, depth: float, height: float, rng: Random, kind: str = "", round_top: bool = False) -> Piece:
    """A table on four legs, on trestles or on one foot."""
    kind = kind or rng.choice(["oak", "walnut", "birch", "ash", "white"])
    top, under = wooden(kind), metal(rng.random() < 0.7)
    if round_top:
        under = metal()
        r = width / 2
        foot = lathe([(0, 0), (0.62 * r, 0), (0.6 * r, 0.02), (0.05, 0.05), (0.045, height - 0.04)])
        disc = lathe([(0, height), (r, height), (r, height - 0.035), (0, height - 0.035)], sides=40)
        return [Part(disc, top), Part(foot, under, smooth=True)]
    piece = [Part(rounded((width, depth, 0.035), (0, 0, height - 0.018), 0.008), top)]
    x, y = width / 2 - 0.07, depth / 2 - 0.07
    style = rng.choice(["straight", "splayed", "frame"])
    for sx in (-1, 1):
        for sy in (-1, 1):
            out = 0.05 if style == "splayed" else 0
            foot = (sx * (x + out), sy * (y + out), 0)
            piece.append(Part(rod(foot, (sx * x, sy * y, height - 0.03), 0.022), under, smooth=True))
        if style == "frame":
            piece.append(Part(box((0.035, 2 * y, 0.035), (sx * x, 0, 0.02)), under))
    return piece


def desk(rng: Random, width: float = 1.5, kind: str = "", computer: bool = True, group: str = "screens") -> Piece:
    """A writing desk with what lies on it."""
    piece = table(width, 0.75, 0.73, rng, kind)
    if rng.random() < 0.6:
        side = rng.choice((-1, 1))
        drawers = m.paint("drawers", rng.choice([(0.6, 0.6, 0.58), (0.08, 0.08, 0.09), (0.3, 0.33, 0.34)]), 0.45)
        piece.append(Part(rounded((0.4, 0.55, 0.55), (side * (width / 2 - 0.28), 0.05, 0.3), 0.01), drawers))
    if computer:
        piece += at(monitor(rng, group), rng.uniform(-0.15, 0.15), 0.16, 0.73, 180 + rng.uniform(-14, 14))
        piece += at(keyboard(rng), 0, -0.14, 0.73, rng.uniform(-4, 4))
    for _ in range(rng.randint(1, 3)):
        x = rng.choice((-1, 1)) * rng.uniform(0.4, width / 2 - 0.14)
        thing = rng.choice([cup, stack, vase])
        piece += at(thing(rng), x, rng.uniform(-0.2, 0.2), 0.73, rng.uniform(0, 360))
    return piece


def monitor(rng: Random, group: str = "screens") -> Piece:
    """A screen on its foot; it looks at -y."""
    width = rng.choice([0.55, 0.6, 0.7])
    height = width * rng.choice([0.58, 0.44])
    z = 0.14 + height / 2
    shell, foot = m.paint("monitor", (0.018, 0.018, 0.02), 0.35), metal(rng.random() < 0.5)
    lit = m.display(f"display {rng.randint(0, 5)}", rng.uniform(0, 20))
    return [
        Part(rounded((width, 0.03, height), (0, 0, z), 0.008), shell),
        Part(card(width - 0.025, height - 0.025, (0, -0.0165, z)), lit, group),
        Part(rod((0, 0.03, 0.01), (0, 0.02, z), 0.02), foot, smooth=True),
        Part(rounded((0.24, 0.18, 0.014), (0, 0.03, 0.008), 0.005), foot),
    ]


def laptop(rng: Random, group: str = "screens") -> Piece:
    """An open laptop, its back to +y."""
    shell = m.mirror("aluminium", (0.5, 0.5, 0.52), 0.35) if rng.random() < 0.6 else metal()
    lit = m.display(f"display {rng.randint(0, 5)}", rng.uniform(0, 20))
    back = [(-0.16, 0.11, 0.01), (0.16, 0.11, 0.01), (0.16, 0.17, 0.22), (-0.16, 0.17, 0.22)]
    behind = [(x, y + 0.008, z) for x, y, z in back]
    face = [(x * 0.94, y - 0.002, 0.02 + z * 0.92) for x, y, z in back]
    rim = ([*back, *behind], [(0, 1, 2, 3), (7, 6, 5, 4), (0, 4, 5, 1), (1, 5, 6, 2), (2, 6, 7, 3), (3, 7, 4, 0)])
    return [
        Part(rounded((0.32, 0.22, 0.014), (0, 0, 0.007), 0.005), shell),
        Part((np.array(rim[0]), rim[1]), shell),
        Part((np.array(face), [(0, 1, 2, 3)]), lit, group),
    ]


def keyboard(rng: Random) -> Piece:
    shell = m.paint("keyboard", rng.choice([(0.6, 0.6, 0.6), (0.03, 0.03, 0.03)]), 0.5)
    return [
        Part(rounded((0.42, 0.13, 0.018), (0, 0, 0.01), 0.006), shell),
        Part(rounded((0.06, 0.1, 0.03), (0.3, 0, 0.015), 0.014), shell, smooth=True),
    ]


def cup(rng: Random) -> Piece:
    colours = [(0.75, 0.74, 0.7), (0.1, 0.16, 0.22), (0.5, 0.2, 0.1), (0.05, 0.05, 0.05), (0.3, 0.38, 0.3)]
    china = m.varied("cups", colours, 0.2)
    return [Part(lathe([(0, 0), (0.036, 0), (0.042, 0.1), (0.036, 0.1), (0.03, 0.01)], sides=16), china, smooth=True)]


def vase(rng: Random, height: float = 0.0) -> Piece:
    """A turned pot; no two alike."""
    h = height or rng.uniform(0.1, 0.32)
    r = h * rng.uniform(0.2, 0.36)
    neck = rng.uniform(0.25, 0.9)
    profile = [(0, 0), (0.6 * r, 0), (r, 0.35 * h), (0.9 * r, 0.6 * h), (neck * r, 0.85 * h), (neck * r * 1.15, h)]
    clay = m.varied(
        "vases", [(0.6, 0.55, 0.48), (0.08, 0.09, 0.1), (0.35, 0.14, 0.07), (0.2, 0.28, 0.3), (0.7, 0.68, 0.64)], 0.4
    )
    return [Part(lathe(profile, sides=20), clay, smooth=True)]


def books(rng: Random, width: float, height: float, depth: float = 0.2, fill: float = 0.85) -> Piece:
    """A row of books of ``width`` metres, some leaning, some gaps, a pile or a thing between."""
    covers = m.varied("books", BOOKS, 0.55)
    shapes, x, extra = [], -width / 2, []
    tall = rng.uniform(0.75, 0.95) * height
    while x < width / 2 - 0.05:
        if rng.random() > fill:
            gap = rng.uniform(0.06, 0.22)
            if gap > 0.12 and x + gap < width / 2:
                extra += at(rng.choice([vase, stack, cup])(rng), x + gap / 2, 0, 0)
            x += gap
            tall = rng.uniform(0.6, 0.95) * height
            continue
        thick = rng.uniform(0.016, 0.055)
        h, d = tall * rng.uniform(0.8, 1.04), depth * rng.uniform(0.75, 1)
        shapes.append(
            box(
                (thick * 0.94, d, min(h, height * 0.97)),
                (x + thick / 2, -(depth - d) / 2 * 0.3, min(h, height * 0.97) / 2),
            )
        )
        x += thick
    return ([Part(join(*shapes), covers)] if shapes else []) + extra


def stack(rng: Random) -> Piece:
    """A few books lying."""
    covers, z, shapes = m.varied("books", BOOKS, 0.55), 0.0, []
    for _ in range(rng.randint(2, 5)):
        thick = rng.uniform(0.015, 0.04)
        points, faces = box((rng.uniform(0.14, 0.2), rng.uniform(0.2, 0.26), thick), (0, 0, z + thick / 2))
        shapes.append((turned(points, rng.uniform(-12, 12) + 90), faces))
        z += thick
    return [Part(join(*shapes), covers)]


def bookcase(
    rng: Random, width: float, height: float, kind: str = "", fill: float = 0.85, depth: float = 0.3, back: bool = True
) -> Piece:
    """Shelves full of books and a few things."""
    kind = kind or rng.choice(["oak", "walnut", "birch", "white", "black"])
    flat, upright = wooden(kind, "x"), wooden(kind, "z")
    columns = max(1, round(width / 0.85))
    rows = max(1, round((height - 0.1) / 0.36))
    step, rise = width / columns, (height - 0.1) / rows
    piece: Piece = []
    for i in range(columns + 1):
        piece.append(Part(box((0.025, depth, height), (i * step - width / 2, 0, height / 2)), upright))
    for j in range(rows + 1):
        piece.append(Part(box((width, depth, 0.025), (0, 0, 0.08 + j * rise)), flat))
    if back:
        piece.append(Part(box((width, 0.01, height), (0, depth / 2, height / 2)), upright))
    for i in range(columns):
        for j in range(rows):
            x, z = (i + 0.5) * step - width / 2, 0.0925 + j * rise
            here = fill if rng.random() < 0.85 else 0.4
            piece += at(books(rng, step - 0.06, rise - 0.06, depth * 0.75, here), x, 0, z)
    return piece


def office_chair(rng: Random, colour: tuple[float, ...] | None = None) -> Piece:
    """A swivel chair, one of several shapes."""
    cover, base = cloth(colour or rng.choice(CLOTH)), metal(rng.random() < 0.6)
    seat = rng.uniform(0.46, 0.52)
    tall = rng.choice([0.45, 0.6, 0.72])
    piece = [
        Part(rounded((0.5, 0.48, 0.08), (0, 0, seat), 0.035), cover, smooth=True),
        Part(rounded((0.46, 0.07, tall), (0, 0.25, seat + 0.14 + tall / 2), 0.033, 6), cover, smooth=True),
        Part(rounded((0.07, 0.02, 0.34), (0, 0.29, seat + 0.12), 0.009), metal()),
        Part(rod((0, 0, 0.08), (0, 0, seat), 0.03), base, smooth=True),
    ]
    for k in range(5):
        a = k * 2 * math.pi / 5 + 0.3
        end = (0.3 * math.cos(a), 0.3 * math.sin(a), 0.05)
        piece += [Part(rod((0, 0, 0.1), end, 0.016), base), Part(ball(0.03, (end[0], end[1], 0.03), sides=10), metal())]
    if rng.random() < 0.6:
        for s in (-1, 1):
            piece.append(Part(rounded((0.06, 0.26, 0.03), (s * 0.27, 0.02, seat + 0.22), 0.012), metal()))
            piece.append(Part(rod((s * 0.27, 0.06, seat - 0.02), (s * 0.27, 0.06, seat + 0.21), 0.013), metal()))
    return piece


def chair(rng: Random, kind: str = "", colour: tuple[float, ...] | None = None) -> Piece:
    """A chair on four legs with a wooden or upholstered back."""
    kind = kind or rng.choice(["oak", "walnut", "birch", "black", "teak"])
    legs, soft = wooden(kind, "z"), rng.random() < 0.5
    cover = cloth(colour or rng.choice(CLOTH)) if soft else wooden(kind, "x")
    piece = [Part(rounded((0.44, 0.43, 0.05 if soft else 0.025), (0, 0, 0.455), 0.02), cover, smooth=soft)]
    for sx in (-1, 1):
        piece.append(Part(rod((sx * 0.2, -0.19, 0), (sx * 0.18, -0.17, 0.44), 0.017), legs, smooth=True))
        piece.append(Part(rod((sx * 0.2, 0.22, 0), (sx * 0.19, 0.19, 0.45), 0.018), legs, smooth=True))
        piece.append(Part(rod((sx * 0.19, 0.19, 0.45), (sx * 0.18, 0.26, 0.86), 0.016), legs, smooth=True))
    if soft:
        piece.append(Part(rounded((0.4, 0.05, 0.28), (0, 0.245, 0.72), 0.024), cover, smooth=True))
    else:
        for z in rng.choice([(0.6, 0.7, 0.82), (0.68, 0.82), (0.8,)]):
            piece.append(Part(rounded((0.38, 0.022, 0.07), (0, 0.2 + 0.17 * (z - 0.45), z), 0.01), cover))
    return piece


def stool(rng: Random, height: float = 0.7, kind: str = "") -> Piece:
    seat, legs = wooden(kind or rng.choice(["oak", "walnut", "black"])), metal(rng.random() < 0.8)
    piece = [Part(lathe([(0, height), (0.17, height), (0.175, height - 0.035), (0, height - 0.035)]), seat)]
    for k in range(4):
        a = math.pi / 4 + k * math.pi / 2
        foot = (0.2 * math.cos(a), 0.2 * math.sin(a), 0)
        piece.append(Part(rod(foot, (0.1 * math.cos(a), 0.1 * math.sin(a), height - 0.03), 0.014), legs))
    ring = [
        ((0.17 * math.cos(t), 0.17 * math.sin(t), 0.22), (0.17 * math.cos(u), 0.17 * math.sin(u), 0.22))
        for t, u in ((k * math.pi / 6, (k + 1) * math.pi / 6) for k in range(12))
    ]
    return piece + [Part(rod(a, b, 0.008, 6), legs) for a, b in ring]


def sofa(rng: Random, width: float = 2.1, colour: tuple[float, ...] | None = None) -> Piece:
    """A sofa with seat and back cushions and a few pillows."""
    colour = colour or rng.choice(CLOTH)
    cover, feet = cloth(colour), wooden(rng.choice(["oak", "walnut", "black"]), "z")
    depth, arm = 0.92, rng.uniform(0.12, 0.2)
    inner = width - 2 * arm
    piece = [
        Part(rounded((width, depth, 0.24), (0, 0, 0.25), 0.06), cover, smooth=True),
        Part(rounded((width, 0.22, 0.5), (0, depth / 2 - 0.11, 0.55), 0.08), cover, smooth=True),
    ]
    for s in (-1, 1):
        tall = rng.uniform(0.56, 0.6)
        piece.append(
            Part(
                rounded((arm, depth, tall - 0.14), (s * (width - arm) / 2, 0, 0.13 + (tall - 0.14) / 2), 0.06),
                cover,
                smooth=True,
            )
        )
        for y in (-0.38, 0.38):
            piece.append(Part(rod((s * (width / 2 - 0.08), y, 0), (s * (width / 2 - 0.08), y, 0.15), 0.022), feet))
    seats = 3 if inner > 1.6 else 2
    for k in range(seats):
        x = (k + 0.5) * inner / seats - inner / 2
        piece.append(Part(rounded((inner / seats - 0.01, 0.68, 0.17), (x, -0.1, 0.44), 0.07), cover, smooth=True))
        tilt = rng.uniform(-2, 2)
        piece += at(
            [Part(rounded((inner / seats - 0.02, 0.2, 0.42), (0, 0, 0), 0.09), cover, smooth=True)], x, 0.2, 0.7, tilt
        )
    for _ in range(rng.randint(2, 4)):
        x = rng.choice((-1, 1)) * rng.uniform(0.25 * inner, 0.42 * inner)
        pillow = cloth(rng.choice([c for c in [*CLOTH, (0.6, 0.5, 0.36), (0.65, 0.62, 0.57)] if c != colour]))
        size = rng.uniform(0.38, 0.48)
        soft = cushion(size, size * rng.choice((1, 1, 0.7)), 0.2)
        piece += at([Part(soft, pillow, smooth=True)], x, 0.02, 0.52 + size / 2, rng.uniform(-25, 25))
    return piece


def armchair(rng: Random, colour: tuple[float, ...] | None = None) -> Piece:
    """A low soft chair on wooden legs."""
    cover, legs = cloth(colour or rng.choice(CLOTH)), wooden(rng.choice(["oak", "walnut", "teak"]), "z")
    piece = [
        Part(rounded((0.7, 0.7, 0.2), (0, 0, 0.36), 0.08), cover, smooth=True),
        Part(rounded((0.66, 0.18, 0.6), (0, 0.3, 0.66), 0.085, 6), cover, smooth=True),
    ]
    for s in (-1, 1):
        piece.append(Part(rounded((0.12, 0.66, 0.3), (s * 0.36, 0, 0.47), 0.055), cover, smooth=True))
        for y in (-0.28, 0.28):
            piece.append(Part(rod((s * 0.33, y * 1.1, 0), (s * 0.28, y, 0.28), 0.02), legs, smooth=True))
    return piece


def sideboard(rng: Random, width: float = 1.6, height: float = 0.75, kind: str = "") -> Piece:
    """A low cupboard on legs, with a few things on top."""
    kind = kind or rng.choice(["oak", "walnut", "birch", "teak", "white"])
    body, front, legs = wooden(kind, "x"), wooden(kind, "z" if rng.random() < 0.5 else "x"), metal()
    piece = [Part(rounded((width, 0.42, height - 0.16), (0, 0, 0.16 + (height - 0.16) / 2), 0.008), body)]
    doors = max(2, round(width / 0.5))
    for k in range(doors):
        x = (k + 0.5) * width / doors - width / 2
        piece.append(
            Part(
                rounded((width / doors - 0.012, 0.02, height - 0.2), (x, -0.215, 0.16 + (height - 0.16) / 2), 0.004),
                front,
            )
        )
        piece.append(
            Part(
                rod(
                    (x + 0.4 * width / doors, -0.235, height - 0.25),
                    (x + 0.4 * width / doors, -0.235, height - 0.13),
                    0.006,
                ),
                legs,
            )
        )
    for s in (-1, 1):
        for y in (-0.16, 0.16):
            piece.append(Part(rod((s * (width / 2 - 0.08), y, 0), (s * (width / 2 - 0.1), y, 0.17), 0.016), legs))
    x = -width / 2 + 0.15
    while x < width / 2 - 0.15:
        piece += at(rng.choice([vase, stack, vase, cup])(rng), x, rng.uniform(-0.06, 0.06), height)
        x += rng.uniform(0.22, 0.6)
    return piece


def picture(rng: Random, width: float, height: float, centre: tuple[float, float, float] = (0, 0, 0)) -> Piece:
    """A framed picture with a mount; hangs with its back at y = 0."""
    palettes = [
        [(0.55, 0.5, 0.42), (0.2, 0.28, 0.33), (0.62, 0.4, 0.2), (0.7, 0.66, 0.6)],
        [(0.06, 0.13, 0.2), (0.3, 0.42, 0.45), (0.66, 0.62, 0.52), (0.1, 0.2, 0.24)],
        [(0.62, 0.58, 0.52), (0.12, 0.12, 0.12), (0.66, 0.64, 0.6), (0.35, 0.33, 0.3)],
        [(0.45, 0.16, 0.08), (0.68, 0.5, 0.28), (0.2, 0.12, 0.1), (0.66, 0.6, 0.5)],
        [(0.13, 0.2, 0.12), (0.4, 0.45, 0.3), (0.65, 0.62, 0.5), (0.2, 0.3, 0.3)],
    ]
    number = rng.randint(0, 999)
    canvas = m.art(f"art {number}", rng.choice(palettes), rng.uniform(1.2, 3.5), number, rng.random() < 0.5)
    frame, mount = wooden(rng.choice(["oak", "walnut", "black", "white"])), m.paint("mount", (0.75, 0.74, 0.71), 0.8)
    edge, margin = 0.025, rng.choice([0.0, 0.05, 0.09])
    bars = [box((width + 2 * edge, 0.03, edge), (0, -0.015, s * (height + edge) / 2)) for s in (-1, 1)]
    bars += [box((edge, 0.03, height), (s * (width + edge) / 2, -0.015, 0)) for s in (-1, 1)]
    piece = [
        Part(join(*bars), frame),
        Part(card(width, height, (0, -0.008, 0)), mount),
        Part(card(width - 2 * margin, height - 2 * margin, (0, -0.01, 0)), canvas),
    ]
    return at(piece, *centre)


def rug(rng: Random, width: float, depth: float) -> Piece:
    colour = rng.choice([(0.4, 0.35, 0.28), (0.16, 0.18, 0.22), (0.5, 0.46, 0.4), (0.3, 0.1, 0.07), (0.2, 0.24, 0.22)])
    field = m.carpet("rug field", colour)
    border = m.carpet("rug border", tuple(0.5 * c for c in colour))
    return [
        Part(box((width, depth, 0.012), (0, 0, 0.006)), border),
        Part(box((width - 0.24, depth - 0.24, 0.014), (0, 0, 0.007)), field),
    ]
