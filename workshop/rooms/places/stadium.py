"""A stadium: the pitch, stands full of people out of focus, floodlights."""

from __future__ import annotations

from random import Random

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.kit import Kit
from workshop.rooms.shapes import Shape, box, join, rod

TITLE = {"en": "Stadium", "ru": "Стадион"}
WORDS = {
    "en": [
        "stadium",
        "football stadium",
        "football",
        "soccer",
        "sport",
        "pitch",
        "arena",
        "floodlights",
        "match",
        "stands",
    ],
    "ru": [
        "стадион",
        "футбольный стадион",
        "футбол",
        "спорт",
        "поле",
        "арена",
        "матч",
        "трибуны",
        "спортивный комментатор",
    ],
}
_SHIRTS = [
    (0.3, 0.02, 0.02),
    (0.04, 0.08, 0.3),
    (0.55, 0.54, 0.52),
    (0.05, 0.05, 0.06),
    (0.5, 0.35, 0.05),
    (0.12, 0.12, 0.13),
    (0.3, 0.2, 0.15),
]


def build(kit: Kit, rng: Random) -> None:
    _pitch(kit)
    _stand(kit, rng, 66)
    for s in (-1, 1):
        _side_stand(kit, rng, s)
        _mast(kit, s * 31, 78)
        _mast(kit, s * 11, 84)
    _boards(kit, rng)
    kit.grounded = True
    kit.sky()
    kit.suns_from(rng.choice((-1, 1)) * rng.uniform(110, 140), 36, 13)
    kit.lamp("lamps", (-8, -10, 14), (0, 1.2, 1.4), (4, 4), 5000)
    kit.camera(1.6, yaw=rng.uniform(-8, 8), lens=36)


def _pitch(kit: Kit) -> None:
    light, dark = (
        m.paint("mown light", (0.09, 0.2, 0.04), 0.9, 0.25, 12),
        m.paint("mown dark", (0.055, 0.14, 0.03), 0.9, 0.25, 12),
    )
    kit.add(box((400, 400, 0.4), (0, 100, -0.25)), m.stone("ground", (0.2, 0.2, 0.19)))
    for k in range(14):
        kit.add(box((4, 80, 0.05), (4 * k - 26, 20, -0.02)), light if k % 2 else dark)
    chalk = m.paint("chalk", (0.75, 0.75, 0.75), 0.8)
    for at, size in (
        ((0, 46, 0.02), (52, 0.3, 0.02)),
        ((0, 22, 0.02), (52, 0.25, 0.02)),
        ((-26, 20, 0.02), (0.25, 60, 0.02)),
        ((26, 20, 0.02), (0.25, 60, 0.02)),
        ((0, 38, 0.02), (18, 0.25, 0.02)),
        ((-9, 42, 0.02), (0.25, 8, 0.02)),
        ((9, 42, 0.02), (0.25, 8, 0.02)),
    ):
        kit.add(box(size, at), chalk)
    for x in (-3.7, 3.7):
        kit.add(rod((x, 46, 0), (x, 46, 2.5), 0.09), chalk)
    kit.add(rod((-3.7, 46, 2.45), (3.7, 46, 2.45), 0.09), chalk)


def _crowd(rng: Random, rows: int, columns: int, wide: float) -> Shape:
    """Seats of a stand, most of them taken: each a small block of another colour; [x, y back, z up] from its foot."""
    shapes = []
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.88:
                x = (column + 0.5) / columns * wide - wide / 2 + rng.uniform(-0.12, 0.12)
                shapes.append(box((0.42, 0.4, rng.uniform(0.75, 1.0)), (x, row * 0.85, row * 0.5 + 1.6)))
    return join(*shapes)


def _stand(kit: Kit, rng: Random, y: float) -> None:
    people, concrete = m.varied("people", _SHIRTS, 0.9), m.stone("stand", (0.3, 0.3, 0.3), 0.8)
    points, faces = _crowd(rng, 15, 130, 92)
    kit.add((points + np.array([0, y - 8, 0]), faces), people)
    foot, top = np.array([y - 8.4, 1.1]), np.array([y + 5.0, 8.6])
    slope = [
        (-46, foot[0], 0),
        (46, foot[0], 0),
        (46, foot[0], foot[1]),
        (-46, foot[0], foot[1]),
        (46, top[0], top[1]),
        (-46, top[0], top[1]),
    ]
    kit.add((np.array(slope, float), [(0, 1, 2, 3), (3, 2, 4, 5)]), concrete)
    kit.add(box((94, 0.4, 11), (0, y + 6, 5.5)), m.paint("back wall", (0.2, 0.21, 0.23), 0.8))
    for k in range(20):
        kit.add(
            rod((-44 + 4.6 * k, y + 5, 9), (-44 + 4.6 * k, y + 5, 13), 0.06), m.paint("flagpole", (0.5, 0.5, 0.5), 0.5)
        )
        flag = m.varied("flags", _SHIRTS[:5], 0.8)
        kit.add(box((1.6, 0.02, 1.0), (-43.2 + 4.6 * k, y + 5, 12.4)), flag)


def _side_stand(kit: Kit, rng: Random, s: int) -> None:
    points, faces = _crowd(rng, 18, 90, 66)
    turned = np.stack([s * (28 + points[:, 1]), 30 - s * points[:, 0] * 1.0, points[:, 2]], 1)
    kit.add((turned, faces), m.varied("people", _SHIRTS, 0.9))
    slope = [
        (s * 27.6, -4, 0),
        (s * 27.6, 64, 0),
        (s * 27.6, 64, 1.1),
        (s * 27.6, -4, 1.1),
        (s * 43.5, 64, 10.2),
        (s * 43.5, -4, 10.2),
    ]
    kit.add((np.array(slope, float), [(0, 1, 2, 3), (3, 2, 4, 5)]), m.stone("stand", (0.3, 0.3, 0.3), 0.8))
    kit.add(box((16, 70, 0.5), (s * 38, 30, 15)), m.paint("roof", (0.5, 0.51, 0.53), 0.5))


def _mast(kit: Kit, x: float, y: float) -> None:
    steel = m.paint("mast", (0.25, 0.26, 0.28), 0.5)
    kit.add(rod((x, y, 0), (x, y, 19), 0.4), steel)
    kit.add(box((8, 0.8, 4.4), (x, y, 20)), steel)
    for k in range(6):
        for j in range(3):
            kit.add(
                box((0.9, 0.2, 0.9), (x - 3.2 + 1.28 * k, y - 0.5, 18.7 + 1.3 * j)), m.glow("flood", 220), "practical"
            )
    kit.spot("practical", (x, y - 1, 20), (x * 0.2, 12, 0), 260000, 70, 1.5)


def _boards(kit: Kit, rng: Random) -> None:
    colours = [(0.1, 0.3, 0.9), (0.9, 0.15, 0.1), (0.95, 0.95, 0.95), (0.1, 0.7, 0.4), (0.95, 0.7, 0.1)]
    for k in range(12):
        kit.add(
            box((6.6, 0.15, 1.0), (-36.5 + 6.7 * k, 55.5, 0.5)),
            m.glow(f"advert {k % 5}", 1.3, rng.choice(colours), sampled=False),
            "screens",
        )
    kit.add(
        box((11, 0.4, 6), (rng.choice((-20, 20)), 72, 14.5)),
        m.display("score", rng.uniform(0, 20), 1.0, (0.3, 0.7, 1.0)),
        "screens",
    )
