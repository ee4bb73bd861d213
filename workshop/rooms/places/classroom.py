"""A classroom: a board, the teacher's desk, pupils' tables, windows along one side."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import board, clock, door
from workshop.rooms.furniture import WOODS, bookcase, books, chair, cup, picture, stack, table
from workshop.rooms.kit import Kit, Opening, Part
from workshop.rooms.lamps import troffer, tube
from workshop.rooms.nature import garden, plant
from workshop.rooms.shapes import ball, lathe

TITLE = {"en": "Classroom", "ru": "Школьный класс"}
WORDS = {
    "en": ["classroom", "school", "blackboard", "chalkboard", "lesson", "teacher", "education", "school desks"],
    "ru": ["класс", "школьный класс", "школа", "доска", "урок", "учитель", "учительница", "парты", "образование"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(5.0, 5.6), 3.1, rng.choice((-1, 1))
    wall = m.paint("wall", rng.choice([(0.66, 0.62, 0.5), (0.58, 0.63, 0.6), (0.65, 0.64, 0.6)]), 0.9, 0.03)
    white = m.paint("white", (0.74, 0.73, 0.71), 0.6, 0.02)
    floor = rng.choice([m.planks("floor", WOODS["oak"], "x", 0.09), m.stone("linoleum", (0.3, 0.3, 0.27), 0.35)])
    panes = [Opening(y, y + 1.6, 0.95, 2.75, 2) for y in (-1.5, 0.6, 2.6)]
    kit.room((-3.7, 3.7), (-2.4, back), height, wall, floor, white, {"right" if sign > 0 else "left": panes}, white)
    garden(kit, rng, 90 * sign, near=8)
    kit.sky()
    kit.suns_from(sign * 122, 28, 13, 6)
    _front(kit, rng, back, sign)
    _tables(kit, rng)
    for x in (-1.9, 1.9):
        for y in (0.8, 3.4):
            kit.put(tube(1.6, height - 0.25, height) if back > 5.3 else troffer(height, 0.3, 1.2), (x, y, 0))
    kit.camera(1.3, yaw=-sign * rng.uniform(2, 6))


def _front(kit: Kit, rng: Random, back: float, sign: int) -> None:
    kit.put(board(rng, 3.4, 1.25, 1.6), (-sign * 0.2, back, 0))
    kit.put(clock(rng), (-sign * 0.2, back, 2.65))
    kit.put(bookcase(rng, 0.95, 1.9, rng.choice(["oak", "birch", "white"]), 0.75), (sign * 2.4, back - 0.17, 0))
    kit.put(picture(rng, 0.7, 0.9), (-sign * 2.45, back, 1.75))
    kit.put(door(rng, rng.choice([(0.3, 0.2, 0.12), (0.2, 0.3, 0.3)])), (-sign * 3.7, back - 1.3, 0), sign * 90)
    kit.put(table(1.6, 0.75, 0.76, rng, "oak"), (sign * 1.25, back - 1.25, 0))
    kit.put(books(rng, 0.4, 0.3), (sign * 0.85, back - 1.1, 0.76))
    kit.put(stack(rng), (sign * 1.35, back - 1.25, 0.76))
    kit.put(cup(rng), (sign * 1.65, back - 1.3, 0.76))
    sea, foot = (
        m.art("globe", [(0.05, 0.2, 0.4), (0.08, 0.28, 0.5), (0.35, 0.35, 0.12), (0.5, 0.4, 0.2)], 7),
        m.mirror("brass", (0.6, 0.42, 0.18)),
    )
    globe = [
        Part(ball(0.15, (0, 0, 0.27)), sea, smooth=True),
        Part(lathe([(0.1, 0), (0.1, 0.02), (0.012, 0.03), (0.012, 0.12)]), foot),
    ]
    kit.put(globe, (sign * 1.9, back - 1.15, 0.76))
    kit.put(chair(rng), (sign * 1.25, back - 0.65, 0), 10)
    kit.put(plant(rng, 0.55), (sign * 2.4, back - 0.17, 1.9))


def _tables(kit: Kit, rng: Random) -> None:
    tops = rng.choice(["birch", "oak", "white"])
    seat = rng.choice(["birch", "oak"])
    for y in (2.3, 3.4):
        for x in (-2.6, -1.2, 2.5) if y < 3 else (-2.4, -0.9, 2.6):
            here = (x + rng.uniform(-0.06, 0.06), y + rng.uniform(-0.06, 0.06), 0)
            kit.put(table(1.15, 0.5, 0.72, rng, tops), here, rng.uniform(-2, 2))
            kit.put(chair(rng, seat), (here[0] + rng.uniform(-0.2, 0.2), here[1] - 0.42, 0), 180 + rng.uniform(-14, 14))
            if rng.random() < 0.7:
                kit.put(stack(rng), (here[0] + rng.uniform(-0.35, 0.35), here[1], 0.72), rng.uniform(-30, 30))
