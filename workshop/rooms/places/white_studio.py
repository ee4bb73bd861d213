"""A white studio: a paper sweep, soft boxes, window light with the shadow of bars, a plant."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.furniture import armchair, stool, vase
from workshop.rooms.kit import Kit, Opening
from workshop.rooms.lamps import floor_lamp
from workshop.rooms.nature import plant

TITLE = {"en": "White studio", "ru": "Белая студия"}
WORDS = {
    "en": [
        "white studio",
        "white background",
        "photo studio",
        "minimal",
        "plain white",
        "light grey",
        "clean",
        "bright studio",
    ],
    "ru": ["белая студия", "белый фон", "фотостудия", "минимализм", "светлый фон", "чистый фон", "светлая студия"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(4.2, 5.0), 3.4, rng.choice((-1, 1))
    wall = m.paint("plaster", rng.choice([(0.74, 0.74, 0.73), (0.74, 0.72, 0.69), (0.7, 0.71, 0.72)]), 0.95, 0.025, 2)
    floor = rng.choice(
        [m.stone("pale concrete", (0.55, 0.55, 0.54), 0.4, 1.0, 0.08), m.planks("pale floor", (0.6, 0.52, 0.42))]
    )
    panes = [Opening(1.3, 2.7, 0.5, 3.0, 3), Opening(3.0, 4.0, 0.5, 3.0, 3), Opening(-1.6, 0.6, 0.5, 3.0, 3)]
    kit.room(
        (-3.2, 3.2),
        (-2.4, back),
        height,
        wall,
        floor,
        wall,
        {"right" if sign > 0 else "left": panes},
        m.paint("white", (0.76, 0.76, 0.75), 0.5),
    )
    kit.sky(0.1)
    kit.suns_from(sign * 128, 22, 10, 8)
    kit.lamp("lamps", (-sign * 2.6, 0.6, 2.6), (0, back, 1.3), (1.2, 1.2), 160)
    kit.lamp("lamps", (0, -1.6, 3.0), (0, 1.2, 1.3), (1.4, 1.0), 80)
    kit.spot("practical", (-sign * 1.6, back - 1.6, 3.2), (-sign * 0.4, back, 1.2), 160, 60, 0.3)
    kit.put(plant(rng, rng.uniform(1.4, 1.8)), (sign * 1.75, back - 0.55, 0), rng.uniform(0, 360))
    if rng.random() < 0.7:
        kit.put(
            armchair(rng, rng.choice([(0.55, 0.52, 0.47), (0.4, 0.28, 0.18), (0.3, 0.33, 0.3)])),
            (-sign * 1.75, back - 0.9, 0),
            sign * 30,
        )
        kit.put(floor_lamp(rng), (-sign * 2.45, back - 0.5, 0))
    else:
        kit.put(stool(rng, 0.65, "oak"), (-sign * 1.7, back - 0.7, 0))
        kit.put(vase(rng, 0.34), (-sign * 1.7, back - 0.7, 0.65))
    kit.camera(1.3, yaw=-sign * rng.uniform(0, 5))
