"""A portrait and two sets of keypoints → the portrait in the other pose (face-vid2vid with a SPADE decoder).

What depends on the portrait alone is computed once (:meth:`Generator.encode`), the rest for batches of frames
(:meth:`Generator.drive`).
"""

from __future__ import annotations

import torch

from avatar.face.renderer.appearance import Appearance
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.spade import PictureDecoder
from avatar.face.renderer.warping import EncodedPortrait, Warping
from avatar.face.sadtalker.keypoints import KEYPOINTS

__all__ = ["Generator"]

_LEAST = 1e-3  # smaller weights of a motion count as none


class Generator(Appearance, Warping):
    """Draws a portrait of s by s pixels, s a multiple of 128, with other keypoints."""

    def __init__(self) -> None:
        super().__init__(keypoints=KEYPOINTS, least=_LEAST)
        self.decoder = PictureDecoder()

    def suit_cpu(self) -> None:
        """Take the methods that cost a processor least; the networks must be folded."""
        self.decoder.suit_cpu()

    def suit_cuda(self, half: bool, compiled: bool) -> None:
        """Lay the weights out as a GPU likes them; ``half`` precision and torch.compile where asked for."""
        if half:
            self.half()
        self.lay_out_for_cuda()
        self.lay_flat_for_cuda()
        self.decoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if compiled:
            self.dense_motion_network.compile()
            self.decoder.compile()

    def encode(self, portrait: torch.Tensor) -> EncodedPortrait:
        """``portrait`` [1, 3, s, s], RGB in 0..1."""
        return self.encoded(self.volume(portrait))

    def drive(self, portrait: EncodedPortrait, kp_source: torch.Tensor, kp_driving: torch.Tensor) -> torch.Tensor:
        """Pictures [b, 3, s, s], RGB in 0..1.

        ``kp_source`` [1, 15, 3]: the keypoints of the portrait as it is; ``kp_driving`` [b, 15, 3]: as wanted.
        """
        return self.draw(portrait, self.motion(portrait, kp_source, kp_driving))

    def draw(self, portrait: EncodedPortrait, motion: Motion) -> torch.Tensor:
        """Pictures [b, 3, s, s] of the portrait moved by ``motion``."""
        return self.decoder(self.features(portrait, motion)).float()
