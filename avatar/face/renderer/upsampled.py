"""Nearest-neighbour enlargement and a 3x3 convolution in one step.

Neighbours in an enlarged picture are mostly copies of one another, so the nine weights of a place fall together into
four, two or one, and places that see the same copies have the same result. Which ones do depends only on the place's
phase: its position inside the enlarged pixel. Enlarging by 2 takes 16 products a pixel instead of 36; by 4, 25 instead
of 144.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import torch
from torch import nn
from torch.nn.functional import pad

__all__ = ["UpsampledConv"]


@dataclass(frozen=True)
class _Phase:
    """``sums`` [taps, 3]: which weights fall together; ``first``: the first tap's place in the padded picture relative
    to the pixel's; ``places``: the positions inside the enlarged pixel, a range."""

    sums: tuple[tuple[float, float, float], ...]
    first: int
    places: slice


def _phases(factor: int) -> list[_Phase]:
    ends = [
        _Phase(((1, 0, 0), (0, 1, 1)), 0, slice(0, 1)),
        _Phase(((1, 1, 0), (0, 0, 1)), 1, slice(factor - 1, factor)),
    ]
    return ends if factor == 2 else [*ends, _Phase(((1, 1, 1),), 1, slice(1, factor - 1))]


class UpsampledConv(nn.Module):
    """Does what enlarging height and width by ``factor`` and then ``conv`` (3 wide, padded by 1) do."""

    def __init__(self, conv: nn.Conv2d | nn.Conv3d, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self._phases = list(product(_phases(factor), repeat=2))
        self.parts = nn.ModuleList(_merged(conv, rows, columns) for rows, columns in self._phases)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        *_, height, width = x.shape
        padded = pad(x, (1, 1, 1, 1))
        result: torch.Tensor | None = None
        for (rows, columns), conv in zip(self._phases, self.parts, strict=True):
            area = padded[..., rows.first : rows.first + height + len(rows.sums) - 1, :]
            y = conv(area[..., columns.first : columns.first + width + len(columns.sums) - 1])
            if result is None:
                result = y.new_empty(*y.shape[:-2], height, self.factor, width, self.factor)
            result[..., rows.places, :, columns.places] = y[..., :, None, :, None]
        assert result is not None
        return result.flatten(-4, -3).flatten(-2, -1)


def _merged(conv: nn.Conv2d | nn.Conv3d, rows: _Phase, columns: _Phase) -> nn.Module:
    """``conv`` for places of one phase, without padding of height and width."""
    like = conv.weight
    sums = [torch.tensor(phase.sums, dtype=torch.float64, device=like.device) for phase in (rows, columns)]
    weight = torch.einsum("...yx,ay,bx->...ab", like.double(), *sums).to(like.dtype)
    padding = (*conv.padding[:-2], 0, 0)
    kernel = tuple(weight.shape[2:])
    part = type(conv)(conv.in_channels, conv.out_channels, kernel, padding=padding, device="meta")  # type: ignore[arg-type]
    part.weight = nn.Parameter(weight, requires_grad=False)
    part.bias = conv.bias
    return part
