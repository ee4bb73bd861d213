"""Families of the city: skyline, neon street."""

from __future__ import annotations

import math

import cv2
import numpy as np

from motion.scenes.canvas import Canvas, add_light, blend, defocus, mix, smooth, soften, splat
from motion.scenes.sky import Sky
from motion.scenes.tones import Look

__all__ = ["Neon", "Skyline"]

_TURN = 2.0 * math.pi


class Skyline:
    """Towers in three depths over water, windows lit when it is dark."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._towers = [_towers(canvas, i) for i in range(3)]
        self._twinkle = canvas.drifting(lambda p: canvas.noise(p, 0.03), "twinkle", 1.3, 2)
        self._ripple = canvas.drifting(lambda p: canvas.cloud(p, 0.035, 3, 5.0), "ripple", 1.4, 3)
        self._shore = 0.80

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        picture = self._sky.draw(look, phase, 0.74)
        dark = 1.0 - smooth(0.3, 0.8, np.array(look.ambient))
        warm = np.array([1.0, 0.80, 0.52], np.float32)
        flicker = 0.82 + 0.18 * np.tanh(self._twinkle.at(phase))
        for i, (mask, faces, windows) in enumerate(self._towers):
            near = (i + 1) / 3
            body = mix(
                mix(look.low, look.middle, 0.45), mix(look.lit(86, 96, 112, 0.2), look.shade, 0.45), 0.12 + 0.82 * near
            )
            shaded = body * (0.84 + 0.32 * faces)[..., None]
            haze = (0.30 * look.haze * (1.2 - near) * smooth(0.45, 0.8, canvas.y))[..., None]
            shaded = shaded + haze * (look.low - shaded)
            picture = blend(picture, shaded.astype(np.float32), mask)
            lamps = 1.5 * windows * mask * flicker * (0.15 + 0.85 * float(dark)) * (0.35 + 0.65 * near)
            picture = add_light(picture, mix(warm, look.light, 0.25), np.minimum(lamps, 0.95))
        picture = defocus(picture, 0.0035, 2.0)
        return self._water(picture, look, phase)

    def _water(self, picture: np.ndarray, look: Look, phase: float) -> np.ndarray:
        canvas = self._canvas
        shore = round(self._shore * canvas.height)
        rows = canvas.height - shore
        near = np.arange(rows, dtype=np.float32)[:, None] / rows
        ripple = self._ripple.at(phase)[shore:]
        x = np.arange(canvas.width, dtype=np.float32)[None, :] + ripple * (1.0 + 5.0 * near)
        y = shore - 1 - np.arange(rows, dtype=np.float32)[:, None] * 2.2 + ripple * (3.0 + 9.0 * near)
        soft = cv2.GaussianBlur(picture, (0, 0), sigmaX=1.0, sigmaY=0.02 * canvas.height)
        mirror = cv2.remap(soft, x, y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        water = mirror * 0.72 + 0.18 * mix(look.shade, look.top, 0.5)
        out = picture.copy()
        out[shore:] = blend(picture[shore:], water.astype(np.float32), smooth(0.0, 0.03, near + 0 * canvas.x))
        return out


def _towers(canvas: Canvas, layer: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mask, face brightness 0..1 and window lights, each [h, w], of one depth."""
    draw = canvas.draw("towers", layer)
    mask, faces, windows = canvas.blank(), canvas.blank(0.5), canvas.blank()
    h = canvas.height
    x = -0.03
    while x < canvas.aspect + 0.02:
        wide = draw.uniform(0.035, 0.085) * (0.8 + 0.25 * layer)
        middle = 1.0 - 0.25 * math.exp(-(((x / canvas.aspect - 0.5) / 0.22) ** 2)) * (layer == 2)
        top = 0.80 - draw.gamma(3.2, 0.043) * (1.2 - 0.15 * layer) * middle - 0.045 * (2 - layer) - 0.04
        left, right, roof = round(x * h), round((x + wide) * h), round(max(top, 0.2 + 0.1 * wide) * h)
        left, right = max(left, 0), min(right, canvas.width)
        if right - left > 1:
            mask[roof:, left:right] = 1.0
            faces[roof:, left:right] = draw.uniform(0.25, 0.75)
            split = left + int((right - left) * draw.uniform(0.55, 0.8))
            faces[roof:, split:right] *= 0.6
            _light_windows(windows, draw, (left, right, roof, canvas.height), 0.009 + 0.003 * layer)
            if draw.random() < 0.22:
                mast = (left + right) // 2
                mask[max(0, roof - round(0.05 * h)) : roof, mast : mast + max(1, h // 300)] = 0.8
        x += wide * draw.uniform(0.75, 1.15)
    return mask, faces, windows


def _light_windows(
    windows: np.ndarray, draw: np.random.Generator, box: tuple[int, int, int, int], pitch: float
) -> None:
    left, right, top, bottom = box
    windows[top:, left:right] = 0.0
    step = max(3, round(pitch * windows.shape[0]))
    share = draw.uniform(0.15, 0.6)
    for row in range(top + step, bottom, step):
        for column in range(left + step // 2, right - step // 2, step):
            if draw.random() < share:
                windows[row : row + max(1, step // 2), column : column + max(1, step - 2)] = draw.uniform(0.2, 1.0)


class Neon:
    """A street at night: signs along both sides, wet ground, far lights."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._vanish = (canvas.aspect * (0.5 + 0.05 * canvas.draw("vanish").uniform(-1, 1)), 0.47)
        self._signs = [defocus(mask, 0.009, 1.6) for mask in self._sign_masks(canvas)]
        self._walls = soften(self._wall_shade(canvas), 0.006)
        self._lights = canvas.draw("lights").random((70, 6))
        self._wet = canvas.drifting(lambda p: canvas.cloud(p, 0.06, 4, 3.0), "wet", 0.5)
        self._steam = canvas.drifting(lambda p: canvas.cloud(p, 0.3, 4), "steam", 0.9)

    def _wall_shade(self, canvas: Canvas) -> np.ndarray:
        vx, vy = self._vanish
        side = np.abs(canvas.x - vx) / (canvas.aspect * 0.5)
        opening = np.abs(canvas.y - vy) / 0.6
        columns = 0.5 + 0.5 * np.sin(10.0 * np.log(side + 0.05) + 1.3)
        street = smooth(0.0, 0.35, side - 0.12 - 0.5 * opening * (canvas.y > vy))
        return (street * (0.5 + 0.3 * columns)).astype(np.float32)

    def _sign_masks(self, canvas: Canvas) -> list[np.ndarray]:
        draw = canvas.draw("signs")
        masks = [np.zeros(canvas.shape, np.uint8) for _ in range(4)]
        vx, vy = self._vanish
        for k in range(46):
            depth = 0.10 + 0.95 * draw.random() ** 1.2
            side = 1.0 if k % 2 else -1.0
            tall, wide = (0.30, 0.05) if draw.random() < 0.6 else (0.06, 0.16)
            up = draw.uniform(-0.02, 0.80)
            x = vx + side * depth * canvas.aspect * 0.5 * draw.uniform(0.85, 1.1)
            y = vy - depth * (0.05 + 0.5 * up)
            half = np.array([wide, tall]) * depth * draw.uniform(0.5, 1.1) * 0.5
            corners = np.array(
                [
                    [x - half[0], y - half[1]],
                    [x + half[0], y - half[1]],
                    [x + half[0], y + half[1]],
                    [x - half[0], y + half[1]],
                ]
            )
            corners[:, 1] += side * (corners[:, 0] - x) * (vy - y) * 0.35 / max(depth, 0.2) * -1.0
            points = [np.round(corners * canvas.height * 16).astype(np.int32)]
            if draw.random() < 0.45:
                cv2.fillPoly(masks[k % 4], points, int(draw.uniform(120, 230)), cv2.LINE_AA, 4)
            else:
                cv2.polylines(
                    masks[k % 4], points, True, 255, max(1, round(0.007 * depth * canvas.height)), cv2.LINE_AA, 4
                )
                for line in np.linspace(0.25, 0.75, 3):
                    ends = corners[0] * (1 - line) + corners[3] * line, corners[1] * (1 - line) + corners[2] * line
                    bar = [np.round(np.array(ends) * canvas.height * 16).astype(np.int32)]
                    cv2.polylines(
                        masks[k % 4], bar, False, 200, max(1, round(0.008 * depth * canvas.height)), cv2.LINE_AA, 4
                    )
        return [mask.astype(np.float32) / 255.0 for mask in masks]

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        vx, vy = self._vanish
        base = look.shade * 0.8 + 0.10 * look.top
        picture = (base * np.ones((*canvas.shape, 1), np.float32)).astype(np.float32)
        far = np.exp(-np.hypot((canvas.x - vx) * 0.8, (canvas.y - vy) * 1.4) / 0.22)
        picture = add_light(
            picture,
            mix(look.middle, look.accent, 0.3),
            (0.75 * far * (1.0 + 0.1 * np.tanh(self._steam.at(phase)))).astype(np.float32),
        )
        picture = picture + self._walls[..., None] * 0.10 * look.middle
        colours = (look.accent, look.middle, look.low, np.array([0.35, 0.75, 1.0], np.float32))
        for k, (mask, colour) in enumerate(zip(self._signs, colours, strict=True)):
            hum = 0.90 + 0.10 * math.sin(_TURN * (phase * (2 + k) + 0.3 * k))
            halo = cv2.GaussianBlur(mask, (0, 0), 0.045 * canvas.height)
            picture = add_light(picture, colour, mask * hum)
            picture = add_light(picture, mix(colour, np.ones(3, np.float32), 0.7), smooth(0.35, 1.0, mask) * 0.55 * hum)
            picture = add_light(picture, colour, halo * 1.3 * hum)
        picture = self._far_lights(picture, look, phase)
        return self._ground(picture, phase)

    def _far_lights(self, picture: np.ndarray, look: Look, phase: float) -> np.ndarray:
        masks = [self._canvas.blank() for _ in range(3)]
        vx, vy = self._vanish
        for i, (x, y, size, glow, start, depth) in enumerate(self._lights):
            near = (depth + (phase if i % 3 == 0 else 0.0)) % 1.0 if i % 3 == 0 else depth
            fade = math.sin(math.pi * near) if i % 3 == 0 else 0.8 + 0.2 * math.sin(_TURN * (phase * 2 + start))
            place = vx + (x - 0.5) * self._canvas.aspect * (0.1 + 0.9 * near), vy + (y - 0.62) * (0.06 + 0.55 * near)
            splat(masks[i % 3], *place, 0.008 + 0.030 * size * (0.3 + near), (0.15 + 0.5 * glow) * fade, 0.12, 0.35)
        for colour, mask in zip((look.light, look.accent, np.array([1.0, 0.7, 0.4], np.float32)), masks, strict=True):
            picture = add_light(picture, colour, mask * 0.8)
        return picture

    def _ground(self, picture: np.ndarray, phase: float) -> np.ndarray:
        canvas = self._canvas
        top = round(0.62 * canvas.height)
        rows = canvas.height - top
        near = np.arange(rows, dtype=np.float32)[:, None] / rows
        wet = self._wet.at(phase)[top:]
        soft = cv2.GaussianBlur(picture, (0, 0), sigmaX=0.006 * canvas.height, sigmaY=0.05 * canvas.height)
        x = np.arange(canvas.width, dtype=np.float32)[None, :] + wet * 6.0 * near
        y = top - 1 - np.arange(rows, dtype=np.float32)[:, None] * 1.5 + wet * 5.0 * near
        mirror = cv2.remap(soft, x, y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        sheen = np.clip(0.66 + 0.05 * wet - 0.22 * near, 0.1, 0.9)[..., None]
        out = picture.copy()
        share = smooth(0.0, 0.22, near + 0 * canvas.x)
        out[top:] = blend(picture[top:], (mirror * sheen).astype(np.float32), share)
        return soften(out, 0.0015)
