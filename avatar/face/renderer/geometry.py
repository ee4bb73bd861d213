"""Grids, blobs and turns: the geometry in which keypoints move features."""

from __future__ import annotations

from collections.abc import Sequence

import torch

__all__ = ["corner_grid", "degrees", "heat", "turns"]

_BIN = 3.0
_SPREAD = 0.01


def degrees(logits: torch.Tensor, first: float) -> torch.Tensor:
    """The mean angle [b] in degrees over bins of three degrees from ``first`` on, with ``logits`` [b, 66]."""
    bins = torch.arange(logits.shape[1], dtype=torch.float32, device=logits.device)
    return torch.softmax(logits.float(), dim=1) @ bins * _BIN + first


def turns(
    pitch: torch.Tensor, yaw: torch.Tensor, roll: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rotations [b, 3, 3] about x, y and z by ``pitch``, ``yaw``, ``roll`` [b] in radians."""
    one, zero = torch.ones_like(yaw), torch.zeros_like(yaw)

    def matrix(*entries: torch.Tensor) -> torch.Tensor:
        return torch.stack(entries, dim=1).view(-1, 3, 3)

    around_x = matrix(one, zero, zero, zero, pitch.cos(), -pitch.sin(), zero, pitch.sin(), pitch.cos())
    around_y = matrix(yaw.cos(), zero, yaw.sin(), zero, one, zero, -yaw.sin(), zero, yaw.cos())
    around_z = matrix(roll.cos(), -roll.sin(), zero, roll.sin(), roll.cos(), zero, zero, zero, one)
    return around_x, around_y, around_z


def corner_grid(size: Sequence[int], device: torch.device | None = None) -> torch.Tensor:
    """Coordinates [d, h, w, 3] in the order x, y, z; -1 and 1 are the middles of the outermost voxels."""
    z, y, x = (torch.linspace(-1, 1, length, device=device) for length in size)
    return torch.stack(torch.meshgrid(z, y, x, indexing="ij")[::-1], dim=-1)


def heat(points: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """A blob around each of ``points`` [b, k, 3] over ``grid`` [d, h, w, 3]: [b, k, d, h, w], 1 at its centre."""
    distance = (grid - points[:, :, None, None, None]).square().sum(-1)
    return torch.exp(-0.5 * distance / _SPREAD)
