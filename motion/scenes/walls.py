"""Quiet surfaces behind a speaker: brick, wood, curtain, studio glow."""

from __future__ import annotations

import math

import numpy as np

from motion.scenes.canvas import Canvas, add_light, gradient, mix, sample, smooth, soften
from motion.scenes.sky import moved
from motion.scenes.tones import Look

__all__ = ["Brick", "Curtain", "Glow", "Wood"]

_TURN = 2.0 * math.pi


class Lamp:
    """A soft pool of light that wanders a little over a surface."""

    def __init__(self, canvas: Canvas, reach: float = 0.62) -> None:
        self._canvas, self._reach = canvas, reach
        self._haze = canvas.drifting(lambda p: canvas.cloud(p, 0.7, 3), "lamp", 0.8)

    def pool(self, look: Look, phase: float) -> np.ndarray:
        """Brightness [h, w], about 0..1."""
        angle = _TURN * phase
        x = self._canvas.aspect * (0.5 + 0.22 * math.tanh(1.5 * float(look.shape[0]))) + 0.05 * math.sin(angle)
        y = 0.36 + 0.10 * math.tanh(float(look.shape[1])) + 0.02 * math.cos(angle)
        distance = np.hypot(self._canvas.x - x, (self._canvas.y - y) * 1.1)
        return np.exp(-((distance / self._reach) ** 1.7)) * (1.0 + 0.07 * np.tanh(self._haze.at(phase)))


class Brick:
    """A brick wall in raking light."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas, self._lamp = canvas, Lamp(canvas)
        rows = 15
        v = canvas.y * rows
        row = np.floor(v)
        u = canvas.x * rows / 2.7 + 0.5 * (row % 2) + 0.01 * canvas.noise("wobble", 0.05)
        column = np.floor(u)
        chosen = canvas.draw("bricks").standard_normal((64, 128)).astype(np.float32)
        self._tint = chosen[row.astype(int) % 64, column.astype(int) % 128]
        edge = np.minimum(np.minimum(u - column, 1 - u + column) * 2.7, np.minimum(v - row, 1 - v + row))
        self._mortar = soften(1.0 - smooth(0.05, 0.14, edge + 0.012 * canvas.noise("edge", 0.012)), 0.0018)
        self._grain = canvas.cloud("grain", 0.02, 4, 1.3, 0.75)
        self._stain = canvas.cloud("stain", 0.4, 4)
        self._relief = soften(np.clip((sample(self._mortar, 0.003, 0.004) - self._mortar), -1, 1), 0.001)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        base = np.stack([look.lit(158, 82, 62, 0.4), look.lit(122, 62, 52, 0.4)])
        body = mix(base[0], look.accent * float(look.ambient), 0.10 + 0.45 * _painted(look))
        other = mix(base[1], look.accent * 0.7 * float(look.ambient), 0.10 + 0.45 * _painted(look))
        share = np.clip(0.5 + 0.35 * self._tint, 0.0, 1.0)[..., None]
        picture = body + share * (other - body)
        picture = picture * (1.0 + 0.07 * self._grain + 0.05 * self._stain)[..., None]
        mortar = mix(look.lit(168, 156, 144, 0.4), body, 0.35) * 0.82
        picture = picture + self._mortar[..., None] * (mortar - picture) * 0.8
        picture = picture * (1.0 + 0.55 * self._relief)[..., None]
        pool = self._lamp.pool(look, phase)
        picture = picture * (0.46 + 0.95 * pool)[..., None]
        picture = add_light(np.clip(picture, 0, None), look.light, (0.16 * pool * look.glow).astype(np.float32))
        return soften(sample(picture.astype(np.float32), *moved(phase, 0.003)), 0.0022)


def _painted(look: Look) -> float:
    """How far a surface takes the accent colour instead of its own, 0..1."""
    return float(np.clip(np.tanh(look.shape[5]) * 0.5, 0.0, 0.5))


class Wood:
    """Wooden boards."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas, self._lamp = canvas, Lamp(canvas)
        boards = 8
        v = canvas.y * boards
        board = np.floor(v).astype(int)
        chosen = canvas.draw("boards").random((boards + 1, 4)).astype(np.float32)
        self._tint = np.broadcast_to(chosen[board, 0] - 0.5, canvas.shape)
        shift = chosen[board, 1] * 7.0
        bend = canvas.cloud("bend", 0.35, 3, 5.0)
        rings = np.sin((v - board) * 9.0 + shift * 3 + 2.4 * bend + np.sin(canvas.x * 2.2 + shift) * 1.6)
        fine = canvas.cloud("fine", 0.012, 3, 14.0, 0.8)
        self._grain = 0.5 * rings + 0.65 * fine
        gap = np.minimum(v - board, 1 - v + board)
        self._gap = soften(np.broadcast_to(1.0 - smooth(0.008, 0.045, gap), canvas.shape).copy(), 0.0012)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        light = mix(look.lit(186, 134, 88, 0.45), look.accent * look.ambient, 0.6 * _painted(look))
        dark = mix(look.lit(112, 72, 46, 0.4), look.accent * 0.5 * look.ambient, 0.6 * _painted(look))
        share = np.clip(0.5 + 0.22 * self._grain + 0.5 * self._tint, 0.0, 1.0)[..., None]
        picture = dark + share * (light - dark)
        picture = picture * (1.0 - 0.72 * self._gap)[..., None]
        pool = self._lamp.pool(look, phase)
        picture = picture * (0.50 + 0.80 * pool)[..., None]
        picture = add_light(picture, look.light, (0.14 * pool * look.glow).astype(np.float32))
        return soften(sample(picture.astype(np.float32), *moved(phase, 0.003)), 0.0020)


class Curtain:
    """Heavy cloth in folds that breathe."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas, self._lamp = canvas, Lamp(canvas, 0.75)
        self._sway = canvas.drifting(
            lambda p: canvas.line(p, 0.45, 2, 0.4) + 0.25 * canvas.noise(p + "/2", 0.8), "sway", 0.55
        )
        self._widths = np.cumsum(1.0 + 0.38 * np.tanh(canvas.line("widths", 0.25, 2)), axis=1) / canvas.height
        self._cloth = canvas.cloud("cloth", 0.008, 2, 0.4)
        self._down = canvas.cloud("down", 0.06, 3, 0.06)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        y = self._canvas.y
        place = _TURN * 6.2 * self._widths + (0.45 + 0.45 * y) * self._sway.at(phase) + 0.05 * self._down
        fold = 0.5 + 0.36 * np.sin(place) + 0.14 * np.sin(2.1 * place + 1.0)
        sheen = np.clip(fold, 0.0, 1.0) ** 1.4
        t = np.clip(sheen + 0.012 * self._cloth, 0.0, 1.0)
        picture = gradient(
            t, [(0.0, look.shade), (0.35, look.top), (0.8, look.middle), (1.0, mix(look.middle, look.low, 0.6))]
        )
        pool = self._lamp.pool(look, phase)
        picture = picture * (0.45 + 0.75 * pool)[..., None]
        return soften(add_light(picture, look.light, (0.10 * pool * sheen).astype(np.float32)), 0.0025)


class Glow:
    """A studio backdrop with a pool of light."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas, self._lamp = canvas, Lamp(canvas, 0.72)
        self._muslin = canvas.cloud("muslin", 0.16, 5, 1.2, 0.6)
        self._second = canvas.drifting(lambda p: canvas.cloud(p, 0.9, 2), "second", 0.8)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        pool = np.clip(self._lamp.pool(look, phase) + 0.010 * self._muslin, 0.0, 1.15)
        picture = gradient(
            pool,
            [
                (0.0, mix(look.top, look.shade, 0.35)),
                (0.35, look.top),
                (0.75, look.middle),
                (1.1, mix(look.middle, look.low, 0.75)),
            ],
        )
        side = smooth(-0.4, 2.2, self._second.at(phase)) * 0.08
        return soften(add_light(picture, look.accent, side), 0.004)
