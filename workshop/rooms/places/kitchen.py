"""A kitchen: cupboards and worktop along the back wall, a window over the sink, pendants."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import bottles, cupboards, dishes
from workshop.rooms.furniture import WOODS, stool, wooden
from workshop.rooms.kit import Kit, Opening, Part, Piece
from workshop.rooms.lamps import downlight, pendant, strip
from workshop.rooms.nature import garden, plant
from workshop.rooms.shapes import box, lathe, rod, rounded

TITLE = {"en": "Kitchen", "ru": "Кухня"}
WORDS = {
    "en": ["kitchen", "cooking", "cook", "stove", "home kitchen", "recipe", "food blog", "kitchen with a window"],
    "ru": ["кухня", "готовка", "плита", "рецепт", "кулинарный блог", "кухня с окном", "домашняя кухня"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(3.7, 4.2), 2.75, rng.choice((-1, 1))
    wall = m.paint("wall", rng.choice([(0.68, 0.66, 0.6), (0.6, 0.63, 0.62), (0.66, 0.6, 0.5)]), 0.9, 0.03)
    white = m.paint("white", (0.74, 0.73, 0.71), 0.6, 0.02)
    floor = rng.choice([m.planks("floor", WOODS["oak"]), m.tiles("floor tiles", (0.42, 0.4, 0.37), 0.45)])
    middle = sign * 1.0
    windows = {
        "back": [Opening(middle - 0.65, middle + 0.65, 1.1, 2.3, 2)],
        "right" if sign > 0 else "left": [Opening(-0.6, 1.0, 0.9, 2.3, 2), Opening(1.6, 2.7, 0.9, 2.3, 1)],
    }
    kit.room((-2.7, 2.7), (-2.0, back), height, wall, floor, white, windows, white)
    garden(kit, rng, 0, near=back + 5)
    garden(kit, rng, 90 * sign, near=8)
    kit.sky()
    kit.suns_from(sign * 118, 27, 13, 8)
    _fitted(kit, rng, back, sign, middle)
    _island(kit, rng, sign, height)
    kit.camera(1.3, yaw=-sign * rng.uniform(2, 6))


def _fitted(kit: Kit, rng: Random, back: float, sign: int, middle: float) -> None:
    front = rng.choice(
        [
            m.paint(
                "fronts",
                rng.choice([(0.68, 0.67, 0.64), (0.12, 0.19, 0.17), (0.1, 0.15, 0.22), (0.36, 0.4, 0.36)]),
                0.4,
                0.03,
            ),
            wooden("oak", "z"),
            wooden("walnut", "z"),
        ]
    )
    top = rng.choice(
        [
            wooden("oak", "x"),
            m.stone("marble", (0.66, 0.65, 0.63), 0.15, 3),
            m.stone("granite", (0.08, 0.08, 0.085), 0.15, 8),
        ]
    )
    splash = m.tiles("splash", rng.choice([(0.7, 0.7, 0.68), (0.28, 0.4, 0.42), (0.6, 0.5, 0.4)]), 0.1, "wall", 0.12)
    kit.put(cupboards(rng, 4.3, 0.86, 0.6, front), (sign * 0.5, back, 0))
    kit.add(box((4.32, 0.63, 0.04), (sign * 0.5, back - 0.31, 0.9)), top)
    low, high = sorted((-sign * 1.65, middle - sign * 0.75))
    kit.add(box((high - low, 0.012, 0.55), ((low + high) / 2, back - 0.006, 1.2)), splash)
    wide = high - low
    kit.put(
        cupboards(rng, wide * 0.62, 0.68, 0.34, front, 1.5, 0.5, 0),
        (low + (0.31 if sign < 0 else 0.69) * wide, back, 0),
    )
    shelf = low + (0.81 if sign < 0 else 0.19) * wide
    for z in (1.5, 1.85):
        kit.add(box((wide * 0.34, 0.25, 0.03), (shelf, back - 0.13, z)), wooden("oak", "x"))
        kit.put(dishes(rng, wide * 0.34), (shelf, back - 0.13, z + 0.015))
    kit.put(strip((low + 0.1, back - 0.3, 1.49), (high - 0.1, back - 0.3, 1.49), 14), (0, 0, 0))
    kit.put(_fridge(rng), (-sign * 2.1, back - 0.35, 0))
    kit.put(_tap(), (middle, back - 0.12, 0.92))
    kit.put(plant(rng, 0.4), (middle + 0.45, back - 0.14, 0.92))
    kit.put(dishes(rng, 0.9), (sign * -0.35, back - 0.2, 0.92))
    kit.put(bottles(rng, 0.5), (sign * 2.1, back - 0.2, 0.92))
    kit.put(_hob(), (sign * -0.95, back - 0.32, 0.92))


def _fridge(rng: Random) -> Piece:
    steel = rng.choice([m.mirror("fridge steel", (0.55, 0.55, 0.56), 0.32), m.paint("fridge", (0.7, 0.7, 0.69), 0.25)])
    bars = [Part(rod((-0.24, -0.38, z), (-0.24, -0.38, z + 0.45), 0.012), m.mirror("steel")) for z in (0.45, 1.15)]
    return [Part(rounded((0.62, 0.64, h), (0, 0, z), 0.015), steel) for h, z in ((1.0, 0.52), (0.85, 1.46))] + bars


def _tap() -> Piece:
    chrome = m.mirror("chrome", (0.75, 0.75, 0.76), 0.12)
    return [
        Part(rod(a, b, 0.013), chrome, smooth=True)
        for a, b in (((0, 0, 0), (0, 0, 0.3)), ((0, 0, 0.3), (0, -0.18, 0.32)), ((0, -0.18, 0.32), (0, -0.18, 0.22)))
    ]


def _hob() -> Piece:
    pot = m.mirror("pot", (0.6, 0.6, 0.61), 0.25)
    pan = lathe([(0, 0.01), (0.11, 0.01), (0.11, 0.14), (0.02, 0.15), (0.02, 0.18), (0, 0.18)], (-0.14, 0.06, 0))
    return [
        Part(box((0.6, 0.5, 0.012), (0, 0, 0.006)), m.paint("hob", (0.015, 0.015, 0.016), 0.08)),
        Part(pan, pot, smooth=True),
    ]


def _island(kit: Kit, rng: Random, sign: int, height: float) -> None:
    counter = wooden("oak", "x")
    side = m.paint("island", rng.choice([(0.13, 0.17, 0.17), (0.6, 0.59, 0.57), (0.3, 0.28, 0.25)]), 0.5)
    kit.put(
        [Part(rounded((1.9, 0.8, 0.05), (0, 0, 0.92), 0.01), counter), Part(box((1.7, 0.6, 0.9), (0, 0, 0.45)), side)],
        (-sign * 1.75, 2.25, 0),
        0,
    )
    for x in (-2.1, -1.3):
        kit.put(stool(rng), (sign * x, 1.72, 0), rng.uniform(0, 90))
    bowl = m.varied("fruit bowl", [(0.6, 0.56, 0.5), (0.2, 0.25, 0.27)], 0.3)
    kit.put([Part(lathe([(0.05, 0), (0.15, 0.09), (0.14, 0.09)]), bowl, smooth=True)], (-sign * 1.5, 2.3, 0.945))
    for x in (-2.25, -1.6):
        kit.put(pendant(rng, height, 1.05), (sign * x, 2.25, 0))
    for x in (-1.5, 0, 1.5):
        for y in (0.2, 2.9):
            kit.put(downlight(height), (x, y, 0))
