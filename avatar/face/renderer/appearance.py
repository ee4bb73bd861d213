"""A portrait → a volume of features, computed once for all of its frames."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from avatar.face.renderer.dense_motion import DEPTH
from avatar.face.renderer.layers import ResBlock3d, depth_to_volume, down2d, same2d

__all__ = ["CHANNELS", "Appearance"]

CHANNELS = 32


class Appearance(nn.Module):
    """Portraits [b, 3, s, s], RGB in 0..1 → features [b, 32, 16, s/4, s/4].

    It stands alone or beside other parts of one network (``others``: what the next class in line takes).
    """

    def __init__(self, **others: Any) -> None:
        super().__init__(**others)
        self.first = same2d(3, 64)
        self.down_blocks = nn.Sequential(down2d(64, 128), down2d(128, 256))
        self.second = nn.Conv2d(256, CHANNELS * DEPTH, 1)
        self.resblocks_3d = nn.Sequential(OrderedDict((f"3dr{i}", ResBlock3d(CHANNELS)) for i in range(6)))

    def volume(self, portraits: torch.Tensor) -> torch.Tensor:
        """The features of ``portraits``, in the precision of the weights."""
        flat = self.second(self.down_blocks(self.first(portraits.to(self.second.weight.dtype))))
        volume: torch.Tensor = self.resblocks_3d(depth_to_volume(flat, DEPTH))
        return volume

    def forward(self, portraits: torch.Tensor) -> torch.Tensor:
        return self.volume(portraits)

    def lay_out_for_cuda(self) -> None:
        """Lay the weights of the flat layers out as a GPU likes them."""
        for flat in (self.first, self.down_blocks, self.second):
            flat.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
