"""A portrait → the places of 15 keypoints in a resting head."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import conv2d

from avatar.face.renderer.dense_motion import DEPTH
from avatar.face.renderer.geometry import corner_grid
from avatar.face.renderer.layers import depth_to_volume, down2d, up3d

__all__ = ["KEYPOINTS", "KeypointDetector"]

KEYPOINTS = 15
_BLUR, _STEP = 13, 4
_TEMPERATURE = 0.1


class _Shrink(nn.Module):
    """Blur, then every fourth pixel; the blur's kernel is in the file."""

    weight: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.empty(3, 1, _BLUR, _BLUR))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return conv2d(x, self.weight, stride=_STEP, padding=_BLUR // 2, groups=3)


class _Predictor(nn.Module):
    """Pictures [b, 3, h, w] → features [b, 32, 16, h, w]: an hourglass that turns into a volume at its waist."""

    def __init__(self) -> None:
        super().__init__()
        down = (3, 64, 128, 256, 512, 1024)
        up = (1024, 512, 256, 128, 64, 32)
        self.down_blocks = nn.Sequential(
            OrderedDict((f"down{i}", down2d(*pair)) for i, pair in enumerate(pairwise(down)))
        )
        self.conv = nn.Conv2d(1024, 1024 * DEPTH, 1)
        self.up_blocks = nn.Sequential(OrderedDict((f"up{i}", up3d(*pair)) for i, pair in enumerate(pairwise(up))))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.up_blocks(depth_to_volume(self.conv(self.down_blocks(x)), DEPTH))


class KeypointDetector(nn.Module):
    """Portraits [b, 3, s, s], RGB in 0..1 → keypoints [b, 15, 3]: x, y, z in -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.down = _Shrink()
        self.predictor = _Predictor()
        self.kp = nn.Conv3d(32, KEYPOINTS, 3, padding=1)

    def forward(self, portraits: torch.Tensor) -> torch.Tensor:
        logits = self.kp(self.predictor(self.down(portraits))).float()
        chance = torch.softmax(logits.flatten(2) / _TEMPERATURE, dim=2)
        return chance @ corner_grid(logits.shape[2:], logits.device).flatten(0, 2)
