"""Heads that turn and sway: before the photo's own background, and cut out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from avatar.core.types import Size
from tests.sheets.people import Case, Pose, frames, grid, over, portrait_of, tile

__all__ = ["kept", "turns"]

_SIZE = Size(512, 512)
_SWAYS: tuple[Pose, ...] = (
    {},
    {"sway_x": 0.12, "roll": 4.0},
    {"sway_x": -0.12, "roll": -4.0},
    {"yaw": 8.0, "sway_x": 0.06},
    {"pitch": 6.0, "shoulders": 0.05},
)
_TURNS: tuple[Pose, ...] = (
    {},
    {"yaw": 12.0},
    {"yaw": -12.0},
    {"pitch": 10.0},
    {"pitch": -10.0},
    {"roll": 8.0},
    {"yaw": 15.0, "pitch": 5.0, "roll": 4.0},
)


def kept(cases: Sequence[Case]) -> Image.Image:
    """Each pose before the photo's background, and how much it differs from the photo (bright: much)."""
    rows = []
    for case in cases:
        portrait = portrait_of(case)
        if portrait is None:
            continue
        shown = [over(frame) for frame in frames(portrait, _SIZE, True, _SWAYS)]
        rows.append([tile(one, 380, 380, case.name) for one in shown])
        rows.append([tile(_changed(one, shown[0]), 190, 190) for one in shown[1:]])
    return grid(rows)


def turns(cases: Sequence[Case]) -> Image.Image:
    """Each photo at rest and turned far, cut out."""
    rows = []
    for case in cases:
        portrait = portrait_of(case)
        if portrait is not None:
            shown = [over(frame) for frame in frames(portrait, _SIZE, False, _TURNS)]
            rows.append([tile(one, 300, 300, case.name) for one in shown])
    return grid(rows)


def _changed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    apart = np.abs(one.astype(int) - other.astype(int)).max(axis=-1)
    bright = np.clip(apart * 3, 0, 255).astype(np.uint8)
    coloured: np.ndarray = cv2.applyColorMap(bright, cv2.COLORMAP_INFERNO)
    return np.ascontiguousarray(coloured[..., ::-1])
