"""Features → picture: blocks whose norms are modulated by the features (SPADE: Park et al. 2019)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import instance_norm, leaky_relu_
from torch.nn.utils import remove_spectral_norm, spectral_norm

from avatar.face.renderer.layers import Foldable
from avatar.face.renderer.upsampled import UpsampledConv
from avatar.face.renderer.winograd import WinogradConv

__all__ = ["PictureDecoder"]

_FEATURES, _WIDTH, _HIDDEN = 256, 512, 128
_SLOPE = 0.2
_WIDE = 128  # channels of a layer that fewer products make faster


class _Modulation(Foldable):
    """A scale and a shift for every place of what has been normed, read from the features there.

    ``scale``: how many times larger the picture is than the features.
    """

    def __init__(self, channels: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.resize = _enlarge(scale)
        self.mlp_shared = nn.Sequential(nn.Conv2d(_FEATURES, _HIDDEN, 3, padding=1), nn.ReLU(inplace=True))
        self.mlp_gamma: nn.Module = nn.Conv2d(_HIDDEN, channels, 3, padding=1)
        self.mlp_beta: nn.Module = nn.Conv2d(_HIDDEN, channels, 3, padding=1)
        self.mlp_both: nn.Module | None = None

    def forward(self, normed: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        factor, shift = self._read(self.mlp_shared(self.resize(features)))
        return torch.addcmul(shift, normed, factor)

    def _read(self, shared: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.mlp_both is None:
            return 1 + self.mlp_gamma(shared), self.mlp_beta(shared)
        factor, shift = self.mlp_both(shared).chunk(2, dim=1)
        return factor, shift

    def fold(self) -> None:
        """Read scale and shift by one convolution; convolve the features before they are enlarged."""
        self.mlp_both = _side_by_side(self.mlp_gamma, self.mlp_beta)
        self.mlp_gamma = self.mlp_beta = nn.Identity()
        if self.scale > 1:
            self.resize = nn.Identity()
            self.mlp_shared[0] = UpsampledConv(self.mlp_shared[0], self.scale)  # type: ignore[arg-type]


def _side_by_side(gamma: nn.Module, beta: nn.Module) -> nn.Conv2d:
    """One convolution for 1 + ``gamma`` and, in the second half of the channels, ``beta``."""
    weight = torch.cat([gamma.weight, beta.weight])  # type: ignore[list-item]
    both = nn.Conv2d(_HIDDEN, len(weight), 3, padding=1, device="meta")
    both.weight = nn.Parameter(weight, requires_grad=False)
    both.bias = nn.Parameter(torch.cat([1 + gamma.bias, beta.bias]), requires_grad=False)  # type: ignore[list-item, operator]
    return both


class _Block(Foldable):
    """Doubling where wanted, then two modulated 3x3 convolutions and a shortcut, convolved where the width changes.

    ``scale``: how many times larger the result is than the features; 1 keeps the size of the picture.
    """

    def __init__(self, inputs: int, outputs: int, scale: int) -> None:
        super().__init__()
        middle = min(inputs, outputs)
        self.up = _enlarge(2 if scale > 1 else 1)
        self.norm_0, self.norm_1 = _Modulation(inputs, scale), _Modulation(middle, scale)
        self.conv_0 = spectral_norm(nn.Conv2d(inputs, middle, 3, padding=1))
        self.conv_1 = spectral_norm(nn.Conv2d(middle, outputs, 3, padding=1))
        self.widens = inputs != outputs
        if self.widens:
            self.norm_s = _Modulation(inputs, scale)
            self.conv_s = spectral_norm(nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        normed = self.up(instance_norm(x))  # enlarging changes neither mean nor variance
        y = self.conv_0(leaky_relu_(self.norm_0(normed, features), _SLOPE))
        y = self.conv_1(leaky_relu_(self.norm_1(instance_norm(y), features), _SLOPE))
        return y.add_(self.conv_s(self.norm_s(normed, features)) if self.widens else self.up(x))

    def fold(self) -> None:
        """Divide the weights by their spectral norm once and for all."""
        for conv in (self.conv_0, self.conv_1, *([self.conv_s] if self.widens else [])):
            remove_spectral_norm(conv)


def _spare_products(part: nn.Module) -> None:
    for name, conv in list(part.named_children()):
        if isinstance(conv, nn.Conv2d) and conv.kernel_size == (3, 3) and conv.out_channels >= _WIDE:
            setattr(part, name, WinogradConv(conv))


def _enlarge(factor: int) -> nn.Module:
    return nn.Upsample(scale_factor=factor) if factor > 1 else nn.Identity()


class PictureDecoder(nn.Module):
    """Features [b, 256, h, w] → pictures [b, 3, 4h, 4w] in 0..1, or ``doubled`` [b, 3, 8h, 8w]: the last layer then
    gives four colours for every place, which become 2x2 pixels."""

    def __init__(self, doubled: bool = False) -> None:
        super().__init__()
        self.fc = nn.Conv2d(_FEATURES, _WIDTH, 3, padding=1)
        for index in range(6):
            self.add_module(f"G_middle_{index}", _Block(_WIDTH, _WIDTH, 1))
        self.up_0 = _Block(_WIDTH, 256, 2)
        self.up_1 = _Block(256, 64, 4)
        last = nn.Conv2d(64, 12 if doubled else 3, 3, padding=1)
        self.conv_img: nn.Module = nn.Sequential(last, nn.PixelShuffle(2)) if doubled else last

    def suit_cpu(self) -> None:
        """Convolve with fewer products where pictures are large and layers wide."""
        for block in (self.up_0, self.up_1):
            for part in list(block.modules()):
                _spare_products(part)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        x = self.fc(features)
        for index in range(6):
            x = self.get_submodule(f"G_middle_{index}")(x, features)
        x = self.up_1(self.up_0(x, features), features)
        return torch.sigmoid(self.conv_img(leaky_relu_(x, _SLOPE)))
