"""Sound → the expression of the face."""

from __future__ import annotations

import torch
from torch import nn

from avatar.core.progress import Progress
from avatar.face.sadtalker.audio_encoder import EMBEDDING, AudioEncoder

__all__ = ["EXPRESSIONS", "AudioToExpression"]

EXPRESSIONS = 64


class AudioToExpression(nn.Module):
    """What is heard, the expression of the photo and how far the eyes are shut → expression coefficients."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_encoder = AudioEncoder()
        self.mapping1 = nn.Linear(EMBEDDING + EXPRESSIONS + 1, EXPRESSIONS)

    def forward(
        self, mels: torch.Tensor, reference: torch.Tensor, blink: torch.Tensor, progress: Progress | None = None
    ) -> torch.Tensor:
        """Coefficients [t, 64], absolute: they are not added to the reference.

        ``mels`` [t, 1, 80, 16]; ``reference`` [1 or t, 64]: the expression of the photo, or of another video frame by
        frame; ``blink`` [t, 1]: 0 open .. 1 shut.
        """
        heard = self.audio_encoder(mels, progress)
        return self.mapping1(torch.cat([heard, reference.expand(len(heard), -1), blink], dim=1))
