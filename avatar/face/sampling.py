"""Points of a frame and pictures sampled at them: what the parts of the warp share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import grid_sample, interpolate

__all__ = ["Bounds", "Box", "Patch", "Window", "inverse", "points", "sample"]

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


@dataclass(frozen=True)
class Window:
    """What of a batch's frames is drawn upon: ``pixels`` [b, 4, h, w], of which the first lies at ``x``, ``y`` of the
    frame."""

    pixels: torch.Tensor
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Patch:
    """A part of the frame whose maps are made on nodes ``step`` pixels apart, a power of two, counted from the frame's
    first pixel: so a pixel's map does not depend on where the patch begins."""

    x: int
    y: int
    columns: int
    rows: int
    step: int

    @classmethod
    def around(cls, low: tuple[float, float], high: tuple[float, float], step: float, size: tuple[int, int]) -> Patch:
        """The patch of a frame of ``size`` from ``low`` to ``high`` (x, y), nodes at most ``step`` pixels apart."""
        every = 2 ** max(0, int(math.log2(max(step, 1.0))))
        first = [max(0, math.floor(at / every)) for at in low]
        last = [min(math.ceil(at / every), math.ceil((n - 1) / every)) for at, n in zip(high, size, strict=True)]
        columns, rows = (max(0, b - a + 1) for a, b in zip(first, last, strict=True))
        return cls(first[0] * every, first[1] * every, columns, rows, every)

    @property
    def empty(self) -> bool:
        """Whether it has no pixels."""
        return self.columns < 2 or self.rows < 2

    def nodes(self, like: torch.Tensor) -> torch.Tensor:
        """Its nodes [1, 2, rows, columns] (x, y)."""
        xs = self.x + self.step * torch.arange(self.columns, device=like.device, dtype=torch.float32)
        ys = self.y + self.step * torch.arange(self.rows, device=like.device, dtype=torch.float32)
        shape = (self.rows, self.columns)
        return torch.stack([xs[None, :].expand(shape), ys[:, None].expand(shape)])[None]

    @property
    def ends(self) -> tuple[int, int]:
        """x and y of the frame behind its last pixel; the frame may end before."""
        return self.x + (self.columns - 1) * self.step + 1, self.y + (self.rows - 1) * self.step + 1

    def of(self, window: Window) -> torch.Tensor:
        """The patch of ``window``, which holds it, as a view [b, c, h, w]."""
        right, bottom = self.ends
        return window.pixels[:, :, self.y - window.y : bottom - window.y, self.x - window.x : right - window.x]

    def dense(self, values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """``values`` [b, c, rows, columns] of the nodes at the pixels of the view ``like`` [b, c, h, w]."""
        size = ((self.rows - 1) * self.step + 1, (self.columns - 1) * self.step + 1)
        whole = interpolate(values, size=size, mode="bilinear", align_corners=True)
        return whole[:, :, : like.shape[2], : like.shape[3]]


def sample(
    image: torch.Tensor, box: Bounds, at: torch.Tensor, padding: str, size: tuple[int, int] | None = None
) -> torch.Tensor:
    """Sample ``image`` [b or 1, c, h, w] that spans ``box`` at frame points ``at`` [b, 2, h', w']: [b, c, h', w'].

    With a ``size`` the points are nodes that span as many pixels (rows, columns), and so does what is sampled.
    """
    x0, y0, x1, y1 = box
    scale = at.new_tensor([2.0 / (x1 - x0), 2.0 / (y1 - y0)]).view(1, 2, 1, 1)
    shift = at.new_tensor([-1.0 - 2.0 * x0 / (x1 - x0), -1.0 - 2.0 * y0 / (y1 - y0)]).view(1, 2, 1, 1)
    grid = torch.addcmul(shift, at, scale)
    if size is not None:
        grid = interpolate(grid, size=size, mode="bilinear", align_corners=True)
    if image.shape[0] != grid.shape[0]:
        image = image.expand(grid.shape[0], -1, -1, -1)
    return grid_sample(image, grid.permute(0, 2, 3, 1), mode="bilinear", padding_mode=padding, align_corners=True)


def inverse(
    forward: torch.Tensor, box: Bounds, rounds: int, relax: float = 1.0, part: tuple[slice, slice] | None = None
) -> torch.Tensor:
    """Displacement [b, 2, h', w'] back from where ``forward`` [b, 2, h, w] leads, in pixels over ``box``.

    At the nodes of the same grid, or at the rows and columns ``part`` of it, by ``rounds`` of fixed-point steps of the
    length ``relax``. Beyond the grid the displacement is that of its rim.
    """
    rows, columns = part or (slice(None), slice(None))
    x0, y0, x1, y1 = box
    scale = forward.new_tensor([2.0 / (x1 - x0), 2.0 / (y1 - y0)]).view(1, 2, 1, 1)
    steps = forward * (relax * scale)
    height, width = forward.shape[-2:]
    target = points((-1.0, -1.0, 1.0, 1.0), height, width, forward)[:, :, rows, columns]
    at = target - steps[:, :, rows, columns]
    pulled = relax * target
    for _ in range(rounds - 1):
        moved = grid_sample(steps, at.permute(0, 2, 3, 1), "bilinear", "border", align_corners=True)
        at = at.mul_(1.0 - relax).add_(pulled).sub_(moved)
    return at.sub_(target).div_(scale)
