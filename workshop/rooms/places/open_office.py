"""An open office with desks in rows, a wall of windows over a town."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.furniture import WOODS, bookcase, desk, office_chair, picture
from workshop.rooms.kit import Kit, Opening
from workshop.rooms.lamps import desk_lamp, floor_lamp, troffer, tube
from workshop.rooms.nature import city, plant

TITLE = {"en": "Open office", "ru": "Открытый офис"}
WORDS = {
    "en": ["open office", "office", "workplace", "desks", "coworking", "startup", "business", "computers", "monitors"],
    "ru": [
        "открытый офис",
        "офис",
        "рабочее место",
        "столы",
        "коворкинг",
        "стартап",
        "бизнес",
        "компьютеры",
        "мониторы",
    ],
}


def build(kit: Kit, rng: Random) -> None:
    height, back = 3.0, rng.uniform(7.2, 8.2)
    right = rng.random() < 0.6
    wall = m.paint("wall", rng.choice([(0.66, 0.65, 0.62), (0.6, 0.62, 0.62), (0.68, 0.63, 0.56)]), 0.9, 0.03)
    accent = m.paint(
        "accent", rng.choice([(0.1, 0.2, 0.22), (0.2, 0.25, 0.2), (0.36, 0.33, 0.29), (0.12, 0.16, 0.26)]), 0.9, 0.04
    )
    floor = rng.choice(
        [
            m.carpet("carpet", (0.16, 0.17, 0.18)),
            m.planks("floor", WOODS["oak"]),
            m.stone("concrete", (0.33, 0.32, 0.31), 0.3),
        ]
    )
    white = m.paint("white", (0.74, 0.74, 0.73), 0.5, 0.02)
    panes = [Opening(y, y + 1.75, 0.75, 2.65, 2) for y in (-1.2, 0.9, 3.0, 5.1)]
    side = "right" if right else "left"
    kit.room((-3.9, 3.9), (-2.2, back), height, {"else": wall, "back": accent}, floor, white, {side: panes}, white)
    sign = 1 if right else -1
    city(kit, rng, 90 * sign, floor=4)
    kit.sky()
    kit.suns_from(sign * 68, 34, 13)
    _fill(kit, rng, back, sign, height)
    kit.camera(1.3, yaw=sign * -rng.uniform(3, 8))


def _fill(kit: Kit, rng: Random, back: float, sign: int, height: float) -> None:
    kind = rng.choice(["oak", "birch", "white", "walnut"])
    covers = rng.sample(
        [(0.06, 0.065, 0.07), (0.12, 0.15, 0.18), (0.3, 0.3, 0.29), (0.08, 0.14, 0.17), (0.2, 0.19, 0.17)], 2
    )
    for y in (3.4, 5.0, 6.3):
        for x in (-2.6, -0.9, 1.0, 2.7):
            if (y < 4 and abs(x) < 1.5) or (y > 6 and rng.random() < 0.4):
                continue
            here = (x + rng.uniform(-0.12, 0.12), y + rng.uniform(-0.12, 0.12), 0)
            turn = rng.choice((0, 180)) + rng.uniform(-3, 3)
            kit.put(desk(rng, 1.45, kind), here, turn)
            out = -0.62 if abs(turn) < 90 else 0.62
            kit.put(
                office_chair(rng, rng.choice(covers)),
                (here[0] + rng.uniform(-0.2, 0.2), here[1] + out, 0),
                turn + 180 + rng.uniform(-40, 40),
            )
            if rng.random() < 0.4:
                kit.put(desk_lamp(rng), (here[0] + 0.55, here[1] + 0.1, 0.73), rng.uniform(0, 360))
    kit.put(bookcase(rng, 1.7, 2.0, rng.choice(["oak", "white", "walnut"]), 0.75), (-sign * 2.6, back - 0.16, 0))
    x = -sign * 1.2
    for _ in range(rng.randint(2, 3)):
        wide = rng.uniform(0.55, 0.9)
        kit.put(picture(rng, wide, rng.uniform(0.6, 0.9)), (x + sign * wide / 2, back, rng.uniform(1.65, 1.75)))
        x += sign * (wide + 0.25)
    for at in ((-sign * 3.45, 4.2), (sign * 3.5, back - 0.5), (sign * 0.4, back - 0.4), (-sign * 3.4, 2.4)):
        if rng.random() < 0.8:
            kit.put(plant(rng, rng.uniform(1.1, 1.7)), (*at, 0), rng.uniform(0, 360))
    kit.put(floor_lamp(rng), (-sign * 1.45, back - 0.45, 0))
    if rng.random() < 0.5:
        for x in (-1.9, 1.9):
            for y in (2.2, 5.0):
                kit.put(tube(1.8, height - 0.45, height), (x, y, 0))
    else:
        for x in (-2.4, 0, 2.4):
            for y in (1.2, 3.4, 5.6):
                kit.put(troffer(height), (x, y, 0))
