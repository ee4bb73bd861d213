"""A shop: shelves of goods and a rail of clothes, pendants, a counter, the street outside."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import bottles, dishes
from workshop.rooms.furniture import BOOKS, CLOTH, WOODS, cloth, metal, table, vase, wooden
from workshop.rooms.kit import Kit, Opening, Part, Piece
from workshop.rooms.lamps import downlight, pendant, strip
from workshop.rooms.nature import city, plant
from workshop.rooms.shapes import box, join, rod, rounded

TITLE = {"en": "Shop", "ru": "Магазин"}
WORDS = {
    "en": ["shop", "store", "boutique", "retail", "clothes shop", "market", "showroom", "goods on shelves", "shopping"],
    "ru": ["магазин", "бутик", "торговый зал", "витрина", "магазин одежды", "шоурум", "товары на полках", "покупки"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height, sign = rng.uniform(5.2, 6.0), 3.1, rng.choice((-1, 1))
    wall = m.paint(
        "wall", rng.choice([(0.62, 0.58, 0.52), (0.6, 0.61, 0.6), (0.26, 0.3, 0.27), (0.6, 0.45, 0.4)]), 0.9, 0.03
    )
    floor = rng.choice([m.planks("floor", WOODS["ash"]), m.stone("terrazzo", (0.5, 0.48, 0.45), 0.2, 12)])
    panes = [Opening(y, y + 2.0, 0.25, 2.8, 1) for y in (-1.8, 0.6)]
    kit.room(
        (-3.4, 3.4),
        (-2.2, back),
        height,
        wall,
        floor,
        m.paint("ceiling", (0.66, 0.65, 0.63), 0.7),
        {"right" if sign > 0 else "left": panes},
        m.paint("frames", (0.06, 0.06, 0.06), 0.4),
    )
    city(kit, rng, 90 * sign, floor=0, near=12)
    kit.sky()
    kit.suns_from(sign * 126, 28, 13, 6)
    for k in range(3):
        kit.put(_shelves(rng), ((k - 1) * 1.5 - sign * 0.6, back, 0))
    kit.put(_rail(rng), (sign * 2.4, back - 1.3, 0), -sign * 60)
    kit.put(_rail(rng), (-sign * 2.8, 3.0, 0), sign * 80)
    kit.put(table(1.3, 0.8, 0.8, rng, "oak"), (sign * 1.5, 2.9, 0), sign * 6)
    kit.put(_folded(rng), (sign * 1.3, 2.9, 0.8))
    kit.put(vase(rng, 0.3), (sign * 1.85, 2.95, 0.8))
    kit.put(plant(rng, 1.5), (sign * 3.0, back - 0.45, 0))
    for k in range(3):
        kit.put(pendant(rng, height, 0.75), ((k - 1) * 1.3 - sign * 0.4, back - 1.2, 0))
    for x in (-2.2, -0.7, 0.7, 2.2):
        for y in (1.0, 3.6):
            kit.put(downlight(height), (x, y, 0))
    kit.camera(1.35, yaw=-sign * rng.uniform(0, 5))


def _shelves(rng: Random) -> Piece:
    kind = rng.choice(["oak", "ash", "white"])
    board, side = wooden(kind, "x"), wooden(kind, "z")
    piece: Piece = [Part(box((0.03, 0.36, 2.3), (x, -0.18, 1.15)), side) for x in (-0.7, 0.7)]
    piece.append(Part(box((1.4, 0.02, 2.3), (0, -0.01, 1.15)), side))
    for z in (0.35, 0.8, 1.25, 1.7, 2.15):
        piece.append(Part(box((1.4, 0.34, 0.03), (0, -0.18, z)), board))
        if z > 2:
            continue
        goods = rng.choice([bottles, dishes, None, None])
        things = goods(rng, 1.2) if goods else _folded(rng, 3)
        piece += [Part((p.shape[0] + (0, -0.19, z + 0.016), p.shape[1]), p.material, p.group, p.smooth) for p in things]
    return piece + strip((-0.66, -0.33, 2.12), (0.66, -0.33, 2.12), 10)


def _folded(rng: Random, piles: int = 2) -> Piece:
    goods = m.varied("folded", [*CLOTH, *BOOKS[4:8], (0.6, 0.5, 0.45)], 0.95)
    shapes = []
    for k in range(piles):
        for j in range(rng.randint(2, 6)):
            shapes.append(
                rounded(
                    (0.3, 0.24, 0.045),
                    ((k - (piles - 1) / 2) * 0.4 + rng.uniform(-0.01, 0.01), 0, 0.024 + 0.047 * j),
                    0.02,
                )
            )
    return [Part(join(*shapes), goods, smooth=True)]


def _rail(rng: Random) -> Piece:
    steel = metal(rng.random() < 0.5)
    piece = [Part(rod((x, 0, 0), (x, 0, 1.55), 0.016), steel) for x in (-0.7, 0.7)] + [
        Part(rod((-0.7, 0, 1.55), (0.7, 0, 1.55), 0.016), steel)
    ]
    x = -0.62
    while x < 0.62:
        cover = cloth(rng.choice([*CLOTH, (0.62, 0.6, 0.56), (0.5, 0.32, 0.28)]))
        long = rng.uniform(0.6, 1.0)
        piece.append(Part(rounded((0.045, 0.42, long), (x, 0, 1.47 - long / 2), 0.02, 4), cover, smooth=True))
        x += rng.uniform(0.06, 0.12)
    return piece
