"""Blocks that several networks share: convolution, norm, activation; halving and doubling around them."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import relu
from torch.nn.utils.fusion import fuse_conv_bn_eval

from avatar.face.renderer.upsampled import UpsampledConv

__all__ = [
    "ConvBlock",
    "Foldable",
    "ResBlock3d",
    "depth_to_channels",
    "depth_to_volume",
    "down2d",
    "down3d",
    "same2d",
    "up3d",
]


class Foldable(nn.Module):
    """A part of a network that can do the same with less work once its weights stay as they are."""

    def fold(self) -> None:
        """Merge, in place, what need not be computed for every frame. The part must be in eval mode."""
        raise NotImplementedError


class ConvBlock(Foldable):
    """``resize`` → ``conv`` → ``norm`` → leaky ReLU → ``pool``; weights lie under ``conv`` and ``norm``."""

    def __init__(
        self, conv: nn.Module, norm: nn.Module, *, resize: nn.Module | None = None, pool: nn.Module | None = None,
        slope: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.resize = resize or nn.Identity()
        self.conv = conv
        self.norm = norm
        self.activation = nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True)
        self.pool = pool or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(self.activation(self.norm(self.conv(self.resize(x)))))

    def fold(self) -> None:
        """Put the norm into the convolution, and the convolution before the doubling."""
        conv = fuse_conv_bn_eval(self.conv, self.norm)  # type: ignore[type-var, arg-type]
        self.norm = nn.Identity()
        self.conv = conv if isinstance(self.resize, nn.Identity) else UpsampledConv(conv, 2)  # type: ignore[arg-type]
        self.resize = nn.Identity()


class ResBlock3d(nn.Module):
    """Input plus two times norm, ReLU, 3x3x3 convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm3d(channels), nn.BatchNorm3d(channels)
        self.conv1, self.conv2 = (nn.Conv3d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv2(relu(self.norm2(self.conv1(relu(self.norm1(x))))))


def same2d(inputs: int, outputs: int, slope: float = 0.0) -> ConvBlock:
    """3x3 block that keeps the size of the picture."""
    return ConvBlock(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), slope=slope)


def down2d(inputs: int, outputs: int) -> ConvBlock:
    """3x3 block that halves the picture."""
    return ConvBlock(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), pool=nn.AvgPool2d(2))


def down3d(inputs: int, outputs: int) -> ConvBlock:
    """3x3x3 block that halves height and width and keeps the depth."""
    pool = nn.AvgPool3d((1, 2, 2))
    return ConvBlock(nn.Conv3d(inputs, outputs, 3, padding=1), nn.BatchNorm3d(outputs), pool=pool)


def up3d(inputs: int, outputs: int) -> ConvBlock:
    """3x3x3 block that doubles height and width first and keeps the depth."""
    resize = nn.Upsample(scale_factor=(1, 2, 2))
    return ConvBlock(nn.Conv3d(inputs, outputs, 3, padding=1), nn.BatchNorm3d(outputs), resize=resize)


def depth_to_volume(x: torch.Tensor, depth: int) -> torch.Tensor:
    """[b, c·depth, h, w] → [b, c, depth, h, w]; the depth is the faster index."""
    return x.unflatten(1, (-1, depth))


def depth_to_channels(x: torch.Tensor) -> torch.Tensor:
    """[b, c, depth, h, w] → [b, c·depth, h, w]; the depth is the faster index."""
    return x.flatten(1, 2)
