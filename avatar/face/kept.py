"""What of a photo stays as it is while the rest is repainted: eyes and mouth, in which people know one another."""

from __future__ import annotations

import cv2
import numpy as np

from avatar.face.canonical import EYES, FACE_OVAL, OUTER_LOWER, OUTER_UPPER
from avatar.face.finding import eye_distance

__all__ = ["KEPT", "kept_mask", "moved_by"]

KEPT = ("features", "face", "nothing")
_ROOM, _SOFT = 0.10, 0.06  # around what is kept, and of its rim, in eye distances


def kept_mask(landmarks: np.ndarray, shape: tuple[int, int], keep: str = "features") -> np.ndarray:
    """How much of each pixel stays, float32 [h, w] in 0..1: of eyes and mouth, of the whole ``face``, or of
    nothing. ``landmarks`` [478, 3] in pixels."""
    mask = np.zeros(shape, np.uint8)
    if keep == "nothing":
        return mask.astype(np.float32)
    unit = eye_distance(landmarks)
    for places in (FACE_OVAL,) if keep == "face" else _features():
        points = landmarks[list(places), :2].round().astype(np.int32)
        cv2.fillConvexPoly(mask, cv2.convexHull(points), 255, cv2.LINE_AA)
    reach = max(1, round(_ROOM * unit))
    grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    soft: np.ndarray = cv2.GaussianBlur(grown, (0, 0), max(0.5, _SOFT * unit)).astype(np.float32) / 255.0
    return soft


def moved_by(before: np.ndarray, after: np.ndarray) -> float:
    """How far the points of a face [478, 3] have gone, in eye distances: the mean over all of them."""
    return float(np.linalg.norm(after[:, :2] - before[:, :2], axis=1).mean()) / eye_distance(before)


def _features() -> tuple[tuple[int, ...], ...]:
    return (*((*upper, *lower) for upper, lower, _ in EYES), (*OUTER_UPPER, *OUTER_LOWER))
