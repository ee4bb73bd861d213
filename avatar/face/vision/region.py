"""A turned square or rectangle of a picture, cut out for a network; and points of it taken back to the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["Region", "around", "fitted", "whole"]

_MARGIN = 1.5  # how much larger than the face the mesh wants to see it


@dataclass(frozen=True)
class Region:
    """``x``, ``y``: the centre in pixels, counted from the picture's corner; ``width``, ``height`` in pixels;
    ``rotation``: radians, clockwise as seen."""

    x: float
    y: float
    width: float
    height: float
    rotation: float = 0.0

    def crop(self, pixels: np.ndarray, size: int, low: float, border: int) -> np.ndarray:
        """The region of ``pixels`` uint8 [h, w, 3] as float32 [size, size, 3], black → ``low``, white → 1.

        ``border``: cv2's name for what lies outside the picture.
        """
        target = np.array([[0, size], [0, 0], [size, 0], [size, size]], np.float32)
        matrix = cv2.getPerspectiveTransform(self._corners(), target)
        part = cv2.warpPerspective(pixels, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
        scaled = np.multiply(part, np.float32((1 - low) / 255), dtype=np.float32)
        return scaled + np.float32(low) if low else scaled

    def back(self, points: np.ndarray) -> np.ndarray:
        """``points`` [n, 2] in 0..1 of the region → pixels of the picture [n, 2]."""
        centred = (points - 0.5) * [self.width, self.height]
        return centred @ self._turn().T + [self.x, self.y]

    def _corners(self) -> np.ndarray:
        """Lower left, upper left, upper right, lower right, float32 [4, 2]."""
        unit = np.array([[0, 1], [0, 0], [1, 0], [1, 1]], np.float64)
        return self.back(unit).astype(np.float32)

    def _turn(self) -> np.ndarray:
        cosine, sine = math.cos(self.rotation), math.sin(self.rotation)
        return np.array([[cosine, -sine], [sine, cosine]])


def whole(pixels: np.ndarray) -> Region:
    """The picture itself."""
    height, width = pixels.shape[:2]
    return Region(width / 2, height / 2, width, height)


def fitted(pixels: np.ndarray) -> Region:
    """The smallest square around the whole picture."""
    height, width = pixels.shape[:2]
    side = max(width, height)
    return Region(width / 2, height / 2, side, side)


def around(low: np.ndarray, high: np.ndarray, one_eye: np.ndarray, other_eye: np.ndarray) -> Region:
    """The square around the box ``low``..``high`` in which the line from eye to eye lies level; points [2] in px."""
    x, y = (low + high) / 2
    side = _MARGIN * float(np.max(high - low))
    across = other_eye - one_eye
    return Region(float(x), float(y), side, side, math.atan2(across[1], across[0]))
