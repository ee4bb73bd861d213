"""A stadium: the pitch, two tiers full of people out of focus, lamps along the edge of the roof."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.kit import Kit, Part
from workshop.rooms.shapes import ball, box, card, join, rod, rounded

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
_DULL = {"Specular IOR Level": 0.0}  # seen so flatly all else would shine like water
_DARK = (0.03, 0.03, 0.035)
_CLOTHES = [(0.05, 0.05, 0.06), (0.12, 0.12, 0.13), (0.22, 0.2, 0.18), (0.06, 0.08, 0.13)]
_TEAMS = [
    ((0.45, 0.03, 0.03), (0.5, 0.5, 0.48)),
    ((0.04, 0.1, 0.4), (0.5, 0.42, 0.05)),
    ((0.03, 0.22, 0.1), (0.5, 0.5, 0.48)),
]


def build(kit: Kit, rng: Random) -> None:
    home, guests = rng.choice(_TEAMS)
    _pitch(kit)
    low = _Tier(70.0, 20, 1.4, 0.46, 0.85)
    high = _Tier(89.0, 15, 12.6, 0.62, 0.8)
    for tier in (low, high):
        _people(kit, rng, tier, home)
        _steps(kit, tier)
    _ring(
        kit,
        88.6,
        11.2,
        12.7,
        m.glow("ribbon", 0.4, tuple(0.06 + 1.3 * c for c in home), sampled=False, base=_DARK),
        "screens",
    )
    _ring(kit, 69.5, 0.0, 1.4, m.paint("barrier", (0.3, 0.31, 0.33), 0.6))
    _roof(kit, rng)
    _boards(kit, rng, home)
    _players(kit, rng, home, guests)
    kit.grounded = True
    kit.sky()
    kit.suns_from(rng.choice((-1, 1)) * rng.uniform(115, 140), 40, 17)
    kit.camera(1.7, yaw=rng.uniform(-14, 14))


class _Tier:
    """Rows of seats around the pitch: the first at ``radius`` and ``foot`` metres up, each ``rise`` above the last."""

    def __init__(self, radius: float, rows: int, foot: float, rise: float, depth: float) -> None:
        self.radius, self.rows, self.foot, self.rise, self.depth = radius, rows, foot, rise, depth


def _around(angle: np.ndarray | float, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Where a ring of the bowl is at ``angle`` radians from straight ahead: flat sides, round corners."""
    x, y = np.sin(angle), np.cos(angle)
    reach = radius / (np.abs(x) ** 3.2 + np.abs(y) ** 3.2) ** (1 / 3.2)
    return reach * x, reach * y


def _pitch(kit: Kit) -> None:
    light, dark = (
        m.paint("mown light", (0.046, 0.085, 0.02), 0.95, 0.25, 12, **_DULL),
        m.paint("mown dark", (0.03, 0.06, 0.013), 0.95, 0.25, 12, **_DULL),
    )
    kit.add(box((420, 420, 0.4), (0, 100, -0.3)), m.stone("track", (0.16, 0.15, 0.15)))
    for k in range(10):
        kit.add(box((110, 6.4, 0.05), (0, 6.4 * k + 4.2, -0.02)), light if k % 2 else dark)
    chalk = m.paint("chalk", (0.6, 0.6, 0.6), 0.8)
    for at, size in (((0, 62, 0.02), (100, 0.14, 0.02)), ((30, 34, 0.02), (0.14, 56, 0.02))):
        kit.add(box(size, at), chalk)
    turns = np.linspace(0, 2 * math.pi, 64)
    ring = np.stack([np.cos(turns), np.sin(turns)], 1)
    points = np.concatenate([np.column_stack([r * ring + (30, 34), np.full(64, 0.02)]) for r in (9.0, 9.14)])
    kit.add((points, [(k, k + 1, k + 65, k + 64) for k in range(63)]), chalk)


def _people(kit: Kit, rng: Random, tier: _Tier, home: tuple[float, ...]) -> None:
    """Bodies and heads on the seats, more in the colour of the home team than in any other; some hold up a light."""
    dressed = m.varied("people", [*_CLOTHES, home, tuple(0.5 * c for c in home), (0.4, 0.39, 0.37)], 0.95, **_DULL)
    skin = m.varied("faces", [(0.35, 0.2, 0.14), (0.45, 0.28, 0.2), (0.12, 0.06, 0.04)], 0.8)
    bodies, heads, lights = [], [], []
    for row in range(tier.rows):
        radius, z = tier.radius + row * tier.depth, tier.foot + row * tier.rise
        for k in range(int(1.9 * radius / 0.62)):
            angle = -0.95 + 0.62 * (k + rng.uniform(-0.15, 0.15)) / radius
            if rng.random() > 0.9 or abs(math.remainder(angle, 0.26)) < 0.006:
                continue  # an empty seat, an aisle
            x, y = (float(v) for v in _around(angle, radius))
            tall = rng.uniform(0.62, 0.8) + (0.35 if rng.random() < 0.06 else 0.0)
            bodies.append(box((0.46, 0.3, tall), (x, y, z + tall / 2 + 0.1)))
            heads.append(box((0.19, 0.2, 0.24), (x, y, z + tall + 0.22)))
            if rng.random() < 0.006:
                lights.append(box((0.09, 0.02, 0.12), (x, y - 0.3, z + tall + 0.1)))
    kit.add(join(*bodies), dressed)
    kit.add(join(*heads), skin)
    kit.add(join(*lights), m.glow("phones", 30, (0.95, 0.97, 1.0), sampled=False), "screens")


def _steps(kit: Kit, tier: _Tier) -> None:
    """The concrete below the seats."""
    last = tier.radius + tier.rows * tier.depth
    _band(kit, (tier.radius - 0.5, tier.foot - 0.1), (last, tier.foot + tier.rows * tier.rise - 0.1),
          m.paint("stand", (0.16, 0.16, 0.17), 0.95, 0.2, 2, **_DULL))  # fmt: skip


def _band(kit: Kit, inner: tuple[float, float], outer: tuple[float, float], material: Any) -> None:
    """A surface around the pitch between two rings, each (radius, height)."""
    angles = np.linspace(-1.15, 1.15, 120)
    rings = [np.column_stack([*_around(angles, radius), np.full(120, z)]) for radius, z in (inner, outer)]
    kit.add((np.concatenate(rings), [(k, k + 1, k + 121, k + 120) for k in range(119)]), material)


def _ring(kit: Kit, radius: float, low: float, high: float, material: Any, group: str = "") -> None:
    """An upright band around the pitch."""
    angles = np.linspace(-1.15, 1.15, 120)
    rings = [np.column_stack([*_around(angles, radius), np.full(120, z)]) for z in (low, high)]
    kit.add((np.concatenate(rings), [(k, k + 1, k + 121, k + 120) for k in range(119)]), material, group)


def _roof(kit: Kit, rng: Random) -> None:
    """A roof over the upper tier; lamps in clusters along its edge light the pitch."""
    steel = m.paint("roof", (0.28, 0.29, 0.31), 0.6)
    _ring(kit, 104.0, 0.0, 30.0, m.paint("back wall", (0.1, 0.105, 0.115), 0.8))
    _band(kit, (80.0, 20.6), (104.0, 28.0), steel)
    _ring(kit, 80.0, 20.6, 21.5, m.paint("fascia", (0.45, 0.46, 0.48), 0.5))
    lens = m.glow("floodlight", 120, (1.0, 0.98, 0.95))
    lamps = []
    for k in range(-13, 14):
        for j in range(4):
            angle = 0.075 * k + 0.009 * j
            x, y = (float(v) for v in _around(angle, 79.6))
            lamps.append(ball(0.24, (x, y, 20.2 + rng.uniform(-0.05, 0.05)), sides=8))
        if k % 4 == 0:
            kit.spot("strip", (x * 0.97, y * 0.97, 20.0), (x * 0.2, 30, 0), 90000, 100, 1.0, 0.8)
    kit.add(join(*lamps), lens, "strip")
    for x in (-70, -20, 30, 75):  # from the roof behind the camera onto the far stands
        kit.spot("strip", (x, -22, 24), (1.1 * x, 84, 9), 160000, 70, 1.5, 1.0)
    for s in (-1, 1):
        x, y = (float(v) for v in _around(s * 0.42, 96.0))
        kit.put(
            [
                Part(
                    card(12, 5, (0, 0, 0)),
                    m.display(f"score {s}", rng.uniform(0, 20), 0.7, (0.3, 0.55, 0.9)),
                    "screens",
                )
            ],
            (x, y - 4, 19.0),
            -s * 20,
        )


def _boards(kit: Kit, rng: Random, home: tuple[float, ...]) -> None:
    """Lit boards along the far side: few colours, one of them white."""
    colours = [(0.6, 0.62, 0.66), tuple(0.03 + c for c in home), (0.04, 0.12, 0.3), tuple(0.5 * c for c in home)]
    for k in range(14):
        shade = colours[(k + rng.randint(0, 1)) % 4]
        kit.add(
            box((7.2, 0.12, 0.95), (-46.8 + 7.2 * k, 65.5, 0.5)),
            m.glow(f"board {tuple(round(c, 2) for c in shade)}", 0.6, shade, sampled=False, base=_DARK),
            "screens",
        )


def _players(kit: Kit, rng: Random, home: tuple[float, ...], guests: tuple[float, ...]) -> None:
    """People on the pitch, far blurs."""
    skin, shorts = m.paint("players", (0.35, 0.2, 0.14), 0.8), m.paint("shorts", (0.05, 0.05, 0.06), 0.9)
    for k in range(12):
        x, y, tall = rng.uniform(-26, 26), rng.uniform(22, 60), rng.uniform(1.7, 1.9)
        if abs(x) < 0.12 * y:
            continue  # not behind the head
        shirt = m.paint(f"shirt {k % 2}", home if k % 2 else guests, 0.85)
        figure = [
            Part(rounded((0.44, 0.26, 0.62), (0, 0, 0.72 * tall), 0.12), shirt, smooth=True),
            Part(rounded((0.38, 0.26, 0.36), (0, 0, 0.47 * tall), 0.1), shorts, smooth=True),
            Part(ball(0.12, (0, 0, 0.93 * tall), sides=10), skin, smooth=True),
        ]
        stride = rng.uniform(0.1, 0.3)
        figure += [Part(rod((0, s * 0.05, 0.42 * tall), (s * stride, 0, 0.04), 0.075, 8), skin) for s in (-1, 1)]
        kit.put(figure, (x, y, 0), rng.uniform(0, 360))
