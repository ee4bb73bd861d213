"""Keypoints of two poses → where each voxel of the one comes from in the other, and what is hidden there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import grid_sample, relu

from avatar.face.renderer.geometry import corner_grid, heat
from avatar.face.renderer.layers import depth_to_channels, down3d, up3d

__all__ = ["DEPTH", "DenseMotion", "Motion", "sample"]

DEPTH = 16
_FEATURES, _COMPRESSED = 32, 4


@dataclass(frozen=True)
class Motion:
    """``deformation`` [b, 16, h, w, 3]: x, y, z in -1..1 from where each voxel comes; ``occlusion`` [b, 1, h, w]:
    1 seen .. 0 hidden."""

    deformation: torch.Tensor
    occlusion: torch.Tensor


def sample(volume: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """``volume`` [b, c, d, h, w] at ``places`` [b, d, h, w, 3]; zero outside.

    The grid's -1 and 1 are voxel middles while sampling takes them for edges; the weights were trained so.
    """
    return grid_sample(volume, places, mode="bilinear", padding_mode="zeros", align_corners=False)


class _Encoder(nn.Module):
    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.down_blocks = nn.ModuleList(down3d(*pair) for pair in pairwise(widths))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        levels = [x]
        for block in self.down_blocks:
            levels.append(block(levels[-1]))
        return levels


class _Decoder(nn.Module):
    """Doubles the deepest level and puts the level of that size beside it, up to the input itself."""

    def __init__(self, widths: tuple[int, ...], inputs: int) -> None:
        super().__init__()
        wide = (widths[0], *(2 * width for width in widths[1:-1]))
        self.up_blocks = nn.ModuleList(up3d(*pair) for pair in zip(wide, widths[1:], strict=True))
        outputs = widths[-1] + inputs
        self.conv = nn.Conv3d(outputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, levels: list[torch.Tensor]) -> torch.Tensor:
        x = levels.pop()
        for block in self.up_blocks:
            x = torch.cat([block(x), levels.pop()], dim=1)
        return relu(self.norm(self.conv(x)))


class _Hourglass(nn.Module):
    """[b, c, 16, h, w] → [b, 32 + c, 16, h, w]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encoder = _Encoder((channels, 64, 128, 256, 512, 1024))
        self.decoder = _Decoder((1024, 512, 256, 128, 64, _FEATURES), channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.encoder(x))


class DenseMotion(nn.Module):
    """Weighs motions (none, and one for each of k ``keypoints``) for every voxel; what weighs less than ``least``
    counts as none."""

    def __init__(self, keypoints: int, least: float = 0.0) -> None:
        super().__init__()
        motions = keypoints + 1
        channels = motions * (_COMPRESSED + 1)
        features = _FEATURES + channels
        self.least = least
        self.compress = nn.Conv3d(_FEATURES, _COMPRESSED, 1)
        self.norm = nn.BatchNorm3d(_COMPRESSED)
        self.hourglass = _Hourglass(channels)
        self.mask = nn.Conv3d(features, motions, 7, padding=3)
        self.occlusion = nn.Conv2d(features * DEPTH, 1, 7, padding=3)

    def preview(self, volume: torch.Tensor) -> torch.Tensor:
        """Few channels [1, 4, 16, h, w] of a source's ``volume`` [1, 32, 16, h, w], to try the motions on."""
        return relu(self.norm(self.compress(volume)))

    def forward(self, preview: torch.Tensor, kp_source: torch.Tensor, kp_driving: torch.Tensor) -> Motion:
        """``preview`` [1, 4, 16, h, w]; ``kp_source`` [1, k, 3]; ``kp_driving`` [b, k, 3]."""
        grid = corner_grid(preview.shape[2:], preview.device)
        motions = _motions(grid, kp_source, kp_driving)
        features = self.hourglass(_tried(preview, motions, grid, kp_source, kp_driving))
        mask = torch.softmax(self.mask(features).float(), dim=1)
        if self.least:
            mask = torch.where(mask < self.least, 0.0, mask)
        deformation = torch.einsum("bkdhw,bkdhwx->bdhwx", mask, motions)
        return Motion(deformation, torch.sigmoid(self.occlusion(depth_to_channels(features))))


def _motions(grid: torch.Tensor, kp_source: torch.Tensor, kp_driving: torch.Tensor) -> torch.Tensor:
    """Places [b, k + 1, d, h, w, 3] that each motion alone would take the voxels from."""
    moved = grid - kp_driving[:, :, None, None, None] + kp_source[:, :, None, None, None]
    return torch.cat([grid.expand(len(moved), 1, *grid.shape), moved], dim=1)


def _tried(
    preview: torch.Tensor, motions: torch.Tensor, grid: torch.Tensor, kp_source: torch.Tensor, kp_driving: torch.Tensor
) -> torch.Tensor:
    """The hourglass's input [b, 5(k + 1), d, h, w]: for each motion a heat map and the preview moved by it."""
    frames_and_motions = motions.shape[:2]
    images = preview.float().expand(frames_and_motions.numel(), *preview.shape[1:])
    moved = sample(images, motions.flatten(0, 1)).unflatten(0, frames_and_motions)
    blobs = heat(kp_driving, grid) - heat(kp_source, grid)
    blobs = torch.cat([torch.zeros_like(blobs[:, :1]), blobs], dim=1)[:, :, None]
    return torch.cat([blobs, moved], dim=2).flatten(1, 2).to(preview.dtype)
