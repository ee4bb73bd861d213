"""Families with water: ocean, beach, underwater, rain on a window."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np

from motion.scenes.canvas import (
    Canvas,
    add_light,
    blend,
    gradient,
    mix,
    sample,
    smooth,
    soften,
    splat,
)
from motion.scenes.sky import Sky, moved
from motion.scenes.tones import Look

__all__ = ["Beach", "Ocean", "Rain", "Underwater"]

_TURN = 2.0 * math.pi


class Waves:
    """Slopes of a sea seen in perspective from its horizon down; every wave makes whole turns in a loop."""

    def __init__(self, canvas: Canvas, rows: int, count: int = 16) -> None:
        self.rows = rows
        draw = canvas.draw("waves")
        depth = (np.arange(rows, dtype=np.float32) + 0.7)[:, None] / rows
        far = 1.0 / (depth + 0.012)
        across = (canvas.x - canvas.aspect / 2) * far
        row_step = np.abs(np.gradient(far[:, 0]))[:, None]
        self._waves: list[tuple[np.ndarray, np.ndarray, int]] = []
        for i in range(count):
            length = 1.5 * 0.78**i * draw.uniform(0.8, 1.2)
            heading = draw.normal(0.0, 0.5)
            kx, kz = _TURN / length * math.sin(heading) * 0.8, _TURN / length * math.cos(heading)
            fade = np.exp(-((np.abs(kz) * row_step / 1.8) ** 2)) * np.exp(-((abs(kx) * far / canvas.height / 1.8) ** 2))
            turns = max(2, min(9, round(2.6 * math.sqrt(1.5 / length))))
            place = (kx * across + kz * far + draw.uniform(0, _TURN)) % _TURN
            self._waves.append((place.astype(np.float32), (fade * length**0.12).astype(np.float32), turns))

    def slope(self, phase: float) -> np.ndarray:
        """Slope [rows, w], about unit deviation near the viewer, calmer far away."""
        total = np.zeros_like(self._waves[0][0])
        for place, strength, turns in self._waves:
            total += strength * np.cos(place + _TURN * turns * phase)
        return total * (1.6 / math.sqrt(len(self._waves)))


class Ocean:
    """Open sea under a sky, with the light's road on the water."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._horizon = round(canvas.height * (0.50 + 0.05 * canvas.draw("horizon").uniform(-1, 1)))
        self._waves = Waves(canvas, canvas.height - self._horizon)
        self._patches = canvas.drifting(lambda p: canvas.cloud(p, 0.25, 3, 6.0), "patches", 0.7)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas, top = self._canvas, self._horizon
        horizon = top / canvas.height
        picture = self._sky.draw(look, phase, horizon)
        slope = self._waves.slope(phase)
        depth = ((np.arange(self._waves.rows, dtype=np.float32) + 0.5) / self._waves.rows)[:, None]
        sea = self._reflection(picture, slope, depth)
        deep = mix(look.lit(16, 62, 86, 0.2), look.shade, 0.25)
        patch = 0.10 * np.tanh(self._patches.at(phase)[top:])
        mirror = np.clip(0.86 - 0.52 * depth**0.6 - 0.16 * slope * (0.4 + 0.6 * depth) + patch, 0.12, 0.95)
        sea = deep + mirror[..., None] * (sea - deep)
        sea = self._road(sea, look, slope, depth, self._sky.sun(look, horizon)[0])
        line = np.exp(-depth / 0.03)
        out = picture.copy()
        out[top:] = blend(sea, look.low, (line * 0.55 * look.haze).astype(np.float32))
        return soften(out, 0.0012)

    def _reflection(self, sky: np.ndarray, slope: np.ndarray, depth: np.ndarray) -> np.ndarray:
        rows = self._waves.rows
        columns = cv2.GaussianBlur(sky[: self._horizon], (0, 0), sigmaX=0.05 * sky.shape[0], sigmaY=0.01 * sky.shape[0])
        source_y = self._horizon - 2 - depth * self._horizon * 0.85 - np.abs(slope) * (4.0 + 20.0 * depth) * rows / 180
        x = np.arange(sky.shape[1], dtype=np.float32)[None, :] + slope * (2.0 + 12.0 * depth) * rows / 180
        y = np.clip(source_y, 0, self._horizon - 1).astype(np.float32)
        return cv2.remap(columns, x.astype(np.float32), y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)

    def _road(self, sea: np.ndarray, look: Look, slope: np.ndarray, depth: np.ndarray, sun_x: float) -> np.ndarray:
        off = (self._canvas.x - sun_x) / (0.055 + 0.20 * depth)
        road = np.exp(-(off**2)) * (0.35 + 0.65 * np.exp(-depth / 0.55))
        glints = smooth(0.15, 1.7, slope + 0.6 * road) ** 1.5
        base = 0.32 * road * (1.0 - 0.6 * depth)
        strength = min(1.0, 0.30 + 0.9 * look.glow) * (1.0 - 0.75 * float(smooth(0.6, 0.9, np.array(look.clouds))))
        return add_light(
            sea,
            mix(look.light, np.ones(3, np.float32), 0.25),
            (strength * (base + 1.1 * road * glints)).astype(np.float32),
        )


class Beach:
    """Turquoise water running up a bright sand; palm leaves above, out of focus."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._horizon = 0.42
        self._waves = Waves(canvas, canvas.height - round(0.42 * canvas.height), 14)
        self._shore = canvas.line("shore", 0.9, 3)
        self._lace = canvas.drifting(lambda p: canvas.cloud(p, 0.09, 4, 3.0), "lace", 1.0, 2)
        self._sand = canvas.cloud("sand", 0.05, 4, 2.5)
        self._dunes = canvas.cloud("dunes", 0.3, 3, 3.0)
        self._palm = _palm_leaves(canvas)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        picture = self._sky.draw(look, phase, self._horizon)
        top = round(self._horizon * canvas.height)
        shore = 0.74 + 0.022 * self._shore + 0.035 * (canvas.x / canvas.aspect - 0.5)
        wash = 0.012 * math.sin(_TURN * 2 * phase) + 0.006 * math.sin(_TURN * 3 * phase + 1.0)
        picture = self._sand_ground(picture, look, shore + wash)
        depth = np.clip((canvas.y[top:] - self._horizon) / (shore - self._horizon), 0.0, 1.0)
        far, near = mix(look.lit(14, 92, 140), look.middle, 0.25), mix(look.lit(96, 214, 204), look.low, 0.2)
        water = gradient(
            depth, [(0.0, far), (0.45, look.lit(28, 148, 176)), (0.85, near), (1.0, look.lit(190, 232, 214))]
        )
        slope = self._waves.slope(phase)
        water = water * (1.0 + 0.085 * slope * (1.0 - 0.5 * depth))[..., None]
        water = add_light(water, look.light, 0.55 * look.glow * smooth(1.2, 2.4, slope) * (1.0 - depth))
        edge = 1.0 - smooth(-0.004, 0.004, canvas.y[top:] - shore - wash)
        out = picture.copy()
        out[top:] = blend(picture[top:], water, edge)
        out = self._foam(out, look, phase, shore + wash)
        out = soften(out, 0.0025)
        return blend(out, look.lit(26, 58, 30, 0.2), sample(self._palm, *moved(2 * phase, 0.006)))

    def _sand_ground(self, picture: np.ndarray, look: Look, shore: np.ndarray) -> np.ndarray:
        below = self._canvas.y - shore
        sand = look.lit(240, 219, 178, 0.5)
        wet = look.lit(186, 158, 118, 0.3)
        texture = 1.0 + 0.022 * self._sand + 0.035 * self._dunes
        ground = (wet + smooth(0.005, 0.10, below)[..., None] * (sand - wet)) * texture[..., None]
        return blend(picture, ground.astype(np.float32), smooth(-0.05, -0.01, below))

    def _foam(self, picture: np.ndarray, look: Look, phase: float, shore: np.ndarray) -> np.ndarray:
        canvas, lace = self._canvas, self._lace.at(phase)
        white = mix(look.lit(255, 255, 255, 0.5), look.low, 0.15)
        out = picture
        for offset, width, strength in ((0.0, 0.012, 0.95), (-0.055, 0.010, 0.55), (-0.125, 0.006, 0.35)):
            swing = 0.012 * math.sin(_TURN * 2 * phase + 30 * offset)
            line = canvas.y - shore - offset * 1.0 - swing + 0.007 * lace
            mask = np.exp(-((line / width) ** 2)) * smooth(-1.0, 0.6, lace) * strength
            out = blend(out, white, mask.astype(np.float32))
        return out


def _palm_leaves(canvas: Canvas) -> np.ndarray:
    """Mask [h, w] of two blurred palm leaves in an upper corner."""
    draw = canvas.draw("palm")
    mask = np.zeros(canvas.shape, np.uint8)
    right = draw.random() < 0.5
    for k in range(3):
        start = np.array([canvas.aspect * 1.04, -0.06 + 0.05 * k])
        angle = math.pi * (0.99 - 0.19 * k) + draw.normal(0, 0.04)
        length = draw.uniform(0.45, 0.62)
        t = np.linspace(0.0, 1.0, 34)
        spine = start + length * np.stack([np.cos(angle) * t, np.sin(angle) * t + 0.38 * t**2], axis=1)
        for i in range(2, 34, 2):
            along = spine[i] - spine[i - 1]
            along /= np.hypot(*along)
            for side in (-1.0, 1.0):
                tip = spine[i] + 0.17 * math.sin(math.pi * t[i] ** 0.8 + 0.12) * (
                    0.75 * along + side * 0.6 * np.array([-along[1], along[0]]) + np.array([0, 0.35])
                )
                base = 0.0065 * along
                leaf = np.array([spine[i] - base, tip, spine[i] + base]) * canvas.height
                cv2.fillPoly(mask, [np.round(leaf * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    picture = mask.astype(np.float32) / 255.0
    return soften(picture if right else picture[:, ::-1].copy(), 0.006)


class Underwater:
    """Light from the surface falling through deep water."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        draw = canvas.draw("source")
        self._source = canvas.aspect * (0.5 + 0.3 * draw.uniform(-1, 1))
        angle = np.arctan2(canvas.x - self._source, canvas.y + 0.32)
        self._rays = [
            canvas.drifting(functools.partial(_by_angle, canvas, angle, scale), f"rays{i}", 0.9, i + 1)
            for i, scale in enumerate((0.10, 0.045))
        ]
        self._caustics = [
            canvas.drifting(lambda p: canvas.cloud(p, 0.07, 3, 3.2), f"caustic{i}", 1.1, 2) for i in range(2)
        ]
        self._floor = [canvas.line(f"floor{i}", 0.5, 6, 0.55) for i in range(2)]
        self._bits = canvas.draw("bits").random((46, 5))
        self._murk = canvas.drifting(lambda p: canvas.cloud(p, 0.5, 3), "murk", 0.7)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        t = np.clip(canvas.y * 0.92 + 0.10 * np.abs(canvas.x - self._source) + 0.035 * self._murk.at(phase), 0, 1.2)
        picture = gradient(
            t, [(0.0, look.low), (0.16, look.middle), (0.6, look.top), (1.1, mix(look.shade, look.top, 0.35))]
        )
        fade = np.exp(-canvas.y / 0.42)
        rays = smooth(-0.1, 1.9, self._rays[0].at(phase)) * 0.8 + smooth(0.2, 2.0, self._rays[1].at(phase)) * 0.45
        picture = add_light(picture, look.light, (rays * fade * 0.62).astype(np.float32))
        net = 1.0 - np.abs(self._caustics[0].at(phase)) * 0.9 - np.abs(self._caustics[1].at(phase)) * 0.5
        picture = add_light(
            picture, look.light, (smooth(0.2, 1.0, net) * np.exp(-canvas.y / 0.10) * 0.55).astype(np.float32)
        )
        picture = soften(picture, 0.004)
        for i, floor in enumerate(self._floor):
            line = 0.93 - 0.07 * (1 - i) - 0.035 * floor
            picture = blend(
                picture,
                mix(look.shade, look.top, 0.5 - 0.35 * i),
                smooth(-0.012, 0.012, canvas.y - line) * (0.55 + 0.35 * i),
            )
        return self._particles(soften(picture, 0.003), look, phase)

    def _particles(self, picture: np.ndarray, look: Look, phase: float) -> np.ndarray:
        mask = self._canvas.blank()
        for x, y, size, glow, start in self._bits:
            rise = (y - phase + start) % 1.0
            sway = 0.02 * math.sin(_TURN * (phase * 2 + start))
            splat(
                mask,
                x * self._canvas.aspect * 1.05 + sway,
                rise * 1.15 - 0.05,
                0.002 + 0.010 * size**3,
                0.10 + 0.25 * glow,
                0.7,
            )
        return add_light(picture, look.light, mask * (1.0 - 0.5 * self._canvas.y))


def _by_angle(canvas: Canvas, angle: np.ndarray, scale: float, purpose: str) -> np.ndarray:
    count = max(6, round(3.2 / scale))
    knots = canvas.draw(purpose).standard_normal((1, count)).astype(np.float32)
    dense = cv2.resize(knots, (1024, 1), interpolation=cv2.INTER_CUBIC)[0]
    return np.interp(angle, np.linspace(-1.6, 1.6, 1024), dense / max(float(dense.std()), 1e-6)).astype(np.float32)


class Rain:
    """City lights behind a window with running drops."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        draw = canvas.draw("lights")
        self._lights = draw.random((54, 6))
        self._haze = canvas.drifting(lambda p: canvas.cloud(p, 0.5, 3), "haze", 0.7)
        self._drops, self._lens = _drops(canvas)
        self._runs = canvas.draw("runs").random((9, 4))

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        t = np.clip(canvas.y + 0.07 * self._haze.at(phase), 0.0, 1.0)
        picture = (
            gradient(
                t, [(0.0, mix(look.shade, look.top, 0.4)), (0.6, mix(look.top, look.middle, 0.35)), (1.0, look.shade)]
            )
            * 0.85
        )
        picture = self._bokeh(picture, look, phase)
        lens = self._lens.copy()
        drops = self._drops.copy()
        for x, speed, start, size in self._runs:
            place = (start + phase * (1 + int(speed * 2))) % 1.0
            _one_drop(lens, drops, (x * canvas.aspect, place * 1.25 - 0.12), 0.012 + 0.010 * size)
        rows, columns = np.mgrid[: canvas.height, : canvas.width].astype(np.float32)
        seen = cv2.remap(
            picture,
            columns - lens[..., 0] * 0.32 * canvas.height,
            rows - lens[..., 1] * 0.32 * canvas.height,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        cover = np.clip(drops, 0.0, 1.0)
        shaded = seen * (0.92 + 0.55 * np.clip(lens[..., 1], -0.8, 0.8))[..., None] + 0.03 * look.light
        return soften(blend(picture, shaded, cover), 0.0008)

    def _bokeh(self, picture: np.ndarray, look: Look, phase: float) -> np.ndarray:
        colours = (look.light, look.accent, look.low, look.middle, np.array([1.0, 0.72, 0.36], np.float32))
        masks = [self._canvas.blank() for _ in colours]
        for i, (x, y, size, glow, start, _) in enumerate(self._lights):
            pulse = 0.8 + 0.2 * math.sin(_TURN * (phase * (1 + i % 3) + start))
            drift = 0.02 * math.sin(_TURN * (phase + start))
            splat(
                masks[i % 5],
                x * self._canvas.aspect + drift,
                0.30 + 0.55 * y,
                0.022 + 0.045 * size,
                (0.2 + 0.6 * glow) * pulse,
                0.12,
                0.3,
            )
        for colour, mask in zip(colours, masks, strict=True):
            picture = add_light(picture, colour, mask * 0.8 + 0.35 * cv2.blur(mask, (41, 41)))
        return picture


def _drops(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Resting drops: cover [h, w] and the bend of light [h, w, 2]."""
    draw = canvas.draw("drops")
    cover, lens = canvas.blank(), np.zeros((*canvas.shape, 2), np.float32)
    for _ in range(round(190 * canvas.aspect)):
        place = (draw.random() * canvas.aspect, draw.random())
        _one_drop(lens, cover, place, 0.004 + 0.020 * draw.random() ** 3)
    return cover, lens


def _one_drop(lens: np.ndarray, cover: np.ndarray, place: tuple[float, float], radius: float) -> None:
    height, width = cover.shape
    cx, cy, r = place[0] * height, place[1] * height, max(radius * height, 1.0)
    left, right = max(0, int(cx - r - 2)), min(width, int(cx + r + 3))
    top, bottom = max(0, int(cy - 1.3 * r - 2)), min(height, int(cy + 1.3 * r + 3))
    if left >= right or top >= bottom:
        return
    dx = (np.arange(left, right, dtype=np.float32) - cx) / r
    dy = ((np.arange(top, bottom, dtype=np.float32) - cy) / (1.2 * r))[:, None]
    distance = np.sqrt(dx * dx + dy * dy)
    mask = np.clip((1.0 + 0.7 / r - distance) / (1.4 / r), 0.0, 1.0)
    bend = np.stack(np.broadcast_arrays(dx * distance, dy * distance), axis=-1) * mask[..., None]
    area = (slice(top, bottom), slice(left, right))
    lens[area] = lens[area] * (1.0 - mask[..., None]) + bend
    cover[area] = np.maximum(cover[area], mask)
