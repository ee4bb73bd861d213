"""A library: tall bookcases along an aisle, reading lamps, a high window at its end."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.furniture import WOODS, bookcase, chair, stack, table, wooden
from workshop.rooms.kit import Kit, Opening
from workshop.rooms.lamps import globe_pendant, table_lamp
from workshop.rooms.nature import garden, plant
from workshop.rooms.shapes import rod

TITLE = {"en": "Library", "ru": "Библиотека"}
WORDS = {
    "en": [
        "library",
        "old library",
        "bookshelves",
        "reading hall",
        "archive",
        "university library",
        "books on shelves",
    ],
    "ru": ["библиотека", "читальный зал", "стеллажи с книгами", "архив", "старая библиотека", "полки с книгами"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(8.5, 9.5), 4.2, rng.choice((-1, 1))
    kind = rng.choice(["oak", "walnut", "teak"])
    wall = m.paint("wall", rng.choice([(0.55, 0.5, 0.4), (0.3, 0.33, 0.28), (0.5, 0.46, 0.42)]), 0.9, 0.04)
    white = m.paint("white", (0.68, 0.66, 0.6), 0.6, 0.03)
    floor = m.planks("floor", WOODS[rng.choice(["oak", "walnut"])], "y", 0.11, 0.25)
    windows = {
        "back": [Opening(-1.25, -0.1, 1.0, 3.7, 1), Opening(0.1, 1.25, 1.0, 3.7, 1)],
        "right" if sign > 0 else "left": [Opening(y, y + 0.9, 2.5, 3.8, 1) for y in (-1.0, 0.8, 2.6, 4.4, 6.2)],
    }
    kit.room((-3.4, 3.4), (-2.2, back), height, wall, floor, white, windows, wooden(kind, "z"))
    garden(kit, rng, 0, near=back + 7, wide=10)
    garden(kit, rng, 90 * sign, near=9)
    kit.sky()
    kit.suns_from(sign * 60, 42, 24)
    _shelves(kit, rng, back, sign, kind)
    _reading(kit, rng, sign)
    for y in (1.5, 3.8, 6.1):
        kit.put(globe_pendant(rng, height, 1.1, "lamps", 8), (0, y, 0))
    kit.camera(1.35, yaw=sign * rng.uniform(1, 4))


def _shelves(kit: Kit, rng: Random, back: float, sign: int, kind: str) -> None:
    for y in (2.2, 3.9, 5.6, 7.3):
        kit.put(bookcase(rng, 1.65, 2.35, kind, 0.94), (-sign * 3.2, y, 0), sign * 90)
        kit.put(bookcase(rng, 1.65, 2.35, kind, 0.94), (sign * 3.2, y, 0), -sign * 90)
        if y > 3:
            kit.put(bookcase(rng, 1.5, 2.2, kind, 0.93), (-sign * 2.05, y + 0.6, 0), sign * 4)
            kit.put(bookcase(rng, 1.5, 2.2, kind, 0.93), (sign * 2.15, y + 0.6, 0), -sign * 4)
    for s in (-1, 1):
        kit.put(bookcase(rng, 1.7, 2.35, kind, 0.94), (s * 2.3, back - 0.17, 0))
    rails = (
        [rod((-sign * 2.95, 2.2 + d, 0), (-sign * 2.45, 2.2 + d, 2.5), 0.02) for d in (-0.22, 0.22)]
        if rng.random() < 0.5
        else []
    )
    for rail in rails:
        kit.add(rail, wooden(kind, "z"))
    if rails:
        for k in range(1, 8):
            x, z = 2.95 - 0.5 * k / 8.3, 2.5 * k / 8.3
            kit.add(rod((-sign * x, 1.98, z), (-sign * x, 2.42, z), 0.014), wooden(kind, "y"))


def _reading(kit: Kit, rng: Random, sign: int) -> None:
    for x, y in ((sign * 1.35, 2.6), (-sign * 0.4, 5.6)):
        kit.put(table(1.5, 0.85, 0.75, rng, "walnut"), (x, y, 0), rng.uniform(-3, 3))
        kit.put(table_lamp(rng), (x + rng.uniform(-0.2, 0.2), y + 0.1, 0.75))
        kit.put(stack(rng), (x - 0.45, y, 0.75))
        for s in (-1, 1):
            kit.put(chair(rng, "walnut"), (x + s * rng.uniform(0.25, 0.5), y + s * 0.62, 0), 0 if s > 0 else 180)
    kit.put(plant(rng, 1.3), (-sign * 1.3, 7.6, 0))
