"""Spectacles: lids close behind thin rims, but thick ones would be drawn over, so the engine has to tell them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from avatar.face.canonical import Canonical

__all__ = ["Rims", "rims_of"]

Rims = Literal["none", "thin", "thick"]

# Change of brightness over 0.03 IOD along the bridge of the nose, relative to its median. Bare bridges of fifteen
# portraits measured 0.02-0.19, a thick black frame 1.2.
_EDGE = 0.30
_STEP, _THICK = 0.01, 0.045  # between places along the bridge; height from which on a dark bar is thick, IOD


def rims_of(face: Canonical, pixels: np.ndarray) -> Rims:
    """What of spectacles crosses the bridge of the nose of ``face`` in ``pixels`` uint8 [h, w, 3] as a dark bar."""
    bridge = _bridge(face, pixels)
    usual = max(float(np.median(bridge)), 0.1)
    if np.abs(np.diff(bridge)).max() * 3 / usual <= _EDGE:
        return "none"
    return "thick" if _longest(bridge < (1 - _EDGE) * usual) * _STEP >= _THICK else "thin"


def _bridge(face: Canonical, pixels: np.ndarray) -> np.ndarray:
    """Brightness [41] down the bridge of the nose, a step of 0.01 IOD between two."""
    luminance = pixels.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32) / 255
    x, y = np.linspace(-0.07, 0.07, 15), np.linspace(-0.16, 0.24, 41)
    plane = np.stack(np.meshgrid(x, y), axis=-1)
    points = face.landmarks[168, :2] + face.iod * (plane @ face.axes[:2, :2].T)
    soft = gaussian_filter(luminance, 0.012 * face.iod)
    return np.median(map_coordinates(soft, [points[..., 1], points[..., 0]], order=1, mode="nearest"), axis=1)


def _longest(dark: np.ndarray) -> int:
    """The longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0
