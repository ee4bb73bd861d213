"""The flow network: noise becomes the motion of a picture, by flow matching under that picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from avatar.core.errors import MissingEngine
from motion.drift import generator_for
from motion.flow.scenes import COEFFICIENTS, moved, warped

if TYPE_CHECKING:
    from diffusers import UNet2DModel

__all__ = ["SCALE", "SIDE", "FlowNetwork", "as_input", "frame_of", "new_network"]

SIDE = 16
"""Motion is made on a map of this many places a side; it is smooth, so a picture of any size takes it."""
SCALE = np.array([0.02, 0.01, 0.004, 0.004, 0.25], np.float32)[:, None, None]
"""What the five maps are divided by, so that they are about as large as the noise."""


def new_network() -> UNet2DModel:
    """A network with random weights: 0.4 million of them."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=SIDE,
        in_channels=COEFFICIENTS + 3,
        out_channels=COEFFICIENTS,
        block_out_channels=(16, 32, 48),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        attention_head_dim=16,
        norm_num_groups=8,
    )


@dataclass(frozen=True)
class FlowNetwork:
    """``network`` under pictures."""

    network: UNet2DModel

    @classmethod
    def load(cls, folder: Path) -> FlowNetwork:
        """The network of ``folder``; MissingEngine where it cannot be read."""
        from diffusers import UNet2DModel

        try:
            made = UNet2DModel.from_pretrained(folder, variant="fp16", use_safetensors=True, local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise MissingEngine(f"{folder} holds no flow network: reinstall govorun, or train one.") from error
        return cls(made.float().eval())

    def save(self, folder: Path) -> None:
        """Write it in half precision."""
        import copy

        copy.deepcopy(self.network).half().save_pretrained(folder, variant="fp16", safe_serialization=True)

    @torch.inference_mode()
    def motion(self, picture: np.ndarray, seed: int, steps: int = 8, tilt: float = 1.0) -> np.ndarray:
        """A motion float32 [5, 16, 16] of ``picture`` float32 [h, w, 3] in 0..1; ``tilt`` scales the noise."""
        noise = generator_for(seed, "flow/noise").standard_normal((1, COEFFICIENTS, SIDE, SIDE), np.float32)
        state, seen = tilt * torch.from_numpy(noise), as_input(picture)[None]
        for step in range(steps):
            left = 1.0 - step / steps
            state = state - self.velocity(state, torch.tensor([left]), seen) / steps
        found: np.ndarray = state[0].numpy() * SCALE
        found[4] = np.clip(found[4], 0.0, 1.0)
        return found

    def velocity(self, state: torch.Tensor, times: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Noise less motion [b, 5, n, n] as the network sees them in ``state`` at ``times`` (1 is noise)."""
        made: torch.Tensor = self.network(torch.cat([state, seen], dim=1), 1000.0 * times).sample
        return made


def as_input(picture: np.ndarray) -> torch.Tensor:
    """``picture`` float32 [h, w, 3] in 0..1 as the network sees it, [3, 16, 16] in -1..1."""
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(2.0 * small.transpose(2, 0, 1) - 1.0)


def frame_of(picture: np.ndarray, behind: np.ndarray, motion: np.ndarray, phase: float) -> np.ndarray:
    """``picture`` [h, w, 3] moved to ``phase`` of the loop, in 0..1; where what comes from behind is unknown it is
    mixed with ``behind`` [h, w, 3] as far as things have gone."""
    high, wide = picture.shape[:2]
    maps = np.stack([cv2.resize(part, (wide, high), interpolation=cv2.INTER_CUBIC) for part in motion])
    gone = warped(picture, moved(maps, phase))
    unknown = (np.clip(maps[4], 0.0, 1.0) * abs(np.sin(2.0 * np.pi * phase)))[..., None] * 0.5
    found: np.ndarray = (gone * (1.0 - unknown) + behind * unknown).astype(np.float32)
    return found
