"""Light at the speaker's seat as nine numbers a channel: real spherical harmonics of order 2.

Ramamoorthi and Hanrahan 2001, "An efficient representation for irradiance environment maps". Axes of the plate: x to
the right, y up, z towards the camera. ``basis(normal) @ coefficients`` is what a white, matt surface with that normal
sends back: irradiance over pi, in the units of the layer's linear radiance. A uniform surrounding of 1 gives 1.
"""

from __future__ import annotations

import numpy as np

__all__ = ["basis", "from_environment", "from_sun"]

_COSINE = np.array([1.0] + [2 / 3] * 3 + [1 / 4] * 5)  # the clamped cosine's coefficients, over pi


def basis(direction: np.ndarray) -> np.ndarray:
    """The nine functions [..., 9] of unit vectors [..., 3]; order 1, y, z, x, xy, yz, 3z²-1, xz, x²-y²."""
    x, y, z = np.moveaxis(np.asarray(direction, float), -1, 0)
    return np.stack(
        [
            np.full_like(x, 0.282095),
            0.488603 * y,
            0.488603 * z,
            0.488603 * x,
            1.092548 * x * y,
            1.092548 * y * z,
            0.315392 * (3 * z * z - 1),
            1.092548 * x * z,
            0.546274 * (x * x - y * y),
        ],
        -1,
    )


def from_environment(picture: np.ndarray) -> np.ndarray:
    """Of an equirectangular picture [H, W, 3] of radiance around the seat, ahead in its middle: [3, 9]."""
    height, width = picture.shape[:2]
    up = (0.5 - (np.arange(height) + 0.5) / height) * np.pi
    around = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    up, around = np.meshgrid(up, around, indexing="ij")
    towards = np.stack([np.cos(up) * np.sin(around), np.sin(up), -np.cos(up) * np.cos(around)], -1)
    solid = np.cos(up) * (np.pi / height) * (2 * np.pi / width)
    return _COSINE * np.einsum("hwc,hwk,hw->ck", picture, basis(towards), solid)


def from_sun(towards: np.ndarray, irradiance: float) -> np.ndarray:
    """Of a white sun in direction ``towards`` (unit, axes of the plate) that gives ``irradiance`` face on: [3, 9]."""
    return np.tile(_COSINE * basis(towards) * irradiance, (3, 1))
