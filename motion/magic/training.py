"""A trial of MagicVideo's design on drawn films: ``python -m motion.magic.training FOLDER --seed 0``.

A small 2-D network learns single pictures by flow matching. Then it is kept as it is, and two adapters learn from few
films, with as many steps each: ``magic``, and ``plain`` attention over time, both ways and without scales. FOLDER gets
``unet``, ``magic`` and ``plain`` in diffusers' layout; what is there is not trained again. ``motion.trials.magic``
compares their films.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import diffusers.utils.logging
import numpy as np
import torch
from torch.nn import functional

from motion.drift import generator_for
from motion.flow.scenes import drawn
from motion.magic.network import MagicAdapter, MagicUNet, mixed, new_adapter

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

__all__ = ["ADAPTERS", "FRAMES", "HELD_OUT", "Steps", "films_of", "generated", "load", "new_network", "train"]

FRAMES, SIDE = 8, 32
"""A film is one turn of a drawn loop."""
HELD_OUT = 1_000_000
"""Films from this index on are never trained on."""
SHARED_NOISE = 0.5
ADAPTERS = {"magic": True, "plain": False}
"""Name of an adapter → whether it is directed and has scales."""
_BLOCK = 4
_PICTURES, _FILMS = 512, 96
_RATE = 2e-3
_EARLIEST = 0.1
"""Errors count as those of the velocity, (film - guess) / time, and no more than at this time."""


@dataclass(frozen=True)
class Steps:
    """Steps of training: of the 2-D network on ``pictures`` at a time, of each adapter on ``films`` at a time."""

    image: int = 600
    adapter: int = 400
    pictures: int = 32
    films: int = 4


def new_network() -> UNet2DConditionModel:
    """A 2-D network with random weights, 1.7 million of them, for pictures of 32 x 32 in blocks of 4 x 4."""
    from diffusers import UNet2DConditionModel

    channels = 3 * _BLOCK**2
    return UNet2DConditionModel(
        sample_size=SIDE // _BLOCK,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(48, 96),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def films_of(seed: int, indices: Iterable[int]) -> np.ndarray:
    """Drawn films float32 [n, 8, 32, 32, 3] in 0..1."""
    scenes = [drawn(seed, index, SIDE) for index in indices]
    return np.stack([[scene.frame(k / FRAMES) for k in range(FRAMES)] for scene in scenes])


def train(folder: Path, seed: int = 0, steps: Steps = Steps()) -> Iterator[str]:
    """Train what FOLDER lacks; yields a line every hundred steps."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "unet").is_dir():
        torch.manual_seed(seed)
        network = new_network()
        films = _as_blocks(films_of(seed, range(_PICTURES)))
        yield from _fit(network, list(network.parameters()), films, "image", seed, steps)
        network.save_pretrained(folder / "unet")
    for name, magic in ADAPTERS.items():
        if (folder / name).is_dir():
            continue
        torch.manual_seed(seed)
        network = _network(folder)
        adapter = new_adapter(network, FRAMES, 4, directed=magic, scaled=magic, shared_noise=SHARED_NOISE)
        film_maker = MagicUNet.of(network, adapter).requires_grad_(False)
        adapter.requires_grad_(True)
        films = _as_blocks(films_of(seed, range(_FILMS)))
        yield from _fit(film_maker, list(adapter.parameters()), films, name, seed, steps)
        adapter.save_pretrained(folder / name)


def _fit(
    network: torch.nn.Module, weights: list[torch.nn.Parameter], films: torch.Tensor, name: str, seed: int, steps: Steps
) -> Iterator[str]:
    """Flow matching of ``weights`` on ``films`` [n, f, c, h, w], or on single frames of them for a 2-D network."""
    optimiser = torch.optim.AdamW(weights, lr=_RATE)
    count = steps.image if name == "image" else steps.adapter
    network.train()
    for step in range(count):
        draw = generator_for(seed, f"magic/{name}", step)
        if name == "image":
            chosen = draw.integers(len(films), size=steps.pictures), draw.integers(FRAMES, size=steps.pictures)
            batch = films[chosen][:, None]
        else:
            batch = films[draw.integers(len(films), size=steps.films)]
        loss = _loss(network, batch, draw)
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / 50, 4 * (1 - step / count))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        if (step + 1) % 100 == 0 or step + 1 == count:
            yield f"{name}: {step + 1} steps  loss {float(loss.detach()):.4f}"


def _loss(network: torch.nn.Module, films: torch.Tensor, draw: np.random.Generator) -> torch.Tensor:
    """Of ``films`` [b, f, c, h, w] at one time a film; frames of a film have noise in common."""
    own = torch.from_numpy(draw.standard_normal(films.shape, np.float32))
    noise = torch.stack([mixed(film, SHARED_NOISE) for film in own])
    times = torch.sigmoid(torch.from_numpy(draw.standard_normal(len(films), np.float32) + 0.3))
    share = times[:, None, None, None, None]
    told = cleared(network, (1.0 - share) * films + share * noise, times)
    return ((told - films) / share.clamp_min(_EARLIEST)).square().mean()


def cleared(network: torch.nn.Module, state: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """The film [b, f, c, h, w] that ``network`` sees in ``state`` at ``times`` [b], where 1 is noise; a 2-D network
    sees each frame alone."""
    b, f = state.shape[:2]
    nothing = state.new_zeros(b * f, 1, 8)
    if isinstance(network, MagicUNet):
        made: torch.Tensor = network(state.transpose(1, 2), 1000.0 * times, nothing).sample
        return made.transpose(1, 2)
    told: torch.Tensor = network(state.flatten(0, 1), 1000.0 * times.repeat_interleave(f), nothing).sample
    return told.unflatten(0, (b, f))


@torch.inference_mode()
def generated(network: torch.nn.Module, noise: torch.Tensor, steps: int = 16) -> np.ndarray:
    """Films float32 [n, f, 32, 32, 3] in 0..1 of ``noise`` [n, f, 48, 8, 8]."""
    found = []
    for state in noise.split(8):
        for step in range(steps, 0, -1):
            told = cleared(network, state, torch.full((len(state),), step / steps))
            state = state + (told - state) / step
        found.append(functional.pixel_shuffle(state, _BLOCK))
    films: np.ndarray = (0.5 + 0.5 * torch.cat(found)).clamp(0.0, 1.0).permute(0, 1, 3, 4, 2).numpy()
    return films


def _as_blocks(films: np.ndarray) -> torch.Tensor:
    """Films [n, f, 32, 32, 3] in 0..1 as the networks see them, [n, f, 48, 8, 8] in -1..1."""
    return functional.pixel_unshuffle(torch.from_numpy(2.0 * films - 1.0).permute(0, 1, 4, 2, 3), _BLOCK)


def _network(folder: Path) -> UNet2DConditionModel:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel.from_pretrained(folder / "unet", low_cpu_mem_usage=False)


def load(folder: Path, name: str | None = None) -> torch.nn.Module:
    """The 2-D network of ``folder``, or that with the adapter ``name``."""
    network = _network(folder)
    if name is not None:
        return MagicUNet.of(network, MagicAdapter.from_pretrained(folder / name, low_cpu_mem_usage=False)).eval()
    return network.eval()


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description="Try MagicVideo's design on drawn films.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.monotonic()
    diffusers.utils.logging.set_verbosity_error()
    for line in train(arguments.folder, arguments.seed):
        print(f"{time.monotonic() - begun:6.0f} s  {line}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
