"""How people stand in frames of three formats, with the background taken away and with the photo's own."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from avatar.core.types import Size
from tests.sheets.people import Case, frames, grid, over, portrait_of, tile

__all__ = ["cut", "cuts", "whole"]

_FORMATS = (Size(512, 288), Size(384, 384), Size(288, 512))
_HEIGHT = 170


def whole(cases: Sequence[Case]) -> Image.Image:
    """Every photo as it is."""
    return grid(_in_columns([_row(case) for case in cases], 2))


def cut(cases: Sequence[Case]) -> Image.Image:
    """Every photo cut at the forehead, at a side, at chin and shoulders; the person small in a wide picture."""
    return grid(_in_columns([_row(one) for case in cases for one in cuts(case)], 2))


def cuts(case: Case) -> list[Case]:
    """Variants of a photo; those without room for the cut are left out."""
    portrait = portrait_of(case)
    if portrait is None:
        return []
    height, width = case.pixels.shape[:2]
    points, iod = portrait.landmarks[:, :2], portrait.iod
    low, high = points.min(0), points.max(0)
    nose = points[1]
    boxes = {
        "forehead": (0, low[1] + 0.02 * iod, width, height),
        "hair": (0, low[1] - 0.25 * iod, width, height),
        "left": (low[0] - 0.2 * iod, 0, width, height),
        "right": (0, 0, high[0] + 0.25 * iod, height),
        "chin": (0, 0, width, high[1] + 0.15 * iod),
        "shoulders": (nose[0] - 1.5 * iod, 0, nose[0] + 1.5 * iod, high[1] + 1.0 * iod),
        "close": (low[0] - 0.1 * iod, low[1] + 0.1 * iod, high[0] + 0.1 * iod, high[1] + 0.3 * iod),
    }
    cropped = [Case(f"{case.name} {name}", _cropped(case.pixels, box)) for name, box in boxes.items()]
    return [one for one in cropped if min(one.pixels.shape[:2]) > 120] + [Case(f"{case.name} tiny", _tiny(case.pixels))]


def _cropped(pixels: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    x0, y0 = max(0, round(box[0])), max(0, round(box[1]))
    return np.ascontiguousarray(pixels[y0 : round(box[3]), x0 : round(box[2])])


def _tiny(pixels: np.ndarray) -> np.ndarray:
    """The photo small in the lower part of a wide picture of its own blurred colours."""
    wide = cv2.GaussianBlur(cv2.resize(pixels[:, : max(8, pixels.shape[1] // 6)], (1600, 600)), (0, 0), 40)
    small = cv2.resize(pixels, (round(420 * pixels.shape[1] / pixels.shape[0]), 420), interpolation=cv2.INTER_AREA)
    wide[180:600, 900 : 900 + small.shape[1]] = small[:, : 1600 - 900]
    return wide


def _row(case: Case) -> list[Image.Image]:
    portrait = portrait_of(case)
    scale = _HEIGHT / case.pixels.shape[0]
    row = [tile(case.pixels, min(300, round(case.pixels.shape[1] * scale)), _HEIGHT, case.name)]
    if portrait is None:
        return row
    for keep in (False, True):
        for size in _FORMATS:
            (frame,) = frames(portrait, size, keep, [{}])
            row.append(tile(over(frame), round(size.width * _HEIGHT / size.height), _HEIGHT))
    return row


def _in_columns(rows: list[list[Image.Image]], count: int) -> list[list[Image.Image]]:
    """``count`` rows beside one another, so that the sheet is no tower."""
    width = max(sum(one.width + 4 for one in row) for row in rows)
    padded = [
        [*row, Image.new("RGB", (max(1, width - sum(o.width + 4 for o in row)), 1), (250, 250, 248))] for row in rows
    ]
    return [sum(padded[i : i + count], []) for i in range(0, len(padded), count)]
