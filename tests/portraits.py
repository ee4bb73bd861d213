"""Portraits that the tests draw: faces by a few soft shapes, enough for a face tracker, free of anybody's rights."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["PORTRAITS", "Drawn", "draw_portrait"]

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Drawn:
    """What a drawn person looks like. ``size``: width and height of the picture; ``scale``: of the person in it."""

    skin: Colour = (224, 178, 150)
    hair: Colour = (70, 45, 30)
    lips: Colour = (178, 84, 80)
    clothes: Colour = (52, 74, 120)
    behind: Colour = (196, 204, 210)
    tilt: float = 0.0
    gap: float = 0.0
    smile: float = 0.0
    moustache: bool = False
    spectacles: bool = False
    long_hair: bool = False
    grey: bool = False
    size: tuple[int, int] = (512, 512)
    scale: float = 1.0


PORTRAITS = {
    "woman": Drawn(long_hair=True, lips=(190, 70, 80)),
    "man": Drawn(skin=(214, 166, 136), hair=(40, 34, 30), moustache=True, clothes=(60, 60, 66)),
    "dark skin": Drawn(skin=(112, 72, 52), hair=(24, 18, 16), lips=(128, 64, 60), clothes=(190, 160, 60)),
    "light skin, smiling": Drawn(skin=(244, 208, 190), hair=(196, 150, 84), smile=0.05, long_hair=True, gap=0.09),
    "spectacles": Drawn(spectacles=True, clothes=(40, 90, 80)),
    "tilted": Drawn(tilt=15.0, hair=(120, 60, 30)),
    "black and white": Drawn(grey=True),
    "small": Drawn(size=(640, 480), scale=0.5),
    "large": Drawn(size=(1500, 1800), scale=3.2, long_hair=True, hair=(90, 60, 40)),
}


class _Canvas:
    """Antialiased shapes in units of one eighth of the picture's drawing size, blurred a little like skin."""

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn
        width, height = drawn.size
        self.pixels = np.empty((height, width, 3), np.float32)
        self.pixels[:] = drawn.behind
        shade = np.linspace(1.06, 0.86, height, dtype=np.float32)[:, None, None]
        self.pixels *= shade
        angle = np.radians(drawn.tilt)
        unit = 64.0 * drawn.scale
        self._turn = unit * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        self._centre = np.array([width / 2, height * 0.46])
        self._unit = unit

    def points(self, points: np.ndarray) -> np.ndarray:
        """Pixels of points [n, 2] in units from the middle of the face."""
        return np.asarray(points, float) @ self._turn.T + self._centre

    def polygon(self, points: np.ndarray, colour: Colour, soft: float = 0.02, strength: float = 1.0) -> None:
        """Fill a polygon; its edge is ``soft`` units wide."""
        mask = np.zeros(self.pixels.shape[:2], np.float32)
        fixed = np.round(self.points(points) * 16).astype(np.int32)
        cv2.fillPoly(mask, [fixed], (1.0,), cv2.LINE_AA, 4)
        sigma = max(0.5, soft * self._unit)
        mask = cv2.GaussianBlur(mask, (0, 0), sigma)[..., None] * strength
        self.pixels += mask * (np.array(colour, np.float32) - self.pixels)

    def keep_inside(self, points: np.ndarray, before: np.ndarray) -> None:
        """Undo outside the polygon what was drawn since ``before``."""
        mask = np.zeros(self.pixels.shape[:2], np.float32)
        cv2.fillPoly(mask, [np.round(self.points(points) * 16).astype(np.int32)], (1.0,), cv2.LINE_AA, 4)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.03 * self._unit))[..., None]
        self.pixels = before + mask * (self.pixels - before)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, soft: float = 0.02,
                strength: float = 1.0) -> None:  # fmt: skip
        """Fill an ellipse."""
        t = np.linspace(0, 2 * np.pi, 90)
        self.polygon(np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1), colour, soft, strength)

    def curve(
        self, points: np.ndarray, width: float, colour: Colour, soft: float = 0.02, strength: float = 1.0
    ) -> None:
        """A stroke ``width`` units wide along ``points``."""
        points = np.asarray(points, float)
        along = np.gradient(points, axis=0)
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        taper = np.sin(np.linspace(0.25, np.pi - 0.25, len(points)))[:, None]
        sides = (points + normal * width / 2 * taper, points - normal * width / 2 * taper)
        self.polygon(np.concatenate([sides[0], sides[1][::-1]]), colour, soft, strength)


def _shaded(colour: Colour, factor: float) -> Colour:
    return tuple(int(np.clip(c * factor, 0, 255)) for c in colour)  # type: ignore[return-value]


def draw_portrait(drawn: Drawn) -> np.ndarray:
    """The picture of ``drawn``, uint8 [h, w, 3]."""
    canvas = _Canvas(drawn)
    _body(canvas, drawn)
    _head(canvas, drawn)
    for side in (-1.0, 1.0):
        _eye(canvas, drawn, side)
    _nose(canvas, drawn)
    _mouth(canvas, drawn)
    if drawn.spectacles:
        _spectacles(canvas)
    noise = np.random.default_rng(7).normal(0, 2.0, canvas.pixels.shape[:2])[..., None]
    pixels = np.clip(cv2.GaussianBlur(canvas.pixels, (0, 0), 0.6 * max(1.0, drawn.scale)) + noise, 0, 255)
    if drawn.grey:
        pixels[:] = (pixels @ [0.2126, 0.7152, 0.0722])[..., None]
    return pixels.astype(np.uint8)


def _body(canvas: _Canvas, drawn: Drawn) -> None:
    hair = drawn.hair
    if drawn.long_hair:
        canvas.ellipse(0, 0.25, 1.78, 2.35, hair, 0.05)
    neck = [(-0.62, 1.1), (0.62, 1.1), (0.72, 2.5), (-0.72, 2.5)]
    canvas.polygon(np.array(neck), _shaded(drawn.skin, 0.80), 0.05)
    t = np.linspace(0, np.pi, 60)
    shoulders = np.stack([-2.9 * np.cos(t), 4.9 - 2.65 * np.sin(t) ** 0.8], axis=1)
    canvas.polygon(np.concatenate([shoulders, [[3.2, 9.0], [-3.2, 9.0]]]), drawn.clothes, 0.03)
    canvas.ellipse(0, 2.25, 0.75, 0.35, _shaded(drawn.skin, 0.82), 0.05)


def _head(canvas: _Canvas, drawn: Drawn) -> None:
    skin, hair = drawn.skin, drawn.hair
    canvas.ellipse(0, -0.55, 1.52, 1.75, hair, 0.04)
    for side in (-1, 1):
        canvas.ellipse(1.33 * side, 0.08, 0.17, 0.34, _shaded(skin, 0.86), 0.03)
    t = np.linspace(0, 2 * np.pi, 120)
    jaw = 1 - 0.20 * np.clip(np.sin(t), 0, 1) ** 2
    outline = np.stack([1.30 * np.cos(t) * jaw, 1.72 * np.sin(t) + 0.02], axis=1)
    canvas.polygon(outline, skin, 0.03)
    around = canvas.pixels.copy()
    canvas.ellipse(-0.42, -0.5, 0.6, 0.6, _shaded(skin, 1.08), 0.35, 0.55)
    for side in (-1, 1):
        canvas.ellipse(0.95 * side, 0.45, 0.35, 0.8, _shaded(skin, 0.84), 0.22, 0.7)
        canvas.ellipse(0.68 * side, 0.55, 0.26, 0.22, (*_shaded(skin, 1.0)[:1], *_shaded(skin, 0.84)[1:]), 0.15, 0.5)
    canvas.ellipse(0, 1.72, 0.7, 0.14, _shaded(skin, 0.78), 0.10, 0.6)
    canvas.keep_inside(outline, around)
    fringe = [(-1.32, 0.0), (-1.40, -0.9), (-0.9, -1.75), (0.2, -1.98), (1.1, -1.55), (1.42, -0.7), (1.32, 0.0),
              (1.12, -0.75), (0.6, -1.22), (-0.1, -1.12), (-0.8, -1.02), (-1.14, -0.6)]  # fmt: skip
    canvas.polygon(np.array(fringe), hair, 0.04)


def _eye(canvas: _Canvas, drawn: Drawn, side: float) -> None:
    x, y, skin = 0.53 * side, -0.18, drawn.skin
    canvas.ellipse(x, y - 0.02, 0.40, 0.24, _shaded(skin, 0.80), 0.10, 0.7)
    t = np.linspace(-1, 1, 40)
    top = np.stack([x + 0.30 * t, y - 0.145 * (1 - t**2) ** 0.8 + 0.01 * t * side], axis=1)
    bottom = np.stack([x + 0.30 * t, y + 0.09 * (1 - t**2)], axis=1)
    outline = np.concatenate([top, bottom[::-1]])
    canvas.polygon(outline, (238, 234, 230), 0.008)
    canvas.ellipse(x, y - 0.03, 0.125, 0.125, (84, 62, 44), 0.008)
    canvas.ellipse(x, y - 0.03, 0.06, 0.06, (14, 12, 12), 0.008)
    canvas.ellipse(x - 0.035, y - 0.07, 0.024, 0.024, (250, 250, 250), 0.006)
    canvas.curve(top, 0.075, (34, 24, 22), 0.010)
    canvas.curve(bottom, 0.028, _shaded(skin, 0.62), 0.012)
    canvas.curve(top - [0, 0.09], 0.035, _shaded(skin, 0.66), 0.02)
    arch = np.stack([x + 0.40 * t, y - 0.46 - 0.09 * (1 - t**2) + 0.05 * t * side], axis=1)
    canvas.curve(arch, 0.13, _shaded(drawn.hair, 0.9), 0.02)


def _nose(canvas: _Canvas, drawn: Drawn) -> None:
    skin = drawn.skin
    canvas.polygon(np.array([(0.06, -0.25), (0.17, 0.48), (0.05, 0.56)]), _shaded(skin, 0.82), 0.07, 0.8)
    canvas.ellipse(-0.03, 0.42, 0.13, 0.13, _shaded(skin, 1.08), 0.07, 0.8)
    for side in (-1, 1):
        canvas.ellipse(0.19 * side, 0.52, 0.10, 0.09, _shaded(skin, 0.84), 0.04)
        canvas.ellipse(0.105 * side, 0.585, 0.065, 0.032, _shaded(skin, 0.36), 0.018)
    canvas.ellipse(0, 0.66, 0.20, 0.05, _shaded(skin, 0.76), 0.05, 0.8)


def _mouth(canvas: _Canvas, drawn: Drawn) -> None:
    t = np.linspace(-1, 1, 60)
    lift = -1.6 * drawn.smile * t**2
    half = 0.44 + 1.2 * drawn.smile
    x, line = half * t, 0.98 + 1.06 * lift
    opening = 0.5 * drawn.gap * 1.06 * (1 - t**2)
    bow = 0.105 * (1 - np.abs(t) ** 2.2) * (1 - 0.22 * np.exp(-((t / 0.16) ** 2)))
    under = 0.135 * (1 - np.abs(t) ** 2.4)
    upper, lower = line - opening, line + opening
    canvas.ellipse(0, 1.24, 0.30, 0.05, _shaded(drawn.skin, 0.76), 0.05, 0.8)
    ring = lambda a, b: np.concatenate([np.stack([x, a], axis=1), np.stack([x, b], axis=1)[::-1]])  # noqa: E731
    canvas.polygon(ring(upper - bow, lower), _shaded(drawn.lips, 0.88), 0.012)
    canvas.polygon(ring(upper, lower + under), drawn.lips, 0.012)
    canvas.ellipse(0, float(lower[30]) + 0.07, 0.16, 0.025, _shaded(drawn.lips, 1.25), 0.03, 0.7)
    if drawn.gap:
        canvas.polygon(ring(upper, lower), (60, 26, 26), 0.008)
        canvas.polygon(ring(upper, upper + (lower - upper) * 0.8), (232, 226, 214), 0.008)
    else:
        canvas.curve(np.stack([x, line], axis=1), 0.026, _shaded(drawn.lips, 0.42), 0.010)
    if drawn.moustache:
        hairs = np.stack([0.52 * t, 0.80 + 0.10 * t**2], axis=1)
        canvas.curve(hairs, 0.17, drawn.hair, 0.03)


def _spectacles(canvas: _Canvas) -> None:
    t = np.linspace(0, 2 * np.pi, 90)
    for side in (-1, 1):
        outer = np.stack([0.56 * side + 0.47 * np.cos(t), -0.14 + 0.36 * np.sin(t)], axis=1)
        inner = np.stack([0.56 * side + 0.40 * np.cos(t), -0.14 + 0.29 * np.sin(t)], axis=1)
        canvas.polygon(np.concatenate([outer, inner[::-1]]), (16, 16, 18), 0.008)
    canvas.polygon(np.array([(-0.13, -0.24), (0.13, -0.24), (0.13, -0.14), (-0.13, -0.14)]), (16, 16, 18), 0.008)
