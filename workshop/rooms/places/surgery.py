"""An operating theatre: lamps on arms, a table, screens, tiled walls."""

from __future__ import annotations

import math
from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import bottles, cupboards, door
from workshop.rooms.furniture import monitor
from workshop.rooms.kit import Kit, Opening, Part, Piece
from workshop.rooms.lamps import troffer
from workshop.rooms.nature import garden
from workshop.rooms.shapes import ball, box, lathe, rod, rounded

TITLE = {"en": "Operating theatre", "ru": "Операционная"}
WORDS = {
    "en": [
        "surgery",
        "operating theatre",
        "operating room",
        "surgeon",
        "dentist",
        "medical room",
        "treatment room",
        "intensive care",
    ],
    "ru": ["операционная", "хирургия", "хирург", "стоматолог", "медицинский кабинет", "процедурная", "реанимация"],
}


def build(kit: Kit, rng: Random) -> None:
    sign, back, height = rng.choice((-1, 1)), rng.uniform(4.8, 5.4), 3.1
    wall = m.tiles(
        "wall tiles", rng.choice([(0.5, 0.63, 0.62), (0.62, 0.66, 0.64), (0.5, 0.6, 0.66)]), 0.3, "wall", 0.2
    )
    white = m.paint("white", (0.74, 0.75, 0.75), 0.4, 0.02)
    floor = m.stone("resin", rng.choice([(0.3, 0.42, 0.42), (0.4, 0.43, 0.44)]), 0.14, 1.2, 0.05)
    panes = [Opening(y, y + 1.3, 1.1, 2.5, 1) for y in (-1.0, 1.2, 3.2)]
    kit.room((-3.2, 3.2), (-2.2, back), height, wall, floor, white, {"right" if sign > 0 else "left": panes}, white)
    garden(kit, rng, 90 * sign, near=8)
    kit.sky()
    kit.suns_from(sign * 118, 28, 13, 8)
    kit.put(door(rng, (0.45, 0.55, 0.55), 1.4, glazed=True), (-sign * 1.9, back, 0))
    kit.put(cupboards(rng, 1.8, 1.9, 0.4, white, 0, 0.6, 0), (sign * 2.2, back, 0))
    kit.put(cupboards(rng, 1.7, 0.9, 0.5, m.mirror("steel front", (0.55, 0.56, 0.57), 0.3)), (sign * 0.35, back, 0))
    kit.put(bottles(rng, 0.8), (sign * 0.3, back - 0.25, 0.9))
    kit.put(_table(), (-sign * 0.5, 4.0, 0), sign * 24)
    for k, (x, y) in enumerate(((-sign * 0.9, 3.4), (sign * 0.4, 3.9))):
        kit.put(_lamp(height, 0.95 + 0.1 * k, 40 * k), (x, y, 0))
    kit.put(_tower(rng), (sign * 1.45, 3.7, 0), -sign * 25)
    kit.put(_tower(rng), (-sign * 1.95, 4.1, 0), sign * 35)
    for x in (-2.0, 2.0):
        for y in (1.0, 3.6):
            kit.put(troffer(height, 0.6, 1.2), (x, y, 0))
    kit.camera(1.35, yaw=-sign * rng.uniform(0, 5))


def _table() -> Piece:
    steel, pad, sheet = (
        m.mirror("steel"),
        m.paint("pad", (0.03, 0.06, 0.07), 0.4),
        m.paint("drape", (0.06, 0.3, 0.28), 0.9, 0.08),
    )
    return [
        Part(rounded((2.0, 0.55, 0.09), (0, 0, 0.9), 0.03), pad, smooth=True),
        Part(rounded((1.3, 0.62, 0.14), (-0.1, 0, 0.92), 0.06), sheet, smooth=True),
        Part(box((1.2, 0.64, 0.4), (-0.1, 0, 0.72)), sheet),
        Part(rounded((0.32, 0.28, 0.8), (0, 0, 0.45), 0.04), steel),
        Part(rounded((0.9, 0.5, 0.12), (0, 0, 0.06), 0.04), steel),
    ]


def _lamp(ceiling: float, drop: float, turn: float) -> Piece:
    """A round lamp with a ring of lights on a jointed arm."""
    hull, z = m.paint("lamp hull", (0.66, 0.67, 0.68), 0.3), ceiling - drop
    a = math.radians(turn)
    lights = [
        Part(
            lathe([(0, z - 0.032), (0.045, z - 0.032)], (0.2 * math.cos(t), 0.2 * math.sin(t), 0), 12),
            m.glow("surgical", 45),
            "practical",
        )
        for t in (k * math.pi / 4 for k in range(8))
    ]
    knee = (0.5 * math.cos(a), 0.5 * math.sin(a), ceiling - 0.25)
    return [
        Part(
            lathe([(0, z + 0.1), (0.16, z + 0.09), (0.33, z), (0.32, z - 0.03), (0, z - 0.03)], sides=36),
            hull,
            smooth=True,
        ),
        *lights,
        Part(rod((0, 0, z + 0.08), knee, 0.025), hull, smooth=True),
        Part(rod(knee, (knee[0], knee[1], ceiling), 0.035), hull, smooth=True),
        Part(ball(0.05, knee, sides=12), hull, smooth=True),
    ]


def _tower(rng: Random) -> Piece:
    """Instruments on wheels with a screen on top."""
    shell, steel = m.paint("instrument", (0.66, 0.67, 0.68), 0.35), m.mirror("steel")
    piece = [Part(rod((x, y, 0.05), (x, y, 1.35), 0.016), steel) for x in (-0.24, 0.24) for y in (-0.2, 0.2)]
    for z in (0.35, 0.75, 1.1):
        piece.append(Part(rounded((0.46, 0.42, rng.uniform(0.14, 0.24)), (0, 0, z), 0.02), shell))
        piece.append(
            Part(
                box((0.2, 0.01, 0.05), (0.06, -0.213, z)),
                m.glow(f"readout {z}", 1.0, (0.2, 0.9, 0.5) if z < 1 else (0.3, 0.6, 1.0), sampled=False),
                "screens",
            )
        )
    screen = monitor(rng)
    return piece + [Part((p.shape[0] + (0, 0, 1.35), p.shape[1]), p.material, p.group, p.smooth) for p in screen]
