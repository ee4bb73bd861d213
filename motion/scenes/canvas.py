"""Tools of the scene painter: coordinates, noise that turns on a cone, gradients, light, soft shapes, defocus.

Pictures are float32 [h, w, 3], nominally 0..1; masks float32 [h, w]. ``phase`` is the place on the loop, 1 a
whole turn; everything drawn from it is a smooth closed function, so a loop has no seam.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from motion.drift import generator_for

__all__ = [
    "Canvas",
    "Drifting",
    "add_light",
    "blend",
    "defocus",
    "gradient",
    "mix",
    "ridge",
    "sample",
    "smooth",
    "soften",
    "splat",
]

Colour = np.ndarray
_TURN = 2.0 * math.pi


class Canvas:
    """A picture size and a seed: ``x`` [1, w] in 0..aspect, ``y`` [h, 1] in 0..1 from the top, generators.

    ``drift`` scales how far the noise of a scene turns away from rest: 0 holds it still, 1 is calm.
    """

    def __init__(self, width: int, height: int, seed: int, drift: float = 1.0) -> None:
        self.width, self.height, self.seed, self.drift = width, height, seed, drift
        self.aspect = width / height
        self.x = ((np.arange(width, dtype=np.float32) + 0.5) / height)[None, :]
        self.y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.height, self.width

    def draw(self, purpose: str, index: int = 0) -> np.random.Generator:
        """The generator for one purpose."""
        return generator_for(self.seed, f"scene/{purpose}", index)

    def drifting(self, make: Callable[[str], np.ndarray], purpose: str, tilt: float = 0.5, turns: int = 1) -> Drifting:
        """Noise of ``make`` turning on a cone of ``tilt`` radians times ``drift``, at most a right angle."""
        return Drifting(make, purpose, min(tilt * self.drift, math.pi / 2), turns)

    def blank(self, value: float = 0.0) -> np.ndarray:
        """A mask filled with ``value``."""
        return np.full(self.shape, value, np.float32)

    def noise(self, purpose: str, scale: float, stretch: float = 1.0, index: int = 0) -> np.ndarray:
        """Gaussian noise [h, w] of unit deviation with features of ``scale`` heights, ``stretch`` times as wide."""
        rows = max(4, round(1.0 / scale) + 3)
        columns = max(4, round(self.aspect / (scale * stretch)) + 3)
        coarse = self.draw(purpose, index).standard_normal((rows, columns)).astype(np.float32)
        fine = cv2.resize(coarse, self.shape[::-1], interpolation=cv2.INTER_CUBIC)
        return (fine - fine.mean()) / max(float(fine.std()), 1e-6)

    def cloud(
        self, purpose: str, scale: float, octaves: int = 5, stretch: float = 1.0, fall: float = 0.55
    ) -> np.ndarray:
        """Fractal noise [h, w] of unit deviation."""
        total = self.blank()
        for octave in range(octaves):
            if scale * 0.5**octave * self.height < 1.5:
                break
            total += fall**octave * self.noise(purpose, scale * 0.5**octave, stretch, octave)
        return total / max(float(total.std()), 1e-6)

    def line(self, purpose: str, scale: float, octaves: int = 4, fall: float = 0.5) -> np.ndarray:
        """Fractal noise [1, w] along x, unit deviation."""
        total = np.zeros((1, self.width), np.float32)
        for octave in range(octaves):
            count = max(4, round(self.aspect / (scale * 0.5**octave)) + 3)
            coarse = self.draw(purpose, octave).standard_normal((1, count)).astype(np.float32)
            total += fall**octave * cv2.resize(coarse, (self.width, 1), interpolation=cv2.INTER_CUBIC)
        return total / max(float(total.std()), 1e-6)


class Drifting:
    """Noise that turns on a cone: cos t a + sin t (cos φ b + sin φ c), at every phase a unit Gaussian field."""

    def __init__(self, make: Callable[[str], np.ndarray], purpose: str, tilt: float = 0.5, turns: int = 1) -> None:
        self._rest = math.cos(tilt) * make(f"{purpose}/a")
        self._cosine = math.sin(tilt) * make(f"{purpose}/b")
        self._sine = math.sin(tilt) * make(f"{purpose}/c")
        self._turns = turns

    def at(self, phase: float) -> np.ndarray:
        """The field at ``phase``."""
        angle = _TURN * phase * self._turns
        return self._rest + math.cos(angle) * self._cosine + math.sin(angle) * self._sine


def smooth(low: float | np.ndarray, high: float | np.ndarray, value: np.ndarray) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Between two colours."""
    return (first * (1.0 - share) + second * share).astype(np.float32)


def blend(picture: np.ndarray, colour: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Lay ``colour`` ([3] or [h, w, 3]) over ``picture`` where ``mask`` [h, w] says."""
    return picture + mask[..., None] * (colour - picture)


def add_light(picture: np.ndarray, colour: Colour, amount: np.ndarray) -> np.ndarray:
    """Screen light of ``colour`` over ``picture``; bright parts never clip hard."""
    light = np.minimum(amount, 1.0)[..., None] * colour
    return picture + light * np.maximum(1.0 - picture, 0.0)


def gradient(t: np.ndarray, stops: Sequence[tuple[float, Colour]]) -> np.ndarray:
    """Colours [*t.shape, 3] along ``t`` through ``stops`` (place, colour), mixed in linear light."""
    places = [place for place, _ in stops]
    channels = [np.interp(t, places, [float(colour[c]) ** 2 for _, colour in stops]) for c in range(3)]
    return np.sqrt(np.stack(channels, axis=-1)).astype(np.float32)


def soften(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur, ``sigma`` in heights of the picture."""
    pixels = sigma * picture.shape[0]
    if pixels < 0.3:
        return picture
    if pixels < 6.0:
        return cv2.GaussianBlur(picture, (0, 0), pixels, borderType=cv2.BORDER_REFLECT)
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), pixels / 4.0, borderType=cv2.BORDER_REFLECT)
    return cv2.resize(blurred, (width, height), interpolation=cv2.INTER_CUBIC)


def defocus(picture: np.ndarray, radius: float, lift: float = 3.0) -> np.ndarray:
    """Blur as a lens does: a disc of ``radius`` heights, bright points weighing more (``lift``), so that they bloom."""
    pixels = radius * picture.shape[0]
    if pixels < 0.6:
        return picture
    side = math.ceil(pixels)
    yy, xx = np.mgrid[-side : side + 1, -side : side + 1]
    kernel = np.clip(pixels + 0.5 - np.hypot(xx, yy), 0.0, 1.0).astype(np.float32)
    bright = np.maximum(picture, 0.0)
    linear = bright * bright if lift == 2.0 else np.power(bright, lift)
    blurred = cv2.filter2D(linear, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
    blurred = np.maximum(blurred, 0.0)
    return np.sqrt(blurred) if lift == 2.0 else np.power(blurred, 1.0 / lift)


def splat(
    mask: np.ndarray, x: float, y: float, radius: float, strength: float, edge: float = 0.25, rim: float = 0.0
) -> None:
    """Add a soft disc to ``mask`` in place; ``x``, ``y``, ``radius`` in heights, ``rim`` brightens the border."""
    height, width = mask.shape
    cx, cy, r = x * height - 0.5, y * height - 0.5, max(radius * height, 0.7)
    reach = r * (1.0 + edge) + 1.0
    left, right = max(0, int(cx - reach)), min(width, int(cx + reach) + 2)
    top, bottom = max(0, int(cy - reach)), min(height, int(cy + reach) + 2)
    if left >= right or top >= bottom:
        return
    dx = np.arange(left, right, dtype=np.float32) - cx
    dy = np.arange(top, bottom, dtype=np.float32)[:, None] - cy
    distance = np.sqrt(dx * dx + dy * dy) / r
    disc = np.clip((1.0 + edge / 2 + 0.5 / r - distance) / (edge + 1.0 / r), 0.0, 1.0)
    disc *= disc * (3.0 - 2.0 * disc)
    if rim:
        disc = disc * (1.0 - rim + rim * np.minimum(distance, 1.0) ** 4)
    mask[top:bottom, left:right] += strength * disc


def ridge(canvas: Canvas, line: np.ndarray, softness: float = 0.004) -> np.ndarray:
    """Mask of everything below ``line`` [1, w] (heights from the top)."""
    return smooth(-softness, softness, canvas.y - line)


def sample(field: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """``field`` [h, w(, 3)] moved by (dx, dy) heights with sub-pixel accuracy, mirrored at the border."""
    height, width = field.shape[:2]
    move = np.array([[1.0, 0.0, dx * height], [0.0, 1.0, dy * height]], np.float32)
    return cv2.warpAffine(field, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
