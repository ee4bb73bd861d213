"""Where keypoints go when the head turns and the face moves (face-vid2vid: Wang, Mallya, Liu 2021, section 3.1).

The weights were trained with a π of 3.14, with bins of three degrees from -99 and without a shift along x and z; so
these stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from avatar.face.renderer.geometry import degrees, turns

__all__ = ["HeadPose", "move", "rotation"]

_PI = 3.14
_FIRST = -99.0


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
        return torch.stack([degrees(logits, _FIRST) for logits in (self.yaw, self.pitch, self.roll)], dim=1)


def rotation(angles: torch.Tensor) -> torch.Tensor:
    """Rx(pitch)·Ry(yaw)·Rz(roll) [b, 3, 3] for ``angles`` [b, 3]: yaw, pitch and roll in degrees."""
    yaw, pitch, roll = (angles / 180 * _PI).unbind(1)
    around_x, around_y, around_z = turns(pitch, yaw, roll)
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
