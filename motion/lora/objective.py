"""What a model is trained to say, and what it shows: one class a kind of model.

A sample is a dictionary of tensors, made once from a clip and kept; a batch is a stack of samples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from avatar.core.errors import OptionError
from avatar.core.types import Size
from motion.engines.video_options import sized
from motion.lora.config import Config

__all__ = ["Asked", "Objective", "Tensors", "noise_of"]

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Asked:
    """Of a batch of b samples: ``levels`` [b] in 0..1, how much noise as a share of all that is trained with;
    ``dropped`` bool [b]: without the condition; ``any_look``: the condition as any of the ways in which it is kept."""

    levels: np.ndarray
    dropped: np.ndarray
    any_look: bool


class Objective(ABC):
    """``kind``: the name by which engines know it. ``targets``: the layers that are tuned, a pattern of their names.
    ``frames`` of a sample, ``rate``: frames a second of a film."""

    kind: ClassVar[str]
    pipeline: ClassVar[str]
    targets: ClassVar[str]
    takes_pictures: ClassVar[bool] = False

    def __init__(self, pipeline: Any, config: Config, device: str) -> None:
        self.unet, self.vae, self.scheduler = pipeline.unet, pipeline.vae, pipeline.scheduler
        self.config, self.device = config, device
        self.type = self.unet.conv_in.weight.dtype
        self.shrink = 2 ** (len(self.vae.config.block_out_channels) - 1)

    @property
    @abstractmethod
    def frames(self) -> int: ...

    @property
    @abstractmethod
    def rate(self) -> float: ...

    @property
    def most(self) -> int:
        """Frames of a film at most, 0 for all."""
        return 0

    def size(self, shape: Size) -> Size:
        """Of the pictures that it learns from, in the shape of the first film. OptionError for a side too small."""
        side = self.config.side or int(self.unet.config.sample_size) * self.shrink
        multiple = self.shrink * 2 ** (len(self.unet.config.block_out_channels) - 1)
        if side < multiple:
            raise OptionError(f"Training option side is {side}: this model needs at least {multiple}.")
        return sized(shape, side, multiple)

    @abstractmethod
    def words(self, pipeline: Any, captions: Sequence[str]) -> torch.Tensor:
        """What the model reads of ``captions``, [n, ...]."""
        ...

    @abstractmethod
    def sample(self, pipeline: Any, clip: np.ndarray, draw: np.random.Generator) -> Tensors:
        """What is kept of ``clip`` uint8 [f, h, w, 3], on the CPU."""
        ...

    @abstractmethod
    def loss(self, batch: Tensors, words: torch.Tensor, asked: Asked, draw: np.random.Generator) -> torch.Tensor:
        """Mean square of what is wrong. ``words`` [b, ...], those of nothing where dropped; ``draw``: for the noise."""
        ...

    @abstractmethod
    def show(self, sample: Tensors, words: torch.Tensor, empty: torch.Tensor, draw: np.random.Generator) -> np.ndarray:
        """Pictures uint8 [f, h, w, 3] that the model makes of the condition of ``sample`` alone."""
        ...

    def encoded(self, clip: np.ndarray, noise: torch.Tensor | None = None) -> torch.Tensor:
        """The mode of the latents [f, c, h, w] of pictures uint8 [f, h, w, 3], one at a time, not yet scaled."""
        found = []
        for number, frame in enumerate(clip):
            pixels = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].to(self.device)
            picture = pixels.float() / 127.5 - 1.0
            if noise is not None:
                picture = picture + noise[number : number + 1].to(self.device)
            found.append(self.vae.encode(picture.to(self.vae.dtype)).latent_dist.mode().float())
        return torch.cat(found)

    def pixels(self, decoded: torch.Tensor) -> np.ndarray:
        """Pictures uint8 [f, h, w, 3] of what the decoder gave, float [f, 3, h, w] in -1..1."""
        clipped = (decoded.float().clamp(-1.0, 1.0).cpu() + 1.0) * 127.5
        found: np.ndarray = clipped.round().byte().permute(0, 2, 3, 1).numpy()
        return found


def noise_of(draw: np.random.Generator, shape: Sequence[int], device: str) -> torch.Tensor:
    """Standard normal numbers of ``shape``; the same on every device."""
    return torch.from_numpy(draw.standard_normal(tuple(shape), dtype=np.float32)).to(device)
