"""A stage: a curtain, spotlights in haze, boards, a lectern."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.fittings import curtain
from workshop.rooms.furniture import WOODS, wooden
from workshop.rooms.kit import Kit, Part
from workshop.rooms.lamps import strip
from workshop.rooms.shapes import lathe, rod, rounded

TITLE = {"en": "Stage with spotlights", "ru": "Сцена с прожекторами"}
WORDS = {
    "en": [
        "stage",
        "stage with spotlights",
        "spotlights",
        "theatre",
        "concert",
        "keynote",
        "conference stage",
        "red curtain",
        "show",
    ],
    "ru": [
        "сцена",
        "сцена с прожекторами",
        "прожекторы",
        "театр",
        "концерт",
        "выступление",
        "занавес",
        "софиты",
        "шоу",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    back = rng.uniform(6.2, 7.0)
    dark = m.paint("black box", (0.02, 0.02, 0.022), 0.9)
    kit.room((-5.5, 5.5), (-3, back), 6.0, dark, m.planks("boards", WOODS["walnut"], "x", 0.12, 0.22), dark)
    colour = rng.choice([(0.28, 0.02, 0.025), (0.06, 0.03, 0.14), (0.02, 0.05, 0.13)])
    for k in range(6):
        kit.put(curtain(rng, 2.2, 5.6, colour), ((k - 2.5) * 1.85, back - 0.25, 0))
    for s in (-1, 1):
        for k in range(2):
            kit.put(
                curtain(rng, 1.5, 5.6, tuple(0.8 * c for c in colour)), (s * (3.2 + 0.7 * k), 3.6 + 1.3 * k, 0), s * -14
            )
    _truss(kit, rng, back)
    lectern = [
        Part(rounded((0.6, 0.45, 1.05), (0, 0, 0.525), 0.03), wooden("walnut", "z")),
        Part(rounded((0.7, 0.5, 0.05), (0, 0, 1.1), 0.01), wooden("walnut", "x")),
    ]
    kit.put(lectern, (rng.choice((-1, 1)) * 1.9, back - 1.6, 0), 180)
    for s in (-1, 1):
        kit.put(_speaker(), (s * 2.7, back - 0.9, 0))
        kit.put(strip((s * 0.4, back - 0.75, 0.03), (s * 2.6, back - 0.75, 0.03), 10), (0, 0, 0))
    kit.spot("lamps", (-0.5, -1.6, 4.2), (0, 1.2, 1.2), 260, 26, 0.3)
    kit.spot("lamps", (0, 1.5, 5.4), (0, back, 1.2), 160, 60, 0.5, 1.0)
    kit.level = 0.42
    kit.camera(1.35, yaw=rng.uniform(-3, 3))


def _speaker() -> list[Part]:
    shell = m.paint("loudspeaker", (0.025, 0.025, 0.027), 0.6)
    return [Part(rounded((0.55, 0.5, 0.6), (0, 0, 0.3 + 0.6 * k), 0.02), shell) for k in range(2)]


def _truss(kit: Kit, rng: Random, back: float) -> None:
    steel, hull = m.mirror("truss", (0.3, 0.3, 0.31), 0.4), m.paint("spot hull", (0.03, 0.03, 0.03), 0.5)
    lens = m.glow("spot lens", 30)
    for material in (steel, hull, lens):
        material["casts_no_shadow"] = True  # or the wash draws every lamp on the curtain
    z, y = 3.05, back - 1.5
    for dz in (0, 0.3):
        kit.add(rod((-5.4, y, z + dz + 0.25), (5.4, y, z + dz + 0.25), 0.025), steel)
    for k in range(36):
        x = -5.4 + 0.3 * k
        kit.add(rod((x, y, z + 0.25), (x + 0.3, y, z + 0.55), 0.012, 6), steel)
    for k in range(6):
        group = "practical" if k % 2 else "practical2"
        x = (k - 2.5) * 0.95 + rng.uniform(-0.1, 0.1)
        aim = np.array([x * rng.uniform(-0.4, 1.4) * 1.0, back - rng.uniform(0.9, 1.6), 0.0])
        top = np.array([x, y, z])
        along = (aim - top) / np.linalg.norm(aim - top)
        kit.add(rod(top - along * 0.25, top + along * 0.05, 0.11, 16), hull, smooth=True)
        kit.add(rod(top + along * 0.05, top + along * 0.06, 0.095, 16), lens, group)
        kit.spot(group, top + along * 0.08, aim, 420, 22, 0.08)
        _cone(kit, top + along * 0.07, along, float(np.linalg.norm(aim - top)), group)


def _cone(kit: Kit, top: np.ndarray, along: np.ndarray, length: float, group: str) -> None:
    side = np.cross(along, (0, 1, 0))
    side /= np.linalg.norm(side)
    frame = np.stack([side, np.cross(along, side), along])
    for share, strength in ((1.0, 0.06), (0.98, 0.08)):
        wide = 0.09 + math.tan(math.radians(9 if share == 1.0 else 4)) * length * share
        points, faces = lathe([(0.09, 0), (wide, length * share)], sides=32)
        kit.add((points @ frame + top, faces), m.beam(f"beam {strength}", strength), group, smooth=True)
