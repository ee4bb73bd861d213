"""A server room: an aisle of racks with small lights, a grating floor, cold strips."""

from __future__ import annotations

from random import Random

from workshop.rooms import materials as m
from workshop.rooms.kit import Kit
from workshop.rooms.lamps import strip, tube
from workshop.rooms.shapes import box, join

TITLE = {"en": "Server room", "ru": "Серверная"}
WORDS = {
    "en": [
        "server room",
        "data centre",
        "data center",
        "servers",
        "racks",
        "cyber security",
        "technology",
        "hacker",
        "cloud computing",
    ],
    "ru": ["серверная", "дата-центр", "центр данных", "серверы", "стойки", "кибербезопасность", "технологии", "айти"],
}


def build(kit: Kit, rng: Random) -> None:
    back, height = rng.uniform(10, 12), 2.9
    wall = m.paint("wall", (0.3, 0.31, 0.33), 0.6)
    floor = m.tiles("raised floor", (0.2, 0.21, 0.22), 0.6, rough=0.14)
    kit.room((-2.6, 2.6), (-2.0, back), height, wall, floor, m.paint("ceiling", (0.14, 0.14, 0.15), 0.7))
    shell, face = (
        m.paint("rack", (0.03, 0.032, 0.036), 0.35),
        m.varied("servers", [(0.06, 0.065, 0.07), (0.02, 0.02, 0.022), (0.14, 0.15, 0.16)], 0.3),
    )
    lit = [
        m.glow(f"diode {k}", 5, c, sampled=False)
        for k, c in enumerate(((0.1, 0.9, 0.35), (0.15, 0.5, 1.0), (1.0, 0.45, 0.05)))
    ]
    gap = rng.uniform(1.15, 1.35)
    for s in (-1, 1):
        for k in range(int((back - 2.2) / 0.65)):
            _rack(kit, rng, s, gap, 2.0 + 0.65 * k, shell, face, lit)
        kit.put(
            strip(
                (s * (gap - 0.03), 1.9, 2.16), (s * (gap - 0.03), back - 0.6, 2.16), 7, "strip" if s < 0 else "strip2"
            )
        )
    _end(kit, back)
    for y in (0.2, 3.0, 5.8, 8.6):
        kit.put(tube(1.6, height - 0.3, height, strength=7), (0, y, 0))
    for k in range(3):
        kit.add(
            box((0.35, back, 0.06), ((k - 1) * 0.8, back / 2, height - 0.2)), m.mirror("tray", (0.4, 0.4, 0.42), 0.4)
        )
    kit.level = 0.55
    kit.camera(1.35, yaw=rng.uniform(-5, 5))


def _rack(kit: Kit, rng: Random, s: int, gap: float, y: float, shell: object, face: object, lit: list[object]) -> None:
    kit.add(box((1.0, 0.62, 2.1), (s * (gap + 0.5), y, 1.05)), shell)
    units, lights = [], {k: [] for k in range(3)}
    z = 0.12
    while z < 1.95:
        tall = rng.choice([0.044, 0.088, 0.13])
        if rng.random() < 0.85:
            units.append(box((0.03, 0.52, tall - 0.006), (s * (gap - 0.01), y, z + tall / 2)))
            for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
                spot = (s * (gap - 0.027), y + rng.uniform(-0.22, 0.22), z + tall / 2)
                lights[rng.choice((0, 0, 1, 1, 1, 2))].append(box((0.006, 0.009, 0.009), spot))
        z += tall
    kit.add(join(*units), face)
    for k, small in lights.items():
        if small:
            kit.add(join(*small), lit[k], "screens")


def _end(kit: Kit, back: float) -> None:
    frame, pane = m.paint("door", (0.4, 0.42, 0.45), 0.4), m.paint("pane", (0.05, 0.07, 0.09), 0.1)
    kit.add(box((1.2, 0.06, 2.1), (0, back - 0.03, 1.05)), frame)
    kit.add(box((0.9, 0.02, 1.2), (0, back - 0.07, 1.35)), pane)
    kit.add(box((1.4, 0.03, 0.1), (0, back - 0.08, 2.3)), m.glow("exit", 1.2, (0.3, 0.9, 0.5)), "screens")
