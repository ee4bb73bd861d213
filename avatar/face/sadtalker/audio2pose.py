"""Sound → motion of the head: a decoder of a variational autoencoder over 32 frames at a time, in 46 styles."""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np
import torch
from scipy.signal import savgol_filter
from torch import nn

from avatar.core.progress import Progress
from avatar.face.sadtalker.audio_encoder import EMBEDDING, AudioEncoder
from avatar.face.sadtalker.resunet import ResUnet

__all__ = ["CHUNK", "LATENT", "POSE", "STYLES", "AudioToPose", "draw_latents", "smooth"]

CHUNK, LATENT, POSE, STYLES = 32, 64, 6, 46
_WINDOW, _ORDER = 13, 2


class _Decoder(nn.Module):
    """One chunk: latent [b, 64], heard [b, 32, 512], pose of the photo [b, 6] → motion [b, 32, 6]."""

    def __init__(self) -> None:
        super().__init__()
        self.classbias = nn.Parameter(torch.empty(STYLES, LATENT))
        self.linear_audio = nn.Linear(EMBEDDING, POSE)
        sizes = (POSE + LATENT + CHUNK * POSE, 128, CHUNK * POSE)
        self.MLP = nn.Sequential(
            OrderedDict(
                L0=nn.Linear(sizes[0], sizes[1]), A0=nn.ReLU(), L1=nn.Linear(sizes[1], sizes[2]), sigmoid=nn.Sigmoid()
            )
        )
        self.resunet = ResUnet()
        self.pose_linear = nn.Linear(POSE, POSE)

    def forward(self, heard: torch.Tensor, reference: torch.Tensor, style: int, latent: torch.Tensor) -> torch.Tensor:
        audio = self.linear_audio(heard).flatten(1)
        known = torch.cat([reference, latent + self.classbias[style], audio], dim=1)
        motion = self.resunet(self.MLP(known).view(-1, 1, CHUNK, POSE))
        return self.pose_linear(motion[:, 0])


class _Generator(nn.Module):
    """Keeps the decoder under the name that it has in the file."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = _Decoder()


class _Listener(nn.Module):
    """Keeps the audio encoder under the doubled name that it has in the file."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_encoder = AudioEncoder()

    def forward(self, mels: torch.Tensor, progress: Progress | None = None) -> torch.Tensor:
        return self.audio_encoder(mels, progress)


class AudioToPose(nn.Module):
    """Mel windows, the pose of the photo, a style and random latents → poses (not yet smoothed, see :func:`smooth`)."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_encoder = _Listener()
        self.netG = _Generator()

    def forward(
        self, mels: torch.Tensor, reference: torch.Tensor, style: int, latents: torch.Tensor,
        progress: Progress | None = None,
    ) -> torch.Tensor:  # fmt: skip
        """Poses [t, 6]: angles in radians (pitch, yaw, roll) and translation, coefficients 64..70.

        ``mels`` [t, 1, 80, 16]; ``reference`` [6]: the pose of the photo, which is also the first frame's; ``style``
        0..45; ``latents`` [chunks, 64] from :func:`draw_latents`.
        """
        if not 0 <= style < STYLES:
            raise ValueError(f"pose style {style} is not in 0..{STYLES - 1}")
        still = reference.new_zeros(1, POSE)
        if len(mels) < 2:
            return reference + still
        heard = self.audio_encoder(mels[1:], progress)
        chunks = [
            self.netG.decoder(part[None], reference[None], style, latent[None])[0]
            for part, latent in zip(_chunks(heard), latents, strict=True)
        ]
        rest = len(heard) % CHUNK
        if rest:
            chunks[-1] = chunks[-1][-rest:]
        return reference + torch.cat([still, *chunks])


def _chunks(heard: torch.Tensor) -> list[torch.Tensor]:
    """Embeddings [n, 512] in chunks of 32: the last one overlaps its neighbour; a lone short one repeats its first."""
    count = len(heard)
    if count < CHUNK:
        return [torch.cat([heard[:1].expand(CHUNK - count, -1), heard])]
    whole = [heard[i : i + CHUNK] for i in range(0, count - CHUNK + 1, CHUNK)]
    return [*whole, heard[-CHUNK:]] if count % CHUNK else whole


def draw_latents(frames: int, generator: np.random.Generator) -> torch.Tensor:
    """The random latents [chunks, 64] for ``frames`` frames: equal generators give equal motion."""
    chunks = math.ceil(max(frames - 1, 0) / CHUNK)
    return torch.from_numpy(generator.standard_normal((chunks, LATENT)).astype(np.float32))


def smooth(poses: np.ndarray) -> np.ndarray:
    """Poses [t, 6] without the jitter between frames: Savitzky-Golay, 13 frames, order 2; fewer where t is small."""
    count = len(poses)
    window = _WINDOW if count >= _WINDOW else 2 * ((count - 1) // 2) + 1
    if window <= _ORDER:
        return poses
    return savgol_filter(poses, window, _ORDER, axis=0).astype(poses.dtype)
