"""How much of a face something covers, judged by the colours of its bare skin and of its lips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from avatar.core.reasons import Message

__all__ = ["covered_notes", "covered_share", "mouth_is_covered"]

# Forehead, cheeks, nose, upper lip, chin: bare skin in a photo where nothing covers the face
_SKIN = (10, 151, 9, 50, 280, 205, 425, 4, 5, 164, 199, 175, 187, 411)
_BEARDLESS = (10, 151, 9, 50, 280, 205, 425, 4, 5)  # those where no beard grows
_UPPER_FACE = (50, 280, 205, 425, 4, 5, 151, 9)
_UPPER_LIP, _LOWER_LIP = ((0, 13), (37, 82), (267, 312)), ((14, 17), (87, 84), (317, 314))  # across the lips' red
_AROUND_MOUTH = (164, 18, 200, 199, 187, 411, 204, 424)

_OTHER_COLOUR, _COVERED_FROM = 28.0, 0.2  # about: distance in L*a*b*, its lightness counted a third; share of places
_SAME_COLOUR = 2.8  # lips that differ less than this from what is around them are not lips; lightness counted half
_GREY, _COLOURED = 6.0, 8.0  # distance from grey of a microphone at most, of skin at least
_DARKER, _LESS_RED = 20.0, 3.0  # by how much a microphone is darker than the skin, and less red than what is around it


def covered_share(pixels: np.ndarray, landmarks: np.ndarray, iod: float) -> float:
    """The share 0..1 of places of bare skin whose colour is far from that of the others, on the face ``landmarks``
    [478, 3] px of ``pixels`` uint8 [h, w, 3]. Where lips are seen a dark chin is a beard."""
    places = _SKIN if mouth_is_covered(pixels, landmarks, iod) else _BEARDLESS
    colours = _colours(pixels, landmarks, places, 0.06 * iod)
    if not len(colours):
        return 1.0
    distance = np.linalg.norm((colours - np.median(colours, axis=0)) * (0.9, 1.0, 1.0), axis=1)
    return float((distance > _OTHER_COLOUR).mean())


def mouth_is_covered(pixels: np.ndarray, landmarks: np.ndarray, iod: float) -> bool:
    """Whether a hand, a mask or a microphone seems to be before the mouth; the arguments of :func:`covered_share`.

    Lips have another colour than what is around them, in a beard too. A hand or a mask has one colour all over; a
    microphone is dark and grey.
    """
    upper, lower, around, skin = (
        np.median(colours, axis=0) if len(colours) else np.zeros(3)
        for colours in (
            _colours(pixels, landmarks, places, 0.03 * iod)
            for places in (_UPPER_LIP, _LOWER_LIP, _AROUND_MOUTH, _UPPER_FACE)
        )
    )
    alike = [float(np.linalg.norm((lip - around) * (0.5, 1.0, 1.0))) < _SAME_COLOUR for lip in (upper, lower)]
    grey = np.abs(lower[1:]).max() <= _GREY and np.abs(skin[1:]).max() >= _COLOURED
    dark = lower[0] < skin[0] - _DARKER and lower[1] < around[1] - _LESS_RED
    return all(alike) or bool(grey and dark)


def _colours(pixels: np.ndarray, landmarks: np.ndarray, places: Sequence[Any], reach: float) -> np.ndarray:
    """Median L*a*b* [n, 3] of the patches about ``places``, landmarks or the middle of several; L 0..100. Patches
    outside the picture are left out."""
    height, width = pixels.shape[:2]
    r = max(1, round(reach))
    patches = []
    for x, y in (np.round(landmarks[np.atleast_1d(place), :2].mean(0)).astype(int) for place in places):
        patch = pixels[max(0, y - r) : y + r + 1, max(0, x - r) : x + r + 1]
        if 0 <= x < width and 0 <= y < height and patch.size:
            patches.append(np.median(patch.reshape(-1, 3), axis=0))
    if not patches:
        return np.zeros((0, 3), np.float32)
    colours = cv2.cvtColor(np.asarray([patches], np.uint8), cv2.COLOR_RGB2LAB)[0].astype(np.float32)
    return (colours - (0.0, 128.0, 128.0)) * np.array([100 / 255, 1.0, 1.0], np.float32)


def covered_notes(share: float, mouth: bool) -> tuple[str, ...]:
    """What to tell whoever took a photo of which ``share`` is covered, and perhaps the ``mouth``; nothing where the
    face is bare."""
    if mouth:
        return (Message("mouth_covered"),)
    return (Message("face_covered"),) if share > _COVERED_FROM else ()
