"""A park in autumn: trees in yellow and red, leaves on the grass, a path with a bench and a lantern."""

from __future__ import annotations

from random import Random

import numpy as np

from workshop.rooms import materials as m
from workshop.rooms.furniture import wooden
from workshop.rooms.kit import Kit, Part
from workshop.rooms.nature import AUTUMN, bush, foliage, tree
from workshop.rooms.shapes import ball, box, rod, rounded

TITLE = {"en": "Autumn park", "ru": "Осенний парк"}
WORDS = {
    "en": [
        "autumn park",
        "park",
        "fall",
        "autumn leaves",
        "golden trees",
        "maples",
        "outdoors",
        "alley",
        "bench in a park",
    ],
    "ru": ["осенний парк", "парк", "осень", "осенние листья", "жёлтые деревья", "клёны", "аллея", "скамейка в парке"],
}


def build(kit: Kit, rng: Random) -> None:
    grass = m.paint("grass", (0.11, 0.13, 0.035), 0.95, 0.45, 4)
    kit.add(box((300, 300, 0.4), (0, 120, -0.2)), grass)
    _path(kit, rng)
    _trees(kit, rng)
    fallen = m.leaf("fallen", AUTUMN)
    for _ in range(60):
        kit.add(foliage(rng, (rng.uniform(-12, 12), rng.uniform(3, 34), 0.03), (1.4, 1.4, 0.03), 90, 0.13), fallen)
    kit.grounded = True
    kit.sky()
    sign = rng.choice((-1, 1))
    kit.suns_from(sign * 38, 33, 12, 10)
    _bench(kit, sign)
    kit.camera(1.5, yaw=rng.uniform(-4, 4))


def _path(kit: Kit, rng: Random) -> None:
    """Gravel that bends away."""
    side, steps = rng.choice((-1, 1)), 40
    y = np.linspace(-2, 60, steps)
    x = side * (0.6 + 7 * (np.maximum(y, 0) / 60) ** 1.7 + 0.25 * np.sin(y / 4))
    wide = 1.25 + 0.1 * np.sin(y * 1.7)
    points = np.stack(
        [np.stack([x - wide, y, np.full(steps, 0.02)], 1), np.stack([x + wide, y, np.full(steps, 0.02)], 1)], 1
    )
    faces = [(2 * k, 2 * k + 1, 2 * k + 3, 2 * k + 2) for k in range(steps - 1)]
    kit.add((points.reshape(-1, 3), faces), m.stone("path", (0.24, 0.2, 0.15), 0.9, 4))


def _trees(kit: Kit, rng: Random) -> None:
    for row, (y, count, wide) in enumerate(
        ((9, 5, 9), (15, 7, 16), (24, 9, 24), (36, 12, 36), (52, 14, 52), (75, 18, 80))
    ):
        for k in range(count if row else 4):
            x = (2 * (k + rng.uniform(0.15, 0.85)) / count - 1) * wide
            if abs(x) < 2.6 and y < 40:
                x += 3.5 if x > 0 else -3.5
            palette = rng.sample(AUTUMN, 3)
            piece = tree(rng, rng.uniform(6, 11), palette, 4200 if row < 3 else 2200)
            leaves = m.leaf(f"autumn {rng.randint(0, 5)}", palette)
            kit.put([piece[0], Part(piece[1].shape, leaves)], (x, y + rng.uniform(-2, 2), 0))
    for k in range(26):  # the far edge of the park
        crown = foliage(
            rng, (-65 + 5 * k + rng.uniform(-2, 2), rng.uniform(58, 66), 4), (4.5, 3, rng.uniform(5, 8)), 500, 0.7
        )
        kit.add(crown, m.leaf(f"autumn {k % 6}", AUTUMN))
    for _ in range(14):
        kit.put(
            bush(rng, rng.uniform(1.2, 2.4), rng.uniform(0.7, 1.4), AUTUMN[:3]),
            (rng.choice((-1, 1)) * rng.uniform(4, 12), rng.uniform(8, 30), 0),
        )


def _bench(kit: Kit, sign: int) -> None:
    iron, plank = m.paint("iron", (0.02, 0.02, 0.02), 0.5), wooden("teak", "x")
    bench = [Part(box((1.7, 0.09, 0.04), (0, -0.15 + 0.12 * k, 0.45)), plank) for k in range(4)]
    bench += [Part(box((1.7, 0.04, 0.09), (0, 0.26 + 0.03 * k, 0.62 + 0.13 * k)), plank) for k in range(3)]
    bench += [Part(rounded((0.06, 0.5, 0.44), (x, 0.05, 0.22), 0.02), iron) for x in (-0.7, 0.7)]
    kit.put(bench, (sign * 2.9, 6.4, 0), sign * -70)
    for s, y in ((-sign, 8.5), (sign, 17.0), (-sign, 27.0)):
        kit.add(rod((s * 2.9, y, 0), (s * 2.9, y, 3.4), 0.05), iron)
        kit.add(
            ball(0.22, (s * 2.9, y, 3.55), sides=14), m.glow("lantern", 22, (1.0, 0.97, 0.92)), "practical", smooth=True
        )
