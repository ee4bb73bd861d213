"""A face picture → its keypoints, how the head is turned and what the face does (ConvNeXt-V2: Woo et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import gelu

__all__ = ["SIDE", "Heads", "MotionExtractor"]

SIDE = 256
_DEPTHS, _WIDTHS = (3, 3, 9, 3), (96, 192, 384, 768)
_EPSILON = 1e-6
_HEADS = {"kp": 63, "scale": 1, "pitch": 66, "yaw": 66, "roll": 66, "t": 3, "exp": 63}


@dataclass(frozen=True)
class Heads:
    """What the network says of b pictures, as it says it. ``kp``, ``exp`` [b, 63]: x, y, z of 21 keypoints of the
    resting face, and their shifts; ``scale`` [b, 1]; ``t`` [b, 3]; ``pitch``, ``yaw``, ``roll`` [b, 66]: logits over
    bins of angles."""

    kp: torch.Tensor
    scale: torch.Tensor
    pitch: torch.Tensor
    yaw: torch.Tensor
    roll: torch.Tensor
    t: torch.Tensor
    exp: torch.Tensor


class _ChannelNorm(nn.LayerNorm):
    """Norm over the channels of pictures [b, c, h, w]."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=_EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class _ResponseNorm(nn.Module):
    """Makes channels compete: each counts as its energy against that of the mean channel; [b, h, w, c]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        energy = torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True)
        share = energy / (energy.mean(dim=-1, keepdim=True) + _EPSILON)
        return self.gamma * (x * share) + self.beta + x


class _Block(nn.Module):
    """Input plus: a 7x7 convolution of each channel, then two layers at every place."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=_EPSILON)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.grn = _ResponseNorm(4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.dwconv(x).movedim(1, -1))
        y = self.pwconv2(self.grn(gelu(self.pwconv1(y))))
        return x + y.movedim(-1, 1)


def _shrink(stage: int) -> nn.Sequential:
    """What comes before a stage: 4x4 pixels, later 2x2 places, become one."""
    if stage == 0:
        return nn.Sequential(nn.Conv2d(3, _WIDTHS[0], 4, 4), _ChannelNorm(_WIDTHS[0]))
    before, after = _WIDTHS[stage - 1 : stage + 1]
    return nn.Sequential(_ChannelNorm(before), nn.Conv2d(before, after, 2, 2))


class _Detector(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.downsample_layers = nn.ModuleList(_shrink(stage) for stage in range(4))
        self.stages = nn.ModuleList(
            nn.Sequential(*(_Block(width) for _ in range(depth))) for depth, width in zip(_DEPTHS, _WIDTHS, strict=True)
        )
        self.norm = nn.LayerNorm(_WIDTHS[-1], eps=_EPSILON)
        for name, outputs in _HEADS.items():
            self.add_module(f"fc_{name}", nn.Linear(_WIDTHS[-1], outputs))

    def forward(self, pictures: torch.Tensor) -> Heads:
        x = pictures
        for shrink, stage in zip(self.downsample_layers, self.stages, strict=True):
            x = stage(shrink(x))
        pooled = self.norm(x.mean((2, 3)))
        return Heads(**{name: self.get_submodule(f"fc_{name}")(pooled) for name in _HEADS})


class MotionExtractor(nn.Module):
    """Pictures [b, 3, 256, 256], RGB in 0..1 → :class:`Heads`."""

    def __init__(self) -> None:
        super().__init__()
        self.detector = _Detector()

    def forward(self, pictures: torch.Tensor) -> Heads:
        heads: Heads = self.detector(pictures)
        return heads
