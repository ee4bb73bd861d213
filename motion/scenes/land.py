"""Families with land: mountains, dunes, snow, flower field, forest, blossom."""

from __future__ import annotations

import math

import cv2
import numpy as np

from motion.scenes.canvas import (
    Canvas,
    add_light,
    blend,
    gradient,
    mix,
    ridge,
    sample,
    smooth,
    soften,
    splat,
)
from motion.scenes.sky import Sky, moved
from motion.scenes.tones import Look

__all__ = ["Blossom", "Dunes", "Flowers", "Forest", "Mountains", "Snow"]

_TURN = 2.0 * math.pi


class Mountains:
    """Ridges behind one another, mist between them, firs in front."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._lines = [
            0.40 + 0.105 * i - (0.085 - 0.010 * i) * _peaks(canvas, f"ridge{i}", 0.55 - 0.05 * i) for i in range(5)
        ]
        self._rock = [canvas.cloud(f"rock{i}", 0.10, 5, 0.7, 0.65) for i in range(2)]
        self._mist = canvas.drifting(lambda p: canvas.cloud(p, 0.22, 4, 3.5), "mist", 0.7)
        self._firs = _fir_line(canvas, "firs", 0.90, 0.075)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        picture = self._sky.draw(look, phase, 0.62)
        mist = sample(self._mist.at(phase), *moved(phase, 0.05))
        sun_x, _ = self._sky.sun(look, 0.62)
        for i, line in enumerate(self._lines):
            near = (i + 1) / 5
            air = mix(look.low, look.middle, 0.35)
            body = mix(mix(air, look.lit(58, 82, 78, 0.25), 0.10 + 0.85 * near), look.shade, 0.03 + 0.25 * near)
            shaded = self._faces(body, look, line, i, sun_x)
            picture = blend(picture, shaded, ridge(canvas, line, 0.002 + 0.001 * i))
            below = canvas.y - line
            fog = smooth(0.02, 0.15, below) * smooth(-0.9, 1.3, mist) * (0.35 + 0.5 * look.haze) * (1.0 - 0.75 * near)
            picture = blend(picture, air, fog)
        picture = blend(picture, look.lit(20, 34, 28, 0.15) * 0.75, sample(self._firs, *moved(phase, 0.002)))
        return soften(picture, 0.0018)

    def _faces(self, body: np.ndarray, look: Look, line: np.ndarray, i: int, sun_x: float) -> np.ndarray:
        side = np.where(self._canvas.x < sun_x, 1.0, -1.0).astype(np.float32)
        tilt = np.tanh(cv2.GaussianBlur(np.gradient(line[0])[None, :].astype(np.float32), (0, 0), 2.0) * 90.0 * side)
        rock = self._rock[i % 2]
        relief = np.clip(0.5 - 0.30 * tilt + (0.06 + 0.02 * i) * rock, 0.0, 1.0)
        out = body * (0.80 + 0.36 * relief)[..., None]
        if i < 2:
            below = self._canvas.y - line
            snow = smooth(0.10, 0.0, below + 0.022 * rock) * smooth(0.34, 0.66, relief)
            out = blend(
                out, mix(look.lit(246, 248, 252, 0.5), look.low, 0.25), (snow * (0.85 - 0.3 * i)).astype(np.float32)
            )
        return out.astype(np.float32)


def _peaks(canvas: Canvas, purpose: str, scale: float) -> np.ndarray:
    """A ridge profile [1, w]: folded noise, so that it has summits rather than hills."""
    line = canvas.line(purpose, scale, 7, 0.48)
    folded = 1.0 - np.abs(line) * 0.9
    return 0.9 * folded + 0.35 * canvas.line(purpose + "/base", scale * 2, 2)


def _fir_line(canvas: Canvas, purpose: str, ground: float, tall: float) -> np.ndarray:
    """Mask [h, w] of a row of firs standing on ``ground``."""
    draw = canvas.draw(purpose)
    mask = np.zeros(canvas.shape, np.uint8)
    base = ground + 0.03 * canvas.line(purpose + "/ground", 0.8, 4)[0]
    hill = np.stack([np.arange(canvas.width), base * canvas.height], axis=1)
    corners = np.array([[canvas.width, canvas.height * 1.1], [0, canvas.height * 1.1]])
    cv2.fillPoly(mask, [np.round(np.concatenate([hill, corners]) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    x = -0.02
    while x < canvas.aspect + 0.02:
        height = tall * draw.uniform(0.45, 1.25) * (1.0 + 0.5 * abs(x / canvas.aspect - 0.5) * 2)
        foot = base[int(np.clip(x * canvas.height, 0, canvas.width - 1))] + 0.01
        for k in range(6):
            top, wide = foot - height * (1.0 - k / 6.5), height * (0.05 + 0.034 * k)
            tier = (
                np.array([[x, top], [x + wide, top + height * 0.26], [x - wide, top + height * 0.26]]) * canvas.height
            )
            cv2.fillPoly(mask, [np.round(tier * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        x += draw.uniform(0.2, 0.8) * tall
    return mask.astype(np.float32) / 255.0


class Dunes:
    """Sand dunes with a bright and a shaded side."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._lines = [
            0.50 + 0.115 * i - (0.035 + 0.016 * i) * canvas.line(f"dune{i}", 1.15 - 0.05 * i, 2, 0.22) for i in range(4)
        ]
        self._crest = [canvas.line(f"crest{i}", 0.8, 2, 0.3) for i in range(4)]
        self._ripples = canvas.cloud("ripples", 0.20, 2, 3.0)
        self._grain = canvas.cloud("grain", 0.02, 2, 2.0)
        self._wind = canvas.drifting(lambda p: canvas.cloud(p, 0.10, 4, 4.0), "wind", 0.8, 2)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        picture = self._sky.draw(look, phase, 0.56)
        side = self._sky.side
        bright = mix(look.lit(238, 186, 124, 0.55), look.light, 0.08 + 0.18 * look.glow)
        dark = mix(look.lit(122, 78, 58, 0.15), look.shade, 0.4)
        for i, line in enumerate(self._lines):
            far = (3 - i) / 3
            below = canvas.y - line
            turn = canvas.x / canvas.aspect - 0.5 - 0.25 * self._crest[i] + (0.9 + 0.4 * i) * below * side
            sunny = smooth(-0.09, 0.12, turn * side)
            waves = np.sin(_TURN * (below * (26 - 4 * i) + 0.55 * self._ripples + canvas.x * 1.5 * side)) * smooth(
                0.02, 0.2, below
            )
            slope = sunny * (0.78 + 0.05 * waves * (1 - far)) + (1.0 - sunny) * (0.12 + 0.10 * smooth(0.0, 0.3, below))
            body = dark + (slope + 0.012 * self._grain * (1.0 - far))[..., None] * (bright - dark)
            body = body + 0.55 * look.haze * far * (mix(look.low, look.middle, 0.2) - body)
            picture = blend(picture, body.astype(np.float32), ridge(canvas, line, 0.002))
            dust = np.exp(-np.abs(below) / 0.018) * smooth(0.2, 1.8, self._wind.at(phase)) * 0.35
            picture = blend(picture, bright, dust.astype(np.float32))
        return soften(picture, 0.0018)


class Snow:
    """Snowy hills, firs in mist, falling snow."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._firs = [soften(_fir_line(canvas, f"firs{i}", 0.64 + 0.07 * i, 0.13 + 0.07 * i), 0.002) for i in range(3)]
        self._hill = [0.655 + 0.085 * i - 0.020 * canvas.line(f"hill{i}", 1.0, 3, 0.3) for i in range(3)]
        self._shadow = canvas.cloud("shadow", 0.3, 4, 3.0)
        self._frost = canvas.cloud("frost", 0.03, 3)
        self._flakes = canvas.draw("flakes").random((150, 6))

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        picture = self._sky.draw(look, phase, 0.68)
        white = mix(look.lit(246, 249, 255, 0.35), look.low, 0.2)
        blue = mix(white, mix(look.middle, look.top, 0.4), 0.5)
        for i in range(3):
            tree = mix(look.lit(64, 88, 96, 0.2), look.low, 0.60 - 0.25 * i)
            frosted = tree + (0.05 * smooth(0.1, 1.5, self._frost))[..., None] * (white - tree)
            picture = blend(picture, frosted.astype(np.float32), self._firs[i] * 0.95)
            relief = np.clip(0.55 + 0.22 * self._shadow + 0.25 * smooth(0.1, 0.0, canvas.y - self._hill[i]), 0, 1)
            hill = blue + relief[..., None] * (white - blue)
            picture = blend(picture, hill.astype(np.float32), smooth(-0.012, 0.02, canvas.y - self._hill[i]))
        picture = soften(picture, 0.0025)
        return add_light(picture, mix(white, np.ones(3, np.float32), 0.5), np.minimum(self._falling(phase), 0.9))

    def _falling(self, phase: float) -> np.ndarray:
        mask = self._canvas.blank()
        for x, y, near, sway, start, glow in self._flakes:
            fall = (y + phase * (1 + int(near * 2.99))) % 1.0
            drift = 0.03 * math.sin(_TURN * (phase * (1 + int(sway * 2)) + start))
            radius = 0.0018 + 0.010 * near**4
            splat(
                mask,
                x * self._canvas.aspect + drift,
                fall * 1.1 - 0.05,
                radius,
                (0.85 - 0.55 * near**2) * (0.4 + 0.6 * glow),
                0.6,
            )
        return mask


class Flowers:
    """A field of flowers to the horizon, the near ones out of focus."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._sky = Sky(canvas)
        self._hills = [canvas.line(f"hill{i}", 0.9, 5, 0.4) for i in range(2)]
        self._grass = canvas.cloud("grass", 0.05, 5, 0.5, 0.7)
        self._far = canvas.cloud("far", 0.012, 2, 3.0)
        self._blooms = self._planted(canvas)
        self._breeze = canvas.drifting(lambda p: canvas.cloud(p, 0.5, 2, 2.0), "breeze", 1.2, 2)
        self._rows, self._columns = np.mgrid[: canvas.height, : canvas.width].astype(np.float32)

    def _planted(self, canvas: Canvas) -> np.ndarray:
        """Masks of four kinds of bloom stacked in [h, w, 4], far ones small, near ones large and soft."""
        draw = canvas.draw("blooms")
        masks = [canvas.blank() for _ in range(4)]
        for near in np.sort(draw.random(round(900 * canvas.aspect)) ** 0.75):
            y = 0.555 + 0.47 * near**1.6
            size = (0.0022 + 0.026 * near**2.4) * draw.uniform(0.6, 1.25)
            kind = int(draw.choice(4, p=(0.42, 0.28, 0.18, 0.12)))
            x = draw.random() * (canvas.aspect + 0.1) - 0.05
            splat(masks[kind], x, y, size, 0.95 - 0.35 * near, 0.35 + 0.25 * near, 0.25)
            if near > 0.35:
                splat(masks[3], x, y + size * 0.1, size * 0.28, 0.5, 0.6)
        return np.minimum(np.stack(masks, axis=-1), 1.0)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        picture = self._sky.draw(look, phase, 0.54)
        for i in range(2):
            far = mix(look.lit(70, 112, 84, 0.3), look.low, 0.62 - 0.24 * i)
            picture = blend(picture, far, ridge(canvas, 0.515 + 0.022 * i - 0.014 * self._hills[i], 0.003))
        near = np.clip((canvas.y - 0.55) / 0.45, 0.0, 1.0)
        tint = float(np.tanh(look.shape[4]))
        petals = _petals(look, tint)
        grass = gradient(
            np.broadcast_to(near, canvas.shape),
            [
                (0.0, mix(look.lit(126, 152, 74, 0.5), petals[0], 0.45)),
                (0.3, look.lit(80, 124, 52, 0.4)),
                (1.0, look.lit(34, 66, 28, 0.2)),
            ],
        )
        grass = grass * (1.0 + 0.20 * self._grass * near + 0.05 * self._far * (1 - near))[..., None]
        picture = blend(picture, grass.astype(np.float32), smooth(0.548, 0.560, canvas.y + 0 * canvas.x))
        sway = self._breeze.at(phase) * near**1.5 * 0.006 * canvas.height
        blooms = cv2.remap(
            self._blooms,
            self._columns + sway,
            self._rows + 0.2 * sway,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        for kind, petal in enumerate(petals):
            shade = petal * (0.80 + 0.28 * (1.0 - near))[..., None] * np.ones((*canvas.shape, 1), np.float32)
            picture = blend(picture, shade.astype(np.float32), blooms[..., kind])
        sun_x, sun_y = self._sky.sun(look, 0.54)
        flare = np.exp(-np.hypot(canvas.x - sun_x, canvas.y - sun_y) / 0.4) * 0.28 * look.glow
        return soften(add_light(picture, look.light, flare.astype(np.float32)), 0.0018)


def _petals(look: Look, tint: float) -> tuple[np.ndarray, ...]:
    kinds = ((226, 74, 106), (150, 98, 206), (244, 190, 66), (250, 240, 226))
    first = kinds[0] if tint < -0.25 else kinds[1] if tint < 0.4 else kinds[2]
    order = (first, *(kind for kind in kinds if kind != first))
    return tuple(mix(look.lit(*kind, 0.45), look.accent, 0.12) for kind in order)


class Forest:
    """Trunks in mist with light falling between them."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._layers = [soften(_trunks(canvas, i), (0.006, 0.004, 0.003, 0.009)[i]) for i in range(4)]
        self._leaves = [canvas.cloud(f"leaves{i}", 0.10, 6, 1.2, 0.7) for i in range(2)]
        self._ground = canvas.cloud("ground", 0.08, 5, 2.0, 0.65)
        self._mist = canvas.drifting(lambda p: canvas.cloud(p, 0.3, 4, 2.5), "mist", 0.8)
        draw = canvas.draw("sun")
        self._sun = (canvas.aspect * (0.5 + 0.28 * draw.choice([-1.0, 1.0])), 0.13)
        angle = np.arctan2(canvas.x - self._sun[0], canvas.y - self._sun[1] + 0.25)
        self._rays = canvas.drifting(lambda p: _angular(canvas, p, angle), "rays", 0.8)
        self._spots = canvas.draw("spots").random((60, 5))

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        leaf = look.lit(96, 148, 62, 0.45)
        air = mix(mix(look.low, look.light, 0.35), leaf, 0.35)
        distance = np.hypot(canvas.x - self._sun[0], canvas.y - self._sun[1] - 0.1)
        picture = gradient(
            np.clip(distance / 1.15, 0, 1),
            [(0.0, mix(air, look.light, 0.6)), (0.35, air), (1.0, leaf * 0.62)],
        )
        mist = self._mist.at(phase)
        for i, layer in enumerate(self._layers):
            near = i / 3
            picture = self._foliage(picture, look, leaf, phase, i) if i in (1, 3) else picture
            bark = mix(mix(air, look.lit(70, 56, 42, 0.2), 0.35 + 0.6 * near), look.lit(34, 26, 20, 0.2), 0.6 * near)
            picture = blend(picture, bark, sample(layer, *moved(phase, 0.0015 + 0.003 * near)) * (0.55 + 0.4 * near))
            fog = smooth(-0.8, 1.6, mist) * smooth(0.2, 0.9, canvas.y) * (0.42 - 0.12 * i) * (0.5 + look.haze)
            picture = blend(picture, air, np.clip(fog, 0.0, 0.8))
        picture = self._floor(picture, look, leaf)
        rays = smooth(-0.2, 1.8, self._rays.at(phase)) * np.exp(-distance / 0.55)
        picture = add_light(picture, look.light, (rays * (0.15 + 0.62 * look.glow)).astype(np.float32))
        return self._sparkle(picture, look, phase)

    def _foliage(self, picture: np.ndarray, look: Look, leaf: np.ndarray, phase: float, i: int) -> np.ndarray:
        field = sample(self._leaves[i // 2], *moved(2 * phase, 0.004 * i))
        cover = smooth(0.2, 0.75, field + 1.5 - 4.6 * self._canvas.y / (0.62 + 0.14 * i)) * (0.55 + 0.12 * i)
        colour = leaf * (0.78 - 0.14 * i)
        body = colour * (0.85 + 0.30 * np.tanh(field - 0.4))[..., None]
        return blend(picture, soften(body.astype(np.float32), 0.004), soften(cover, 0.004 + 0.002 * i))

    def _floor(self, picture: np.ndarray, look: Look, leaf: np.ndarray) -> np.ndarray:
        low = smooth(0.74, 0.98, self._canvas.y + 0.02 * self._ground)
        body = leaf * 0.55 * (0.9 + 0.22 * self._ground)[..., None]
        return blend(picture, body.astype(np.float32), low * 0.85)

    def _sparkle(self, picture: np.ndarray, look: Look, phase: float) -> np.ndarray:
        mask = self._canvas.blank()
        for x, y, size, start, glow in self._spots:
            pulse = 0.5 + 0.5 * math.sin(_TURN * (phase * 2 + start))
            drift = 0.012 * math.sin(_TURN * (phase + start))
            splat(
                mask,
                x * self._canvas.aspect + drift,
                0.03 + 0.5 * y**1.4,
                0.005 + 0.018 * size**2,
                (0.08 + 0.22 * glow) * pulse,
                0.2,
                0.2,
            )
        return add_light(picture, look.light, mask * (0.4 + 0.6 * look.glow))


def _angular(canvas: Canvas, purpose: str, angle: np.ndarray) -> np.ndarray:
    knots = canvas.draw(purpose).standard_normal((1, 60)).astype(np.float32)
    dense = cv2.resize(knots, (1024, 1), interpolation=cv2.INTER_CUBIC)[0]
    return np.interp(angle, np.linspace(-2.0, 2.0, 1024), dense / max(float(dense.std()), 1e-6)).astype(np.float32)


def _trunks(canvas: Canvas, layer: int) -> np.ndarray:
    """Mask [h, w] of the trunks of one layer, 0 the farthest."""
    draw = canvas.draw("trunks", layer)
    mask = np.zeros(canvas.shape, np.uint8)
    count = round((9, 6, 4, 2)[layer] * max(canvas.aspect, 0.8))
    wide = (0.012, 0.020, 0.032, 0.060)[layer]
    for k in range(count):
        x = canvas.aspect * (k + draw.uniform(0.1, 0.9)) / count
        if layer == 3:
            x = canvas.aspect * (0.07 if k % 2 else 0.93) + draw.normal(0, 0.05)
        width, lean = wide * draw.uniform(0.7, 1.3), draw.normal(0, 0.025)
        t = np.linspace(-0.05, 1.05, 24)
        bend = x + lean * (1 - t) + 0.006 * np.cumsum(draw.normal(0, 0.5, 24))
        flare = width * (0.75 + 0.3 * t + 0.5 * np.exp((t - 1.0) * 9.0))
        outline = np.concatenate([np.stack([bend - flare / 2, t], 1), np.stack([bend + flare / 2, t], 1)[::-1]])
        cv2.fillPoly(mask, [np.round(outline * canvas.height * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255.0


class Blossom:
    """Flowering branches before a soft garden, petals in the air."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        draw = canvas.draw("branches")
        wood, bloom, heart = canvas.blank(), canvas.blank(), canvas.blank()
        for corner in range(3):
            _branch(canvas, draw, (wood, bloom, heart), corner)
        self._wood, self._bloom, self._heart = (
            soften(wood, 0.003),
            np.minimum(soften(bloom, 0.0025), 1.0),
            soften(heart, 0.002),
        )
        self._relief = canvas.cloud("relief", 0.03, 3)
        self._spots = canvas.draw("spots").random((60, 6))
        self._petals = canvas.draw("petals").random((16, 6))
        self._garden = canvas.drifting(lambda p: canvas.cloud(p, 0.45, 3), "garden", 0.7)

    def draw(self, look: Look, phase: float) -> np.ndarray:
        """The picture [h, w, 3]."""
        canvas = self._canvas
        t = np.clip(canvas.y + 0.12 * self._garden.at(phase), 0.0, 1.0)
        picture = gradient(
            t,
            [
                (0.0, mix(look.middle, look.low, 0.4)),
                (0.45, mix(look.low, look.lit(255, 224, 232), 0.65)),
                (1.0, look.lit(150, 176, 128, 0.4)),
            ],
        )
        masks = [canvas.blank() for _ in range(3)]
        for i, (x, y, size, glow, start, _) in enumerate(self._spots):
            move = 0.015 * math.sin(_TURN * (phase + start))
            splat(
                masks[i % 3], x * canvas.aspect + move, y + 0.6 * move, 0.02 + 0.06 * size, 0.10 + 0.35 * glow, 0.2, 0.2
            )
        pink = look.lit(255, 190, 210, 0.4)
        for colour, mask in zip((look.lit(255, 222, 232), pink, mix(look.light, pink, 0.3)), masks, strict=True):
            picture = blend(picture, colour, np.minimum(mask, 0.8))
        sway = moved(2 * phase, 0.005)
        wood, bloom, heart = (sample(layer, *sway) for layer in (self._wood, self._bloom, self._heart))
        picture = blend(picture, look.lit(84, 60, 58, 0.2), wood * 0.9)
        body = (
            mix(look.lit(255, 222, 232, 0.45), np.ones(3, np.float32), 0.35 * look.ambient)
            * (0.93 + 0.10 * np.tanh(sample(self._relief, *sway)))[..., None]
        )
        picture = blend(picture, body.astype(np.float32), bloom * 0.95)
        picture = blend(picture, look.lit(220, 92, 130, 0.3), np.minimum(heart, 1.0) * 0.5)
        return self._falling(picture, look, phase)

    def _falling(self, picture: np.ndarray, look: Look, phase: float) -> np.ndarray:
        mask = self._canvas.blank()
        for x, y, size, sway, start, glow in self._petals:
            fall = (y + phase) % 1.0
            drift = 0.08 * math.sin(_TURN * (phase + start)) + 0.03 * math.sin(_TURN * (3 * phase + sway))
            splat(
                mask,
                x * self._canvas.aspect + drift,
                fall * 1.1 - 0.05,
                0.006 + 0.014 * size**2,
                0.35 + 0.5 * glow,
                0.5,
            )
        return blend(picture, look.lit(255, 226, 234, 0.5), np.minimum(mask, 0.85))


def _branch(
    canvas: Canvas, draw: np.random.Generator, layers: tuple[np.ndarray, np.ndarray, np.ndarray], corner: int
) -> None:
    """Draw one branch with its blooms into (wood, bloom, heart)."""
    wood, bloom, heart = layers
    x = (-0.03, canvas.aspect + 0.03, canvas.aspect * 0.86)[corner]
    y = (draw.uniform(0.02, 0.2), draw.uniform(0.05, 0.3), -0.04)[corner]
    heading = (draw.uniform(0.1, 0.45), math.pi - draw.uniform(0.1, 0.5), math.pi * 0.72)[corner]
    for k in range(70):
        x, y = x + 0.009 * math.cos(heading), y + 0.009 * math.sin(heading)
        heading += draw.normal(0.0, 0.10)
        splat(wood, x, y, 0.010 * (1.0 - k / 75), 0.9, 0.4)
        for _ in range(int(draw.integers(1, 4))):
            cx, cy, size = x + draw.normal(0, 0.036), y + draw.normal(0, 0.036), draw.uniform(0.013, 0.030)
            turn = draw.uniform(0, _TURN)
            for petal in range(5):
                angle = turn + petal * _TURN / 5
                splat(
                    bloom,
                    cx + 0.75 * size * math.cos(angle),
                    cy + 0.75 * size * math.sin(angle),
                    size * 0.62,
                    0.8,
                    0.4,
                    0.25,
                )
            splat(heart, cx, cy, size * 0.20, 0.7, 0.6)
