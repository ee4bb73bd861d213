"""What the judge of the face is shown: pictures and a clip that anybody can make again, to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.portraits import PORTRAITS, draw_portrait

__all__ = ["FACTS", "clip", "coarse", "pictures"]

FACTS = Path(__file__).parents[1] / "fixtures" / "face_facts.npz"
_FRAMES, _SIDE, _CELLS = 16, 320, 32


def pictures() -> dict[str, np.ndarray]:
    """The drawn portraits and the sample photo of scikit-image, uint8 [h, w, 3]."""
    import skimage

    return {"astronaut": skimage.data.astronaut(), **{name: draw_portrait(one) for name, one in PORTRAITS.items()}}


def clip() -> list[np.ndarray]:
    """The sample photo seen through a window that moves faster and faster: uint8 [320, 320, 3] each."""
    import skimage

    photo = skimage.data.astronaut()
    places = [(40 + 3 * number, number**2 // 4) for number in range(_FRAMES)]
    return [np.ascontiguousarray(photo[y : y + _SIDE, x : x + _SIDE]) for x, y in places]


def coarse(mask: np.ndarray) -> np.ndarray:
    """Means of a mask [h, w] over 32x32 parts."""
    rows = [np.linspace(0, length, _CELLS + 1).astype(int) for length in mask.shape]
    sums = np.add.reduceat(np.add.reduceat(mask.astype(np.float64), rows[0][:-1], axis=0), rows[1][:-1], axis=1)
    return np.asarray(sums / np.outer(np.diff(rows[0]), np.diff(rows[1])))
