"""A podcast studio: slats or foam on the wall, shelves, a microphone, lines of light and a warm lamp."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import microphone, slats
from workshop.rooms.furniture import WOODS, armchair, bookcase, monitor, picture, rug, sideboard, table
from workshop.rooms.kit import Kit, Part
from workshop.rooms.lamps import downlight, floor_lamp, strip, table_lamp
from workshop.rooms.nature import plant
from workshop.rooms.shapes import join, rounded

TITLE = {"en": "Podcast studio", "ru": "Студия подкастов"}
WORDS = {
    "en": [
        "podcast studio",
        "podcast",
        "recording studio",
        "microphone",
        "streamer room",
        "neon",
        "gaming room",
        "vlog",
    ],
    "ru": ["студия подкастов", "подкаст", "студия звукозаписи", "микрофон", "комната стримера", "неон", "блогер"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(3.2, 3.8), 2.7, rng.choice((-1, 1))
    wall = m.paint(
        "wall",
        rng.choice([(0.05, 0.055, 0.065), (0.06, 0.05, 0.08), (0.04, 0.07, 0.08), (0.1, 0.08, 0.065)]),
        0.9,
        0.05,
    )
    dark = m.paint("ceiling", (0.1, 0.1, 0.1), 0.8)
    kit.room((-2.6, 2.6), (-1.8, back), height, wall, m.planks("floor", WOODS["walnut"]), dark, None, dark)
    _wall(kit, rng, back, sign)
    _corner(kit, rng, back, sign)
    for x in (-1.2, 1.2):
        kit.put(downlight(height, strength=26), (x, back - 0.9, 0))
    kit.lamp("lamps", (-1.3, -0.3, 2.5), (0, 1.2, 1.2), (0.7, 0.7), 35)
    kit.level = 0.4
    kit.camera(1.2, yaw=sign * rng.uniform(-5, 5))


def _wall(kit: Kit, rng: Random, back: float, sign: int) -> None:
    if rng.random() < 0.6:
        kit.put(slats(2.2, 2.7, rng.choice(["oak", "walnut", "teak"])), (sign * 0.9, back, 0))
    else:
        foam = m.paint("foam", (0.06, 0.06, 0.065), 0.95)
        pads = [
            rounded((0.28, 0.07, 0.28), (x * 0.3, -0.035, 0.75 + z * 0.3), 0.034)
            for x in range(-3, 4)
            for z in range(5)
            if (x + z) % 2 or rng.random() < 0.6
        ]
        kit.put([Part(join(*pads), foam, smooth=True)], (sign * 0.9, back, 0))
    glow = rng.choice(["frame", "lines", "ring"])
    x = sign * 0.9
    if glow == "frame":
        corners = [(x - 1.15, 0.12), (x - 1.15, 2.55), (x + 1.15, 2.55), (x + 1.15, 0.12)]
    else:
        corners = [(x - 1.12, 2.6), (x - 1.12, 0.1)]
    for (xa, za), (xb, zb) in zip(corners, corners[1:], strict=False):
        kit.put(strip((xa, back - 0.03, za), (xb, back - 0.03, zb), 14))
    kit.put(strip((-2.55, 1.6, 2.66), (-2.55, back - 0.05, 2.66), 9, "strip2"))
    kit.put(strip((2.55, 1.6, 2.66), (2.55, back - 0.05, 2.66), 9, "strip2"))


def _corner(kit: Kit, rng: Random, back: float, sign: int) -> None:
    kit.put(
        bookcase(rng, 1.15, rng.choice([1.6, 1.95]), rng.choice(["oak", "walnut", "black"]), 0.55),
        (-sign * 1.5, back - 0.17, 0),
    )
    kit.put(sideboard(rng, 1.2, 0.6), (sign * 1.6, back - 0.28, 0))
    kit.put(table_lamp(rng), (sign * 1.9, back - 0.28, 0.6))
    kit.put(picture(rng, 0.5, 0.7), (-sign * 0.55, back, 1.6))
    kit.put(armchair(rng), (-sign * 1.75, back - 1.15, 0), sign * 40)
    kit.put(floor_lamp(rng), (-sign * 2.3, back - 0.55, 0))
    kit.put(plant(rng, rng.uniform(1.0, 1.4)), (sign * 2.2, back - 1.0, 0))
    kit.put(table(1.0, 0.6, 0.73, rng, "walnut"), (sign * 1.75, 1.75, 0), sign * 8)
    kit.put(microphone(rng), (sign * 2.05, 1.8, 0.73), 20 * sign)
    kit.put(monitor(rng), (sign * 1.7, 1.9, 0.73), sign * 160)
    kit.put(rug(rng, 2.2, 1.5), (0, back - 1.3, 0))
