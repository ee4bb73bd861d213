"""A lake at night: still water, low hills, a far shore with lights and their reflections, the moon and its glade."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.furniture import wooden
from workshop.rooms.kit import Kit
from workshop.rooms.nature import tree
from workshop.rooms.shapes import Shape, ball, box, join, rod

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
    side = rng.choice((-1, 1))
    water = m.paint("water", (0.006, 0.012, 0.016), 0.05, 0.15, 0.6)
    kit.add(box((1600, 1600, 0.2), (0, 800, -0.7)), water)
    _ripples(kit, rng)
    for distance, tall, shade in ((240, 13, 0.012), (400, 25, 0.02), (620, 50, 0.035)):
        kit.add(
            _hills(rng, distance, tall),
            m.paint(
                f"hill {distance}", (shade, 1.2 * shade, 1.3 * shade), 0.95, 0.25, 0.2, **{"Specular IOR Level": 0.0}
            ),
            smooth=True,
        )
    _village(kit, rng)
    _stars(kit, rng)
    _moon(kit, side * rng.uniform(0.2, 0.36), rng.uniform(0.17, 0.23))
    _jetty(kit, rng, -side)
    for k in range(5):
        kit.put(tree(rng, rng.uniform(5.5, 9), dense=5000), (side * (7.5 + 2.1 * k), 12 + 3.4 * k, -0.8))
    kit.grounded = True
    kit.sky(0.3)
    kit.suns_from(side * 150, 30, 9, 8)
    kit.camera(1.5, yaw=rng.uniform(-4, 4))


def _ripples(kit: Kit, rng: Random) -> None:
    """Low waves across the view, which draw lights out towards the camera."""
    points, faces = [], []
    for k in range(420):
        y = 5.0 * 1.0108**k
        wide, high = 0.55 * y + 4, 0.0016 * y
        x = rng.uniform(-0.7, 0.7) * y
        start = len(points)
        points += [
            (x - wide, y, -0.6),
            (x + wide, y, -0.6),
            (x + wide, y + 6 * high, -0.6 + high),
            (x - wide, y + 6 * high, -0.6 + high),
        ]
        faces.append((start, start + 1, start + 2, start + 3))
    kit.add((np.array(points), faces), m.paint("ripples", (0.006, 0.012, 0.016), 0.12, 0.1, 1.0))


def _hills(rng: Random, distance: float, tall: float) -> Shape:
    """A ridge across the whole view, never flat and never a peak."""
    waves = [(rng.uniform(0.8, 5.5), rng.uniform(0, 6.3), rng.uniform(0.3, 1)) for _ in range(7)]
    x = np.linspace(-1.1 * distance, 1.1 * distance, 240)
    height = sum(a * np.sin(f * 4 * x / distance + p) / (0.6 + f) for f, p, a in waves)
    height = tall * (0.35 + 0.65 * (height - height.min()) / np.ptp(height))
    top = np.stack([x, np.full_like(x, distance + 0.3 * tall), height], 1)
    foot = np.stack([x, np.full_like(x, distance), np.full_like(x, -0.7)], 1)
    points = np.stack([foot, top], 1).reshape(-1, 3)
    return points, [(2 * k, 2 * k + 2, 2 * k + 3, 2 * k + 1) for k in range(len(x) - 1)]


def _village(kit: Kit, rng: Random) -> None:
    """Lamps and windows on the far shore; the water doubles them."""
    warm, cold = (
        m.glow("shore lamp", 260, (1.0, 0.66, 0.33), sampled=False),
        m.glow("shore window", 140, (1.0, 0.85, 0.62), sampled=False),
    )
    centres = [rng.uniform(-0.5, -0.22), rng.uniform(0.2, 0.5), rng.uniform(-0.1, 0.1)]
    for k in range(34):
        angle = rng.choice(centres) + rng.gauss(0, 0.07)
        distance, up = 236.0, rng.uniform(0.6, 3.2) if k % 3 else rng.uniform(3, 9)
        place = (distance * math.sin(angle), distance * math.cos(angle) - (6 if k % 3 else 0), up)
        kit.add(ball(rng.uniform(0.16, 0.3), place, sides=8), warm if k % 2 else cold, "outside")


def _stars(kit: Kit, rng: Random) -> None:
    """Few and faint: an open lens makes discs of them."""
    for size, count, light in ((0.55, 46, 26), (0.8, 12, 34)):
        shapes = []
        for _ in range(count):
            a, e = rng.uniform(-0.62, 0.62), rng.uniform(0.1, 0.5)
            place = 850 * np.array([math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), math.sin(e)])
            shapes.append(ball(size, place, sides=6))
        kit.add(join(*shapes), m.glow(f"stars {light}", light, (0.85, 0.92, 1.0), sampled=False), "outside")


def _moon(kit: Kit, azimuth: float, elevation: float) -> None:
    """The moon, and its light as a glade on the water and an edge on hills and trees."""
    towards = np.array(
        [math.sin(azimuth) * math.cos(elevation), math.cos(azimuth) * math.cos(elevation), math.sin(elevation)]
    )
    kit.add(ball(9, 850 * towards, sides=24), m.glow("moon", 26, (1.0, 0.97, 0.9)), "strip", smooth=True)


def _jetty(kit: Kit, rng: Random, side: int) -> None:
    """Planks out into the lake with lanterns on their posts."""
    plank, post = wooden("walnut", "x"), wooden("walnut", "z")
    x, lantern = side * rng.uniform(2.6, 3.2), m.glow("lantern", 30, (1.0, 0.7, 0.4))
    for k in range(64):
        kit.add(box((1.5, 0.15, 0.05), (x, 4.0 + 0.17 * k, -0.12)), plank)
    for k in range(4):
        y = 4.6 + 3.0 * k
        for s in (-1, 1):
            kit.add(rod((x + s * 0.7, y, -1.2), (x + s * 0.7, y, 0.75), 0.06), post)
        if k % 2 == 0:
            kit.add(box((0.13, 0.13, 0.2), (x + side * 0.7, y, 0.86)), lantern, "outside")
            kit.add(box((0.2, 0.2, 0.03), (x + side * 0.7, y, 0.98)), m.paint("lantern cap", (0.02, 0.02, 0.02), 0.6))
