"""A window of coefficients → the pose of the head and the shift of each keypoint."""

from __future__ import annotations

import torch
from torch import nn

from avatar.face.sadtalker.transform import HeadPose

__all__ = ["WINDOW", "Mapping"]

WINDOW = 27
_WIDTH, _BINS, _SHIFTS = 1024, 66, 45
_SLOPE, _DILATION = 0.1, 3


class Mapping(nn.Module):
    """Coefficients [b, c, 27], time last → :class:`HeadPose`; c is 70 for a cropped portrait, 73 for a whole photo."""

    def __init__(self, coefficients: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv1d(coefficients, _WIDTH, 7))
        self.encoder0, self.encoder1, self.encoder2 = (
            nn.Sequential(nn.LeakyReLU(_SLOPE), nn.Conv1d(_WIDTH, _WIDTH, 3, dilation=_DILATION)) for _ in range(3)
        )
        self.fc_roll, self.fc_pitch, self.fc_yaw = (nn.Linear(_WIDTH, _BINS) for _ in range(3))
        self.fc_t = nn.Linear(_WIDTH, 3)
        self.fc_exp = nn.Linear(_WIDTH, _SHIFTS)

    def forward(self, window: torch.Tensor) -> HeadPose:
        x = self.first(window)
        for encoder in (self.encoder0, self.encoder1, self.encoder2):
            x = encoder(x) + x[:, :, _DILATION:-_DILATION]
        x = x.mean(dim=2)
        return HeadPose(self.fc_yaw(x), self.fc_pitch(x), self.fc_roll(x), self.fc_t(x), self.fc_exp(x))
