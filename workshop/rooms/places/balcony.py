"""A balcony high above a town: railing, plants, a chair; lights below at night."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.furniture import chair, cup, table
from workshop.rooms.kit import Kit
from workshop.rooms.lamps import table_lamp
from workshop.rooms.nature import city, plant
from workshop.rooms.shapes import ball, box, rod

TITLE = {"en": "Balcony over the city", "ru": "Балкон с видом на город"}
WORDS = {
    "en": [
        "balcony",
        "balcony with a city",
        "city skyline",
        "skyline",
        "rooftop",
        "terrace",
        "penthouse",
        "panorama",
        "skyscrapers",
    ],
    "ru": [
        "балкон",
        "балкон с видом на город",
        "вид на город",
        "город",
        "крыша",
        "терраса",
        "небоскрёбы",
        "панорама города",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    edge, sign = rng.uniform(2.9, 3.3), rng.choice((-1, 1))
    city(kit, rng, 0, floor=12, near=75, lit=0.13)
    deck = m.planks("deck", (0.3, 0.2, 0.12), "x", 0.12, 0.5)
    kit.add(box((9, 6.5, 0.2), (0, edge - 3.2, -0.1)), deck)
    house = m.paint("house", (0.55, 0.52, 0.47), 0.9, 0.04)
    kit.add(box((0.3, 6.5, 4), (sign * 2.9, edge - 4.2, 2)), house)
    kit.add(box((9, 0.3, 4), (0, -2.4, 2)), house)
    _railing(kit, rng, edge)
    kit.sky()
    kit.suns_from(rng.choice((-1, 1)) * rng.uniform(35, 60), 35, 9, 12)
    for x in (-2.1, -1.5, 1.6, 2.3):
        kit.put(plant(rng, rng.uniform(0.6, 1.3)), (x + rng.uniform(-0.15, 0.15), edge - 0.4, 0), rng.uniform(0, 360))
    kit.put(table(0.65, 0.65, 0.72, rng, "teak", round_top=True), (-sign * 1.55, edge - 1.1, 0))
    kit.put(table_lamp(rng), (-sign * 1.55, edge - 1.05, 0.72))
    kit.put(cup(rng), (-sign * 1.35, edge - 1.2, 0.72))
    kit.put(chair(rng, "teak"), (-sign * 2.2, edge - 1.2, 0), -sign * -80)
    _garland(kit, edge)
    kit.lamp("lamps", (-1.2, -1.0, 2.8), (0, 1.2, 1.3), (0.8, 0.8), 40)
    kit.camera(1.55, yaw=rng.uniform(-4, 4))


def _railing(kit: Kit, rng: Random, edge: float) -> None:
    steel = m.paint("railing", (0.05, 0.05, 0.055), 0.4, Metallic=0.5)
    kit.add(rod((-4.5, edge, 1.05), (4.5, edge, 1.05), 0.025), steel)
    if rng.random() < 0.5:
        kit.add(box((9, 0.015, 0.85), (0, edge, 0.55)), m.glass("railing glass", (0.9, 0.95, 0.94), 0.08))
        for k in range(7):
            kit.add(rod((-4.5 + 1.5 * k, edge, 0), (-4.5 + 1.5 * k, edge, 1.05), 0.02), steel)
        return
    for k in range(76):
        kit.add(rod((-4.5 + 0.12 * k, edge, 0.1), (-4.5 + 0.12 * k, edge, 1.05), 0.008, 6), steel)


def _garland(kit: Kit, edge: float) -> None:
    wire, bulb = m.paint("wire", (0.02, 0.02, 0.02), 0.5), m.glow("garland", 45)
    points = []
    for k in range(41):
        x = -3.2 + 0.16 * k
        points.append((x, edge - 0.5, 2.55 - 0.28 * (1 - ((k % 20) / 10 - 1) ** 2)))
    for a, b in zip(points, points[1:], strict=False):
        kit.add(rod(a, b, 0.005, 5), wire)
    for k in range(1, 41, 3):
        x, y, z = points[k]
        kit.add(ball(0.028, (x, y, z - 0.05), 1.2, 10), bulb, "practical", smooth=True)
