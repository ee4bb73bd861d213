"""A face picture → coefficients of a 3D face model: ResNet-50 (He et al. 2016; stride on the 3x3) and seven heads."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn.functional import relu

__all__ = ["ANGLE", "COEFFICIENTS", "EXPRESSION", "TRANSLATION", "Recon"]

_HEADS = (80, 64, 80, 3, 27, 2, 1)  # identity, expression, texture, angle, light, translation x and y, translation z
COEFFICIENTS = sum(_HEADS)
EXPRESSION, ANGLE, TRANSLATION = slice(80, 144), slice(224, 227), slice(254, 257)


class _Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with norms, plus the input."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = _shortcut(inputs, outputs, stride) if inputs != outputs else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = relu(self.bn1(self.conv1(x)))
        y = relu(self.bn2(self.conv2(y)))
        return relu(self.bn3(self.conv3(y)) + self.downsample(x))


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


def _stage(inputs: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    later = (_Bottleneck(4 * width, width, 1) for _ in range(blocks - 1))
    return nn.Sequential(_Bottleneck(inputs, width, stride), *later)


class Recon(nn.Module):
    """Pictures [b, 3, 224, 224], RGB in 0..1, aligned → coefficients [b, 257].

    Identity 0:80, expression 80:144, texture 144:224, angle 224:227 (radians: pitch, yaw, roll), light 227:254,
    translation 254:257.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(3, 64, 7, 2, 3, bias=False),
                bn1=nn.BatchNorm2d(64),
                relu=nn.ReLU(),
                maxpool=nn.MaxPool2d(3, 2, 1),
                layer1=_stage(64, 64, 3, 1),
                layer2=_stage(256, 128, 4, 2),
                layer3=_stage(512, 256, 6, 2),
                layer4=_stage(1024, 512, 3, 2),
            )
        )
        self.final_layers = nn.ModuleList(nn.Conv2d(2048, outputs, 1) for outputs in _HEADS)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        features = self.backbone(pictures).mean((2, 3), keepdim=True)
        return torch.cat([head(features) for head in self.final_layers], dim=1).flatten(1)
