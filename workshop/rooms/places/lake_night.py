"""A lake at night: still water, dark hills, reeds, a far shore with lights, stars."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.furniture import wooden
from workshop.rooms.kit import Kit
from workshop.rooms.nature import blocks, tree
from workshop.rooms.shapes import Shape, ball, blade, box, join, rod

TITLE = {"en": "Lake under stars", "ru": "Озеро под звёздами"}
WORDS = {
    "en": [
        "lake at night",
        "lake",
        "lake under stars",
        "starry sky",
        "stars",
        "night nature",
        "water at night",
        "camping",
        "pier",
    ],
    "ru": [
        "озеро ночью",
        "озеро",
        "озеро под звёздами",
        "звёздное небо",
        "звёзды",
        "ночь на природе",
        "вода",
        "причал",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    water = m.paint("water", (0.012, 0.02, 0.024), 0.07, 0.2, 1.4)
    kit.add(box((700, 700, 0.2), (0, 350, -0.7)), water)
    kit.add(box((60, 9, 0.6), (0, -1.2, -0.32)), m.paint("shore", (0.07, 0.075, 0.03), 0.95, 0.4, 3))
    for distance, tall, shade in ((120, 22, 0.03), (210, 48, 0.045), (330, 95, 0.065)):
        kit.add(
            _hills(rng, distance, tall),
            m.paint(
                f"hill {distance}", (shade, shade * 1.25, shade * 1.1), 0.95, 0.25, 0.2, **{"Specular IOR Level": 0.0}
            ),
            smooth=True,
        )
    side = rng.choice((-1, 1))
    for _ in range(16):
        kit.put(tree(rng, rng.uniform(5, 9), dense=1000), (rng.uniform(-70, 70), rng.uniform(95, 112), -0.5))
    for x, y in ((side * 7.2, 11.5), (side * 9.6, 14.5), (-side * 10.5, 15.5)):
        kit.put(tree(rng, rng.uniform(5.5, 8), dense=6000), (x, y, -0.6))
    blocks(kit, rng, (-side * 40, 112), (28, 3), 5, -0.6, (3, 6), 0.35)
    _stars(kit, rng)
    _pier(kit, -side)
    reeds = join(
        *[
            blade(
                rng.uniform(0.6, 1.3),
                0.012,
                rng.uniform(0, 6.3),
                rng.uniform(0.05, 0.4),
                (side * rng.uniform(1.0, 3.2), rng.uniform(3.0, 4.4), -0.5),
            )
            for _ in range(160)
        ]
    )
    kit.add(reeds, m.leaf("reeds", [(0.06, 0.09, 0.03), (0.14, 0.13, 0.05)]))
    kit.grounded = True
    kit.sky(0.5)
    kit.suns_from(side * 25, 30, 7, 8)
    kit.lamp("lamps", (side * 1.2, -1.0, 2.4), (0, 1.2, 1.3), (0.7, 0.7), 25)
    kit.camera(1.5, yaw=rng.uniform(-3, 3))


def _hills(rng: Random, distance: float, tall: float) -> Shape:
    waves = [(rng.uniform(0.5, 3.5), rng.uniform(0, 6.3), rng.uniform(0.3, 1)) for _ in range(6)]
    x = np.linspace(-1.4 * distance, 1.4 * distance, 120)
    height = sum(a * np.sin(f * 3 * x / distance + p) / (1 + f) for f, p, a in waves)
    height = tall * (0.45 + 0.4 * (height - height.min()) / np.ptp(height))
    top = np.stack([x, np.full_like(x, distance + 25), height], 1)
    foot = np.stack([x, np.full_like(x, distance), np.full_like(x, -0.7)], 1)
    points = np.stack([foot, top], 1).reshape(-1, 3)
    return points, [(2 * k, 2 * k + 2, 2 * k + 3, 2 * k + 1) for k in range(len(x) - 1)]


def _stars(kit: Kit, rng: Random) -> None:
    """Points far away, of several brightnesses; the open aperture makes small discs of them."""
    for size, count, light in ((0.9, 130, 30), (1.3, 40, 60), (2.0, 10, 90)):
        shapes = []
        for _ in range(count):
            a, e = rng.uniform(-0.8, 0.8), rng.uniform(0.1, 0.75)
            place = 900 * np.array([math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), math.sin(e)])
            shapes.append(ball(size, place, sides=6))
        kit.add(join(*shapes), m.glow(f"stars {light}", light, (0.9, 0.95, 1.0), sampled=False), "outside")


def _pier(kit: Kit, side: int) -> None:
    plank, post = wooden("walnut", "x"), wooden("walnut", "z")
    for k in range(34):
        kit.add(box((1.3, 0.16, 0.05), (side * 2.2, 3.0 + 0.18 * k, -0.05)), plank)
    for k in range(4):
        for s in (-1, 1):
            kit.add(
                rod((side * 2.2 + s * 0.62, 3.3 + 1.8 * k, -1.2), (side * 2.2 + s * 0.62, 3.3 + 1.8 * k, 0.55), 0.07),
                post,
            )
        kit.add(
            ball(0.09, (side * 2.2 + 0.62, 3.3 + 1.8 * k, 0.68), sides=12),
            m.glow("pier lamp", 25),
            "practical",
            smooth=True,
        )
