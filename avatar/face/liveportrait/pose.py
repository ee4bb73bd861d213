"""Where keypoints go when the head turns and the face moves.

Axes of keypoints: x to the viewer's right, y down, z into the picture; the crop reaches from -1 to 1. Points are rows.
So a positive pitch lowers the nose and a positive roll tilts the head to the viewer's right, as in a GestureTrack; a
positive yaw turns the nose to the viewer's left, against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from avatar.face.liveportrait.motion_extractor import Heads
from avatar.face.renderer.geometry import degrees, turns

__all__ = ["KEYPOINTS", "FaceMotion", "keypoints", "motion_of", "rotation"]

KEYPOINTS = 21
_FIRST = -97.5


@dataclass(frozen=True)
class FaceMotion:
    """Pose and expression of b pictures.

    ``canonical`` [b, 21, 3]: keypoints of the resting face; ``expression`` [b, 21, 3]: their shifts; ``angles`` [b, 3]:
    pitch, yaw, roll in degrees; ``rotation`` [b, 3, 3]: what they make; ``translation`` [b, 3]; ``scale`` [b, 1].
    """

    canonical: torch.Tensor
    expression: torch.Tensor
    angles: torch.Tensor
    rotation: torch.Tensor
    translation: torch.Tensor
    scale: torch.Tensor


def motion_of(heads: Heads) -> FaceMotion:
    """What the motion extractor's numbers mean."""
    angles = torch.stack([degrees(logits, _FIRST) for logits in (heads.pitch, heads.yaw, heads.roll)], dim=1)
    canonical, expression = (values.float().unflatten(1, (KEYPOINTS, 3)) for values in (heads.kp, heads.exp))
    return FaceMotion(canonical, expression, angles, rotation(angles), heads.t.float(), heads.scale.float())


def rotation(angles: torch.Tensor) -> torch.Tensor:
    """(Rz(roll)·Ry(yaw)·Rx(pitch))ᵀ [b, 3, 3], to turn points that are rows, for ``angles`` [b, 3]: pitch, yaw and roll
    in degrees."""
    pitch, yaw, roll = (angles / 180 * math.pi).unbind(1)
    around_x, around_y, around_z = turns(pitch, yaw, roll)
    return (around_z @ around_y @ around_x).transpose(1, 2)


def keypoints(motion: FaceMotion) -> torch.Tensor:
    """Where the keypoints [b, 21, 3] are in the picture; the translation in depth does not count."""
    flat = motion.translation * motion.translation.new_tensor([1.0, 1.0, 0.0])
    turned = motion.canonical @ motion.rotation + motion.expression
    return motion.scale[:, :, None] * turned + flat[:, None]
