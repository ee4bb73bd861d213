"""The features of a portrait, moved from one set of keypoints to another, flattened for the decoder."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from avatar.face.renderer.appearance import CHANNELS
from avatar.face.renderer.dense_motion import DEPTH, DenseMotion, Motion, sample
from avatar.face.renderer.layers import depth_to_channels, same2d

__all__ = ["EncodedPortrait", "Warping"]

_SLOPE = 0.01


@dataclass(frozen=True)
class EncodedPortrait:
    """``volume`` [1, 32, 16, s/4, s/4]: features of the portrait; ``preview`` [1, 4, 16, s/4, s/4]: few of them."""

    volume: torch.Tensor
    preview: torch.Tensor


class Warping(nn.Module):
    """Moves features between sets of ``keypoints`` k; ``least``: see :class:`DenseMotion`."""

    def __init__(self, keypoints: int, least: float = 0.0) -> None:
        super().__init__()
        self.dense_motion_network = DenseMotion(keypoints, least)
        self.third = same2d(CHANNELS * DEPTH, 256, _SLOPE)
        self.fourth = nn.Conv2d(256, 256, 1)

    def encoded(self, volume: torch.Tensor) -> EncodedPortrait:
        """What moving needs to know of a portrait with the features ``volume`` [1, 32, 16, h, w]."""
        return EncodedPortrait(volume, self.dense_motion_network.preview(volume))

    def motion(self, portrait: EncodedPortrait, kp_source: torch.Tensor, kp_driving: torch.Tensor) -> Motion:
        """How the portrait moves from ``kp_source`` [1, k, 3] to ``kp_driving`` [b, k, 3], for what has to move along
        with it."""
        motion: Motion = self.dense_motion_network(portrait.preview, kp_source, kp_driving)
        return motion

    def features(self, portrait: EncodedPortrait, motion: Motion) -> torch.Tensor:
        """The moved features [b, 256, h, w]."""
        volume = portrait.volume.float().expand(len(motion.deformation), -1, -1, -1, -1)
        warped = sample(volume, motion.deformation).to(portrait.volume.dtype)
        flat: torch.Tensor = self.fourth(self.third(depth_to_channels(warped)))
        return flat * motion.occlusion

    def lay_flat_for_cuda(self) -> None:
        """Lay the weights of the flat layers out as a GPU likes them."""
        for flat in (self.third, self.fourth):
            flat.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
