"""A hospital corridor: doors, handrails, a shining floor, panels of light, a window at the end."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import clock, door
from workshop.rooms.furniture import chair, metal, picture
from workshop.rooms.kit import Kit, Opening, Part, Piece
from workshop.rooms.lamps import troffer
from workshop.rooms.nature import garden, plant
from workshop.rooms.shapes import ball, box, rod, rounded

TITLE = {"en": "Hospital corridor", "ru": "Больничный коридор"}
WORDS = {
    "en": [
        "hospital corridor",
        "hospital",
        "clinic",
        "doctor",
        "medical centre",
        "ward",
        "hallway",
        "corridor",
        "reception",
    ],
    "ru": [
        "больничный коридор",
        "больница",
        "клиника",
        "врач",
        "поликлиника",
        "медицинский центр",
        "коридор",
        "палата",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    back, height = rng.uniform(11, 13), 2.8
    wall = m.paint("wall", (0.68, 0.69, 0.67), 0.6, 0.02)
    tint = rng.choice([(0.35, 0.52, 0.5), (0.42, 0.55, 0.4), (0.4, 0.5, 0.6), (0.6, 0.52, 0.38)])
    floor = m.stone("linoleum", rng.choice([(0.4, 0.43, 0.43), (0.45, 0.42, 0.36), (0.36, 0.42, 0.4)]), 0.13, 1.0, 0.06)
    white = m.paint("white", (0.74, 0.74, 0.73), 0.5, 0.02)
    side = rng.choice((-1, 1))
    openings = {
        "back": [Opening(-0.95, 0.95, 0.5, 2.4, 2)],
        "right" if side > 0 else "left": [Opening(y, y + 1.4, 0.95, 2.3, 2) for y in (-0.4, 2.4, 5.2, 8.0)],
    }
    kit.room(
        (-1.75, 1.75),
        (-2.0, back),
        height,
        wall,
        floor,
        white,
        openings,
        m.paint("skirting", tuple(0.6 * c for c in tint), 0.5),
    )
    garden(kit, rng, 90 * side, near=8)
    garden(kit, rng, 0, near=back + 6, wide=9)
    kit.sky()
    kit.suns_from(side * 84, 34, 16)
    band = m.paint("band", tint, 0.5, 0.03)
    for s in (-1, 1):
        kit.add(box((0.012, back + 2, 0.22), (s * 1.745, back / 2 - 1, 0.82)), band)
        for y in range(0, int(back), 2):
            kit.add(
                rod((s * 1.68, y, 0.93), (s * 1.68, y + 1.5, 0.93), 0.022),
                m.mirror("rail", (0.6, 0.6, 0.6), 0.3),
                smooth=True,
            )
    _doors(kit, rng, back, side, tint)
    for k in range(6):
        kit.put(troffer(height, 0.6, 1.2, strength=6), (0, 0.6 + 2.2 * k, 0))
    kit.camera(1.35, yaw=rng.uniform(-3, 3))


def _doors(kit: Kit, rng: Random, back: float, side: int, tint: tuple[float, ...]) -> None:
    leaf = rng.choice([(0.5, 0.36, 0.22), tint, (0.6, 0.61, 0.6)])
    for y in (2.3, 4.9, 7.6):
        kit.put(door(rng, leaf, 1.15, glazed=True), (-side * 1.75, y, 0), side * 90)
        sign = m.glow(f"sign {y}", 1.2, (0.5, 0.8, 0.6), sampled=False)
        kit.put([Part(box((0.3, 0.03, 0.14), (0, -0.05, 2.3)), sign, "screens")], (-side * 1.75, y, 0), side * 90)
    for y in (3.5, 4.05, 6.3):
        kit.put(chair(rng, "black", (0.1, 0.2, 0.24)), (-side * 1.42, y, 0), side * 90)
    kit.put(_bed(), (side * 1.25, 6.6, 0), 90)
    kit.put(_drip(), (side * 1.3, 4.9, 0))
    kit.put(plant(rng, 1.2), (side * 1.35, back - 0.7, 0))
    kit.put(picture(rng, 0.8, 0.6), (-side * 1.75, 3.6, 1.65), side * 90)
    kit.put(clock(rng), (-side * 1.75, 6.3, 2.2), side * 90)


def _bed() -> Piece:
    frame, sheet = m.mirror("steel"), m.paint("sheet", (0.7, 0.72, 0.73), 0.9, 0.04)
    piece = [
        Part(rounded((1.95, 0.82, 0.16), (0, 0, 0.68), 0.06), sheet, smooth=True),
        Part(rounded((0.45, 0.6, 0.14), (0.7, 0, 0.82), 0.06), sheet, smooth=True),
        Part(box((1.9, 0.78, 0.05), (0, 0, 0.56)), frame),
    ]
    for x in (-0.98, 0.98):
        piece += [
            Part(rod((x, -0.36, 0.5), (x, -0.36, 1.05), 0.018), frame),
            Part(rod((x, 0.36, 0.5), (x, 0.36, 1.05), 0.018), frame),
            Part(rod((x, -0.36, 1.02), (x, 0.36, 1.02), 0.018), frame),
        ]
        for y in (-0.34, 0.34):
            piece += [
                Part(rod((x * 0.9, y, 0.1), (x * 0.9, y, 0.56), 0.018), frame),
                Part(ball(0.06, (x * 0.9, y, 0.06), sides=10), metal()),
            ]
    return piece


def _drip() -> Piece:
    steel, bag = m.mirror("steel"), m.paint("bag", (0.6, 0.62, 0.6), 0.2)
    feet = [
        Part(rod((0, 0, 0.1), (0.26 * x, 0.26 * y, 0.04), 0.012), steel)
        for x, y in ((1, 0), (-0.5, 0.87), (-0.5, -0.87))
    ]
    return [
        Part(rod((0, 0, 0.08), (0, 0, 1.9), 0.012), steel),
        Part(rod((-0.14, 0, 1.88), (0.14, 0, 1.88), 0.008), steel),
        Part(rounded((0.1, 0.04, 0.2), (0.13, 0, 1.74), 0.018), bag),
        *feet,
    ]
