"""Points of a frame and pictures sampled at them: what the parts of the warp share."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import grid_sample

__all__ = ["Bounds", "Box", "box_points", "points", "sample"]

Bounds = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the frame."""


@dataclass(frozen=True)
class Box:
    """A rectangle of the frame in pixels: x, y of its first pixel's centre, width and height in pixels (integers)."""

    x: int
    y: int
    width: int
    height: int


def points(box: Bounds, rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    """Grid points [1, 2, rows, columns] (x, y) that span ``box``, corners included."""
    x0, y0, x1, y1 = box
    xs = torch.linspace(x0, x1, columns, device=like.device, dtype=torch.float32)
    ys = torch.linspace(y0, y1, rows, device=like.device, dtype=torch.float32)
    return torch.stack([xs[None, :].expand(rows, columns), ys[:, None].expand(rows, columns)])[None]


def box_points(box: Box, step: float, like: torch.Tensor) -> torch.Tensor:
    """Grid points [1, 2, rows, columns] that span the pixels of ``box``, at most ``step`` pixels apart."""
    rows, columns = int(box.height / step) + 2, int(box.width / step) + 2
    return points((box.x, box.y, box.x + box.width - 1, box.y + box.height - 1), rows, columns, like)


def sample(image: torch.Tensor, box: Bounds, at: torch.Tensor, padding: str) -> torch.Tensor:
    """Sample ``image`` [b or 1, c, h, w] that spans ``box`` at frame points ``at`` [b, 2, h', w']: [b, c, h', w']."""
    x0, y0, x1, y1 = box
    scale = at.new_tensor([2.0 / (x1 - x0), 2.0 / (y1 - y0)]).view(1, 2, 1, 1)
    origin = at.new_tensor([x0, y0]).view(1, 2, 1, 1)
    grid = ((at - origin) * scale - 1.0).permute(0, 2, 3, 1)
    if image.shape[0] != grid.shape[0]:
        image = image.expand(grid.shape[0], -1, -1, -1)
    return grid_sample(image, grid, mode="bilinear", padding_mode=padding, align_corners=True)
