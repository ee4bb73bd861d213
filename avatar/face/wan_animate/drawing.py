"""The skeleton as a picture: the drawing that Wan Animate was trained on.

Twenty points of the body and twice 21 of the hands (the order of BODY; Wan's preprocessing calls it AAPose): limbs are
ellipses in 60 % of a colour of their own, joints are full discs, bones of the hand go round the circle of hues. A point
outside the picture is one that no detector would have seen, and is not drawn, nor what ends there.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np

from avatar.core.types import Size
from avatar.face.wan_animate.skeleton import BODY, HAND

__all__ = ["LIMBS", "draw_skeleton"]

LIMBS = (("neck", "right shoulder"), ("neck", "left shoulder"), ("right shoulder", "right elbow"),
         ("right elbow", "right wrist"), ("left shoulder", "left elbow"), ("left elbow", "left wrist"),
         ("neck", "right hip"), ("right hip", "right knee"), ("right knee", "right ankle"), ("neck", "left hip"),
         ("left hip", "left knee"), ("left knee", "left ankle"), ("neck", "nose"), ("nose", "right eye"),
         ("right eye", "right ear"), ("nose", "left eye"), ("left eye", "left ear"), ("left ankle", "left toe"),
         ("right ankle", "right toe"))  # fmt: skip
"""In the order in which they are drawn."""
_STEPS = (0, 85, 170)
_COLOURS = (
    *((255, step, 0) for step in _STEPS), (255, 255, 0), *((step, 255, 0) for step in _STEPS[:0:-1]),
    *((0, 255, step) for step in _STEPS), (0, 255, 255), *((0, step, 255) for step in _STEPS[:0:-1]),
    *((step, 0, 255) for step in _STEPS), (255, 0, 255), *((255, 0, step) for step in _STEPS[:0:-1]),
    (200, 200, 0), (100, 100, 0),
)  # fmt: skip
_LIMB = 0.6
_KNUCKLE = (0, 0, 255)
_BONES = tuple((0 if place % 4 == 1 else place - 1, place) for place in range(1, HAND))


def draw_skeleton(points: np.ndarray, known: np.ndarray, size: Size) -> np.ndarray:
    """The picture uint8 [h, w, 3] of ``points`` [62, 2] in pixels, those that are ``known`` [62] and inside."""
    picture = np.zeros((size.height, size.width, 3), np.uint8)
    seen = known & (points >= 0).all(axis=1) & (points < (size.width, size.height)).all(axis=1)
    whole = points.astype(int)
    thick = max(min(size.width, size.height) // 200 - 1, 1)
    for (first, last), colour in zip(LIMBS, _COLOURS, strict=False):
        ends = BODY.index(first), BODY.index(last)
        if seen[list(ends)].all():
            _limb(picture, points[list(ends)], tuple(int(_LIMB * level) for level in colour), thick)
    for place, colour in enumerate(_COLOURS):
        if seen[place]:
            cv2.circle(picture, whole[place].tolist(), thick, colour, thickness=-1)
    for hand in (len(BODY), len(BODY) + HAND):
        _hand(picture, whole[hand : hand + HAND], seen[hand : hand + HAND], max(thick // 2, 1))
    return picture


def _limb(picture: np.ndarray, ends: np.ndarray, colour: tuple[int, ...], thick: int) -> None:
    across, down = ends[0] - ends[1]
    middle, axes = ends.mean(axis=0).astype(int).tolist(), (int(np.hypot(across, down) / 2), thick)
    outline = cv2.ellipse2Poly(middle, axes, int(np.degrees(np.arctan2(down, across))), 0, 360, 1)
    cv2.fillConvexPoly(picture, outline, colour)


def _hand(picture: np.ndarray, points: np.ndarray, seen: np.ndarray, thick: int) -> None:
    for number, (first, last) in enumerate(_BONES):
        if seen[first] and seen[last]:
            hue = colorsys.hsv_to_rgb(number / len(_BONES), 1.0, 1.0)
            cv2.line(picture, points[first].tolist(), points[last].tolist(), tuple(255 * level for level in hue), thick)
    for place in np.flatnonzero(seen):
        cv2.circle(picture, points[place].tolist(), thick, _KNUCKLE, thickness=-1)
