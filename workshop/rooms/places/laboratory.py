"""A laboratory: benches with glass and instruments, shelves of bottles, screens, cold light."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import bottles, cupboards, flasks, microscope
from workshop.rooms.furniture import monitor, stool
from workshop.rooms.kit import Kit, Opening, Part, Piece
from workshop.rooms.lamps import desk_lamp, strip, troffer
from workshop.rooms.nature import city, plant
from workshop.rooms.shapes import box, lathe, rounded

TITLE = {"en": "Laboratory", "ru": "Лаборатория"}
WORDS = {
    "en": ["laboratory", "lab", "science", "scientist", "chemistry", "microscope", "research", "test tubes", "biology"],
    "ru": ["лаборатория", "наука", "учёный", "химия", "микроскоп", "исследование", "пробирки", "колбы", "биология"],
}


def build(kit: Kit, rng: Random) -> None:
    sign, back, height = rng.choice((-1, 1)), rng.uniform(5.0, 5.6), 3.0
    wall = m.paint("wall", rng.choice([(0.68, 0.69, 0.69), (0.62, 0.66, 0.67), (0.66, 0.66, 0.62)]), 0.7, 0.02)
    white = m.paint("white", (0.74, 0.74, 0.74), 0.4, 0.02)
    floor = m.stone("resin", rng.choice([(0.42, 0.44, 0.45), (0.3, 0.36, 0.38)]), 0.16, 1.2, 0.05)
    panes = [Opening(y, y + 1.6, 1.0, 2.6, 2) for y in (-1.4, 0.8, 3.0)]
    kit.room((-3.3, 3.3), (-2.2, back), height, wall, floor, white, {"right" if sign > 0 else "left": panes}, white)
    city(kit, rng, 90 * sign, floor=3, near=26)
    kit.sky()
    kit.suns_from(sign * 116, 30, 13, 8)
    _benches(kit, rng, back, sign)
    for x in (-1.6, 1.6):
        for y in (0.8, 3.4):
            kit.put(troffer(height, 0.3, 1.5), (x, y, 0))
    kit.camera(1.35, yaw=-sign * rng.uniform(2, 6))


def _benches(kit: Kit, rng: Random, back: float, sign: int) -> None:
    front = m.paint("fronts", rng.choice([(0.6, 0.62, 0.63), (0.16, 0.2, 0.23), (0.45, 0.47, 0.44)]), 0.4)
    top = m.stone("bench top", rng.choice([(0.06, 0.065, 0.07), (0.6, 0.61, 0.61)]), 0.2, 5)
    kit.put(cupboards(rng, 6.2, 0.86, 0.62, front), (0, back, 0))
    kit.add(box((6.25, 0.66, 0.04), (0, back - 0.33, 0.89)), top)
    for k, x in enumerate((-2.25, -0.75, 0.75, 2.25)):
        if x * sign > 2:
            kit.put(_hood(), (x, back - 0.4, 0.91))
            continue
        for z in (1.5, 1.9):
            kit.add(box((1.4, 0.26, 0.025), (x, back - 0.14, z)), m.paint("shelf", (0.66, 0.67, 0.68), 0.35))
            kit.put((bottles if (k + int(z * 10)) % 3 == 0 else flasks)(rng, 1.3), (x, back - 0.15, z + 0.013))
        kit.put(rng.choice([flasks, bottles])(rng, 0.7), (x + rng.uniform(-0.2, 0.2), back - 0.25, 0.91))
    kit.put(strip((-2.9, back - 0.27, 1.485), (1.5 * sign + 1.4, back - 0.27, 1.485), 10), (0, 0, 0))
    kit.put(monitor(rng), (-sign * 1.5, back - 0.35, 0.91), rng.uniform(-10, 10))
    kit.put(microscope(rng), (-sign * 0.4, back - 0.35, 0.91), rng.uniform(-40, 40))
    kit.put(_centrifuge(), (sign * 0.9, back - 0.36, 0.91))
    for s, y in ((-1, 2.7), (1, 3.3)):
        kit.put(cupboards(rng, 1.9, 0.86, 0.7, front), (s * 2.0, y + 0.35, 0))
        kit.add(rounded((2.0, 0.8, 0.04), (s * 2.0, y, 0.89), 0.008), top)
        kit.put(flasks(rng, 0.8), (s * 1.75, y, 0.91))
        kit.put(microscope(rng), (s * 2.45, y, 0.91), s * 30)
        kit.put(stool(rng, 0.62), (s * 1.5, y - 0.65, 0))
    kit.put(desk_lamp(rng), (-sign * 1.3, 2.9, 0.91))
    kit.put(plant(rng, 0.5), (-sign * 2.8, back - 0.3, 0.91))


def _hood() -> Piece:
    """A fume cupboard with its pane half up and its own light."""
    shell, pane = m.paint("hood", (0.66, 0.67, 0.68), 0.35), m.glass()
    sides = [Part(box((0.05, 0.6, 1.5), (s * 0.65, 0.05, 0.75)), shell) for s in (-1, 1)]
    return [
        *sides,
        Part(box((1.36, 0.62, 0.25), (0, 0.05, 1.45)), shell),
        Part(box((1.3, 0.02, 0.7), (0, -0.24, 1.0)), pane),
        Part(box((1.0, 0.2, 0.02), (0, 0.05, 1.32)), m.glow("hood light", 8), "strip"),
    ]


def _centrifuge() -> Piece:
    shell = m.paint("instrument", (0.68, 0.69, 0.7), 0.35)
    return [
        Part(rounded((0.45, 0.42, 0.26), (0, 0, 0.13), 0.06), shell, smooth=True),
        Part(lathe([(0.17, 0.25), (0.15, 0.31), (0, 0.32)]), m.paint("lid", (0.1, 0.2, 0.25), 0.15), smooth=True),
        Part(
            box((0.16, 0.01, 0.06), (0, -0.212, 0.15)),
            m.glow("readout", 1.0, (0.3, 0.9, 0.6), sampled=False),
            "screens",
        ),
    ]
