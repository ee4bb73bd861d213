"""How much of a face something covers, judged by the colour of its bare skin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.core.reasons import Message

if TYPE_CHECKING:
    from avatar.face.photo import Photo, Preflight

__all__ = ["covered_notes", "covered_share"]

# Forehead, cheeks, nose, upper lip, chin: bare skin in a photo where nothing covers the face
_SKIN = (10, 151, 9, 50, 280, 205, 425, 4, 5, 164, 199, 175, 187, 411)

_OTHER_COLOUR, _COVERED_FROM = 28.0, 0.2  # about: distance in L*a*b*, its lightness counted a third; share of places


def covered_share(photo: Photo, found: Preflight) -> float:
    """The share 0..1 of places of bare skin whose colour is far from that of the others."""
    import cv2
    import numpy as np

    if found.landmarks is None:
        return 0.0
    height, width = photo.pixels.shape[:2]
    reach = max(1, round(0.06 * found.iod))
    patches = []
    for x, y in np.round(found.landmarks[list(_SKIN), :2]).astype(int):
        patch = photo.pixels[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        if 0 <= x < width and 0 <= y < height and patch.size:
            patches.append(np.median(patch.reshape(-1, 3), axis=0))
    if not patches:
        return 1.0
    colours = cv2.cvtColor(np.asarray([patches], np.uint8), cv2.COLOR_RGB2LAB)[0].astype(np.float32)
    distance = np.linalg.norm((colours - np.median(colours, axis=0)) * (0.35, 1.0, 1.0), axis=1)
    return float((distance > _OTHER_COLOUR).mean())


def covered_notes(share: float) -> tuple[str, ...]:
    """What to tell whoever took a photo of which ``share`` is covered; nothing where the face is bare."""
    return (Message("face_covered"),) if share > _COVERED_FROM else ()
