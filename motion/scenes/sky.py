"""Sky, sun, clouds and stars, and the families that are mostly sky: clouds, aurora, nebula."""

from __future__ import annotations

import math

import cv2
import numpy as np

from motion.scenes.canvas import Canvas, add_light, blend, gradient, mix, ridge, sample, smooth, soften, splat
from motion.scenes.tones import Look

__all__ = ["Aurora", "Clouds", "Nebula", "Sky", "moved"]

_TURN = 2.0 * math.pi


def moved(phase: float, amount: float, start: float = 0.0) -> tuple[float, float]:
    """A slow closed move: (dx, dy) in heights."""
    angle = _TURN * (phase + start)
    return amount * math.sin(angle), 0.35 * amount * math.cos(angle)


class Sky:
    """The sky above ``horizon`` with clouds lit by the sun; shared by every outdoor scene."""

    def __init__(self, canvas: Canvas, cloud_scale: float = 0.34) -> None:
        self._canvas = canvas
        self.side = float(canvas.draw("side").choice([-1.0, 1.0]))
        self._clouds = canvas.drifting(lambda p: canvas.cloud(p, cloud_scale, 6, 2.2, 0.58), "clouds", 0.55)
        self._stars = _star_field(canvas, "stars", 260)
        self._twinkle = canvas.drifting(lambda p: canvas.noise(p, 0.08), "twinkle", 1.2, 3)

    def sun(self, look: Look, horizon: float) -> tuple[float, float]:
        """Place of the sun or moon in heights: it keeps off the middle, where the speaker is."""
        x = self._canvas.aspect * (0.5 + 0.26 * self.side + 0.025 * float(look.shape[1]))
        high = 0.55 - 0.39 * _step(0.4, 0.6, look.glow)
        return x, horizon * (1.0 - high - 0.08 * float(np.tanh(look.shape[2])))

    def draw(self, look: Look, phase: float, horizon: float) -> np.ndarray:
        """The whole picture as sky; what lies below the horizon is its haze."""
        canvas = self._canvas
        sun_x, sun_y = self.sun(look, horizon)
        t = np.broadcast_to(canvas.y / horizon, canvas.shape)
        picture = gradient(t, [(0.0, look.top), (0.55, look.middle), (0.98, look.low), (1.2, look.low)])
        distance = np.hypot(canvas.x - sun_x, (canvas.y - sun_y) * 1.15)
        wide = np.exp(-((distance / 0.55) ** 1.3)) * 0.62 * look.glow
        picture = add_light(picture, look.light, wide.astype(np.float32))
        if look.stars > 0.02:
            glitter = self._stars * (0.75 + 0.25 * np.tanh(self._twinkle.at(phase)))
            picture = add_light(picture, np.ones(3, np.float32), glitter * look.stars * (1.0 - smooth(0.5, 1.0, t)))
        picture = self._sun_disc(picture, look, distance)
        return self._cloudy(picture, look, phase, horizon, (sun_x, sun_y))

    def _sun_disc(self, picture: np.ndarray, look: Look, distance: np.ndarray) -> np.ndarray:
        seen = max(_step(0.42, 0.55, look.glow), _step(0.3, 0.7, look.stars)) * (1.0 - _step(0.6, 0.9, look.clouds))
        picture = add_light(
            picture, look.light, (0.5 * look.glow * np.exp(-distance / 0.16)).astype(np.float32) * (1.0 - seen)
        )
        radius = 0.032 + 0.020 * _step(0.42, 0.58, look.glow)
        halo = 0.75 * np.exp(-((distance / (radius * 2.6)) ** 1.1))
        white = mix(look.light, np.ones(3, np.float32), 0.6)
        picture = add_light(picture, look.light, (halo * seen * min(1.0, 0.25 + look.glow)).astype(np.float32))
        return add_light(
            picture, white, (1.0 - smooth(radius * 0.72, radius * 1.28, distance)) * seen * min(1.0, 0.35 + look.glow)
        )

    def _cloudy(
        self, picture: np.ndarray, look: Look, phase: float, horizon: float, sun: tuple[float, float]
    ) -> np.ndarray:
        canvas = self._canvas
        field = sample(self._clouds.at(phase), *moved(phase, 0.035))
        threshold = 0.95 - 1.75 * look.clouds
        cover = smooth(threshold, threshold + 1.45, field) * smooth(1.05, 0.45, canvas.y / horizon)
        towards = np.array([sun[0] - canvas.aspect / 2, sun[1] - 0.4])
        towards = 0.035 * towards / max(float(np.hypot(*towards)), 0.1)
        relief = np.clip(0.5 + 0.55 * (field - sample(field, float(-towards[0]), float(-towards[1]))), 0.0, 1.0)
        near = np.exp(-np.hypot(canvas.x - sun[0], canvas.y - sun[1]) / 0.5)
        bright = mix(look.low, look.light, 0.65)
        lit = look.shade + relief[..., None] * (bright - look.shade)
        lit = lit + (near * 0.35 * look.glow)[..., None] * (look.light - lit)
        return blend(picture, lit.astype(np.float32), cover * 0.9)


def _star_field(canvas: Canvas, purpose: str, count: int) -> np.ndarray:
    draw = canvas.draw(purpose)
    mask = canvas.blank()
    for _ in range(count):
        size = draw.pareto(2.5) * 0.0012 + 0.0013
        splat(
            mask,
            draw.random() * canvas.aspect,
            draw.random(),
            min(size, 0.005),
            min(1.0, 0.25 + draw.random() ** 2),
            0.8,
        )
    return np.minimum(mask + 0.5 * soften(mask, 0.004), 1.0)


class Clouds:
    """Above and among clouds."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._banks = [
            canvas.drifting(lambda p: canvas.cloud(p, 0.42, 6, 1.9, 0.56), f"bank{i}", 0.55) for i in range(3)
        ]

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        picture = self._sky.draw(look, phase, 0.8)
        sun_x, sun_y = self._sky.sun(look, 0.8)
        bright = mix(look.low, look.light, 0.75)
        for i, bank in enumerate(self._banks):
            field = sample(bank.at(phase), *moved(phase, 0.03 + 0.02 * i, 0.2 * i))
            line = 0.50 + 0.16 * i
            height = canvas.y - line + 0.13 * field
            relief = np.clip(
                0.60 + 0.5 * (field - sample(field, 0.02, 0.045)) - 0.25 * smooth(0.0, 0.5, height), 0.0, 1.0
            )
            glow = 0.5 * look.glow * np.exp(-np.hypot(canvas.x - sun_x, canvas.y - sun_y) / 0.45)
            body = look.shade + relief[..., None] * (bright - look.shade)
            body = body + (glow[..., None] + (2 - i) * 0.12) * (mix(look.low, look.light, 0.4) - body)
            picture = blend(picture, body.astype(np.float32), smooth(-0.02, 0.14, height))
        return soften(picture, 0.002)


def _step(low: float, high: float, value: float) -> float:
    return float(smooth(low, high, np.array(value)))


class Aurora:
    """Curtains of light over dark hills and still water."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._paths = [canvas.drifting(lambda p: canvas.line(p, 0.9, 3, 0.4), f"path{i}", 0.6) for i in range(3)]
        self._rays = [canvas.drifting(lambda p: canvas.line(p, 0.09, 4, 0.7), f"rays{i}", 0.9) for i in range(3)]
        self._heights = [canvas.line(f"height{i}", 0.5, 2) for i in range(3)]
        self._hills = [canvas.line(f"hill{i}", 0.7, 6, 0.45) for i in range(2)]

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        night = gradient(
            np.broadcast_to(canvas.y / 0.7, canvas.shape),
            [(0.0, look.shade * 0.8), (0.6, look.shade * 1.3 + 0.01), (1.0, look.top * 0.75)],
        )
        picture = add_light(night, np.ones(3, np.float32), self._sky._stars * 0.9)
        for i in range(3):
            picture = self._curtain(picture, look, phase, i)
        picture = soften(picture, 0.0015)
        picture = blend(picture, look.shade * 0.9 + look.top * 0.10, ridge(canvas, 0.66 + 0.035 * self._hills[0]))
        picture = blend(picture, look.shade * 0.55, ridge(canvas, 0.73 + 0.022 * self._hills[1]))
        return self._lake(picture, phase)

    def _curtain(self, picture: np.ndarray, look: Look, phase: float, i: int) -> np.ndarray:
        canvas = self._canvas
        line = 0.60 - 0.09 * i + 0.08 * self._paths[i].at(phase)
        rays = 0.50 + 0.50 * np.tanh(0.9 * self._rays[i].at(phase))
        reach = 0.17 + 0.04 * np.tanh(self._heights[i]) + 0.10 * rays
        up = line - canvas.y
        body = smooth(-0.015, 0.045, up) * np.exp(-np.maximum(up, 0.0) / reach)
        strength = (0.25 + 0.75 * rays) * body * (0.9 - 0.18 * i)
        tall = np.clip(np.maximum(up, 0.0) / 0.42, 0.0, 1.0)
        colour = gradient(tall, [(0.0, look.low), (0.35, look.middle), (0.8, look.accent), (1.0, look.accent * 0.8)])
        picture = add_light(picture, look.middle, (0.07 * np.exp(-np.abs(up) / 0.28)).astype(np.float32))
        return picture + strength[..., None].astype(np.float32) * colour * np.maximum(1.0 - 0.7 * picture, 0.0)

    def _lake(self, picture: np.ndarray, phase: float) -> np.ndarray:
        canvas = self._canvas
        shore = int(0.80 * canvas.height)
        rows = canvas.height - shore
        mirrored = picture[shore - rows * 2 : shore][::-1]
        mirrored = cv2.resize(mirrored, (canvas.width, rows), interpolation=cv2.INTER_AREA)
        mirrored = cv2.GaussianBlur(mirrored, (0, 0), sigmaX=0.5 + 0.004 * canvas.height, sigmaY=0.016 * canvas.height)
        edge = smooth(0.0, 0.05, np.arange(rows, dtype=np.float32) / canvas.height)[:, None]
        picture[shore:] += edge[..., None] * (mirrored * 0.62 - picture[shore:])
        return picture


class Nebula:
    """Glowing gas and stars."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._warp = [canvas.drifting(lambda p: canvas.cloud(p, 0.7, 3), f"warp{i}", 0.45) for i in range(2)]
        self._gas = [canvas.cloud(f"gas{i}", 0.6, 7, 1.0, 0.6) for i in range(3)]
        self._dust = canvas.cloud("dust", 0.4, 7, 1.0, 0.62)
        self._stars = _star_field(canvas, "stars", 420)
        self._bright = _star_field(canvas, "bright", 14)
        self._rows, self._columns = np.mgrid[: canvas.height, : canvas.width].astype(np.float32)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        height = self._canvas.height
        dx, dy = (0.10 * height * field.at(phase) for field in self._warp)

        def warped(field: np.ndarray, k: float) -> np.ndarray:
            return cv2.remap(
                field, self._columns + k * dx, self._rows + k * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
            )

        first, second, third = (warped(gas, k) for gas, k in zip(self._gas, (1.0, -0.8, 0.6), strict=True))
        dust = smooth(-0.5, 1.6, warped(self._dust, 0.9))
        picture: np.ndarray = np.broadcast_to(look.shade * 0.5 + 0.004, (*first.shape, 3)).astype(np.float32)
        picture = add_light(picture, look.middle, smooth(-0.6, 2.2, first) * 0.85)
        picture = add_light(picture, look.accent, smooth(-0.2, 2.2, second) * 0.75)
        picture = add_light(picture, look.low, smooth(0.5, 2.6, first + 0.5 * third) * 0.8)
        picture = add_light(picture, look.light, smooth(1.4, 3.2, first + second) * 0.7)
        picture = picture * (1.0 - 0.72 * dust)[..., None]
        picture = add_light(picture, np.ones(3, np.float32), self._stars * (1.0 - 0.6 * dust))
        return add_light(picture, look.light, np.minimum(self._bright + 1.2 * soften(self._bright, 0.012), 1.0))
