"""Spectacles: a blink would drag thick rims along, so the engine has to know of them."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from avatar.face.canonical import Canonical

__all__ = ["wears_spectacles"]

# Change of brightness over 0.03 IOD along the bridge of the nose, relative to its median. Bare bridges of nine
# portraits
# measured 0.02-0.15, a thick black frame 0.8.
_EDGE = 0.30


def wears_spectacles(face: Canonical, pixels: np.ndarray) -> bool:
    """Whether a dark bar crosses the bridge of the nose of ``face`` in ``pixels`` uint8 [h, w, 3]."""
    luminance = pixels.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32) / 255
    x, y = np.linspace(-0.07, 0.07, 15), np.linspace(-0.16, 0.24, 41)
    plane = np.stack(np.meshgrid(x, y), axis=-1)
    points = face.landmarks[168, :2] + face.iod * (plane @ face.axes[:2, :2].T)
    soft = gaussian_filter(luminance, 0.012 * face.iod)
    bridge = np.median(map_coordinates(soft, [points[..., 1], points[..., 0]], order=1, mode="nearest"), axis=1)
    edge = np.abs(np.diff(bridge)).max() * 3
    return bool(edge / max(float(np.median(bridge)), 0.1) > _EDGE)
