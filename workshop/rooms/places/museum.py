"""A museum: pale walls, large pictures under spots, a figure on a plinth, a skylight."""

from __future__ import annotations

import math
from random import Random

from workshop.rooms import materials as m
from workshop.rooms.furniture import WOODS, picture
from workshop.rooms.kit import Kit, Opening, Part, Piece
from workshop.rooms.lamps import tube
from workshop.rooms.nature import garden
from workshop.rooms.shapes import ball, box, lathe, rod, rounded

TITLE = {"en": "Museum", "ru": "Музей"}
WORDS = {
    "en": ["museum", "gallery", "art gallery", "exhibition", "paintings", "sculpture", "pictures on the wall"],
    "ru": ["музей", "галерея", "картинная галерея", "выставка", "картины", "скульптура", "экспозиция"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(6.5, 7.5), 4.4, rng.choice((-1, 1))
    wall = m.paint(
        "wall",
        rng.choice([(0.66, 0.65, 0.62), (0.2, 0.05, 0.05), (0.1, 0.16, 0.15), (0.42, 0.43, 0.44), (0.09, 0.12, 0.2)]),
        0.92,
        0.02,
    )
    white = m.paint("white", (0.72, 0.71, 0.69), 0.7, 0.02)
    floor = rng.choice(
        [m.planks("parquet", WOODS["oak"], "y", 0.1, 0.25), m.stone("marble", (0.5, 0.48, 0.45), 0.15, 1.5)]
    )
    panes = [Opening(y, y + 1.3, 1.6, 4.1, 2) for y in (-0.6, 1.6, 3.8)]
    kit.room((-4.4, 4.4), (-2.6, back), height, wall, floor, white, {"right" if sign > 0 else "left": panes}, white)
    garden(kit, rng, 90 * sign, near=9)
    kit.sky()
    kit.suns_from(sign * 116, 33, 18, 6)
    _hang(kit, rng, back, sign)
    for x in (-2.4, 0, 2.4):
        kit.put(tube(2.6, height - 0.25, height, strength=6), (x, 3.0, 0))
    kit.camera(1.4, yaw=-sign * rng.uniform(-3, 4))


def _hang(kit: Kit, rng: Random, back: float, sign: int) -> None:
    x = -4.0
    while x < 3.4:
        wide, tall = rng.choice([(1.5, 1.1), (0.9, 1.2), (1.2, 1.2), (1.9, 1.2), (0.7, 0.9)])
        if x + wide > 4.2:
            break
        middle = x + wide / 2
        kit.put(picture(rng, wide, tall), (middle, back, 1.7))
        kit.spot("practical", (middle, back - 1.7, 4.2), (middle, back, 1.6), 130, 42, 0.05)
        x += wide + rng.uniform(0.55, 0.9)
    kit.put(picture(rng, 1.4, 1.9), (-sign * 4.4, 4.6, 1.9), sign * 90)
    kit.put(_figure(rng), (sign * rng.uniform(1.7, 2.1), back - 1.8, 0), rng.uniform(0, 360))
    kit.put(_bench(rng), (-sign * 1.7, back - 2.2, 0), rng.uniform(-4, 4))
    rope = m.mirror("brass", (0.6, 0.42, 0.18), 0.25)
    for k in range(5):
        post = (-3.2 + 1.3 * k, back - 0.9, 0)
        if abs(post[0] - sign * 1.9) > 0.5:
            kit.put(
                [
                    Part(lathe([(0, 0.02), (0.13, 0.02), (0.14, 0)]), rope),
                    Part(rod((0, 0, 0), (0, 0, 0.85), 0.02), rope),
                    Part(ball(0.035, (0, 0, 0.87), sides=10), rope),
                ],
                post,
            )


def _figure(rng: Random) -> Piece:
    """A turned form or stacked stones on a plinth."""
    plinth = m.paint("plinth", (0.7, 0.69, 0.67), 0.6)
    body = rng.choice(
        [
            m.stone("white marble", (0.68, 0.66, 0.62), 0.3, 4),
            m.mirror("bronze", (0.22, 0.13, 0.06), 0.35),
            m.stone("black stone", (0.04, 0.04, 0.04), 0.15, 4),
        ]
    )
    piece = [Part(rounded((0.55, 0.55, 1.05), (0, 0, 0.525), 0.01), plinth)]
    if rng.random() < 0.5:
        profile = [
            (0.02 + 0.14 * abs(math.sin(0.5 + 2.6 * t)) * (1.1 - 0.5 * t), 1.05 + 0.75 * t)
            for t in (k / 20 for k in range(21))
        ]
        return [*piece, Part(lathe([*profile, (0, 1.8)], sides=32), body, smooth=True)]
    z = 1.05
    for k in range(4):
        r = 0.2 - 0.035 * k
        piece.append(
            Part(ball(r, (rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05), z + 0.75 * r), 0.75), body, smooth=True)
        )
        z += 1.4 * r
    return piece


def _bench(rng: Random) -> Piece:
    leather, steel = m.paint("leather", rng.choice([(0.03, 0.03, 0.03), (0.16, 0.07, 0.03)]), 0.4), m.mirror("steel")
    legs = [Part(box((0.05, 0.45, 0.38), (x, 0, 0.19)), steel) for x in (-0.6, 0.6)]
    return [Part(rounded((1.6, 0.5, 0.1), (0, 0, 0.43), 0.03), leather, smooth=True), *legs]
