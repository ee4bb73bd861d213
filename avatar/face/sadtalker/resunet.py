"""The small residual U-net that shapes a chunk of head motion, seen as a picture of 32 frames by 6 coefficients."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["ResUnet"]


class _ResConv(nn.Module):
    """Norm, ReLU, convolution twice, plus a convolved and normed shortcut; the first convolution may halve the rows."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, 3, stride, 1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1),
        )
        self.conv_skip = nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv_block(x) + self.conv_skip(x)


class _Upsample(nn.Module):
    """Twice the rows by a transposed convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.upsample = nn.ConvTranspose2d(channels, channels, (2, 1), (2, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.upsample(x)


class ResUnet(nn.Module):
    """[b, 1, 32, 6] → [b, 1, 32, 6] in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = 32, 64, 128, 256
        half = (2, 1)
        self.input_layer = nn.Sequential(
            nn.Conv2d(1, a, 3, padding=1), nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, a, 3, padding=1)
        )
        self.input_skip = nn.Sequential(nn.Conv2d(1, a, 3, padding=1))
        self.residual_conv_1 = _ResConv(a, b, half)
        self.residual_conv_2 = _ResConv(b, c, half)
        self.bridge = _ResConv(c, d, half)
        self.upsample_1, self.up_residual_conv1 = _Upsample(d), _ResConv(d + c, c)
        self.upsample_2, self.up_residual_conv2 = _Upsample(c), _ResConv(c + b, b)
        self.upsample_3, self.up_residual_conv3 = _Upsample(b), _ResConv(b + a, a)
        self.output_layer = nn.Sequential(nn.Conv2d(a, 1, 1), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows32 = self.input_layer(x) + self.input_skip(x)
        rows16 = self.residual_conv_1(rows32)
        rows8 = self.residual_conv_2(rows16)
        y = self.bridge(rows8)
        y = self.up_residual_conv1(torch.cat([self.upsample_1(y), rows8], dim=1))
        y = self.up_residual_conv2(torch.cat([self.upsample_2(y), rows16], dim=1))
        y = self.up_residual_conv3(torch.cat([self.upsample_3(y), rows32], dim=1))
        return self.output_layer(y)
