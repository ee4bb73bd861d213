"""A meeting room: a long table, chairs around it, a screen or whiteboard, a town outside."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import board, panel, slats
from workshop.rooms.furniture import cup, laptop, office_chair, picture, sideboard
from workshop.rooms.kit import Kit, Opening, Part
from workshop.rooms.lamps import floor_lamp, tube
from workshop.rooms.nature import city, plant
from workshop.rooms.shapes import box, rounded

TITLE = {"en": "Meeting room", "ru": "Переговорная"}
WORDS = {
    "en": ["meeting room", "conference room", "boardroom", "negotiation", "corporate office", "presentation room"],
    "ru": ["переговорная", "переговорная комната", "конференц-зал", "зал совещаний", "совещание", "переговоры"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(5.6, 6.2), 2.9, rng.choice((-1, 1))
    wall = m.paint("wall", rng.choice([(0.62, 0.61, 0.58), (0.5, 0.52, 0.53), (0.62, 0.56, 0.48)]), 0.9, 0.03)
    white = m.paint("white", (0.74, 0.74, 0.73), 0.5, 0.02)
    floor = m.carpet("carpet", rng.choice([(0.14, 0.15, 0.17), (0.25, 0.23, 0.21), (0.12, 0.16, 0.18)]))
    panes = [
        Opening(-1.6, 1.2, 0.12, 2.75, 2),
        Opening(1.35, 3.4, 0.12, 2.75, 2),
        Opening(3.55, back - 0.25, 0.12, 2.75, 2),
    ]
    kit.room(
        (-3.2, 3.2),
        (-2.4, back),
        height,
        wall,
        floor,
        white,
        {"right" if sign > 0 else "left": panes},
        m.paint("frames", (0.08, 0.08, 0.085), 0.4),
    )
    city(kit, rng, 90 * sign, floor=9, near=30)
    kit.sky()
    kit.suns_from(sign * 100, 32, 13, 16)
    _table(kit, rng, back, sign)
    _walls(kit, rng, back, sign)
    for x in (-1.1, 0.5):
        kit.put(tube(2.4, height - 0.5, height), (x, 3.7, 0))
        kit.put(tube(1.6, height - 0.5, height), (x, 0, 0))
    kit.camera(1.3, yaw=-sign * rng.uniform(6, 10))


def _table(kit: Kit, rng: Random, back: float, sign: int) -> None:
    wood = m.wood(rng.choice(["oak", "walnut", "ash"]), {"oak": (0.42, 0.27, 0.15)}.get("oak", (0.4, 0.3, 0.2)), "y")
    x, y = -sign * 0.35, 3.7
    kit.put([Part(rounded((1.25, 3.0, 0.05), (0, 0, 0.73), 0.02), wood)], (x, y, 0))
    for s in (-1, 1):
        kit.add(box((0.7, 0.1, 0.7), (x, y + s * 1.05, 0.35)), m.paint("black metal legs", (0.02, 0.02, 0.022), 0.4))
    cover = rng.choice([(0.06, 0.065, 0.07), (0.14, 0.16, 0.18), (0.3, 0.29, 0.27), (0.2, 0.12, 0.07)])
    for k in range(3):
        for s in (-1, 1):
            kit.put(
                office_chair(rng, cover),
                (x + s * (0.95 + rng.uniform(0, 0.12)), y - 0.95 + k * 0.95, 0),
                -s * 90 + 180 + rng.uniform(-16, 16) + 180,
            )
    kit.put(office_chair(rng, cover), (x, y + 1.95, 0), rng.uniform(-12, 12))
    for k in range(2):
        kit.put(
            laptop(rng),
            (x + rng.choice((-1, 1)) * 0.3, y - 0.6 + k * 1.1, 0.755),
            rng.choice((90, -90)) + rng.uniform(-10, 10),
        )
        kit.put(cup(rng), (x + rng.uniform(-0.2, 0.2), y - 0.2 + k * 0.8, 0.755))


def _walls(kit: Kit, rng: Random, back: float, sign: int) -> None:
    if rng.random() < 0.6:
        kit.put(slats(2.4, 2.9, rng.choice(["oak", "walnut", "ash"])), (-sign * 0.5, back, 0))
        kit.put(
            panel(1.75, 0.98, 1.6, m.display("wall screen", rng.uniform(0, 20), 0.8), "screens"),
            (-sign * 0.5, back - 0.05, 0),
        )
    else:
        kit.put(board(rng, 2.2, 1.15, 1.6, white=True), (-sign * 0.5, back, 0))
    kit.put(plant(rng, 1.6), (sign * 2.75, back - 0.5, 0))
    kit.put(floor_lamp(rng), (sign * 1.35, back - 0.45, 0))
    kit.put(sideboard(rng, 1.7, 0.72), (-sign * 2.95, 3.6, 0), sign * 90)
    kit.put(picture(rng, 1.1, 0.8), (-sign * 3.2, 3.6, 1.65), sign * 90)
    kit.put(picture(rng, 0.75, 0.95), (-sign * 2.4, back, 1.65))
