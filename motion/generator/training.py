"""The training run of the embedded generator: ``python -m motion.generator.training FOLDER --views N``.

FOLDER holds the shards that ``motion.generator.dataset`` writes; both may run at once. The run goes on from
FOLDER/state.pt when it is started again, also with more views. Learning rate: a short rise, a plateau, and a fall over
the last fifth, begun from the plateau's own state, so that a finished run can be taken up again.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar.core.artefacts import appearing
from motion.drift import generator_for
from motion.generator.codec import Codec
from motion.generator.dataset import load_shard, shards
from motion.generator.model import CODEC_FILE, Generator, new_network, velocity

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

__all__ = ["Run", "flow_step", "follow", "loss_weights", "train"]

_BATCH = 16
_RATE, _RISE, _FALL = 8e-4, 200, 0.2
_KEPT = 0.998
_UNTOLD, _TILTED, _TILT = 0.10, 0.5, math.radians(18.0)
_SAVE_EVERY, _LOOK_EVERY = 500, 50


@dataclass(frozen=True)
class Run:
    """``views``: pictures to be seen in all. ``seed``: of the weights and of every draw. ``device``: cpu or cuda."""

    views: int
    seed: int = 0
    device: str = "cpu"


class _Store:
    """The latents of the shards on disk, one tensor a picture shape; looks for new shards now and then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: set[Path] = set()
        self._parts: dict[tuple[int, ...], list[tuple[np.ndarray, np.ndarray]]] = {}

    def look(self) -> None:
        for path in shards(self._folder):
            if path not in self._read:
                latents, vectors = load_shard(path)
                self._parts.setdefault(latents.shape[2:], []).append((latents, vectors))
                self._read.add(path)

    @property
    def pictures(self) -> int:
        return sum(len(vectors) for parts in self._parts.values() for _, vectors in parts)

    def batch(self, draw: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents [b, 12, h, w] of one shape and their vectors [b, 384]."""
        shapes = sorted(self._parts)
        shares = np.array([float(len(self._parts[shape])) for shape in shapes])
        parts = self._parts[shapes[int(draw.choice(len(shapes), p=shares / shares.sum()))]]
        wheres = [(parts[int(draw.integers(len(parts)))], draw.random()) for _ in range(_BATCH)]
        latents = np.stack([part[0][int(share * len(part[0]))] for part, share in wheres])
        vectors = np.stack([part[1][int(share * len(part[1]))] for part, share in wheres])
        return torch.from_numpy(latents).float(), torch.from_numpy(vectors).float()


def train(folder: Path, run: Run) -> Iterator[str]:
    """Train to ``run.views`` and write FOLDER/release; yield a line about the course every 50 steps."""
    store = _Store(folder)
    store.look()
    codec = Codec.load(folder / CODEC_FILE)
    torch.manual_seed(run.seed)
    network = new_network().to(run.device)
    average = new_network().to(run.device).requires_grad_(False)
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=0.01)
    step, smooth = _resume(folder, network, average, optimiser)
    steps = run.views // _BATCH
    weights = loss_weights(codec).to(run.device)
    begun, first = time.monotonic(), step
    while step < steps:
        draw = generator_for(run.seed, "training step", step)
        rate = _RATE * min(1.0, (step + 1) / _RISE, (steps - step) / (_FALL * steps))
        loss = flow_step(network, optimiser, store.batch(draw), weights, draw, rate)
        follow(average, network, min(_KEPT, (step + 1) / (step + 10)))
        smooth = loss if step == 0 else 0.99 * smooth + 0.01 * loss
        step += 1
        if step % _LOOK_EVERY == 0:
            store.look()
            pace = (step - first) * _BATCH / (time.monotonic() - begun)
            yield f"{step * _BATCH} views  loss {smooth:.4f}  {store.pictures} pictures  {pace:.1f} views/s"
        if step % _SAVE_EVERY == 0:
            if step <= steps * (1.0 - _FALL):
                _keep(folder, network, average, optimiser, step, smooth)
            Generator(average, codec).save(folder / "release")
    Generator(average, codec).save(folder / "release")


def loss_weights(codec: Codec) -> torch.Tensor:
    """How much each latent counts in the loss: [12, 1, 1]."""
    return (codec.scale / codec.scale.max()).pow(0.4)[:, None, None]


def flow_step(
    network: UNet2DConditionModel,
    optimiser: torch.optim.Optimizer,
    batch: tuple[torch.Tensor, torch.Tensor],
    weights: torch.Tensor,
    draw: np.random.Generator,
    rate: float,
) -> float:
    """One step of flow matching on ``batch``, latents [b, 12, h, w] and unit vectors [b, 384]; the loss."""
    latents, vectors = (part.to(weights.device) for part in batch)
    noise = torch.from_numpy(draw.standard_normal(latents.shape, np.float32)).to(weights.device)
    # logistic times: most of the work is in the middle of the way
    times = torch.sigmoid(torch.from_numpy(draw.standard_normal(len(latents), np.float32) + 0.2)).to(weights.device)
    share = times[:, None, None, None]
    told = velocity(network, (1.0 - share) * latents + share * noise, times, _tilted(vectors, draw))
    loss = (weights * (told - (noise - latents)).square()).mean()
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _tilted(vectors: torch.Tensor, draw: np.random.Generator) -> torch.Tensor:
    """Half of the conditions tilted in random directions, so that other words for a scene lead to it; a tenth zero."""
    aside = torch.from_numpy(draw.standard_normal(vectors.shape, np.float32)).to(vectors.device)
    aside -= (aside * vectors).sum(-1, keepdim=True) * vectors
    aside /= aside.norm(dim=-1, keepdim=True)
    angles = np.abs(draw.normal(0.0, _TILT, len(vectors))) * (draw.random(len(vectors)) < _TILTED)
    angle = torch.from_numpy(angles.astype(np.float32))[:, None].to(vectors.device)
    told = torch.from_numpy(draw.random(len(vectors)) >= _UNTOLD)[:, None].to(vectors.device)
    return (torch.cos(angle) * vectors + torch.sin(angle) * aside) * told


@torch.no_grad()
def follow(average: UNet2DConditionModel, network: UNet2DConditionModel, kept: float) -> None:
    """Move the weights of ``average`` towards those of ``network``; ``kept`` is the share that stays."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1.0 - kept)


def _keep(
    folder: Path,
    network: UNet2DConditionModel,
    average: UNet2DConditionModel,
    optimiser: torch.optim.Optimizer,
    step: int,
    smooth: float,
) -> None:
    parts = {"network": network.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
    with appearing(folder / "state.pt") as partial:
        torch.save({**parts, "step": step, "loss": smooth}, partial)


def _resume(
    folder: Path, network: UNet2DConditionModel, average: UNet2DConditionModel, optimiser: torch.optim.Optimizer
) -> tuple[int, float]:
    """Step and smoothed loss of the state on disk, loaded into the arguments; 0 and 0 where there is none."""
    if not (folder / "state.pt").exists():
        return 0, 0.0
    state = torch.load(folder / "state.pt", weights_only=True)
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"]), float(state["loss"])


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description="Train the embedded backdrop generator.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--views", type=int, default=400_000, help="pictures to be seen in all (default: 400000)")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.monotonic()
    for line in train(arguments.folder, Run(arguments.views, device=arguments.device)):
        print(f"{time.monotonic() - begun:7.0f} s  {line}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
