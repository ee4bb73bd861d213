"""A news studio: a newsroom at work behind, a wall of screens, lines of light, a glossy floor."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.fittings import panel
from workshop.rooms.furniture import monitor
from workshop.rooms.kit import Kit, Part
from workshop.rooms.lamps import strip
from workshop.rooms.shapes import ball, box, rod, rounded

TITLE = {"en": "News studio", "ru": "Студия новостей"}
WORDS = {
    "en": [
        "news studio",
        "tv studio",
        "newsroom",
        "television",
        "broadcast",
        "anchor desk",
        "video wall",
        "breaking news",
    ],
    "ru": ["студия новостей", "телестудия", "новости", "телевидение", "эфир", "видеостена", "выпуск новостей"],
}


_TINTS = [(0.1, 0.35, 0.8), (0.06, 0.45, 0.55), (0.3, 0.12, 0.6)]


def build(kit: Kit, rng: Random) -> None:
    back, height, side = rng.uniform(8.2, 9.2), 4.2, rng.choice((-1, 1))
    tint = rng.choice(_TINTS)
    wall = m.paint("wall", tuple(0.03 + 0.06 * c for c in tint), 0.5, 0.05)
    dark = m.paint("dark", (0.012, 0.013, 0.016), 0.5)
    kit.room((-6.4, 6.4), (-2.5, back), height, wall, m.paint("gloss floor", (0.02, 0.022, 0.028), 0.1, 0.05), dark)
    _screens(kit, rng, back, side, tint)
    _columns(kit, rng, height, side)
    _desks(kit, rng, side)
    _grid(kit, rng, height, back)
    kit.level = 0.58
    kit.camera(1.35, yaw=-side * rng.uniform(2, 7))


def _screens(kit: Kit, rng: Random, back: float, side: int, tint: tuple[float, ...]) -> None:
    """A wide wall of nine screens with a map on one side, two upright ones on the other."""
    shade = m.world("world", rng.uniform(0, 50), tuple(0.35 * c for c in tint))
    for k in range(3):
        for row in range(3):
            at = (side * 2.1 + (k - 1) * 1.56, back - 0.1, 0)
            kit.put(panel(1.54, 0.88, 1.15 + 0.9 * row, shade, "screens", 0.012), at)
    for k in range(2):
        upright = m.display(f"upright {k}", rng.uniform(0, 50), 0.5, tuple(0.2 + 0.8 * c for c in tint))
        kit.put(
            panel(1.1, 2.0, 1.75, upright, "screens"), (-side * (2.1 + 1.55 * k), back - 0.4 - 0.5 * k, 0), side * 16
        )
    kit.add(box((12.6, 0.9, 0.14), (0, back - 0.5, 0.07)), m.paint("step", (0.03, 0.033, 0.04), 0.12))
    kit.put(strip((-6.2, back - 0.97, 0.13), (6.2, back - 0.97, 0.13), 1.2, "screens"))


def _columns(kit: Kit, rng: Random, height: float, side: int) -> None:
    """Dark pillars with a line of light along an edge, a pane of glass between two of them."""
    shell = m.paint("pillar", (0.05, 0.054, 0.062), 0.25)
    for x, y in ((-side * 0.75, 8.0), (side * 4.75, 7.6), (-side * 4.6, 5.6), (side * 5.4, 4.6)):
        kit.add(box((0.3, 0.3, height), (x, y, height / 2)), shell)
        kit.put(strip((x - side * 0.16, y - 0.16, 0.1), (x - side * 0.16, y - 0.16, height - 0.2), 7))
    for z in (1.05, 2.4):
        kit.add(box((0.04, 2.6, 0.04), (-side * 4.6, 4.2, z)), m.mirror("steel"))
    kit.add(box((0.012, 2.6, 2.3), (-side * 4.6, 4.2, 1.2)), m.glass())


def _desks(kit: Kit, rng: Random, side: int) -> None:
    """Desks of the newsroom with screens that are on, and who works there: soft dark shapes."""
    top, clothes = (
        m.paint("desk", (0.09, 0.095, 0.105), 0.3),
        m.varied("clothes", [(0.02, 0.022, 0.03), (0.05, 0.05, 0.055), (0.07, 0.03, 0.03)], 0.9),
    )
    skin = m.paint("skin", (0.3, 0.18, 0.13), 0.7)
    for x, y in ((-side * 2.9, 4.9), (-side * 2.2, 6.3), (side * 2.6, 5.4), (side * 3.6, 6.6), (side * 1.5, 6.9)):
        kit.put(
            [
                Part(rounded((1.7, 0.8, 0.05), (0, 0, 0.73), 0.02), top),
                Part(box((1.6, 0.04, 0.55), (0, -0.3, 0.44)), top),
            ],
            (x, y, 0),
        )
        for k in range(2):
            kit.put(
                monitor(rng),
                (x - 0.38 + 0.76 * k, y + rng.uniform(-0.05, 0.1), 0.755),
                rng.uniform(-14, 14) + 180 * (k % 2),
            )
        if rng.random() < 0.75:
            at = x + rng.uniform(-0.3, 0.3)
            kit.add(rounded((0.46, 0.28, 0.6), (at, y + 0.55, 0.95), 0.13), clothes, smooth=True)
            kit.add(ball(0.115, (at, y + 0.5, 1.4), 1.2, 14), skin, smooth=True)


def _grid(kit: Kit, rng: Random, height: float, back: float) -> None:
    """Lamps on rails below a dark ceiling: pools of light on floor and desks."""
    rail, hull = m.paint("rail", (0.04, 0.04, 0.045), 0.5), m.paint("hull", (0.02, 0.02, 0.022), 0.5)
    lens = m.glow("studio lens", 40, (1.0, 0.97, 0.93))
    for y in (3.4, 5.6, back - 1.2):
        kit.add(rod((-6, y, height - 0.3), (6, y, height - 0.3), 0.025), rail)
        for k in range(5):
            x = -4.8 + 2.4 * k + rng.uniform(-0.5, 0.5)
            kit.add(rod((x, y, height - 0.32), (x, y + 0.06, height - 0.62), 0.085, 14), hull, smooth=True)
            kit.add(ball(0.07, (x, y + 0.06, height - 0.62), 0.4, 12), lens, "lamps", smooth=True)
            kit.spot("lamps", (x, y, height - 0.7), (x + rng.uniform(-0.8, 0.8), y + 0.9, 0), 150, 50, 0.08, 0.7)
    for s, watts in ((-1, 60), (1, 38)):
        kit.spot("lamps", (s * 1.5, -0.9, 3.0), (0, 1.15, 1.25), watts, 34, 0.35)
