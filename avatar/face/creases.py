"""Creases that a grin folds beside its corners, and how they smooth out where the lips come together.

A warp alone pushes such folds into one another, and they stand out more, not less. The pictures here tell by how much
each colour of the skin differs from what lies around it: multiplied onto the skin as lips round or shut, they leave it
even.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from avatar.face.canonical import smooth_step
from avatar.face.mouth import Mouth

__all__ = ["CREASES_REACH", "creases"]

CREASES_REACH = 0.30  # from the corner of a mouth, IOD

_AROUND = 0.055  # what counts as around, IOD
_BESIDE, _REACH = 0.07, 0.19  # where they lie: so far out from a corner, and within so much of there; IOD
_FADE = (0.20, 0.29)  # from the corner: what smooths them begins to fade, and has faded; IOD
_CLEAR = 0.035  # of the lips, IOD
_DEEPEST = 0.45  # natural logarithm


def creases(mouth: Mouth, side: float, u: np.ndarray, v: np.ndarray, colour: np.ndarray,
            iod: float) -> np.ndarray | None:  # fmt: skip
    """Logarithms of factors, float32 [3, h, w], that make even the skin of ``colour`` [h, w, 3] beside one corner of a
    grin; None where the photo shows none.

    ``side``: -1 or 1, u of the corner; ``u``, ``v`` [h, w]: coordinates of the mouth; ``iod``: in pixels of ``colour``.
    """
    if mouth.grin == 0:
        return None
    out, along = (side * u - 1) * mouth.half, np.clip(u, -1, 1)
    above, below = mouth.outer_upper(along) - v, v - mouth.outer_lower(along)
    skin = smooth_step(0.0, _CLEAR, np.maximum(np.maximum(above, below), out))
    near = np.exp(-(np.square(out - _BESIDE) + np.square(v)) / _REACH**2)
    near = near * (1 - smooth_step(*_FADE, np.hypot(out, v)))
    sigma = _AROUND * iod
    weight = gaussian_filter(skin, sigma) + 1e-3
    logs = np.log(np.clip(colour, 0.02, 1.0))
    even = np.stack([gaussian_filter(logs[..., c] * skin, sigma) / weight for c in range(3)], axis=-1)
    found = _DEEPEST * np.tanh((even - logs) / _DEEPEST) * (mouth.grin * skin * near)[..., None]
    return np.asarray(np.moveaxis(found, -1, 0), np.float32)
