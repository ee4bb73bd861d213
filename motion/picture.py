"""A frame of a backdrop as a picture."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["picture_of"]


def picture_of(frame: torch.Tensor) -> np.ndarray:
    """Pixels uint8 [h, w, 3] of a frame [3, h, w] in 0..1."""
    pixels: np.ndarray = frame.mul(255.0).round().clamp(0.0, 255.0).byte().permute(1, 2, 0).contiguous().cpu().numpy()
    return pixels
