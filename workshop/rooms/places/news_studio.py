"""A news studio: a wall of screens, lines of light, a glossy floor."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import panel
from workshop.rooms.furniture import monitor
from workshop.rooms.kit import Kit, Part
from workshop.rooms.lamps import downlight, strip
from workshop.rooms.shapes import box, rounded

TITLE = {"en": "News studio", "ru": "Студия новостей"}
WORDS = {
    "en": [
        "news studio",
        "tv studio",
        "newsroom",
        "television",
        "broadcast",
        "anchor desk",
        "video wall",
        "breaking news",
    ],
    "ru": ["студия новостей", "телестудия", "новости", "телевидение", "эфир", "видеостена", "выпуск новостей"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height = rng.uniform(5.2, 5.8), 3.4
    tint = rng.choice([(0.1, 0.35, 0.8), (0.08, 0.4, 0.6), (0.35, 0.2, 0.7)])
    wall = m.paint("wall", (0.09, 0.1, 0.12), 0.35, 0.05)
    dark = m.paint("dark", (0.03, 0.032, 0.037), 0.4)
    floor = m.paint("gloss floor", (0.06, 0.065, 0.075), 0.12, 0.05)
    kit.room((-4.2, 4.2), (-2.5, back), height, wall, floor, dark)
    _screens(kit, rng, back, tint)
    _lines(kit, rng, back, height)
    for x in (-2.4, -0.8, 0.8, 2.4):
        kit.put(downlight(height, strength=40), (x, back - 1.2, 0))
    kit.lamp("lamps", (-1.8, -0.6, 3.2), (0, 1.2, 1.3), (0.9, 0.9), 90)
    kit.lamp("lamps", (1.8, -0.6, 3.2), (0, 1.2, 1.3), (0.9, 0.9), 55)
    kit.level = 0.6
    kit.camera(1.3, yaw=rng.uniform(-4, 4))


def _screens(kit: Kit, rng: Random, back: float, tint: tuple[float, ...]) -> None:
    wide, tall, z = 3.9, 1.75, 1.75
    shift = rng.uniform(0, 50)
    for k in range(3):
        shade = m.world("world", shift, tint)
        kit.put(panel(wide / 3 - 0.02, tall, z, shade, "screens", 0.015), ((k - 1) * wide / 3, back - 0.08, 0))
    for s in (-1, 1):
        side = m.display(f"side {s}", rng.uniform(0, 50), 0.8, tint)
        kit.put(panel(1.5, 1.75, z, side, "screens"), (s * 3.05, back - 0.75, 0), -s * 38)
    trim = m.mirror("steel")
    kit.add(box((6.4, 0.9, 0.16), (0, back - 0.6, 0.08)), m.paint("step", (0.05, 0.055, 0.065), 0.15))
    for s in (-1, 1):
        kit.put(
            [Part(rounded((0.9, 0.6, 0.72), (0, 0, 0.36), 0.05), m.paint("console", (0.12, 0.13, 0.15), 0.2))],
            (s * 2.7, 2.9, 0),
            s * 18,
        )
        kit.put(monitor(rng), (s * 2.7, 2.9, 0.72), 180 + s * 25)
        kit.add(box((0.05, 0.05, height_of(rng)), (s * 2.25, back - 0.3, 1.5)), trim)


def height_of(rng: Random) -> float:
    return rng.uniform(2.6, 3.0)


def _lines(kit: Kit, rng: Random, back: float, height: float) -> None:
    for s in (-1, 1):
        kit.put(strip((s * 2.1, back - 0.1, 0.2), (s * 2.1, back - 0.1, height - 0.3), 10))
        kit.put(strip((s * 3.95, 2.2, 0.2), (s * 3.95, 2.2, height - 0.4), 8))
        if rng.random() < 0.7:
            kit.put(strip((s * 4.1, 3.5, 0.2), (s * 4.1, 3.5, height - 0.4), 8))
    kit.put(strip((-3.2, back - 1.06, 0.15), (3.2, back - 1.06, 0.15), 9))
    kit.put(strip((-2.1, back - 0.1, height - 0.35), (2.1, back - 0.1, height - 0.35), 9))
