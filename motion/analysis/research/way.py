"""One way through the generator: the steps that the prompt makes, and the steps that the picture makes.

Pictures are the network's own (16 x 16 latents, as ``embedded`` repaints them), one a moment of the way: what is
measured is the drift, not the frames between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from avatar.core.progress import silent
from motion.asked import Asked
from motion.driven import Driven
from motion.generator.keyframes import laid_scenes, latent_shape, refined, start_of
from motion.generator.model import Generator, Sampling
from motion.generator.moments import moments
from motion.rotation import angle_between

__all__ = ["SIZE", "Shown", "show"]

SIZE = (128, 128)
_SAMPLING = Sampling(steps=3, guidance=1.0, strength=0.6)


@dataclass(frozen=True)
class Shown:
    """``pictures`` float32 [t, 3, h, w] in 0..1 and the ``vectors`` [t, d] of the prompt behind them."""

    pictures: torch.Tensor
    vectors: np.ndarray

    @property
    def text_steps(self) -> np.ndarray:
        """Degrees [t - 1] that the embedding turned at each step."""
        return np.degrees(angle_between(self.vectors[:-1], self.vectors[1:]))

    @property
    def picture_steps(self) -> np.ndarray:
        """Mean absolute change [t - 1] of the picture at each step, of 255."""
        change = (self.pictures[1:] - self.pictures[:-1]).abs().mean(dim=(1, 2, 3)) * 255.0
        return change.double().numpy()

    def walked(self, prompt: np.ndarray) -> np.ndarray:
        """Degrees [t] of the embedding from that of the ``prompt`` [d]."""
        return np.degrees(angle_between(prompt[None].astype(np.float64), self.vectors))


def show(generator: Generator, asked: Asked, driven: Driven, phases: np.ndarray, seed: int) -> Shown:
    """The pictures of the way that ``driven`` goes, at ``phases`` [t] of its period."""
    made = moments(asked, seed, latent_shape(generator.codec, SIZE), phases, phases, driven)
    start = start_of(generator.codec, laid_scenes(asked, seed, SIZE), made.looks, made.shares, SIZE)
    latents = refined(generator, made.vectors, made.noise, start, _SAMPLING, silent())
    with torch.inference_mode():
        return Shown(generator.codec.decode(latents).clamp(0.0, 1.0), made.vectors)
