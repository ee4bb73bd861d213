"""A cyclorama: a seamless wall that takes any colour, lines of light to its sides."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.kit import Kit
from workshop.rooms.lamps import strip

TITLE = {"en": "Brand cyclorama", "ru": "Фирменная циклорама"}
WORDS = {
    "en": [
        "brand cyclorama",
        "cyclorama",
        "colour wash",
        "plain colour",
        "brand colours",
        "gradient",
        "light strips",
        "neon lines",
        "studio backdrop",
    ],
    "ru": [
        "фирменная циклорама",
        "циклорама",
        "цветной фон",
        "однотонный фон",
        "фирменные цвета",
        "градиент",
        "световые полосы",
        "студийный фон",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    back = rng.uniform(3.8, 4.6)
    white = m.paint("cyclorama", (0.72, 0.72, 0.72), 0.85, 0.015, 2)
    _sweep(kit, white, back)
    _side_strips(kit, rng, back)
    kit.lamp("lamps", (-1.9, 0.3, 3.3), (-0.2, back, 1.5), (1.0, 1.0), 150)
    kit.lamp("lamps", (1.9, 0.3, 3.3), (0.2, back, 1.5), (1.0, 1.0), 110)
    kit.lamp("lamps", (0.8, -1.6, 2.6), (0, 1.15, 1.3), (1.2, 0.9), 40)
    kit.spot("practical", (0, 1.9, 3.6), (rng.uniform(-0.5, 0.5), back, 1.35), 260, rng.uniform(75, 95), 0.3, 1.0)
    kit.camera(1.3)


def _sweep(kit: Kit, white: object, back: float) -> None:
    """Floor, round corner and wall in one, closed to the sides."""
    radius, wide = 0.9, 4.5
    turns = np.linspace(0, math.pi / 2, 12)
    line = [
        (-2.6, 0.0),
        *[(back - radius + radius * math.sin(t), radius - radius * math.cos(t)) for t in turns],
        (back, 4.5),
    ]
    points = np.array([(x, y, z) for y, z in line for x in (-wide, wide)])
    faces = [(2 * k, 2 * k + 1, 2 * k + 3, 2 * k + 2) for k in range(len(line) - 1)]
    kit.add((points, faces), white, smooth=True)
    dark = m.paint("studio dark", (0.05, 0.05, 0.05), 0.9)
    for x in (-wide, wide):
        kit.add((np.array([(x, -2.6, 0), (x, back, 0), (x, back, 4.5), (x, -2.6, 4.5)]), [(0, 1, 2, 3)]), dark)
    kit.add(
        (np.array([(-wide, -2.6, 4.5), (wide, -2.6, 4.5), (wide, back, 4.5), (-wide, back, 4.5)]), [(0, 1, 2, 3)]), dark
    )
    kit.add(
        (np.array([(-wide, -2.6, 0), (wide, -2.6, 0), (wide, -2.6, 4.5), (-wide, -2.6, 4.5)]), [(0, 1, 2, 3)]), dark
    )


def _side_strips(kit: Kit, rng: Random, back: float) -> None:
    style = rng.choice(["upright", "leaning", "frames"])
    for s, group in ((-1, "strip"), (1, "strip2")):
        for k in range(rng.randint(2, 4)):
            x, y = s * (1.15 + 0.42 * k), back - 0.75 - 0.2 * k
            lean = {"upright": 0.0, "leaning": s * 0.35, "frames": 0.0}[style]
            kit.put(strip((x, y, 0.25), (x + lean, y, 2.9 - 0.25 * k), 14, group))
            if style == "frames":
                kit.put(strip((x, y, 2.9 - 0.25 * k), (x + s * 0.4, y, 2.9 - 0.25 * k), 14, group))
