"""A living room: sofa, lamp, pictures, shelves, a window over a garden."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import curtain
from workshop.rooms.furniture import CLOTH, WOODS, armchair, bookcase, picture, rug, sideboard, sofa, table
from workshop.rooms.kit import Kit, Opening
from workshop.rooms.lamps import floor_lamp, globe_pendant, table_lamp
from workshop.rooms.nature import garden, plant

TITLE = {"en": "Living room", "ru": "Гостиная"}
WORDS = {
    "en": ["living room", "lounge", "home", "apartment", "sofa", "couch", "cosy room", "fireplace evening", "interior"],
    "ru": ["гостиная", "зал", "дом", "квартира", "диван", "уютная комната", "домашний интерьер", "дома"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(4.6, 5.2), 2.75, rng.choice((-1, 1))
    wall = m.paint(
        "wall", rng.choice([(0.62, 0.58, 0.51), (0.5, 0.53, 0.5), (0.64, 0.62, 0.58), (0.34, 0.4, 0.42)]), 0.92, 0.03
    )
    white = m.paint("white", (0.74, 0.73, 0.71), 0.6, 0.02)
    floor = m.planks("floor", WOODS[rng.choice(["oak", "ash", "walnut"])])
    panes = [Opening(1.5, 2.75, 0.25, 2.4, 1), Opening(3.1, 4.2, 0.25, 2.4, 1), Opening(-1.4, 0.4, 0.25, 2.4, 2)]
    width = (-3.0, 2.35) if sign > 0 else (-2.35, 3.0)
    kit.room(width, (-2.2, back), height, wall, floor, white, {"right" if sign > 0 else "left": panes}, white)
    garden(kit, rng, 90 * sign, near=7)
    kit.sky()
    kit.suns_from(sign * 124, 27, 12, 6)
    drape = rng.choice([(0.6, 0.56, 0.5), (0.3, 0.33, 0.33), (0.5, 0.4, 0.28), (0.62, 0.61, 0.59)])
    for y in (1.42, 2.93, 4.42):
        kit.put(curtain(rng, 0.42, 2.55, drape), (sign * 2.33, y, 0), -90 * sign)
    _furnish(kit, rng, back, sign)
    kit.camera(1.2, yaw=-sign * rng.uniform(2, 5))


def _furnish(kit: Kit, rng: Random, back: float, sign: int) -> None:
    tone = rng.choice(CLOTH)
    kit.put(rug(rng, 3.0, 2.0), (-sign * 0.4, back - 1.7, 0))
    kit.put(sofa(rng, 2.2, tone), (-sign * 0.75, back - 0.55, 0), rng.uniform(-2, 2))
    other = rng.choice([c for c in CLOTH if c != tone])
    kit.put(armchair(rng, other), (sign * 1.5, back - 1.2, 0), sign * -rng.uniform(35, 60))
    kit.put(table(0.9, 0.9, 0.4, rng, round_top=True), (-sign * 0.3, back - 1.75, 0))
    kit.put(floor_lamp(rng), (sign * 0.72, back - 0.4, 0))
    kit.put(plant(rng, rng.uniform(1.3, 1.7)), (sign * 1.9, back - 0.45, 0), rng.uniform(0, 360))
    kit.put(bookcase(rng, 0.85, 2.0), (-sign * 2.52, back - 0.17, 0))
    kit.put(sideboard(rng, 1.5), (-sign * 2.74, back - 2.3, 0), sign * 90)
    kit.put(table_lamp(rng), (-sign * 2.74, back - 2.8, 0.75))
    x, count = -sign * 1.5, rng.randint(1, 3)
    wide = {1: 1.5, 2: 0.8, 3: 0.55}[count]
    for k in range(count):
        tall = wide * rng.uniform(0.7, 0.8) if count == 1 else rng.uniform(0.75, 0.95)
        kit.put(picture(rng, wide * 0.9, tall), (x + sign * (k + 0.5) * wide, back, 1.65))
    kit.put(globe_pendant(rng, 2.75, 0.6, "lamps"), (0.3, 2.9, 0))
    kit.put(globe_pendant(rng, 2.75, 0.5, "lamps"), (-0.4, -0.6, 0))
