"""Lamps of several kinds; what shines belongs to a light group and is white, its colour comes with the hour."""

from __future__ import annotations

import math
from random import Random

from workshop.rooms import materials as m
from workshop.rooms.furniture import at, metal, wooden
from workshop.rooms.kit import Part, Piece
from workshop.rooms.shapes import ball, box, join, lathe, rod

__all__ = ["desk_lamp", "downlight", "floor_lamp", "globe_pendant", "pendant", "strip", "table_lamp", "troffer", "tube"]


def _shade(low: float, high: float, height: float, z: float, group: str, strength: float) -> Piece:
    """A cloth shade around a bulb: it shines itself, more below and above."""
    cloth = m.glow(f"lamp shade {strength:.1f}", 0.4 * strength, (1, 0.95, 0.88))
    inside = m.glow(f"lamp inside {strength:.1f}", strength * 5, (1, 0.97, 0.92))
    return [
        Part(lathe([(low, z), (high, z + height)], sides=28), cloth, group, smooth=True),
        Part(ball(0.45 * high, (0, 0, z + 0.45 * height), sides=12), inside, group, smooth=True),
    ]


def floor_lamp(rng: Random, group: str = "practical", strength: float = 5.0) -> Piece:
    """A standing lamp: a cloth shade on a stem or on three legs."""
    height, stem = rng.uniform(1.35, 1.6), metal(rng.random() < 0.7)
    piece = _shade(
        rng.uniform(0.17, 0.22), rng.uniform(0.12, 0.17), rng.uniform(0.24, 0.32), height - 0.02, group, strength
    )
    if rng.random() < 0.5:
        legs = wooden(rng.choice(["oak", "walnut"]), "z")
        for k in range(3):
            a = k * 2 * math.pi / 3 + 0.4
            piece.append(Part(rod((0.3 * math.cos(a), 0.3 * math.sin(a), 0), (0, 0, height), 0.014), legs, smooth=True))
    else:
        piece += [Part(rod((0, 0, 0), (0, 0, height), 0.011), stem, smooth=True)]
        piece += [Part(lathe([(0, 0.025), (0.13, 0.025), (0.14, 0)]), stem, smooth=True)]
    return piece


def table_lamp(rng: Random, group: str = "practical", strength: float = 5.0) -> Piece:
    """A lamp with a cloth shade on a turned foot."""
    h = rng.uniform(0.2, 0.34)
    r = rng.uniform(0.05, 0.09)
    foot = m.varied("lamp feet", [(0.55, 0.5, 0.44), (0.08, 0.14, 0.16), (0.3, 0.14, 0.07), (0.06, 0.06, 0.06)], 0.3)
    profile = [(0.7 * r, 0), (r, 0.3 * h), (0.8 * r, 0.6 * h), (0.2 * r, 0.9 * h), (0.2 * r, h + 0.05)]
    low = rng.uniform(0.13, 0.17)
    shade = _shade(low, low * rng.uniform(0.65, 0.95), rng.uniform(0.16, 0.22), h, group, strength)
    return [Part(lathe(profile), foot, smooth=True), *shade]


def desk_lamp(rng: Random, group: str = "practical", strength: float = 18.0) -> Piece:
    """A jointed arm with a metal hood."""
    paint = m.varied("desk lamps", [(0.02, 0.02, 0.02), (0.3, 0.32, 0.3), (0.35, 0.05, 0.03), (0.05, 0.13, 0.12)], 0.35)
    knee, head = (-0.14, 0, 0.3), (0.1, -0.02, 0.47)
    hood = lathe([(0.025, 0.07), (0.045, 0.06), (0.08, 0)], (head[0] + 0.03, head[1], head[2] - 0.05))
    bulb = ball(0.035, (head[0] + 0.03, head[1], head[2] - 0.035), sides=10)
    arms = join(rod((0, 0, 0.02), knee, 0.009), rod(knee, head, 0.008), lathe([(0, 0.03), (0.08, 0.028), (0.085, 0)]))
    return [
        Part(arms, paint, smooth=True),
        Part(hood, paint, smooth=True),
        Part(bulb, m.glow(f"bulb {strength}", strength), group),
    ]


def pendant(rng: Random, ceiling: float, drop: float, group: str = "practical", strength: float = 14.0) -> Piece:
    """A metal hood on a cable, lit from within; hangs from the ceiling at the origin."""
    z = ceiling - drop
    r, h = rng.uniform(0.14, 0.24), rng.uniform(0.14, 0.24)
    paint = m.varied(
        "hoods", [(0.02, 0.02, 0.02), (0.4, 0.25, 0.08), (0.55, 0.53, 0.5), (0.05, 0.12, 0.1), (0.3, 0.06, 0.03)], 0.35
    )
    hood = lathe([(0.03, z + h), (0.5 * r, z + 0.8 * h), (r, z), (r * 0.985, z), (0.48 * r, z + 0.78 * h)])
    return [
        Part(hood, paint, smooth=True),
        Part(rod((0, 0, z + h), (0, 0, ceiling), 0.004, 6), metal()),
        Part(ball(0.05, (0, 0, z + 0.05), sides=12), m.glow(f"bulb {strength}", strength), group, smooth=True),
    ]


def globe_pendant(rng: Random, ceiling: float, drop: float, group: str = "practical", strength: float = 6.0) -> Piece:
    """An opal glass ball on a cable."""
    r, z = rng.uniform(0.1, 0.17), ceiling - drop
    return [
        Part(ball(r, (0, 0, z)), m.glow(f"opal {strength}", strength), group, smooth=True),
        Part(rod((0, 0, z + r), (0, 0, ceiling), 0.004, 6), metal()),
        Part(lathe([(0.03, z + r + 0.05), (0.04, z + r - 0.01)]), metal(), smooth=True),
    ]


def troffer(
    ceiling: float, width: float = 0.6, depth: float = 0.6, group: str = "lamps", strength: float = 6.0
) -> Piece:
    """A flat panel in the ceiling with a metal rim."""
    rim = m.paint("rim", (0.7, 0.7, 0.7), 0.4)
    z = ceiling - 0.012
    return [
        Part(box((width + 0.04, depth + 0.04, 0.02), (0, 0, ceiling - 0.005)), rim),
        Part(box((width, depth, 0.02), (0, 0, z)), m.glow(f"panel {strength}", strength), group),
    ]


def tube(length: float, height: float, ceiling: float, group: str = "lamps", strength: float = 9.0) -> Piece:
    """A hanging linear lamp along y."""
    shell, wire = metal(), m.paint("wire", (0.1, 0.1, 0.1), 0.5)
    return [
        Part(box((0.09, length, 0.06), (0, 0, height)), shell),
        Part(box((0.07, length - 0.04, 0.02), (0, 0, height - 0.028)), m.glow(f"tube {strength}", strength), group),
        *[Part(rod((0, s * length * 0.4, height), (0, s * length * 0.4, ceiling), 0.004, 6), wire) for s in (-1, 1)],
    ]


def downlight(ceiling: float, group: str = "lamps", strength: float = 30.0) -> Piece:
    """A small round lamp in the ceiling."""
    rim = m.paint("rim", (0.7, 0.7, 0.7), 0.4)
    return [
        Part(lathe([(0.075, ceiling), (0.075, ceiling - 0.012), (0.055, ceiling - 0.012)]), rim, smooth=True),
        Part(lathe([(0, ceiling - 0.006), (0.055, ceiling - 0.006)]), m.glow(f"down {strength}", strength), group),
    ]


def strip(
    start: tuple[float, float, float], end: tuple[float, float, float], strength: float = 12.0, group: str = "strip"
) -> Piece:
    """A line of light between two points."""
    return at([Part(rod(start, end, 0.014, 8), m.glow(f"strip {strength}", strength), group)], 0, 0)
