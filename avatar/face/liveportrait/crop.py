"""What LivePortrait sees of a photo: a turned square about the face, and how it goes back.

Points and matrices count pixel centres as whole numbers; a matrix [3, 3] takes a column (x, y, 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = [
    "IBUG_68",
    "SIDE",
    "Marks",
    "border_mask",
    "crop_matrix",
    "cropped",
    "driving_box",
    "driving_matrix",
    "halved",
    "inverse",
    "pasted",
    "seen",
]

SIDE = 512
_SCALE, _RISE = 2.3, -0.125
_DRIVING_SCALE, _DRIVING_RISE = 2.2, -0.1
_FINE = 0.6  # crop pixels for one of the photo's, below which the photo is made smaller first
_BORDER = 16  # pixels of the crop over which it fades into the photo


@dataclass(frozen=True)
class Marks:
    """Where in a set of points the eyes lie (the mean of the points ``left`` and ``right`` as the viewer sees them),
    and the two corners of the lips."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    lips: tuple[int, int]


IBUG_68 = Marks((36, 39), (42, 45), (48, 54))


@dataclass(frozen=True)
class _Square:
    """``centre`` [2], ``side`` in pixels, ``across`` [2]: the direction of its upper side."""

    centre: np.ndarray
    side: float
    across: np.ndarray


def _square(points: np.ndarray, marks: Marks, scale: float, rise: float) -> _Square:
    """The square about all ``points`` [n, 2] in the direction of the face, ``scale`` times as large as they need,
    moved down the face by ``rise`` of its side."""
    points = np.asarray(points, np.float64)
    eyes = (points[list(marks.left)].mean(0) + points[list(marks.right)].mean(0)) / 2
    down = points[list(marks.lips)].mean(0) - eyes
    length = np.hypot(*down)
    down = down / length if length > 1e-3 else np.array([0.0, 1.0])
    across = np.array([down[1], -down[0]])
    middle = points.mean(0)
    inside = np.stack([(points - middle) @ across, (points - middle) @ down], axis=1)
    low, high = inside.min(0), inside.max(0)
    side = scale * float((high - low).max())
    x, y = (low + high) / 2
    return _Square(middle + x * across + (y + rise * side) * down, side, across)


def crop_matrix(
    points: np.ndarray, marks: Marks, side: int = SIDE, scale: float = _SCALE, rise: float = _RISE, turned: bool = True
) -> np.ndarray:
    """Photo → crop of ``side`` pixels, float64 [3, 3], for a face with ``points`` [n, 2] in the photo.

    ``turned``: the crop is turned so that the face stands upright in it.
    """
    square = _square(points, marks, scale, rise)
    cosine, sine = square.across if turned else (1.0, 0.0)
    linear = side / square.side * np.array([[cosine, sine], [-sine, cosine]])
    return _affine(linear, side / 2 - linear @ square.centre)


def driving_box(points: np.ndarray, marks: Marks) -> np.ndarray:
    """The upright square (left, top, right, bottom) of a driving frame with ``points`` [n, 2]."""
    square = _square(points, marks, _DRIVING_SCALE, _DRIVING_RISE)
    half = square.side / 2
    return np.concatenate([square.centre - half, square.centre + half])


def driving_matrix(box: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Driving frame → crop of ``side`` pixels, float64 [3, 3], for the mean ``box`` of its frames."""
    scale = side / (box[2] - box[0])
    return _affine(scale * np.eye(2), -scale * box[:2])


def _affine(linear: np.ndarray, shift: np.ndarray) -> np.ndarray:
    return np.vstack([np.column_stack([linear, shift]), [0.0, 0.0, 1.0]])


def inverse(matrix: np.ndarray) -> np.ndarray:
    """The way back of an affine ``matrix`` [3, 3]."""
    back: np.ndarray = np.linalg.inv(matrix)
    return back


def cropped(pixels: np.ndarray, matrix: np.ndarray, side: int = SIDE) -> np.ndarray:
    """``pixels`` uint8 [h, w, c] under ``matrix``: uint8 [side, side, c], black beyond the picture."""
    crop: np.ndarray = cv2.warpAffine(pixels, matrix[:2], (side, side), flags=cv2.INTER_LINEAR)
    return crop


def seen(pixels: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """``pixels`` under ``matrix`` as :func:`cropped` gives them; a picture much finer than the crop is made smaller
    first, or its fine detail would turn into coarse."""
    scale = float(np.hypot(*matrix[0, :2]))
    if scale > _FINE:
        return cropped(pixels, matrix)
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    grown = np.array([width / size[0], height / size[1]])
    back = _affine(np.diag(grown), (grown - 1) / 2)  # pixel i of the small picture lies at (i + 0.5) * grown - 0.5
    return cropped(small, matrix @ back)


def halved(crop: np.ndarray) -> np.ndarray:
    """The crop as the networks see it: uint8 [256, 256, 3]."""
    small: np.ndarray = cv2.resize(crop, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA)
    return small


def border_mask() -> np.ndarray:
    """How far each pixel of the crop counts in the photo, uint8 [512, 512]: all inside, nothing at the border."""
    away = np.arange(SIDE)
    beyond = np.maximum(np.maximum(_BORDER - away, away - (SIDE - _BORDER)), 0)
    distance = np.hypot(beyond[:, None], beyond[None, :])
    return np.floor(255 * np.clip(1 - distance / _BORDER, 0, 1)).astype(np.uint8)


def pasted(photo: np.ndarray, drawn: np.ndarray, back: np.ndarray) -> np.ndarray:
    """``photo`` uint8 [h, w, 3] with the crop ``drawn`` uint8 [512, 512, 3] pasted in, ``back``: crop → photo."""
    size = (photo.shape[1], photo.shape[0])
    share = cv2.warpAffine(border_mask(), back[:2], size, flags=cv2.INTER_LINEAR)[..., None].astype(np.float32) / 255
    laid = cv2.warpAffine(drawn, back[:2], size, flags=cv2.INTER_LINEAR)
    return np.clip(share * laid + (1 - share) * photo, 0, 255).astype(np.uint8)
