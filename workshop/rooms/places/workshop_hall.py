"""A workshop: a bench with tools, shelves of boxes, brick, a roller door, hanging lamps."""

from __future__ import annotations

import math
from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import bottles, cupboards
from workshop.rooms.furniture import stool, wooden
from workshop.rooms.kit import Kit, Opening, Part, Piece
from workshop.rooms.lamps import desk_lamp, pendant, tube
from workshop.rooms.nature import garden
from workshop.rooms.shapes import box, join, lathe, rod, rounded

TITLE = {"en": "Workshop", "ru": "Мастерская"}
WORDS = {
    "en": [
        "workshop",
        "workshop hall",
        "garage",
        "factory",
        "tools",
        "carpentry",
        "manufacturing",
        "craft",
        "plant floor",
        "industrial",
    ],
    "ru": [
        "мастерская",
        "цех",
        "гараж",
        "завод",
        "инструменты",
        "столярная мастерская",
        "производство",
        "ремесло",
        "фабрика",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(5.2, 6.0), 4.0, rng.choice((-1, 1))
    brick = m.bricks("bricks", rng.choice([(0.38, 0.17, 0.11), (0.5, 0.47, 0.43), (0.3, 0.25, 0.22)]))
    plain = m.stone("concrete wall", (0.42, 0.41, 0.39), 0.85, 0.8)
    frames = m.paint("frames", (0.06, 0.07, 0.07), 0.5)
    panes = [Opening(y, y + 1.8, 1.3, 3.4, 4) for y in (-1.4, 0.8, 3.0)]
    kit.room(
        (-3.8, 3.8),
        (-2.4, back),
        height,
        {"back": brick, "else": plain},
        m.stone("floor", (0.3, 0.29, 0.27), 0.45, 0.9, 0.3),
        plain,
        {"right" if sign > 0 else "left": panes},
        frames,
    )
    garden(kit, rng, 90 * sign, near=10)
    kit.sky()
    kit.suns_from(sign * 118, 32, 16, 8)
    _bench(kit, rng, back, sign)
    _sides(kit, rng, back, sign, height)
    kit.camera(1.35, yaw=-sign * rng.uniform(1, 6))


def _bench(kit: Kit, rng: Random, back: float, sign: int) -> None:
    x = -sign * 0.7
    kit.add(rounded((3.6, 0.75, 0.08), (x, back - 0.42, 0.9), 0.01), wooden("oak", "x"))
    for k in range(4):
        kit.add(box((0.1, 0.6, 0.86), (x - 1.65 + 1.1 * k, back - 0.42, 0.43)), wooden("oak", "z"))
    kit.put(
        cupboards(
            rng,
            1.0,
            0.7,
            0.55,
            m.paint("drawers", rng.choice([(0.35, 0.05, 0.03), (0.06, 0.14, 0.24), (0.1, 0.2, 0.14)]), 0.4),
            0.1,
            0.5,
            1.0,
        ),
        (x + 1.1, back - 0.1, 0),
    )
    kit.add(box((3.2, 0.03, 1.15), (x, back - 0.02, 1.7)), wooden("walnut", "x"))
    kit.put(_tools(rng, 3.0), (x, back - 0.05, 1.7))
    kit.put(bottles(rng, 0.7), (x - sign * 1.1, back - 0.3, 0.94))
    kit.put(_vice(), (x + sign * 1.2, back - 0.65, 0.94))
    kit.put(desk_lamp(rng), (x - sign * 0.3, back - 0.25, 0.94), 180)
    kit.put(stool(rng, 0.62, "oak"), (x + rng.uniform(-0.5, 0.5), back - 1.15, 0))


def _tools(rng: Random, width: float) -> Piece:
    """Hammers, saws, spanners and screwdrivers on hooks."""
    steel, grip, wood = (
        m.mirror("tool steel", (0.6, 0.6, 0.62), 0.4),
        m.varied("grips", [(0.5, 0.05, 0.03), (0.55, 0.3, 0.02), (0.03, 0.12, 0.3), (0.03, 0.03, 0.03)], 0.5),
        wooden("ash", "z"),
    )
    metal, handles, shafts = [], [], []
    x = -width / 2 + 0.12
    while x < width / 2 - 0.1:
        z, kind = rng.choice((0.25, -0.22)), rng.choice(["hammer", "spanner", "driver", "saw"])
        long = rng.uniform(0.2, 0.36)
        if kind == "hammer":
            shafts.append(rod((x, -0.03, z - long), (x, -0.03, z), 0.02))
            metal.append(rod((x - 0.07, -0.03, z), (x + 0.07, -0.03, z), 0.022))
        elif kind == "spanner":
            metal += [
                box((0.04, 0.012, long), (x, -0.02, z - long / 2)),
                lathe([(0.03, -0.01), (0.03, 0.01)], (x, -0.02, z), 12),
            ]
        elif kind == "driver":
            metal.append(rod((x, -0.02, z - long), (x, -0.02, z - 0.1), 0.005, 6))
            handles.append(rod((x, -0.02, z - 0.11), (x, -0.02, z), 0.028))
        else:
            metal.append(box((0.12, 0.004, long), (x + 0.02, -0.02, z - long / 2)))
            handles.append(rounded((0.11, 0.025, 0.12), (x + 0.02, -0.02, z + 0.06), 0.012))
        x += rng.uniform(0.1, 0.24)
    return [Part(join(*some), made) for some, made in ((metal, steel), (handles, grip), (shafts, wood)) if some]


def _vice() -> Piece:
    iron = m.paint("vice", (0.05, 0.09, 0.14), 0.4, Metallic=0.5)
    return [
        Part(rounded((0.16, 0.3, 0.12), (0, 0, 0.07), 0.02), iron),
        Part(box((0.2, 0.04, 0.12), (0, -0.17, 0.16)), iron),
        Part(box((0.2, 0.04, 0.12), (0, -0.06, 0.16)), iron),
        Part(rod((-0.12, -0.24, 0.08), (0.12, -0.24, 0.08), 0.01), iron),
    ]


def _sides(kit: Kit, rng: Random, back: float, sign: int, height: float) -> None:
    rack, boxes = (
        m.paint("rack", (0.07, 0.16, 0.3), 0.5),
        m.varied(
            "crates", [(0.4, 0.28, 0.15), (0.5, 0.08, 0.04), (0.1, 0.2, 0.4), (0.5, 0.4, 0.05), (0.25, 0.26, 0.26)], 0.6
        ),
    )
    x0 = sign * 2.6
    for x in (-0.85, 0.85):
        kit.add(box((0.05, 0.5, 2.6), (x0 + x, back - 0.3, 1.3)), rack)
    for z in (0.3, 0.95, 1.6, 2.25):
        kit.add(box((1.7, 0.5, 0.04), (x0, back - 0.3, z)), rack)
        x = -0.75
        while x < 0.55:
            wide = rng.uniform(0.2, 0.42)
            kit.add(
                rounded((wide, 0.36, rng.uniform(0.18, 0.42)), (x0 + x + wide / 2, back - 0.32, z + 0.23), 0.01), boxes
            )
            x += wide + rng.uniform(0.02, 0.15)
    drum = m.varied("drums", [(0.05, 0.12, 0.3), (0.35, 0.06, 0.03), (0.1, 0.1, 0.1)], 0.4)
    for k in range(2):
        kit.add(
            lathe([(0, 0), (0.28, 0), (0.28, 0.85), (0, 0.85)], (-sign * (2.95 + 0.1 * k), 3.0 + 0.7 * k, 0)),
            drum,
            smooth=False,
        )
    plankpile = [
        box((0.22, 2.6, 0.04), (-sign * 3.35 + 0.03 * math.sin(k), back - 1.6, 0.1 + 0.045 * k)) for k in range(9)
    ]
    kit.add(join(*plankpile), wooden("birch", "y"))
    for x in (-2.0, -0.4, 1.2):
        kit.put(pendant(rng, height, 1.5, strength=18), (x, back - 1.3, 0))
    for x in (-1.6, 1.6):
        kit.put(tube(2.0, height - 0.5, height), (x, 1.2, 0))
    kit.put(
        [
            Part(rounded((1.4, 0.8, 0.85), (0, 0, 0.43), 0.03), m.paint("machine", (0.12, 0.22, 0.18), 0.4)),
            Part(rounded((0.5, 0.5, 0.5), (0.3, 0.05, 1.1), 0.05), m.paint("machine head", (0.5, 0.51, 0.5), 0.4)),
        ],
        (sign * 2.2, 3.2, 0),
        sign * 20,
    )
