"""A café: a counter with bottles, pendants over tables, bricks, large panes to the street."""

from __future__ import annotations

import math
from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import board, bottles, dishes
from workshop.rooms.furniture import WOODS, chair, cup, stool, table, wooden
from workshop.rooms.kit import Kit, Opening, Part
from workshop.rooms.lamps import globe_pendant, pendant
from workshop.rooms.nature import city, plant
from workshop.rooms.shapes import box, lathe, rounded

TITLE = {"en": "Café", "ru": "Кафе"}
WORDS = {
    "en": [
        "cafe",
        "café",
        "coffee shop",
        "bar",
        "restaurant",
        "bistro",
        "barista",
        "counter with bottles",
        "paris cafe",
    ],
    "ru": ["кафе", "кофейня", "бар", "ресторан", "бистро", "бариста", "барная стойка", "столики"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(5.6, 6.4), 3.3, rng.choice((-1, 1))
    brick = m.bricks("bricks", rng.choice([(0.4, 0.17, 0.11), (0.5, 0.45, 0.4), (0.3, 0.2, 0.16)]))
    plain = m.paint("wall", rng.choice([(0.16, 0.2, 0.18), (0.55, 0.5, 0.42), (0.12, 0.14, 0.17)]), 0.9, 0.04)
    dark = m.paint("frames", (0.05, 0.05, 0.05), 0.5)
    floor = rng.choice(
        [
            m.planks("floor", WOODS["walnut"]),
            m.tiles("floor tiles", (0.3, 0.28, 0.26), 0.3),
            m.stone("concrete", (0.3, 0.29, 0.27), 0.35),
        ]
    )
    panes = [Opening(y, y + 2.1, 0.35, 2.9, 2) for y in (-1.8, 0.7, 3.2)]
    kit.room(
        (-3.6, 3.6),
        (-2.4, back),
        height,
        {"back": brick, "else": plain},
        floor,
        m.paint("ceiling", (0.4, 0.38, 0.35), 0.8),
        {"right" if sign > 0 else "left": panes},
        dark,
    )
    city(kit, rng, 90 * sign, floor=0, near=10)
    kit.sky()
    kit.suns_from(sign * 112, 34, 18, 8)
    _bar(kit, rng, back, sign, height)
    _tables(kit, rng, back, sign, height)
    kit.camera(1.3, yaw=-sign * rng.uniform(2, 7))


def _bar(kit: Kit, rng: Random, back: float, sign: int, height: float) -> None:
    x, wide = -sign * 1.3, 3.6
    front = rng.choice(
        [
            m.paint("bar front", (0.07, 0.12, 0.11), 0.5),
            wooden("oak", "z"),
            m.tiles("bar tiles", (0.1, 0.22, 0.2), 0.12, "wall"),
        ]
    )
    kit.add(box((wide, 0.6, 1.02), (x, back - 1.5, 0.51)), front)
    kit.add(rounded((wide + 0.15, 0.75, 0.05), (x, back - 1.5, 1.05), 0.01), wooden("walnut", "x"))
    for z in (1.35, 1.8, 2.25):
        kit.add(box((wide - 0.3, 0.24, 0.035), (x, back - 0.14, z)), wooden("walnut", "x"))
        for k in range(3):
            here = (x + (k - 1) * (wide - 0.3) / 3, back - 0.14, z + 0.02)
            kit.put((bottles if rng.random() < 0.6 else dishes)(rng, (wide - 0.5) / 3), here)
    steel, dark = m.mirror("steel"), m.paint("machine", (0.1, 0.1, 0.1), 0.3)
    machine = [
        Part(rounded((0.75, 0.5, 0.42), (0, 0, 0.27), 0.05), steel, smooth=True),
        Part(box((0.7, 0.4, 0.06), (0, 0, 0.03)), dark),
    ]
    kit.put(machine, (x - sign * 0.9, back - 1.45, 1.075))
    kit.put(dishes(rng, 0.7), (x + sign * 0.3, back - 1.5, 1.075))
    kit.put(board(rng, 1.3, 0.85, 2.0), (sign * 1.55, back, 0))
    for k in range(3):
        kit.put(pendant(rng, height, 1.15), (x + (k - 1) * 1.1, back - 1.5, 0))
    for k in range(3):
        kit.put(
            stool(rng, 0.74, "walnut"), (x + (k - 1) * 0.95 + rng.uniform(-0.1, 0.1), back - 2.1, 0), rng.uniform(0, 90)
        )


def _tables(kit: Kit, rng: Random, back: float, sign: int, height: float) -> None:
    wood = rng.choice(["oak", "walnut", "black"])
    for x, y in ((sign * 2.4, 4.9), (sign * 2.3, 3.1), (sign * 1.1, 4.2), (-sign * 2.6, 2.6)):
        if x * sign > 1 and y > back - 0.9:
            continue
        kit.put(table(0.72, 0.72, 0.74, rng, round_top=True), (x, y, 0))
        first = rng.uniform(0, 360)
        for turn in (first, first + 180):
            a = math.radians(turn)
            kit.put(
                chair(rng, wood), (x + 0.62 * math.sin(a), y - 0.62 * math.cos(a), 0), turn + 180 + rng.uniform(-12, 12)
            )
        kit.put(cup(rng), (x + 0.15, y + 0.1, 0.74))
        kit.put(
            [
                Part(
                    lathe([(0.03, 0), (0.04, 0.08), (0.03, 0.1)]),
                    m.varied("cups", [(0.7, 0.7, 0.68)], 0.2),
                    smooth=True,
                )
            ],
            (x - 0.1, y, 0.74),
        )
        kit.put(globe_pendant(rng, height, rng.uniform(0.7, 1.0), "lamps", 5), (x, y, 0))
    kit.put(plant(rng, 1.6), (sign * 3.2, back - 0.5, 0))
    kit.put(plant(rng, 0.5), (sign * 0.75, back - 0.25, 0))
