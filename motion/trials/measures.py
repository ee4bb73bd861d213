"""What the gates of the generator count: differences of pictures, speed, texture at block edges, correlation.

Pictures are float32 [n, 3, h, w] in 0..1.
"""

from __future__ import annotations

import numpy as np
import torch

from motion.generator.codec import BLOCK

__all__ = ["block_edges", "change", "correlation", "decibels", "neighbour_ssim", "unevenness"]


def change(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference [n] of pictures, of 255."""
    return (first - second).abs().mean(dim=(1, 2, 3)) * 255.0


def decibels(first: torch.Tensor, second: torch.Tensor) -> float:
    """Peak signal to noise ratio over all pictures together."""
    return float(-10.0 * torch.log10((first.clamp(0, 1) - second.clamp(0, 1)).square().mean().clamp_min(1e-12)))


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's r of two arrays of one shape."""
    return float(np.corrcoef(np.ravel(first), np.ravel(second))[0, 1])


def neighbour_ssim(pictures: torch.Tensor) -> float:
    """The lowest structural similarity of two pictures in succession."""
    from skimage.metrics import structural_similarity

    grey = pictures.clamp(0, 1).mean(dim=1).numpy()
    return min(float(structural_similarity(a, b, data_range=1.0)) for a, b in zip(grey, grey[1:], strict=False))


def unevenness(pictures: torch.Tensor) -> float:
    """Largest over median change between pictures in succession; 1 is even speed."""
    steps = change(pictures[1:], pictures[:-1])
    return float(steps.max() / steps.median())


def block_edges(pictures: torch.Tensor) -> float:
    """Mean step between pixels across block borders over that of pixels within blocks; 1 is no block texture."""
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean(dim=(0, 1, 2))
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean(dim=(0, 1, 3))
    edges, within = [], []
    for steps in (across, down):
        border = (torch.arange(len(steps)) + 1) % BLOCK == 0
        edges.append(steps[border])
        within.append(steps[~border])
    return float(torch.cat(edges).mean() / torch.cat(within).mean())
