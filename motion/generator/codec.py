"""Pictures to latents and back without a learned autoencoder.

The encoder projects each block of 8 x 8 pixels x 3 colours on its first principal components and scales them to unit
deviation. The decoder is one 3 x 3 convolution to 192 channels and a pixel shuffle, found by least squares. Both are
fitted in closed form to drawn scenes; see ``fit``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from torch.nn import functional

from avatar.core.errors import MissingEngine

__all__ = ["BLOCK", "CHANNELS", "Codec", "fit"]

BLOCK = 8
CHANNELS = 12
_VALUES = BLOCK * BLOCK * 3
_NAMES = ("mean", "components", "scale", "kernel", "bias")


@dataclass(frozen=True)
class Codec:
    """``mean`` [192], ``components`` [12, 192], ``scale`` [12] (deviation of each latent), ``kernel`` [192, 12, 3, 3],
    ``bias`` [192]; float32. Blocks are ordered row, column, colour."""

    mean: torch.Tensor
    components: torch.Tensor
    scale: torch.Tensor
    kernel: torch.Tensor
    bias: torch.Tensor

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Latents [b, 12, h/8, w/8] of ``pictures`` float32 [b, 3, h, w] in 0..1; h and w are multiples of 8."""
        blocks = _blocks(pictures) - self.mean[:, None, None]
        return torch.einsum("cv,bvhw->bchw", self.components, blocks) / self.scale[:, None, None]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures float32 [b, 3, 8 h, 8 w] of ``latents`` [b, 12, h, w]; values may pass 0..1 a little."""
        padded = functional.pad(latents, (1, 1, 1, 1), mode="replicate")
        return functional.pixel_shuffle(functional.conv2d(padded, self.kernel, self.bias), BLOCK)

    def picture(self, latents: np.ndarray) -> np.ndarray:
        """The same of one picture in two thirds of the time, its colours side by side: float32 [8 h, 8 w, 3] of
        ``latents`` float32 [12, h, w]."""
        height, width = latents.shape[1:]
        padded = functional.pad(torch.from_numpy(latents)[None], (1, 1, 1, 1), mode="replicate")
        around = functional.unfold(padded, 3)[0]
        kernel, bias = self._by_pixel
        rows = torch.addmm(bias, around.t(), kernel).reshape(height, width, BLOCK, 3 * BLOCK).transpose(1, 2)
        return np.asarray(rows.reshape(BLOCK * height, BLOCK * width, 3).numpy())

    @functools.cached_property
    def _by_pixel(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``kernel`` [108, 192] and ``bias`` [192] for blocks that are ordered row, column, colour."""
        kernel = self.kernel.reshape(3, BLOCK, BLOCK, 9 * CHANNELS).permute(3, 1, 2, 0)
        bias = self.bias.reshape(3, BLOCK, BLOCK).permute(1, 2, 0)
        return kernel.reshape(9 * CHANNELS, _VALUES).contiguous(), bias.reshape(_VALUES)

    def save(self, path: Path) -> None:
        """Write a safetensors file."""
        save_file({name: getattr(self, name).numpy() for name in _NAMES}, path)

    @classmethod
    def load(cls, path: Path) -> Codec:
        """Read what ``save`` wrote; MissingEngine that names the file where it is missing or damaged."""
        try:
            arrays = load_file(path)
            return cls(**{name: torch.from_numpy(arrays[name]) for name in _NAMES})
        except (OSError, KeyError, SafetensorError) as error:
            message = f"Weight file {path} is missing or damaged: reinstall govorun, or train it again."
            raise MissingEngine(message) from error


def fit(pictures: Iterable[torch.Tensor]) -> Codec:
    """The best codec for ``pictures``, batches float32 [b, 3, h, w] in 0..1.

    Principal components of the blocks, then ridge-free least squares from 3 x 3 neighbouring latents to a block.
    """
    batches = list(pictures)
    mean, components, scale = _principal(batches)
    rough = Codec(mean, components, scale, torch.zeros(_VALUES, CHANNELS, 3, 3), torch.zeros(_VALUES))
    kernel, bias = _least_squares(rough, batches)
    return Codec(mean, components, scale, kernel, bias)


def _principal(batches: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    total, squares, count = np.zeros(_VALUES), np.zeros((_VALUES, _VALUES)), 0
    for batch in batches:
        rows = _blocks(batch).double().permute(0, 2, 3, 1).reshape(-1, _VALUES).numpy()
        total, squares, count = total + rows.sum(axis=0), squares + rows.T @ rows, count + len(rows)
    mean = total / count
    sizes, directions = np.linalg.eigh(squares / count - np.outer(mean, mean))
    largest = np.argsort(sizes)[::-1][:CHANNELS]
    components = directions[:, largest].T
    components *= np.sign(components[np.arange(CHANNELS), np.abs(components).argmax(axis=1)])[:, None]
    found = (mean, components, np.sqrt(sizes[largest]))
    mean32, components32, scale32 = (torch.from_numpy(np.ascontiguousarray(a, np.float32)) for a in found)
    return mean32, components32, scale32


def _least_squares(codec: Codec, batches: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = 9 * CHANNELS + 1
    normal, target = np.zeros((inputs, inputs)), np.zeros((inputs, _VALUES))
    for batch in batches:
        around = functional.unfold(functional.pad(codec.encode(batch), (1, 1, 1, 1), mode="replicate"), 3)
        rows = around.permute(0, 2, 1).reshape(-1, 9 * CHANNELS).double().numpy()
        rows = np.hstack([rows, np.ones((len(rows), 1))])
        wanted = _shuffled(batch).double().flatten(2).permute(0, 2, 1).reshape(-1, _VALUES).numpy()
        normal, target = normal + rows.T @ rows, target + rows.T @ wanted
    solved = np.linalg.solve(normal + 1e-6 * np.trace(normal) / inputs * np.eye(inputs), target).T.astype(np.float32)
    kernel = np.ascontiguousarray(solved[:, :-1]).reshape(_VALUES, CHANNELS, 3, 3)
    return torch.from_numpy(kernel), torch.from_numpy(np.ascontiguousarray(solved[:, -1]))


def _blocks(pictures: torch.Tensor) -> torch.Tensor:
    """[b, 192, h/8, w/8]: every block as a vector."""
    b, c, h, w = pictures.shape
    cut = pictures.reshape(b, c, h // BLOCK, BLOCK, w // BLOCK, BLOCK)
    return cut.permute(0, 3, 5, 1, 2, 4).reshape(b, _VALUES, h // BLOCK, w // BLOCK)


def _shuffled(pictures: torch.Tensor) -> torch.Tensor:
    """[b, 192, h/8, w/8] in the order of channels that the pixel shuffle wants."""
    return functional.pixel_unshuffle(pictures, BLOCK)
