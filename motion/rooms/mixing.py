"""A room cut for one size, and its lights mixed: linear light by groups, exposure, tone, parallax.

Pictures are planes float32 [3, h, w]; gains float64 [groups, 3] multiply the white radiance of each group.
"""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np

from avatar.core.types import Size
from motion.plates import KINDS, Room, layer, picture
from motion.rooms.daylight import Mood, shares
from motion.rooms.life import Window

__all__ = ["Gains", "Plate", "irradiance", "toned"]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_EYES = 0.43  # where a face is in the frame, from the top
_ROOM = 1.03  # what is cut larger than the frame, for the camera's sway
_SPREAD = 20.0  # a group counts as bright as its mean, or as this share of its highlights
# The least mean that a group of each kind counts as: where hardly any sun comes in, it is not made a flood of light.
_LEAST = (0.15, 0.15, 0.12, 0.15, 0.03, 0.08, 0.02, 0.06)
_COARSE = (48, 27)
_PARALLAX, _SWAY = 0.0045, 0.0012  # of the width: what is near against what is far, and everything
_WIDEST = 960  # columns that are mixed; what lies out of focus has no finer detail
_WHITE, _STEPS = 16.0, 4096


class Plate:
    """``room`` cut for a frame of ``size``; ``mirrored`` left to right. Layers are held at the cut's own size, or at
    the frame's where that is smaller."""

    def __init__(self, room: Room, size: Size, mirrored: bool) -> None:
        self.room, self.mirrored, self._size = room, mirrored, size
        window = _window(room, size)
        self.window = Window(
            window[0] / room.width, window[1] / room.height, window[2] / room.width, window[3] / room.height, mirrored
        )
        layers = [_fitted(layer(room.folder / group.file), window, size, mirrored) for group in room.groups]
        self._layers = [np.ascontiguousarray(one.transpose(2, 0, 1)) for one in layers]
        self.coarse = np.stack([cv2.resize(one, _COARSE, interpolation=cv2.INTER_AREA) for one in layers])
        self.coarse *= np.array([group.scale for group in room.groups], np.float32)[:, None, None, None]
        self.height, self.width = self._layers[0].shape[1:]
        self._across, self._down = self._places()
        self.near = self._depth(window)
        self._reach = self._reaches()

    def linear(self, gains: np.ndarray) -> np.ndarray:
        """The mixed light, before tone."""
        mixed = np.zeros((3, self.height, self.width), np.float32)
        for group, one, gain in zip(self.room.groups, self._layers, gains, strict=True):
            for channel in range(3):
                weight = float(gain[channel]) * group.scale
                if weight > 1e-5:
                    cv2.scaleAdd(one[channel], weight, mixed[channel], dst=mixed[channel])
        return mixed

    def picture(self, gains: np.ndarray, sway: tuple[float, float]) -> np.ndarray:
        """The picture float32 [H, W, 3] in 0..255 at the frame's size; ``sway`` of the camera, -1..1 each way."""
        across, down = self._across, self._down
        if any(sway):
            across = cv2.scaleAdd(self._reach, sway[0], across)
            down = cv2.scaleAdd(self._reach, sway[1], down)
        shown = cv2.merge(list(toned(self.linear(gains))))
        return np.asarray(cv2.remap(shown, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each pixel of the frame lies in the cut, float32 [H, W] across and down."""
        inner = 1.0 / _ROOM
        across = ((np.arange(self._size.width) + 0.5) / self._size.width - 0.5) * inner + 0.5
        down = ((np.arange(self._size.height) + 0.5) / self._size.height - 0.5) * inner + 0.5
        grid = np.meshgrid(across * self.width - 0.5, down * self.height - 0.5)
        return grid[0].astype(np.float32), grid[1].astype(np.float32)

    def _depth(self, window: tuple[int, int, int, int]) -> np.ndarray | None:
        """How near each pixel of the frame is, float32 [H, W] in 0..1; None for a room without depth."""
        if not self.room.depth:
            return None
        near = picture(self.room.folder / self.room.depth, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255.0
        if near.shape != (self.room.height, self.room.width):
            near = cv2.resize(near, (self.room.width, self.room.height), interpolation=cv2.INTER_LINEAR)
        near = _fitted(near, window, self._size, self.mirrored)
        return np.asarray(cv2.remap(near, self._across, self._down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    def _reaches(self) -> np.ndarray:
        """How far a sway of 1 moves each pixel of the frame, float32 [H, W] in pixels of the cut: more what is nearer
        than the mean, and softly, so that nothing tears."""
        if self.near is None:
            return np.full(self._across.shape, self.width * _SWAY, np.float32)
        near = cv2.GaussianBlur(self.near - self.near.mean(), (0, 0), 0.006 * self.near.shape[1])
        return np.asarray(np.float32(self.width) * (np.float32(_SWAY) + np.float32(_PARALLAX) * near))


class Gains:
    """What a mood makes of the lights of a plate: shares become gains, and the picture is exposed to its key."""

    def __init__(self, plate: Plate) -> None:
        self._coarse = plate.coarse.reshape(len(plate.coarse), -1, 3)
        bright = self._coarse @ LUMINANCE
        weight = np.maximum(bright.mean(axis=1), np.percentile(bright, 99, axis=1) / _SPREAD)
        self._kinds = np.array([KINDS.index(group.kind) for group in plate.room.groups])
        self._unit = 1.0 / np.maximum(weight, np.array(_LEAST)[self._kinds])
        self._alike = np.bincount(self._kinds, minlength=len(KINDS))[self._kinds]

    def of(self, mood: Mood, breath: np.ndarray | float = 1.0) -> np.ndarray:
        """Gains float64 [groups, 3] in ``mood``; ``breath`` [8] multiplies the light of each kind."""
        share, colour, key = shares(mood)
        share = share * breath
        gains = (share[self._kinds] * self._unit / self._alike)[:, None] * colour[self._kinds]
        return gains * self._exposure(gains, key)

    def coarse(self, gains: np.ndarray) -> np.ndarray:
        """A small picture [pixels, 3] in 0..255, to compare lights with."""
        mixed = np.einsum("gpc,gc->pc", self._coarse, gains.astype(np.float32))
        return toned(mixed)

    def _exposure(self, gains: np.ndarray, key: float) -> float:
        """The factor that brings the mean light, highlights cut, to ``key``."""
        light = np.einsum("gpc,gc->p", self._coarse * LUMINANCE, gains.astype(np.float32)).astype(np.float64)
        factor = key / max(float(light.mean()), 1e-9)
        for _ in range(3):
            factor *= key / max(float(np.minimum(light * factor, 1.0).mean()), 1e-9)
        return float(factor)


def irradiance(plate: Plate, gains: np.ndarray) -> np.ndarray:
    """Light at the seat, float32 [3, 9], in the exposure of the picture."""
    total = sum(group.irradiance * gain[:, None] for group, gain in zip(plate.room.groups, gains, strict=True))
    sides = np.array([1, 1, 1, -1, -1, 1, 1, -1, 1] if plate.mirrored else [1] * 9)  # y00 y1-1 y10 y11 y2-2 ... y22
    return np.asarray(total * sides, np.float32)


def toned(linear: np.ndarray) -> np.ndarray:
    """Linear light as display values 0..255, float32; by a table over the root, so dark tones keep their steps."""
    table, scale = _tone()
    root = np.sqrt(linear, dtype=np.float32)
    root *= scale
    return np.take(table, root.astype(np.uint16), mode="clip")


@functools.cache
def _tone() -> tuple[np.ndarray, np.float32]:
    """A film's curve (Narkowicz 2015, "ACES filmic tone mapping curve") with the transfer function of sRGB."""
    x = 1.15 * _WHITE * np.linspace(0.0, 1.0, _STEPS) ** 2
    film = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0)
    shown = np.where(film <= 0.0031308, 12.92 * film, 1.055 * film ** (1.0 / 2.4) - 0.055)
    return (255.0 * shown).astype(np.float32), np.float32((_STEPS - 1) / math.sqrt(_WHITE))


def _window(room: Room, size: Size) -> tuple[int, int, int, int]:
    """Left, top, width and height of the cut in pixels of the plate: as large as it goes, the seat where the person
    is."""
    aspect = size.width / size.height
    wide, high = min(room.width, room.height * aspect), min(room.height, room.width / aspect)
    left = float(np.clip(room.seat[0] * room.width - wide / 2.0, 0.0, room.width - wide))
    top = float(np.clip(room.seat[1] * room.height - _EYES * high, 0.0, room.height - high))
    return round(left), round(top), max(2, math.floor(wide)), max(2, math.floor(high))


def _fitted(pixels: np.ndarray, window: tuple[int, int, int, int], size: Size, mirrored: bool) -> np.ndarray:
    left, top, wide, high = window
    cut = pixels[top : top + high, left : left + wide]
    if mirrored:
        cut = cut[:, ::-1]
    scale = min(size.width * _ROOM, _WIDEST) / wide
    if scale < 1.0:
        most = (math.ceil(wide * scale), math.ceil(high * scale))
        return np.asarray(cv2.resize(np.ascontiguousarray(cut), most, interpolation=cv2.INTER_AREA))
    return np.ascontiguousarray(cut)
