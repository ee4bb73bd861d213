"""Abstract families: bokeh, paper waves, mesh gradient, hologram grid, pastel shapes."""

from __future__ import annotations

import math

import numpy as np

from motion.scenes.canvas import Canvas, add_light, blend, gradient, mix, smooth, soften, splat
from motion.scenes.tones import Look

__all__ = ["Bokeh", "Hologram", "Mesh", "Paper", "Pastel"]

_TURN = 2.0 * math.pi


class Bokeh:
    """Discs of light out of focus."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._discs = canvas.draw("discs").random((64, 8))
        self._glow = canvas.drifting(lambda p: canvas.cloud(p, 0.6, 3), "glow", 0.8)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        t = np.clip(0.5 + 0.09 * self._glow.at(phase) + 0.35 * (canvas.y - 0.5), 0.0, 1.0)
        picture = gradient(
            t, [(0.0, look.shade), (0.55, mix(look.shade, look.top, 0.6)), (1.0, mix(look.top, look.middle, 0.35))]
        )
        colours = (look.middle, look.low, look.light, look.accent)
        masks = [canvas.blank() for _ in colours]
        for i, (x, y, size, glow, start, way, pulse, _) in enumerate(self._discs):
            depth = i / len(self._discs)
            angle = _TURN * (phase + start)
            cx = x * (canvas.aspect + 0.2) - 0.1 + 0.05 * math.sin(angle) * (0.5 + way)
            cy = y * 1.2 - 0.1 + 0.035 * math.cos(angle + way)
            shine = (0.14 + 0.55 * glow**1.6) * (0.72 + 0.28 * math.sin(_TURN * (phase * (1 + i % 2) + pulse)))
            edge, rim = (0.5, 0.1) if depth < 0.4 else (0.10, 0.35)
            splat(
                masks[i % 4],
                cx,
                cy,
                (0.022 + 0.075 * size**1.7) * (1.25 - 0.5 * depth),
                shine * (1.2 - 0.4 * size),
                edge,
                rim,
            )
        for colour, mask in zip(colours, masks, strict=True):
            picture = add_light(picture, colour, mask + 0.22 * soften(mask, 0.05))
        return soften(picture, 0.0015)


class Paper:
    """Layers of cut paper with soft shadows between them."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._lines = [canvas.drifting(lambda p: canvas.line(p, 0.75, 2, 0.22), f"line{i}", 0.42) for i in range(7)]
        self._fibre = canvas.cloud("fibre", 0.012, 3)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        stops = [
            (0.0, mix(look.low, look.light, 0.55)),
            (0.3, look.low),
            (0.6, look.middle),
            (1.0, mix(look.top, look.shade, 0.15)),
        ]
        count = len(self._lines)
        picture = np.ones((*canvas.shape, 1), np.float32) * stops[0][1]
        for i, path in enumerate(self._lines):
            line = 0.10 + 0.92 * (i + 0.6) / count + (0.058 - 0.002 * i) * path.at(phase)
            below = canvas.y - line
            shadow = 0.30 * np.exp(-((np.minimum(below + 0.0, 0.0) / 0.042) ** 2)) * (below < 0.0015)
            picture = picture * (1.0 - shadow)[..., None]
            colour = mix(gradient(np.array((i + 1) / count), stops), look.accent, 0.16 if i % 3 == 1 else 0.0)
            fall = np.clip(
                1.06 - 0.42 * np.clip(below, 0.0, 0.5) + 0.06 * np.exp(-np.maximum(below, 0.0) / 0.006), 0.0, 1.25
            )
            sheet = np.clip(colour * (fall + 0.006 * self._fibre)[..., None], 0.0, 1.0)
            picture = blend(picture, sheet.astype(np.float32), smooth(-0.0016, 0.0016, below))
        return picture.astype(np.float32)


class Mesh:
    """Colours that flow into one another."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._points = canvas.draw("points").random((8, 5))
        self._warp = [canvas.drifting(lambda p: canvas.noise(p, 0.55), f"warp{i}", 0.8) for i in range(2)]

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        x = canvas.x + 0.12 * self._warp[0].at(phase)
        y = canvas.y + 0.12 * self._warp[1].at(phase)
        colours = (
            look.top,
            look.middle,
            look.low,
            look.accent,
            mix(look.light, look.low, 0.3),
            look.middle,
            mix(look.top, look.accent, 0.5),
            look.low,
        )
        total = np.zeros((*canvas.shape, 3), np.float32)
        weights = canvas.blank(1e-4)
        for (px, py, start, way, size), colour in zip(self._points, colours, strict=True):
            angle = _TURN * (phase * (1 if way < 0.5 else -1) + start)
            dx = x - canvas.aspect * (0.5 + 1.1 * (px - 0.5)) - 0.14 * math.cos(angle)
            dy = y - (0.5 + 1.1 * (py - 0.5)) - 0.12 * math.sin(angle)
            weight = np.exp(-(dx * dx + dy * dy) / (0.07 + 0.10 * size)) + 0.002 / (0.05 + dx * dx + dy * dy)
            total += weight[..., None] * (colour * colour)
            weights += weight
        return np.sqrt(total / weights[..., None]).astype(np.float32)


class Hologram:
    """A grid running to a glowing horizon, with points of light above."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._motes = canvas.draw("motes").random((70, 6))
        self._haze = canvas.drifting(lambda p: canvas.cloud(p, 0.4, 4, 2.0), "haze", 0.8)
        below = np.maximum(canvas.y - 0.58, 1e-3)
        self._far = 0.11 / below
        self._across = (canvas.x - canvas.aspect / 2) * self._far * 7.0
        self._footprint = self._far / (below * canvas.height)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        t = np.broadcast_to(canvas.y, canvas.shape)
        picture = gradient(
            t,
            [
                (0.0, look.shade),
                (0.50, mix(look.shade, look.top, 0.7)),
                (0.585, mix(look.top, look.middle, 0.6)),
                (0.62, mix(look.shade, look.top, 0.5)),
                (1.0, look.shade * 0.8),
            ],
        )
        glow = np.exp(-np.abs(canvas.y - 0.58) / 0.05) * np.exp(
            -(((canvas.x - canvas.aspect / 2) / (0.55 * canvas.aspect)) ** 2)
        )
        picture = add_light(picture, look.low, (0.75 * glow).astype(np.float32))
        haze = smooth(-0.4, 2.0, self._haze.at(phase)) * np.exp(-np.abs(canvas.y - 0.5) / 0.25)
        picture = add_light(picture, look.accent, 0.30 * haze)
        floor = smooth(0.585, 0.64, t)
        lines = np.maximum(self._grid(self._across, 0.9), self._grid(self._far * 5.0 + 2.0 * phase, 2.4))
        sweep = 0.55 + 0.45 * np.cos(_TURN * (np.log(self._far + 0.05) * 0.5 + phase))
        net = lines * floor * np.exp(-self._far * 0.5)
        picture = add_light(picture, look.low, np.minimum(net * (0.35 + 0.65 * sweep), 1.0).astype(np.float32))
        picture = add_light(picture, look.middle, np.minimum(0.8 * soften(net.astype(np.float32), 0.010), 1.0))
        return self._floating(soften(picture, 0.001), look, phase)

    def _grid(self, coordinate: np.ndarray, spread: float) -> np.ndarray:
        away = np.abs(coordinate - np.round(coordinate))
        width = 0.030 + np.clip(self._footprint * spread, 0.0, 1.0)
        return np.exp(-((away / width) ** 2)) * np.minimum(1.0, 0.06 / width + 0.1)

    def _floating(self, picture: np.ndarray, look: Look, phase: float) -> np.ndarray:
        mask = self._canvas.blank()
        for x, y, size, glow, start, _ in self._motes:
            angle = _TURN * (phase + start)
            shine = (0.2 + 0.6 * glow) * (0.65 + 0.35 * math.sin(2 * angle))
            splat(
                mask,
                x * self._canvas.aspect + 0.02 * math.sin(angle),
                0.75 * y + 0.02 * math.cos(angle),
                0.0015 + 0.010 * size**3,
                shine * (1.0 - 0.6 * size**2),
                0.6,
            )
        return add_light(picture, look.light, np.minimum(mask + 0.8 * soften(mask, 0.012), 1.0))


class Pastel:
    """Large quiet shapes in soft colours, like painted paper."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._shapes = canvas.draw("shapes").random((6, 6))
        self._plaster = canvas.cloud("plaster", 0.04, 5)
        self._light = canvas.drifting(lambda p: canvas.cloud(p, 0.9, 2), "light", 0.8)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        white = np.ones(3, np.float32)
        tints = [
            mix(colour, white, share)
            for colour, share in (
                (look.low, 0.45),
                (look.middle, 0.50),
                (look.accent, 0.55),
                (look.light, 0.35),
                (look.low, 0.15),
                (look.accent, 0.7),
            )
        ]
        t = np.clip(canvas.y + 0.08 * self._light.at(phase), 0, 1)
        picture = gradient(t, [(0.0, mix(look.light, white, 0.55)), (1.0, mix(look.low, white, 0.45))])
        for i, (x, y, size, start, way, _) in enumerate(self._shapes):
            angle = _TURN * (phase * (1 if way < 0.5 else -1) + start)
            cx = canvas.aspect * (0.12 + 0.76 * (x if i != 2 else 0.5)) + 0.03 * math.sin(angle)
            cy = 0.22 + 0.7 * y + 0.025 * math.cos(angle)
            radius = 0.17 + 0.24 * size
            distance = (
                np.hypot(canvas.x - cx, canvas.y - cy)
                if i % 2
                else np.hypot(canvas.x - cx, np.minimum(canvas.y - cy, 0.0))
            )
            fall = (
                np.hypot(canvas.x - cx - 0.012, canvas.y - cy - 0.020)
                if i % 2
                else np.hypot(canvas.x - cx - 0.012, np.minimum(canvas.y - cy - 0.020, 0.0))
            )
            picture = picture * (1.0 - 0.13 * (1.0 - smooth(radius - 0.02, radius + 0.05, fall)))[..., None]
            body = tints[i % 6] * (1.02 - 0.10 * np.clip((canvas.y - cy) / radius, -1, 1))[..., None]
            picture = blend(
                picture,
                np.clip(body, 0, 1).astype(np.float32) * np.ones((*canvas.shape, 1), np.float32),
                1.0 - smooth(radius - 0.003, radius + 0.003, distance),
            )
        return (np.clip(picture, 0, 1) * (1.0 + 0.004 * self._plaster)[..., None]).astype(np.float32)
