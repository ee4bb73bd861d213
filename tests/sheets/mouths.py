"""Mouths in the middle of a phone, close up: closed ones, vowels, teeth, the tongue."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from avatar.core.types import Portrait, Size
from avatar.face.framing import frame_person
from tests.sheets.people import Case, frames, grid, over, portrait_of, tile

__all__ = ["mouths"]

_SIZE = Size(512, 512)
_PHONES = "mɑɛiousʃflθt"
_HELD = 12  # frames; the middle one is shown


def mouths(cases: Sequence[Case]) -> Image.Image:
    """A row a photo, a tile a phone."""
    rows = []
    for case in cases:
        portrait = portrait_of(case)
        if portrait is None:
            continue
        shown = [frames(portrait, _SIZE, True, [{}] * _HELD, phone)[_HELD // 2] for phone in _PHONES]
        rows.append([tile(_close(portrait, over(one)), 225, 180, f"{case.name} {phone}")
                     for phone, one in zip(_PHONES, shown, strict=True)])  # fmt: skip
    return grid(rows)


def _close(portrait: Portrait, picture: np.ndarray) -> np.ndarray:
    """What lies about the mouth, as wide as eight tenths of the distance of the outer eye corners."""
    framing = frame_person(portrait, _SIZE, True)
    points = framing.apply(portrait.landmarks)
    x, y = points[[61, 291, 0, 17], :2].mean(axis=0)
    scale = 225 / (0.84 * float(np.linalg.norm(points[263] - points[33])))
    matrix = np.array([[scale, 0, 112 - scale * x], [0, scale, 90 - scale * y]])
    return cv2.warpAffine(picture, matrix, (225, 180), flags=cv2.INTER_CUBIC)
