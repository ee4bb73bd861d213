"""A window of the mel spectrogram → a vector of what is heard there."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import relu

from avatar.core.progress import Progress, silent

__all__ = ["EMBEDDING", "AudioEncoder"]

EMBEDDING = 512
_AT_A_TIME = 32

# channels in, channels out, kernel, stride (frequency, time), padding, residual
_BLOCKS: tuple[tuple[int, int, int, tuple[int, int], int, bool], ...] = (
    (1, 32, 3, (1, 1), 1, False),
    (32, 32, 3, (1, 1), 1, True),
    (32, 32, 3, (1, 1), 1, True),
    (32, 64, 3, (3, 1), 1, False),
    (64, 64, 3, (1, 1), 1, True),
    (64, 64, 3, (1, 1), 1, True),
    (64, 128, 3, (3, 3), 1, False),
    (128, 128, 3, (1, 1), 1, True),
    (128, 128, 3, (1, 1), 1, True),
    (128, 256, 3, (3, 2), 1, False),
    (256, 256, 3, (1, 1), 1, True),
    (256, 512, 3, (1, 1), 0, False),
    (512, 512, 1, (1, 1), 0, False),
)


class _Block(nn.Module):
    """Convolution and norm, plus the input where ``residual``, then ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: tuple[int, int], padding: int, residual: bool
    ) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding), nn.BatchNorm2d(outputs))
        self.residual = residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv_block(x)
        return relu(x + y if self.residual else y)


class AudioEncoder(nn.Sequential):
    """Mel windows [t, 1, 80, 16] → embeddings [t, 512]."""

    def __init__(self) -> None:
        super().__init__(*(_Block(*block) for block in _BLOCKS))

    def forward(self, mels: torch.Tensor, progress: Progress | None = None) -> torch.Tensor:
        """A few windows at a time, so memory does not grow with their number."""
        report, done, parts = progress or silent(), 0, []
        for part in mels.split(_AT_A_TIME):
            parts.append(super().forward(part).flatten(1))
            done += len(part)
            report(done / len(mels), "listening")
        return torch.cat(parts)
