"""A private office: a heavy desk, shelves, a leather chair, a town far below."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import slats
from workshop.rooms.furniture import WOODS, armchair, bookcase, picture, rug, sideboard, vase
from workshop.rooms.kit import Kit, Opening
from workshop.rooms.lamps import downlight, floor_lamp, table_lamp
from workshop.rooms.nature import city, plant

TITLE = {"en": "Private office", "ru": "Кабинет руководителя"}
WORDS = {
    "en": [
        "private office",
        "executive office",
        "director's office",
        "lawyer",
        "boss",
        "ceo",
        "law firm",
        "consultant",
    ],
    "ru": ["кабинет руководителя", "кабинет директора", "приёмная", "юрист", "адвокат", "руководитель", "начальник"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(4.0, 4.5), 2.9, rng.choice((-1, 1))
    wall = m.paint("wall", rng.choice([(0.42, 0.4, 0.37), (0.14, 0.18, 0.2), (0.55, 0.51, 0.45)]), 0.9, 0.03)
    white = m.paint("white", (0.72, 0.71, 0.69), 0.6, 0.02)
    frames = m.paint("frames", (0.06, 0.06, 0.065), 0.4)
    width = (-2.8, 2.15) if sign > 0 else (-2.15, 2.8)
    panes = [
        Opening(-1.5, 1.0, 0.1, 2.75, 2),
        Opening(1.15, 2.6, 0.1, 2.75, 1),
        Opening(2.75, back - 0.2, 0.1, 2.75, 1),
    ]
    kit.room(
        width,
        (-2.0, back),
        height,
        wall,
        m.planks("floor", WOODS["walnut"]),
        white,
        {"right" if sign > 0 else "left": panes},
        frames,
    )
    city(kit, rng, 90 * sign, floor=11, near=35)
    kit.sky()
    kit.suns_from(sign * 112, 28, 12, 8)
    _furnish(kit, rng, back, sign)
    for x in (-1.4, 0, 1.4):
        for y in (0.6, back - 0.8):
            kit.put(downlight(height), (x, y, 0))
    kit.camera(1.25, yaw=-sign * rng.uniform(1, 5))


def _furnish(kit: Kit, rng: Random, back: float, sign: int) -> None:
    kind = rng.choice(["walnut", "oak", "black"])
    kit.put(slats(1.9, 2.9, rng.choice(["walnut", "oak"])), (sign * 0.55, back, 0))
    kit.put(picture(rng, 1.15, 0.85), (sign * 0.55, back - 0.05, 1.65))
    kit.put(bookcase(rng, 1.7, 2.3, kind, 0.72), (-sign * 1.4, back - 0.17, 0))
    kit.put(sideboard(rng, 1.8, 0.72, kind), (sign * 0.7, back - 0.3, 0))
    kit.put(table_lamp(rng), (sign * 1.25, back - 0.3, 0.72))
    kit.put(vase(rng, 0.3), (sign * 0.1, back - 0.3, 0.72))
    kit.put(
        armchair(rng, rng.choice([(0.1, 0.05, 0.03), (0.04, 0.04, 0.045), (0.2, 0.09, 0.04)])),
        (-sign * 1.7, back - 1.15, 0),
        sign * 35,
    )
    kit.put(floor_lamp(rng), (-sign * 2.45, back - 0.55, 0))
    kit.put(plant(rng, 1.6), (sign * 1.8, back - 0.45, 0))
    kit.put(rug(rng, 2.4, 1.7), (0, back - 1.5, 0))
