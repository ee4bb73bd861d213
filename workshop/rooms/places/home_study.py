"""A study at home: a wall of books, a reading chair, a lamp, a window beside."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import curtain
from workshop.rooms.furniture import WOODS, armchair, bookcase, picture, rug, sideboard, vase
from workshop.rooms.kit import Kit, Opening
from workshop.rooms.lamps import floor_lamp, globe_pendant, table_lamp
from workshop.rooms.nature import garden, plant

TITLE = {"en": "Home study", "ru": "Домашний кабинет"}
WORDS = {
    "en": ["home study", "study", "home office", "bookshelf", "books", "bookcase", "reading room", "private study"],
    "ru": ["домашний кабинет", "кабинет", "книжный шкаф", "книжные полки", "книги", "рабочая комната дома"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(3.7, 4.2), 2.8, rng.choice((-1, 1))
    wall = m.paint(
        "wall", rng.choice([(0.2, 0.26, 0.24), (0.15, 0.2, 0.27), (0.55, 0.5, 0.42), (0.34, 0.32, 0.29)]), 0.92, 0.03
    )
    white = m.paint("white", (0.72, 0.71, 0.68), 0.6, 0.02)
    floor = m.planks("floor", WOODS[rng.choice(["oak", "walnut", "teak"])])
    panes = [Opening(0.9, 2.1, 0.7, 2.45, 1), Opening(2.5, 3.3, 0.7, 2.45, 1), Opening(-1.2, 0.2, 0.7, 2.45, 1)]
    width = (-2.5, 2.0) if sign > 0 else (-2.0, 2.5)
    kit.room(width, (-1.8, back), height, wall, floor, white, {"right" if sign > 0 else "left": panes}, white)
    garden(kit, rng, 90 * sign, near=6)
    kit.sky()
    kit.suns_from(sign * 122, 26, 12, 6)
    kit.put(curtain(rng, 0.36, 2.6, (0.4, 0.36, 0.3)), (sign * 1.98, 2.3, 0), -90 * sign)
    kit.put(curtain(rng, 0.3, 2.6, (0.4, 0.36, 0.3)), (sign * 1.98, 3.46, 0), -90 * sign)
    _furnish(kit, rng, back, sign)
    kit.camera(1.25, yaw=-sign * rng.uniform(3, 7))


def _furnish(kit: Kit, rng: Random, back: float, sign: int) -> None:
    kind = rng.choice(["oak", "walnut", "birch", "white"])
    kit.put(bookcase(rng, 2.7, rng.choice([2.3, 2.45]), kind, 0.88), (-sign * 1.12, back - 0.16, 0))
    kit.put(sideboard(rng, 1.4, 0.7), (sign * 1.05, back - 0.24, 0))
    kit.put(table_lamp(rng), (sign * rng.uniform(0.6, 0.85), back - 0.25, 0.7))
    kit.put(vase(rng, 0.3), (sign * 1.5, back - 0.25, 0.7))
    kit.put(picture(rng, 0.85, 0.65), (sign * 1.1, back, 1.68))
    kit.put(armchair(rng), (-sign * 1.6, back - 1.1, 0), sign * rng.uniform(25, 45))
    kit.put(floor_lamp(rng), (-sign * 2.2, back - 0.6, 0))
    kit.put(plant(rng, rng.uniform(1.0, 1.4)), (sign * 1.7, back - 0.85, 0), rng.uniform(0, 360))
    kit.put(rug(rng, 2.4, 1.6), (0, back - 1.5, 0))
    kit.put(globe_pendant(rng, 2.8, 0.5, "lamps"), (0.2, 1.6, 0))
    kit.put(globe_pendant(rng, 2.8, 0.5, "lamps"), (-0.3, -0.8, 0))
