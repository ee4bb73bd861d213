"""A portrait and two sets of keypoints → the portrait in the other pose (face-vid2vid with a SPADE decoder).

What depends on the portrait alone is computed once (:meth:`Generator.encode`), the rest for batches of frames
(:meth:`Generator.drive`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import nn

from avatar.face.sadtalker.dense_motion import DenseMotion, Motion, sample
from avatar.face.sadtalker.keypoints import DEPTH
from avatar.face.sadtalker.layers import ResBlock3d, depth_to_channels, depth_to_volume, down2d, same2d
from avatar.face.sadtalker.spade import PictureDecoder

__all__ = ["EncodedPortrait", "Generator"]

_CHANNELS = 32
_SLOPE = 0.01


@dataclass(frozen=True)
class EncodedPortrait:
    """``volume`` [1, 32, 16, s/4, s/4]: features of the portrait; ``preview`` [1, 4, 16, s/4, s/4]: few of them."""

    volume: torch.Tensor
    preview: torch.Tensor


class Generator(nn.Module):
    """Draws a portrait of s by s pixels, s a multiple of 128, with other keypoints."""

    def __init__(self) -> None:
        super().__init__()
        self.first = same2d(3, 64)
        self.down_blocks = nn.Sequential(down2d(64, 128), down2d(128, 256))
        self.second = nn.Conv2d(256, _CHANNELS * DEPTH, 1)
        self.resblocks_3d = nn.Sequential(OrderedDict((f"3dr{i}", ResBlock3d(_CHANNELS)) for i in range(6)))
        self.dense_motion_network = DenseMotion()
        self.third = same2d(_CHANNELS * DEPTH, 256, _SLOPE)
        self.fourth = nn.Conv2d(256, 256, 1)
        self.decoder = PictureDecoder()

    def suit_cpu(self) -> None:
        """Take the methods that cost a processor least; the networks must be folded."""
        self.decoder.suit_cpu()

    def suit_cuda(self, half: bool, compiled: bool) -> None:
        """Lay the weights out as a GPU likes them; ``half`` precision and torch.compile where asked for."""
        if half:
            self.half()
        for flat in (self.first, self.down_blocks, self.second, self.third, self.fourth, self.decoder):
            flat.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if compiled:
            self.dense_motion_network.compile()
            self.decoder.compile()

    def encode(self, portrait: torch.Tensor) -> EncodedPortrait:
        """``portrait`` [1, 3, s, s], RGB in 0..1."""
        flat = self.second(self.down_blocks(self.first(portrait.to(self.second.weight.dtype))))
        volume = self.resblocks_3d(depth_to_volume(flat, DEPTH))
        return EncodedPortrait(volume, self.dense_motion_network.preview(volume))

    def drive(self, portrait: EncodedPortrait, kp_source: torch.Tensor, kp_driving: torch.Tensor) -> torch.Tensor:
        """Pictures [b, 3, s, s], RGB in 0..1.

        ``kp_source`` [1, 15, 3]: the keypoints of the portrait as it is; ``kp_driving`` [b, 15, 3]: as wanted.
        """
        return self.draw(portrait, self.motion(portrait, kp_source, kp_driving))

    def motion(self, portrait: EncodedPortrait, kp_source: torch.Tensor, kp_driving: torch.Tensor) -> Motion:
        """How the portrait moves between the two sets of keypoints, for what has to move along with it."""
        motion: Motion = self.dense_motion_network(portrait.preview, kp_source, kp_driving)
        return motion

    def draw(self, portrait: EncodedPortrait, motion: Motion) -> torch.Tensor:
        """Pictures [b, 3, s, s] of the portrait moved by ``motion``."""
        volume = portrait.volume.float().expand(len(motion.deformation), -1, -1, -1, -1)
        warped = sample(volume, motion.deformation).to(portrait.volume.dtype)
        features = self.fourth(self.third(depth_to_channels(warped)))
        return self.decoder(features * motion.occlusion).float()
