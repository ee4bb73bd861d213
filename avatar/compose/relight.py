"""A person in the light of a place: tint and shade by spherical harmonics of the light at the seat.

Ramamoorthi and Hanrahan 2001, "An efficient representation for irradiance environment maps": nine numbers a colour say
what light falls on a surface, whichever way it faces. The photo has light of its own, so only the difference from even
white light is laid over it, and gently.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch

from avatar.compose.over import TINT_ONE
from avatar.core.types import Size

__all__ = ["Relight", "basis"]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_COLOUR = 0.62  # how much of the light's colour skin and cloth take on
_SHADE = 0.72  # how much of its direction
_USUAL = 0.55  # light on a white surface in which a photo looks as it was taken
_DIMS = 0.34  # how much of the darkness or brightness of a place
_BOUNDS, _HUES = (0.42, 1.35), (0.45, 1.45)
_LEAST = 0.3  # of the mean of a colour: nine numbers overshoot below nothing on the side away from a sun


class Relight:
    """``normals`` float32 [3, rows, columns] over a frame of ``size``; ``strength`` 0..1 of the whole effect."""

    def __init__(self, normals: np.ndarray, size: Size, strength: float) -> None:
        self._basis = basis(normals)
        self._size, self._strength = size, strength

    def over(self, frames: torch.Tensor, lights: np.ndarray) -> torch.Tensor:
        """``frames`` [b, 4, h, w], colour premultiplied by alpha, each in its own of ``lights`` [b, 3, 9]."""
        lit = frames.clone()
        for frame, light in zip(lit, lights, strict=True):
            frame[:3] *= torch.from_numpy(self._full(light)).to(frame.device)
            torch.minimum(frame[:3], frame[3:4], out=frame[:3])
        return lit

    def tint(self, light: np.ndarray) -> np.ndarray:
        """The same for one frame in ``light`` [3, 9], as :class:`avatar.compose.over.Over` takes it: uint8 [h, w, 3] in
        parts of TINT_ONE."""
        coarse = cv2.convertScaleAbs(cv2.merge(list(self.factors(light))), alpha=TINT_ONE)
        size = (self._size.width, self._size.height)
        return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR))

    def factors(self, light: np.ndarray) -> np.ndarray:
        """What the colours of the person are multiplied by, float32 [3, rows, columns], in display values."""
        falls = _above_nothing(np.tensordot(light, self._basis, axes=1))
        bright = np.tensordot(_LUMINANCE, falls, axes=1)
        usual = max(float(bright.mean()), 1e-4)
        colour = np.clip((falls / bright) ** _COLOUR, *_HUES)
        shade = np.clip((bright / usual) ** _SHADE * (usual / _USUAL) ** _DIMS, *_BOUNDS)
        return np.asarray((colour * shade) ** (self._strength / 2.2), np.float32)

    def _full(self, light: np.ndarray) -> np.ndarray:
        size = (self._size.width, self._size.height)
        planes = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in self.factors(light)]
        return np.stack(planes)


def _above_nothing(falls: np.ndarray) -> np.ndarray:
    """Light [3, ...] that levels out above a share of its mean, colour by colour, so that shade keeps its hue."""
    mean = np.maximum(falls.reshape(3, -1).mean(axis=1), 1e-4).reshape(-1, *[1] * (falls.ndim - 1))
    return np.asarray(mean * _bent(falls / mean) / _bent(np.float32(1.0)))


def _bent(share: np.ndarray | np.float32) -> np.ndarray:
    over = share - _LEAST
    return np.asarray(_LEAST + 0.5 * (over + np.sqrt(over * over + 0.06)))


def basis(normals: np.ndarray) -> np.ndarray:
    """The real spherical harmonics of order 2, float32 [9, ...], of unit ``normals`` [3, ...]."""
    x, y, z = normals
    terms = (np.ones_like(x), y, z, x, x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y)
    scales = (0.282095, 0.488603, 0.488603, 0.488603, 1.092548, 1.092548, 0.315392, 1.092548, 0.546274)
    return np.stack([scale * term for scale, term in zip(scales, terms, strict=True)]).astype(np.float32)
