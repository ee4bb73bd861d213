"""Where keypoints go when the head turns and the face moves (face-vid2vid: Wang, Mallya, Liu 2021, section 3.1).

The weights were trained with a π of 3.14, with bins of three degrees from -99 and without a shift along x and z; so
these stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

__all__ = ["HeadPose", "corner_grid", "degrees", "heat", "move", "rotation"]

_PI = 3.14
_BIN, _FIRST = 3.0, -99.0
_SPREAD = 0.01


@dataclass(frozen=True)
class HeadPose:
    """What the mapping network says of b frames: ``yaw``, ``pitch``, ``roll`` [b, 66] logits over bins of angles,
    ``translation`` [b, 3], ``expression`` [b, 45]: a shift x, y, z of each of 15 keypoints."""

    yaw: torch.Tensor
    pitch: torch.Tensor
    roll: torch.Tensor
    translation: torch.Tensor
    expression: torch.Tensor

    def angles(self) -> torch.Tensor:
        """Yaw, pitch and roll [b, 3] in degrees."""
        return torch.stack([degrees(self.yaw), degrees(self.pitch), degrees(self.roll)], dim=1)


def degrees(logits: torch.Tensor) -> torch.Tensor:
    """The mean angle [b] in degrees over bins with ``logits`` [b, 66]."""
    bins = torch.arange(logits.shape[1], dtype=torch.float32, device=logits.device)
    return torch.softmax(logits.float(), dim=1) @ bins * _BIN + _FIRST


def rotation(angles: torch.Tensor) -> torch.Tensor:
    """Rx(pitch)·Ry(yaw)·Rz(roll) [b, 3, 3] for ``angles`` [b, 3]: yaw, pitch and roll in degrees."""
    yaw, pitch, roll = (angles / 180 * _PI).unbind(1)
    one, zero = torch.ones_like(yaw), torch.zeros_like(yaw)

    def matrix(*entries: torch.Tensor) -> torch.Tensor:
        return torch.stack(entries, dim=1).view(-1, 3, 3)

    around_x = matrix(one, zero, zero, zero, pitch.cos(), -pitch.sin(), zero, pitch.sin(), pitch.cos())
    around_y = matrix(yaw.cos(), zero, yaw.sin(), zero, one, zero, -yaw.sin(), zero, yaw.cos())
    around_z = matrix(roll.cos(), -roll.sin(), zero, roll.sin(), roll.cos(), zero, zero, zero, one)
    return around_x @ around_y @ around_z


def move(canonical: torch.Tensor, pose: HeadPose, angles: torch.Tensor | None = None) -> torch.Tensor:
    """Keypoints [b, 15, 3] of b frames from those of the resting head, ``canonical`` [1 or b, 15, 3].

    ``angles`` [b, 3]: yaw, pitch, roll in degrees that replace those of ``pose``; NaN keeps the pose's own.
    """
    own = pose.angles()
    turned = own if angles is None else torch.where(torch.isnan(angles), own, angles)
    points = canonical @ rotation(turned).transpose(1, 2)
    down = pose.translation.float() * pose.translation.new_tensor([0.0, 1.0, 0.0])
    return points + down[:, None] + pose.expression.float().unflatten(1, (-1, 3))


def corner_grid(size: Sequence[int], device: torch.device | None = None) -> torch.Tensor:
    """Coordinates [d, h, w, 3] in the order x, y, z; -1 and 1 are the middles of the outermost voxels."""
    z, y, x = (torch.linspace(-1, 1, length, device=device) for length in size)
    return torch.stack(torch.meshgrid(z, y, x, indexing="ij")[::-1], dim=-1)


def heat(points: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """A blob around each of ``points`` [b, k, 3] over ``grid`` [d, h, w, 3]: [b, k, d, h, w], 1 at its centre."""
    distance = (grid - points[:, :, None, None, None]).square().sum(-1)
    return torch.exp(-0.5 * distance / _SPREAD)
