"""Drawn scenes whose parts move on closed ways: what the flow network is trained on, and measured with.

Clouds go to the right and back, trees sway from their roots, water slides to the left, more the nearer it is; under a
grey sky all goes further. A point at rest at x is at x + A sin p + B (1 - cos p) at phase p of the loop, so every film
is a loop that begins with the picture at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from motion.drift import generator_for

__all__ = ["COEFFICIENTS", "Scene", "drawn", "moved", "warped"]

COEFFICIENTS = 5
"""Maps of a motion: A and B across and down, in shares of the width, and where what comes from behind is unknown."""


@dataclass(frozen=True)
class _Layer:
    """``colour`` [n, n, 3] and ``alpha`` [n, n] at rest in 0..1; ``way`` [4, n, n]: A and B."""

    colour: np.ndarray
    alpha: np.ndarray
    way: np.ndarray


@dataclass(frozen=True)
class Scene:
    """``picture`` float32 [n, n, 3] in 0..1 at rest; ``motion`` float32 [5, n, n]."""

    picture: np.ndarray
    motion: np.ndarray
    layers: tuple[_Layer, ...]

    def frame(self, phase: float) -> np.ndarray:
        """The picture float32 [n, n, 3] at ``phase`` of the loop, 0..1, every layer moved by itself."""
        out = self.layers[0].colour.copy()
        for layer in self.layers[1:]:
            both = np.concatenate([layer.colour * layer.alpha[..., None], layer.alpha[..., None]], axis=2)
            there = warped(both, moved(layer.way, phase))
            out = out * (1.0 - there[..., 3:]) + there[..., :3]
        return out.astype(np.float32)


def moved(way: np.ndarray, phase: float) -> np.ndarray:
    """How far everything has gone at ``phase`` [2, h, w], of A and B [4 or more, h, w]."""
    turn = 2.0 * np.pi * phase
    gone: np.ndarray = way[:2] * np.sin(turn) + way[2:4] * (1.0 - np.cos(turn))
    return gone


def warped(picture: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """``picture`` [h, w, c] with every place taken from where it came from, ``gone`` [2, h, w] in shares of the
    width away."""
    high, wide = picture.shape[:2]
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    across, down = (gone * wide).astype(np.float32)
    found: np.ndarray = cv2.remap(picture.astype(np.float32), columns - across, rows - down, cv2.INTER_LINEAR,
                                  borderMode=cv2.BORDER_REFLECT_101)  # fmt: skip
    return found.reshape(picture.shape)


def drawn(seed: int, index: int, side: int = 64) -> Scene:
    """Scene ``index`` of ``seed``, ``side`` pixels square; equal arguments give the same."""
    draw = generator_for(seed, "flow/scene", index)
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) / side
    storm = draw.random()
    far = (0.6 + 0.8 * storm) * draw.uniform(0.85, 1.15)
    horizon = draw.uniform(0.45, 0.75)
    ground = _ground(rows, horizon, storm, draw)
    layers = [_still(ground), _clouds(rows, columns, horizon, storm, far, draw)]
    layers.append(_water(rows, columns, horizon, far, draw) if draw.random() < 0.6 else _still_layer(side))
    layers += [_tree(rows, columns, horizon, far, draw) for _ in range(draw.integers(0, 4))]
    scene = Scene(np.zeros(0), np.zeros(0), tuple(layers))
    picture = scene.frame(0.0)
    way = np.zeros((4, side, side), np.float32)
    for layer in layers[1:]:
        way = way * (1.0 - layer.alpha) + layer.way * layer.alpha
    return Scene(picture, np.concatenate([way, _unknown(scene, picture, way)[None]]).astype(np.float32), tuple(layers))


def _unknown(scene: Scene, picture: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Where the moved picture [h, w] is not what is to be seen at either end of the way."""
    far = [np.abs(warped(picture, moved(way, phase)) - scene.frame(phase)).mean(axis=2) for phase in (0.25, 0.75)]
    unknown: np.ndarray = np.clip(4.0 * np.maximum(*far), 0.0, 1.0)
    return unknown


def _noise(side: int, cells: tuple[int, int], draw: np.random.Generator) -> np.ndarray:
    """Smooth noise in 0..1 [side, side]."""
    made: np.ndarray = cv2.resize(draw.random(cells).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(made, 0.0, 1.0)


def _still(colour: np.ndarray) -> _Layer:
    side = len(colour)
    return _Layer(colour, np.ones((side, side), np.float32), np.zeros((4, side, side), np.float32))


def _still_layer(side: int) -> _Layer:
    nothing = np.zeros((side, side), np.float32)
    return _Layer(np.zeros((side, side, 3), np.float32), nothing, np.zeros((4, side, side), np.float32))


def _ground(rows: np.ndarray, horizon: float, storm: float, draw: np.random.Generator) -> np.ndarray:
    """Sky above, land below."""
    clear, grey = np.array([0.35, 0.6, 0.9]), np.array([0.45, 0.47, 0.5])
    sky = (clear + storm * (grey - clear)) * draw.uniform(0.8, 1.1)
    land = np.array([0.45, 0.4, 0.25]) * draw.uniform(0.7, 1.2)
    lit = sky + (0.25 * rows / horizon)[..., None]
    earth = land * (0.8 + 0.4 * _noise(len(rows), (9, 9), draw))[..., None]
    below = (rows > horizon)[..., None]
    return np.clip(np.where(below, earth, lit), 0.0, 1.0).astype(np.float32)


def _clouds(
    rows: np.ndarray, columns: np.ndarray, horizon: float, storm: float, far: float, draw: np.random.Generator
) -> _Layer:
    alpha = np.zeros_like(rows)
    for _ in range(draw.integers(1, 5)):
        y, x, size = draw.uniform(0.05, horizon - 0.15), draw.random(), draw.uniform(0.06, 0.16)
        blob = np.exp(-((columns - x) ** 2 / size**2 + (rows - y) ** 2 / (0.4 * size) ** 2))
        alpha = np.maximum(alpha, np.clip(1.6 * blob, 0.0, 1.0))
    alpha = alpha * (rows < horizon)
    light = 0.95 - 0.35 * storm + 0.1 * (_noise(len(rows), (12, 12), draw) - 0.5)
    way = np.zeros((4, *rows.shape), np.float32)
    way[0] = 0.06 * far
    return _Layer(np.repeat(light[..., None], 3, axis=2).astype(np.float32), alpha.astype(np.float32), way)


def _water(rows: np.ndarray, columns: np.ndarray, horizon: float, far: float, draw: np.random.Generator) -> _Layer:
    near = np.clip((rows - horizon) / (1.0 - horizon), 0.0, 1.0)
    stripes = np.sin(2.0 * np.pi * (draw.uniform(9, 14) * rows + 1.5 * _noise(len(rows), (6, 6), draw)))
    glints = _noise(len(rows), (28, 10), draw) > 0.72
    colour = np.array([0.1, 0.35, 0.5]) * (0.9 + 0.2 * stripes)[..., None] + 0.4 * glints[..., None]
    way = np.zeros((4, *rows.shape), np.float32)
    way[0], way[3] = -0.05 * far * near, 0.01 * far * near
    return _Layer(np.clip(colour, 0.0, 1.0).astype(np.float32), (rows > horizon).astype(np.float32), way)


def _tree(rows: np.ndarray, columns: np.ndarray, horizon: float, far: float, draw: np.random.Generator) -> _Layer:
    x, high, wide = draw.uniform(0.1, 0.9), draw.uniform(0.2, 0.4), draw.uniform(0.05, 0.1)
    root = horizon + 0.05
    up = np.clip((root - rows) / high, 0.0, 1.0)
    width = wide * np.where(up < 0.25, 0.2, np.sqrt(np.clip(1.0 - ((up - 0.6) / 0.45) ** 2, 0.0, 1.0)))
    inside = (np.abs(columns - x) < width) & (rows < root) & (rows > root - high)
    alpha = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.7)
    crown = np.array([0.12, 0.35, 0.12]) * (0.7 + 0.7 * _noise(len(rows), (20, 20), draw))[..., None]
    bark = np.array([0.25, 0.17, 0.1])
    way = np.zeros((4, *rows.shape), np.float32)
    way[0] = 0.05 * far * up**1.5
    way[2] = 0.01 * far * up**1.5
    return _Layer(np.where((up < 0.25)[..., None], bark, crown).astype(np.float32), alpha, way)
