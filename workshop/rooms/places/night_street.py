"""A street at night, far out of focus: shop windows, street lamps, headlights, wet asphalt."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.kit import Kit, Part
from workshop.rooms.nature import blocks, tree
from workshop.rooms.shapes import ball, box, rod, rounded

TITLE = {"en": "Street at night", "ru": "Ночная улица"}
WORDS = {
    "en": [
        "night street",
        "street at night",
        "city lights",
        "bokeh",
        "neon street",
        "downtown",
        "traffic lights",
        "evening city",
    ],
    "ru": [
        "ночная улица",
        "улица ночью",
        "ночной город",
        "огни города",
        "боке",
        "неоновая улица",
        "вечерний город",
        "фонари",
    ],
}
_SIGNS = [(1.0, 0.2, 0.15), (0.2, 0.6, 1.0), (1.0, 0.75, 0.3), (0.9, 0.2, 0.7), (0.25, 0.9, 0.6), (1.0, 0.95, 0.85)]


def build(kit: Kit, rng: Random) -> None:
    asphalt = m.stone("wet asphalt", (0.035, 0.036, 0.04), 0.16, 2.5, 0.4)
    kit.add(box((120, 260, 0.4), (0, 100, -0.2)), asphalt)
    for s in (-1, 1):
        kit.add(box((5, 260, 0.15), (s * 9.0, 100, 0.0)), m.stone("pavement", (0.13, 0.13, 0.13), 0.3, 3))
        _row(kit, rng, s)
    _traffic(kit, rng)
    blocks(kit, rng, (0, 190), (70, 20), 14, 0, (18, 45), 0.45)
    kit.grounded = True
    kit.sky(0.5)
    kit.suns_from(rng.choice((-1, 1)) * 40, 40, 12)
    kit.lamp("lamps", (-1.6, -1.2, 3.0), (0, 1.2, 1.4), (0.8, 0.8), 60)
    kit.camera(1.55, yaw=rng.uniform(-7, 7), aperture=1.2)


def _row(kit: Kit, rng: Random, s: int) -> None:
    """Houses with shops, lamps and trees along one side."""
    colours = [(0.3, 0.24, 0.2), (0.22, 0.22, 0.24), (0.36, 0.3, 0.24), (0.25, 0.14, 0.1)]
    y = 3.0
    while y < 150:
        wide, tall = rng.uniform(8, 15), rng.uniform(10, 24)
        number = rng.randint(0, 7)
        house = m.facade(f"facade {number}", colours[number % 4], number * 0.73, (2.4, 3.2), 0.4)
        kit.add(box((10, wide - 0.3, tall), (s * 16.5, y + wide / 2, tall / 2)), house, "outside")
        shop = rng.choice([(1.0, 0.8, 0.55), (0.9, 0.95, 1.0), (1.0, 0.65, 0.35), (0.95, 0.9, 0.8)])
        kit.add(
            box((0.1, wide * 0.7, 2.3), (s * 11.45, y + wide / 2, 1.5)), m.glow(f"shop {shop}", 2.2, shop), "outside"
        )
        kit.add(
            box((0.9, wide * 0.75, 0.15), (s * 11.2, y + wide / 2, 2.9)), m.paint("awning", rng.choice(colours), 0.7)
        )
        sign = rng.choice(_SIGNS)
        kit.add(
            box((0.15, rng.uniform(1.5, 4), rng.uniform(0.5, 0.9)), (s * 11.3, y + wide / 2, 3.6)),
            m.glow(f"sign {sign}", 5, sign),
            "practical",
        )
        y += wide
    for k in range(10):
        at = 7 + 13 * k + rng.uniform(-1, 1)
        pole = m.paint("pole", (0.03, 0.03, 0.03), 0.5)
        kit.add(rod((s * 7.2, at, 0), (s * 7.2, at, 5.2), 0.07), pole)
        kit.add(rod((s * 7.2, at, 5.2), (s * 5.9, at, 5.5), 0.04), pole)
        kit.add(ball(0.22, (s * 5.9, at, 5.4), 0.6, 12), m.glow("street lamp", 60, (1.0, 0.72, 0.4)), "practical2")
        if rng.random() < 0.6:
            kit.put(tree(rng, rng.uniform(4.5, 6.5), dense=900), (s * 8.2, at + 6, 0))


def _traffic(kit: Kit, rng: Random) -> None:
    paint = m.varied(
        "cars", [(0.02, 0.02, 0.025), (0.3, 0.3, 0.31), (0.25, 0.02, 0.02), (0.03, 0.06, 0.14), (0.5, 0.5, 0.5)], 0.15
    )
    front, rear = m.glow("headlight", 90, (1.0, 0.95, 0.85)), m.glow("tail light", 28, (1.0, 0.06, 0.03))
    for lane, light in ((-3.6, front), (-1.2, front), (1.4, rear), (3.8, rear)):
        y = rng.uniform(9, 16)
        while y < 110:
            car: list[Part] = [
                Part(rounded((1.75, 4.2, 0.7), (0, 2.1, 0.65), 0.2), paint, smooth=True),
                Part(rounded((1.5, 2.1, 0.6), (0, 2.3, 1.15), 0.25), paint, smooth=True),
            ]
            car += [Part(ball(0.11, (x, -0.02, 0.68), sides=10), light, "screens") for x in (-0.65, 0.65)]
            kit.put(car, (lane + rng.uniform(-0.2, 0.2), y, 0))
            y += rng.uniform(9, 24)
    for k, colour in enumerate(((1, 0.08, 0.04), (0.1, 0.9, 0.4))):
        kit.add(ball(0.16, ((-5.2, 5.4)[k], 24 + 12 * k, 3.4), sides=10), m.glow(f"signal {k}", 30, colour), "screens")
