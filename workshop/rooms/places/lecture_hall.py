"""A lecture hall seen from the front: rows that rise, wood on the walls, lines of light."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import door, slats
from workshop.rooms.furniture import CLOTH, cloth, wooden
from workshop.rooms.kit import Kit, Opening
from workshop.rooms.lamps import downlight, strip, tube
from workshop.rooms.nature import garden
from workshop.rooms.shapes import box, join, rounded

TITLE = {"en": "Lecture hall", "ru": "Лекционный зал"}
WORDS = {
    "en": [
        "lecture hall",
        "auditorium",
        "university",
        "lecture",
        "conference hall",
        "rows of seats",
        "amphitheatre",
        "cinema seats",
    ],
    "ru": [
        "лекционный зал",
        "аудитория",
        "университет",
        "лекция",
        "актовый зал",
        "ряды кресел",
        "амфитеатр",
        "кинозал",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    rows, step, rise, first = 7, 0.95, 0.32, 3.2
    sign, back, height = rng.choice((-1, 1)), first + rows * step + 1.0, 5.4
    kind = rng.choice(["oak", "walnut", "birch"])
    wall = m.paint("wall", rng.choice([(0.5, 0.47, 0.42), (0.3, 0.32, 0.34), (0.56, 0.54, 0.5)]), 0.9, 0.03)
    white = m.paint("ceiling", (0.6, 0.59, 0.57), 0.8)
    floor = m.carpet("carpet", rng.choice([(0.12, 0.13, 0.15), (0.2, 0.08, 0.07), (0.09, 0.14, 0.13)]))
    panes = [Opening(y, y + 1.2, 2.6, 4.6, 1) for y in (-0.8, 1.2, 3.2, 5.2, 7.2)]
    kit.room((-4.8, 4.8), (-3.0, back), height, wall, floor, white, {"right" if sign > 0 else "left": panes}, white)
    garden(kit, rng, 90 * sign, near=12)
    kit.sky()
    kit.suns_from(sign * 80, 34, 20)
    _rows(kit, rng, rows, step, rise, first, kind)
    top = rows * rise
    kit.put(slats(9.5, 2.5, kind, 0.12), (0, back, top))
    for x in (-3.6, 3.6):
        kit.put(door(rng, (0.12, 0.08, 0.05), 1.3), (x, back - 0.05, top))
    kit.put(strip((-4.6, back - 0.1, top + 2.6), (4.6, back - 0.1, top + 2.6), 10))
    for x in (-2.8, 0, 2.8):
        for y in (1.5, 4.6, 7.7):
            kit.put(tube(2.0, height - 0.7, height, strength=7), (x, y, 0))
    for x in (-3.4, -1.1, 1.1, 3.4):
        kit.put(downlight(height, "practical", 60), (x, back - 1.6, 0))
    for x in (-2.4, 2.4):
        for y in (4.0, 6.2, 8.4):
            kit.put(downlight(height, "practical", 90), (x, y, 0))
    kit.camera(1.45, yaw=sign * rng.uniform(-3, 3))


def _rows(kit: Kit, rng: Random, rows: int, step: float, rise: float, first: float, kind: str) -> None:
    cover = cloth(rng.choice([c for c in CLOTH if sum(c) < 0.45]))
    top, riser = (
        wooden(kind, "x"),
        m.carpet("riser", rng.choice([(0.07, 0.075, 0.085), (0.1, 0.05, 0.045), (0.06, 0.08, 0.08)])),
    )
    for row in range(rows):
        y, z = first + row * step, rise * (row + 1)
        kit.add(box((9.6, step, z), (0, y + step / 2, z / 2)), riser)
        for start, end in ((-4.6, -0.6), (0.6, 4.6)):
            wide, middle = end - start, (start + end) / 2
            kit.add(rounded((wide, 0.36, 0.035), (middle, y + 0.12, z + 0.74), 0.008), top)
            kit.add(box((wide, 0.03, 0.66), (middle, y + 0.05, z + 0.36)), top)
            backs, seats = [], []
            for k in range(int(wide / 0.58)):
                x = start + 0.29 + k * 0.58 + rng.uniform(-0.01, 0.01)
                backs.append(rounded((0.43, 0.08, 0.62), (x, y + 0.78, z + 0.66), 0.038, 6))
                seats.append(
                    rounded(
                        (0.43, 0.1, 0.42),
                        (x, y + 0.68, z + 0.6) if rng.random() < 0.8 else (x, y + 0.5, z + 0.44),
                        0.04,
                    )
                )
            kit.add(join(*backs), cover, smooth=True)
            kit.add(join(*seats), cover, smooth=True)
    kit.add(box((9.6, 1.2, rows * rise), (0, first + rows * step + 0.6, rows * rise / 2)), riser)
