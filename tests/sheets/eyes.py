"""Eyes from near: lids on their way down, and eyes that look about; moods at viewing size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from avatar.core.types import Portrait, Size
from avatar.face.canonical import Canonical
from avatar.face.framing import frame_person
from tests.sheets.people import Case, Pose, frames, grid, over, portrait_of, tile

__all__ = ["blinks", "looks", "moods"]

_SIZE = Size(512, 512)
_LIDS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LOOKS: dict[str, Pose] = {
    "ahead": {},
    "left": {"gaze_x": -0.95},
    "right": {"gaze_x": 0.95},
    "up": {"gaze_y": -0.95},
    "down": {"gaze_y": 0.95},
    "wink": {"wink": 1.0},
}
_MOODS = ("neutral", "happy", "sad", "angry", "surprised")


def blinks(cases: list[Case]) -> Image.Image:
    """A row a photo: the eyes open, a quarter, a half, three quarters shut, and shut."""
    return _strips(cases, [{"lids": lids} for lids in _LIDS], [f"{lids:g}" for lids in _LIDS])


def looks(cases: list[Case]) -> Image.Image:
    """A row a photo: the eyes ahead, to the left, right, up and down; a wink."""
    return _strips(cases, list(_LOOKS.values()), list(_LOOKS))


def moods(cases: list[Case]) -> Image.Image:
    """A row a photo: the face in each mood."""
    rows = []
    for case in cases:
        if (portrait := portrait_of(case)) is not None:
            shown = [frames(portrait, _SIZE, True, [{}] * 9, expression=mood)[4] for mood in _MOODS]
            rows.append(
                [tile(_face(portrait, frame), 240, 280, mood) for mood, frame in zip(_MOODS, shown, strict=True)]
            )
    return grid(rows)


def _strips(cases: list[Case], poses: Sequence[Pose], labels: Sequence[str]) -> Image.Image:
    rows = []
    for case in cases:
        if (portrait := portrait_of(case)) is not None:
            drawn = frames(portrait, _SIZE, True, poses)
            names = [f"{case.name} {label}" for label in labels]
            rows.append(
                [tile(_eyes(portrait, frame), 330, 132, name) for name, frame in zip(names, drawn, strict=True)]
            )
    return grid(rows)


def _eyes(portrait: Portrait, frame: np.ndarray) -> np.ndarray:
    return _cut(portrait, frame, (0.0, 0.02), (0.75, 0.30))


def _face(portrait: Portrait, frame: np.ndarray) -> np.ndarray:
    return _cut(portrait, frame, (0.0, 0.40), (1.05, 1.22))


def _cut(portrait: Portrait, frame: np.ndarray, centre: tuple[float, float], half: tuple[float, float]) -> np.ndarray:
    """The part of a frame about a place of the face, in IOD."""
    face = Canonical.of(frame_person(portrait, _SIZE, True).apply(portrait.landmarks))
    middle = face.landmarks[168, :2] + face.iod * (face.axes[:2, :2] @ np.array(centre))
    x0, y0 = np.maximum(np.floor(middle - face.iod * np.array(half)), 0).astype(int)
    x1, y1 = np.ceil(middle + face.iod * np.array(half)).astype(int)
    return over(frame[y0:y1, x0:x1])
