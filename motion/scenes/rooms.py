"""Interiors as a lens sees them behind a speaker: office, newsroom, bookshelf, living room.

A room is laid out once as layers of material and light and blurred like a lens does; drawing a frame only weighs the
layers with the colours of the look, and moves lamps, lights and the camera a little.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from motion.scenes.canvas import (
    Canvas,
    add_light,
    blend,
    defocus,
    gradient,
    mix,
    sample,
    smooth,
    soften,
    splat,
)
from motion.scenes.sky import moved
from motion.scenes.tones import Look

__all__ = ["Bookshelf", "Living", "Newsroom", "Office"]

_TURN = 2.0 * math.pi


def _polygon(canvas: Canvas, points: list[tuple[float, float]], mask: np.ndarray | None = None) -> np.ndarray:
    """Mask [h, w] of a polygon in heights, antialiased; added to ``mask`` where one is given."""
    drawn = np.zeros(canvas.shape, np.uint8)
    cv2.fillPoly(drawn, [np.round(np.array(points) * canvas.height * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    shape = drawn.astype(np.float32) / 255.0
    return shape if mask is None else np.maximum(mask, shape)


def _box(
    canvas: Canvas, left: float, top: float, right: float, bottom: float, mask: np.ndarray | None = None
) -> np.ndarray:
    return _polygon(canvas, [(left, top), (right, top), (right, bottom), (left, bottom)], mask)


def _plant(canvas: Canvas, place: tuple[float, float], tall: float, purpose: str) -> np.ndarray:
    """Mask of a pot plant standing at ``place``."""
    draw = canvas.draw(purpose)
    x, y = place
    mask = _polygon(
        canvas,
        [
            (x - 0.05 * tall / 0.3, y - 0.22 * tall),
            (x + 0.05 * tall / 0.3, y - 0.22 * tall),
            (x + 0.035 * tall / 0.3, y),
            (x - 0.035 * tall / 0.3, y),
        ],
    )
    for _ in range(26):
        angle, length = draw.uniform(-2.5, -0.64), tall * draw.uniform(0.4, 0.85)
        root = np.array([x, y - 0.2 * tall])
        tip = root + length * np.array([math.cos(angle), math.sin(angle)])
        aside = 0.12 * length * np.array([-math.sin(angle), math.cos(angle)])
        middle = (root + 2 * tip) / 3 + np.array([0, -0.05 * tall])
        mask = _polygon(canvas, [tuple(root), tuple(middle + aside), tuple(tip), tuple(middle - aside)], mask)
    return mask


def _weigh(layers: list[tuple[np.ndarray, np.ndarray]], base: np.ndarray) -> np.ndarray:
    picture = base
    for mask, colour in layers:
        picture = blend(picture, colour, mask)
    return picture


class Office:
    """A wide window, ceiling lights, desks and a plant."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        a = canvas.aspect
        blur = 0.013
        self._flip = bool(canvas.draw("flip").random() < 0.5)
        panes = canvas.blank()
        count = max(3, round(3.4 * a))
        for k in range(count):
            left = a * (0.04 + 0.92 * k / count)
            panes = _box(canvas, left, 0.15, left + a * 0.92 / count - 0.018, 0.64, panes)
        lamps = canvas.blank()
        for k in range(3):
            y, half = 0.02 + 0.04 * k, 0.16 - 0.04 * k
            for side in (0.26, 0.74):
                lamps = _polygon(
                    canvas,
                    [
                        (a * side - half, y),
                        (a * side + half, y),
                        (a * side + half * 0.9, y + 0.016),
                        (a * side - half * 0.9, y + 0.016),
                    ],
                    lamps,
                )
        self._panes, self._lamps = (self._soft(mask, blur) for mask in (panes, lamps))
        self._city = self._soft(_far_city(canvas), 0.010)
        self._desks, self._screens = (self._soft(mask, blur) for mask in _desks(canvas))
        self._plant = self._soft(_plant(canvas, (a * 0.13, 0.92), 0.42, "plant"), 0.014)
        self._sky = canvas.drifting(lambda p: canvas.cloud(p, 0.35, 4, 2.0), "sky", 0.7)
        self._lights = canvas.draw("lights").random((26, 5))

    def _soft(self, mask: np.ndarray, radius: float) -> np.ndarray:
        return defocus(mask[:, ::-1].copy() if self._flip else mask, radius, 1.2)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        wall = look.lit(196, 198, 202, 0.25) * (0.30 + 0.62 * look.ambient)
        t = np.broadcast_to(canvas.y, canvas.shape)
        room = gradient(
            t,
            [
                (0.0, wall * 0.86),
                (0.14, wall),
                (0.66, wall * 0.92),
                (0.70, look.lit(126, 118, 112, 0.3) * 0.75),
                (1.0, look.lit(92, 86, 84, 0.3) * 0.6),
            ],
        )
        outside = gradient(
            np.clip((t - 0.12) / 0.5, 0, 1),
            [(0.0, mix(look.top, look.middle, 0.4)), (0.7, mix(look.low, look.light, 0.45)), (1.0, look.low)],
        )
        outside = outside * (1.0 + 0.05 * np.tanh(self._sky.at(phase)))[..., None]
        outside = blend(outside, mix(look.middle, look.shade, 0.30), self._city * 0.55)
        outside = self._night_lights(outside, look, phase)
        picture = blend(room, outside.astype(np.float32), self._panes)
        glow = soften(self._panes, 0.07)
        picture = add_light(picture, mix(look.low, look.light, 0.5), glow * 0.32 * look.ambient)
        floor = smooth(0.68, 0.95, t) * soften(self._panes[::-1], 0.05)
        picture = add_light(picture, look.low, floor * 0.30)
        picture = add_light(
            picture,
            mix(look.light, np.ones(3, np.float32), 0.5),
            np.minimum(self._lamps * 0.9 + soften(self._lamps, 0.04) * 0.6, 1.0),
        )
        layers = [
            (self._desks * 0.92, mix(look.lit(66, 58, 56, 0.25), look.shade, 0.35)),
            (self._screens * 0.9, mix(look.lit(70, 84, 104, 0.2), look.accent, 0.40)),
            (self._plant * 0.95, look.lit(62, 108, 66, 0.35) * 0.85),
        ]
        return soften(sample(_weigh(layers, picture), *moved(phase, 0.004)), 0.002)

    def _night_lights(self, outside: np.ndarray, look: Look, phase: float) -> np.ndarray:
        mask = self._canvas.blank()
        for x, y, size, glow, start in self._lights:
            pulse = 0.85 + 0.15 * math.sin(_TURN * (phase * 2 + start))
            splat(
                mask,
                x * self._canvas.aspect,
                0.36 + 0.28 * y,
                0.010 + 0.016 * size,
                (0.3 + 0.6 * glow) * pulse,
                0.15,
                0.2,
            )
        return add_light(
            outside,
            mix(look.light, np.array([1.0, 0.7, 0.4], np.float32), 0.5),
            mask * max(0.0, 0.85 - look.ambient) * 1.4,
        )


def _far_city(canvas: Canvas) -> np.ndarray:
    draw = canvas.draw("city")
    mask, x = canvas.blank(), -0.05
    while x < canvas.aspect:
        wide = draw.uniform(0.04, 0.12)
        mask = _box(canvas, x, draw.uniform(0.36, 0.54), x + wide, 0.7, mask)
        x += wide * draw.uniform(0.9, 1.5)
    return mask


def _desks(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    a = canvas.aspect
    desks, screens = canvas.blank(), canvas.blank()
    for x, y, size in ((0.30, 0.72, 0.8), (0.62, 0.70, 0.7), (0.86, 0.80, 1.25), (0.08, 0.70, 0.7)):
        half = 0.15 * size
        desks = _box(canvas, a * x - half, y, a * x + half, y + 0.022 * size, desks)
        for leg in (-0.9, 0.85):
            desks = _box(canvas, a * x + leg * half, y, a * x + leg * half + 0.012, y + 0.17 * size, desks)
        desks = _box(canvas, a * x + 0.35 * half, y + 0.02, a * x + 1.05 * half, y + 0.19 * size, desks)
        desks = _box(canvas, a * x - 0.01, y - 0.04 * size, a * x + 0.01, y, desks)
        screens = _box(canvas, a * x - 0.07 * size, y - 0.115 * size, a * x + 0.07 * size, y - 0.025 * size, screens)
    return desks, screens


class Newsroom:
    """A broadcast studio: video wall, light lines, a desk that shines."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        a = canvas.aspect
        wall, lines, frames = canvas.blank(), canvas.blank(), canvas.blank()
        for left, right, top, bottom in ((0.05, 0.30, 0.18, 0.56), (0.35, 0.65, 0.12, 0.60), (0.70, 0.95, 0.18, 0.56)):
            wall = _box(canvas, a * left, top, a * right, bottom, wall)
            frames = _box(canvas, a * left - 0.012, top - 0.012, a * right + 0.012, bottom + 0.012, frames)
        for y in (0.045, 0.655, 0.70):
            lines = _box(canvas, -0.1, y, a + 0.1, y + 0.007, lines)
        for x in (0.325, 0.675, 0.02, 0.98):
            lines = _box(canvas, a * x - 0.004, 0.05, a * x + 0.004, 0.66, lines)
        self._wall, self._lines, self._frames = (
            defocus(wall, 0.008, 1.2),
            defocus(lines, 0.007, 1.2),
            defocus(frames, 0.008, 1.2),
        )
        self._desk = defocus(
            _polygon(
                canvas, [(-0.1, 0.90), (a * 0.2, 0.835), (a * 0.8, 0.835), (a + 0.1, 0.90), (a + 0.1, 1.1), (-0.1, 1.1)]
            ),
            0.010,
            1.2,
        )
        self._map = smooth(0.1, 0.7, canvas.cloud("map", 0.22, 5))
        self._bars = canvas.draw("bars").random((26, 4))
        self._field = canvas.drifting(lambda p: canvas.cloud(p, 0.35, 3, 2.0), "field", 0.9)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        t = np.broadcast_to(canvas.y, canvas.shape)
        dark = mix(look.shade, look.top, 0.45)
        picture = gradient(
            t, [(0.0, dark * 0.7), (0.5, mix(dark, look.middle, 0.25)), (0.66, dark), (1.0, dark * 0.55)]
        )
        picture = blend(picture, dark * 0.4, self._frames)
        screen = gradient(
            np.clip(t / 0.62 + 0.16 * self._field.at(phase), 0, 1),
            [(0.0, mix(look.top, look.middle, 0.45)), (0.6, look.middle), (1.0, mix(look.middle, look.low, 0.6))],
        )
        land = sample(self._map, *moved(phase, 0.03))
        screen = add_light(screen, look.low, defocus(land.astype(np.float32), 0.004) * 0.42)
        screen = self._graph(screen, look, phase)
        picture = blend(picture, screen, self._wall * 0.92)
        picture = add_light(picture, look.middle, soften(self._wall, 0.06) * 0.28)
        pulse = 0.9 + 0.1 * math.sin(_TURN * phase)
        sweep = 0.6 + 0.4 * np.cos(_TURN * (canvas.x / canvas.aspect - phase))
        picture = add_light(
            picture,
            mix(look.light, look.accent, 0.25),
            np.minimum(self._lines * (0.55 + 0.45 * sweep) * pulse + soften(self._lines, 0.02) * 0.8, 1.0),
        )
        top = gradient(
            np.clip((t - 0.83) / 0.17, 0, 1),
            [
                (0.0, mix(look.middle, look.light, 0.25)),
                (0.25, mix(look.top, look.shade, 0.3)),
                (1.0, look.shade * 0.7),
            ],
        )
        return soften(sample(blend(picture, top, self._desk), *moved(phase, 0.003)), 0.002)

    def _graph(self, screen: np.ndarray, look: Look, phase: float) -> np.ndarray:
        mask = self._canvas.blank()
        for i, (x, y, size, start) in enumerate(self._bars):
            place = (x + (phase if i % 2 else -phase)) % 1.0
            fade = math.sin(math.pi * place) ** 2
            splat(
                mask,
                place * self._canvas.aspect,
                0.14 + 0.45 * y,
                0.006 + 0.016 * size,
                0.5 * fade * (0.7 + 0.3 * math.sin(_TURN * (phase + start))),
                0.3,
                0.2,
            )
        return add_light(screen, look.accent, mask)


class Bookshelf:
    """Rows of books on wooden shelves, some lamps between them."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._books, self._cover = _books(canvas)
        self._books = defocus(self._books, 0.0085, 1.3)
        self._cover = defocus(self._cover, 0.0085, 1.2)
        self._shade = soften(_shelf_shadow(canvas), 0.01)
        self._grain = canvas.cloud("grain", 0.02, 4, 12.0)
        self._light = canvas.drifting(lambda p: canvas.cloud(p, 0.7, 2), "light", 0.7)
        self._glints = canvas.draw("glints").random((12, 5))

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        wood = look.lit(126, 84, 52, 0.5) * (0.72 + 0.05 * self._grain)[..., None]
        books = self._books * (look.lit(255, 248, 238, 0.5) * 0.94)
        picture = wood + self._cover[..., None] * (books - wood)
        picture = picture * (1.0 - 0.60 * self._shade)[..., None]
        x = canvas.aspect * (0.5 + 0.3 * math.tanh(float(look.shape[0]) * 2) + 0.02 * math.sin(_TURN * phase))
        spot = np.exp(-np.hypot(canvas.x - x, canvas.y - 0.22) / 0.50) * (1.0 + 0.10 * np.tanh(self._light.at(phase)))
        picture = picture * (0.62 + 0.95 * spot * (0.5 + 0.6 * look.glow))[..., None]
        picture = add_light(picture, look.light, (0.24 * spot * look.glow).astype(np.float32))
        mask = canvas.blank()
        for gx, gy, size, glow, start in self._glints:
            pulse = 0.75 + 0.25 * math.sin(_TURN * (phase + start))
            splat(mask, gx * canvas.aspect, gy, 0.012 + 0.022 * size, (0.25 + 0.4 * glow) * pulse, 0.15, 0.25)
        picture = add_light(picture, look.light, mask * 0.8 * look.glow)
        return soften(sample(picture.astype(np.float32), *moved(phase, 0.005)), 0.0015)


def _books(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Colours [h, w, 3] of the books, and the mask of where books stand."""
    draw = canvas.draw("books")
    covers = (
        np.array(
            [
                [118, 40, 36],
                [42, 66, 96],
                [46, 82, 62],
                [150, 112, 62],
                [196, 178, 146],
                [86, 60, 84],
                [58, 54, 56],
                [170, 96, 56],
                [222, 210, 190],
                [92, 112, 124],
            ],
            np.float32,
        )
        / 255
    )
    picture, mask = np.zeros((*canvas.shape, 3), np.float32), canvas.blank()
    rows, h = 5, canvas.height
    for row in range(rows):
        top, bottom = row / rows + 0.018, (row + 1) / rows - 0.022
        x = draw.uniform(-0.02, 0.02)
        while x < canvas.aspect:
            if draw.random() < 0.05:
                x += draw.uniform(0.04, 0.12)
                continue
            wide, tall = draw.uniform(0.012, 0.034), draw.uniform(0.68, 0.97)
            box = (
                slice(round((bottom - (bottom - top) * tall) * h), round(bottom * h)),
                slice(round(x * h), max(round(x * h) + 1, round((x + wide) * h) - 1)),
            )
            colour = covers[draw.integers(len(covers))] * draw.uniform(0.75, 1.2)
            columns = picture[box].shape[1]
            spine = 0.78 + 0.30 * np.sin(np.pi * (np.arange(columns) + 0.5) / max(columns, 1))
            picture[box] = colour * spine[None, :, None]
            mask[box] = 1.0
            band = round((bottom - (bottom - top) * tall * draw.uniform(0.6, 0.85)) * h)
            picture[band : band + max(1, h // 120), box[1]] = colour * 0.4 + np.array([0.5, 0.42, 0.25])
            x += wide
    return picture, mask


def _shelf_shadow(canvas: Canvas) -> np.ndarray:
    place = (canvas.y * 5.0) % 1.0
    return np.broadcast_to(np.exp(-np.abs(place - 0.10) / 0.12), canvas.shape).astype(np.float32)


class Living:
    """A wall, a lamp, a sofa, a plant, a picture, a window with a curtain."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        a = canvas.aspect
        self._flip = bool(canvas.draw("flip").random() < 0.5)
        window = canvas.blank()
        for left, right in ((0.06, 0.165), (0.175, 0.28)):
            window = _box(canvas, a * left, 0.10, a * right, 0.58, window)
        sofa = _box(canvas, a * 0.40, 0.70, a * 0.80, 0.95)
        sofa = _box(canvas, a * 0.42, 0.60, a * 0.78, 0.80, sofa)
        for x in (0.40, 0.78):
            sofa = _box(canvas, a * x - 0.02, 0.66, a * x + 0.06, 0.96, sofa)
        cushions = _polygon(
            canvas, [(a * 0.47, 0.63), (a * 0.47 + 0.14, 0.62), (a * 0.47 + 0.15, 0.75), (a * 0.47 + 0.01, 0.76)]
        )
        cushions = _polygon(
            canvas,
            [(a * 0.68, 0.62), (a * 0.68 + 0.13, 0.64), (a * 0.68 + 0.12, 0.76), (a * 0.68 - 0.01, 0.75)],
            cushions,
        )
        frames = _box(canvas, a * 0.52, 0.20, a * 0.52 + 0.17, 0.42)
        frames = _box(canvas, a * 0.66, 0.24, a * 0.66 + 0.11, 0.40, frames)
        lamp = _polygon(
            canvas,
            [
                (a * 0.885 - 0.055, 0.30),
                (a * 0.885 + 0.055, 0.30),
                (a * 0.885 + 0.085, 0.42),
                (a * 0.885 - 0.085, 0.42),
            ],
        )
        stand = _box(canvas, a * 0.885 - 0.006, 0.42, a * 0.885 + 0.006, 0.92)
        curtain = _box(canvas, a * 0.275, 0.06, a * 0.345, 0.86)
        curtain = _box(canvas, -0.02, 0.06, a * 0.065, 0.86, curtain)
        masks = (window, sofa, cushions, frames, lamp, stand, curtain, _plant(canvas, (a * 0.345, 0.93), 0.40, "plant"))
        soft = [defocus(mask[:, ::-1].copy() if self._flip else mask, 0.014, 1.2) for mask in masks]
        self._window, self._sofa, self._cushions, self._frames, self._lamp, self._stand, self._curtain, self._plant = (
            soft
        )
        self._lamp_x = a * (0.115 if self._flip else 0.885)
        self._halo = (np.exp(-np.hypot(canvas.x - self._lamp_x, (canvas.y - 0.38) * 1.1) / 0.30)).astype(np.float32)
        self._folds = 0.5 + 0.5 * np.sin(_TURN * (canvas.x * 17 + 0.1 * np.sin(canvas.y * 5)))
        self._leaves = canvas.drifting(lambda p: canvas.cloud(p, 0.10, 3), "leaves", 1.0)
        self._plaster = canvas.cloud("plaster", 0.3, 4)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        wall = look.lit(214, 198, 180, 0.4) * (0.50 + 0.42 * look.ambient)
        t = np.broadcast_to(canvas.y, canvas.shape)
        floor = look.lit(140, 104, 76, 0.4) * (0.4 + 0.4 * look.ambient)
        picture = gradient(t, [(0.0, wall * 0.92), (0.84, wall), (0.865, floor * 0.75), (1.0, floor)])
        picture = picture * (1.0 + 0.02 * self._plaster)[..., None]
        outside = (
            mix(look.middle, look.light, 0.65 * look.ambient)
            * (0.92 + 0.10 * np.tanh(self._leaves.at(phase)))[..., None]
        )
        picture = blend(picture, outside.astype(np.float32), self._window)
        daylight = soften(self._window, 0.12) * look.ambient**2
        picture = add_light(picture, mix(look.low, look.light, 0.5), daylight * 0.55)
        cloth = look.lit(226, 216, 204, 0.4) * (0.45 + 0.35 * look.ambient)
        sofa = mix(look.lit(120, 124, 128, 0.3), look.lit(*(255 * look.accent).astype(int).tolist()), 0.55) * (
            0.55 + 0.3 * look.ambient
        )
        layers = [
            (self._curtain * 0.95, (cloth * (0.72 + 0.3 * self._folds)[..., None]).astype(np.float32)),
            (self._frames, mix(look.lit(92, 78, 68, 0.3), look.accent * 0.5, 0.25)),
            (self._sofa, sofa * 0.8),
            (self._cushions, mix(look.lit(222, 190, 140, 0.5), look.accent, 0.25) * (0.55 + 0.35 * look.ambient)),
            (self._stand, look.shade),
            (self._plant * 0.95, look.lit(64, 104, 62, 0.35) * 0.75),
        ]
        picture = _weigh(layers, picture)
        burn = (0.35 + 0.65 * look.glow) * (1.0 + 0.02 * math.sin(_TURN * phase) + 0.012 * math.sin(_TURN * 3 * phase))
        warm = mix(look.light, np.array([1.0, 0.80, 0.52], np.float32), 0.5)
        picture = add_light(picture, warm, self._halo * 0.85 * burn * (1.15 - 0.6 * look.ambient))
        picture = blend(picture, mix(warm, np.ones(3, np.float32), 0.35), self._lamp * min(1.0, 0.6 + 0.4 * look.glow))
        return soften(sample(picture.astype(np.float32), *moved(phase, 0.004)), 0.002)
