"""Depth of field for a picture that has no depth of its own: what stands far from the seat goes out of focus."""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["out_of_focus"]

_LIFT = 3.0  # bright points weigh more, as they bloom in a lens


def out_of_focus(pixels: np.ndarray, amount: float) -> np.ndarray:
    """``pixels`` uint8 [h, w, 3] as an open lens focused on the speaker shows them; ``amount`` 0..1.

    The floor in front stays sharper than the room behind it: blur grows from the lower edge to the middle. The disc of
    the lens is at most 1.4 percent of the width.
    """
    radius = 0.014 * amount * pixels.shape[1]
    if radius < 0.7:
        return pixels
    light = (pixels.astype(np.float32) / 255.0) ** _LIFT
    near, far = (_lens(light, share * radius) for share in (0.45, 1.0))
    height = pixels.shape[0]
    behind = np.clip((1.0 - np.arange(height, dtype=np.float32) / height) / 0.45, 0.0, 1.0)[:, None, None]
    mixed = near + behind * (far - near)
    return np.asarray(np.round(255.0 * np.clip(mixed, 0.0, 1.0) ** (1.0 / _LIFT)), np.uint8)


def _lens(light: np.ndarray, radius: float) -> np.ndarray:
    """Each point spread to a disc of ``radius`` pixels."""
    side = int(np.ceil(radius))
    y, x = np.mgrid[-side : side + 1, -side : side + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0.0, 1.0).astype(np.float32)
    return np.asarray(cv2.filter2D(light, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT))
