"""The training run of the flow network: ``python -m motion.flow.training FOLDER --steps 300 --seed 0``.

It draws its scenes as it goes, resumes from FOLDER/state.pt, and writes FOLDER/release. ``--measure N`` compares what
FOLDER/release makes of N scenes that were never trained on with staying still and with going on as in the first frame.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from avatar.core.artefacts import appearing
from motion.drift import generator_for
from motion.flow.network import SCALE, SIDE, FlowNetwork, as_input, frame_of, new_network
from motion.flow.scenes import Scene, drawn, moved, warped

__all__ = ["errors_of", "measured", "train"]

_SCENES, _BATCH, _RATE = 256, 12, 2e-3
_HELD_OUT = 1_000_000
_FRAMES = 16


def train(folder: Path, steps: int, seed: int = 0) -> Iterator[str]:
    """Train to ``steps`` and write FOLDER/release; yields a line every hundred steps."""
    pictures, motions = _drawn(seed)
    torch.manual_seed(seed)
    made = FlowNetwork(new_network())
    optimiser = torch.optim.AdamW(made.network.parameters(), lr=_RATE)
    folder.mkdir(parents=True, exist_ok=True)
    first = _resume(folder, made, optimiser)
    for step in range(first, steps):
        draw = generator_for(seed, "flow/step", step)
        rows = draw.integers(len(pictures), size=_BATCH)
        pace = min(1.0, (step + 1) / 50, 4 * (1 - step / steps))
        loss = _step(made, optimiser, pictures[rows], motions[rows], draw, pace)
        if (step + 1) % 100 == 0 or step + 1 == steps:
            _keep(folder, made, optimiser, step + 1)
            yield f"{step + 1} steps  loss {loss:.4f}"
    made.network.eval()
    made.save(folder / "release")


def _drawn(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures as inputs [n, 3, 16, 16] and their motions [n, 5, 16, 16], scaled."""
    import cv2

    scenes = [drawn(seed, index) for index in range(_SCENES)]
    pictures = torch.stack([as_input(scene.picture) for scene in scenes])
    small = [
        np.stack([cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for part in scene.motion]) / SCALE
        for scene in scenes
    ]
    return pictures, torch.from_numpy(np.stack(small).astype(np.float32))


def _step(
    made: FlowNetwork,
    optimiser: torch.optim.Optimizer,
    pictures: torch.Tensor,
    motions: torch.Tensor,
    draw: np.random.Generator,
    pace: float,
) -> float:
    """One step of flow matching; the loss."""
    noise = torch.from_numpy(draw.standard_normal(motions.shape, np.float32))
    times = torch.sigmoid(torch.from_numpy(draw.standard_normal(len(motions), np.float32) + 0.3))
    share = times[:, None, None, None]
    told = made.velocity((1.0 - share) * motions + share * noise, times, pictures)
    loss = (told - (noise - motions)).square().mean()
    for group in optimiser.param_groups:
        group["lr"] = _RATE * pace
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(made.network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _keep(folder: Path, made: FlowNetwork, optimiser: torch.optim.Optimizer, step: int) -> None:
    with appearing(folder / "state.pt") as partial:
        torch.save({"network": made.network.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, partial)


def _resume(folder: Path, made: FlowNetwork, optimiser: torch.optim.Optimizer) -> int:
    """The step of the state on disk, loaded into the arguments; 0 where there is none."""
    if not (folder / "state.pt").exists():
        return 0
    state = torch.load(folder / "state.pt", weights_only=True)
    made.network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def measured(made: FlowNetwork, scenes: int, seed: int = 0) -> dict[str, float]:
    """Mean error of 255 over the loops of ``scenes`` that were never trained on: of the network, of staying still, and
    of going on as in the first frame, whose true motion is given."""
    rows = [errors_of(drawn(seed, _HELD_OUT + index), made, index) for index in range(scenes)]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def errors_of(scene: Scene, made: FlowNetwork, seed: int) -> dict[str, float]:
    """The errors of one scene, in parts of 255; ``..._early``: over the first quarter of the loop alone."""
    import cv2

    motion = made.motion(scene.picture, seed)
    behind = cv2.GaussianBlur(scene.picture, (0, 0), 3.0)
    first = moved(scene.motion, 1.0 / _FRAMES)
    found: dict[str, list[float]] = {"flow": [], "stay": [], "repeat": []}
    for k in range(1, _FRAMES):
        truth = scene.frame(k / _FRAMES)
        guesses = {
            "flow": frame_of(scene.picture, behind, motion, k / _FRAMES),
            "stay": scene.picture,
            "repeat": warped(scene.picture, k * first),
        }
        for name, guess in guesses.items():
            found[name].append(255.0 * float(np.abs(guess - truth).mean()))
    whole = {name: float(np.mean(errors)) for name, errors in found.items()}
    return whole | {f"{name}_early": float(np.mean(errors[: _FRAMES // 4])) for name, errors in found.items()}


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description="Train the flow network.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measure", type=int, default=0, metavar="N", help="measure on N scenes instead")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.measure:
        made = FlowNetwork.load(arguments.folder / "release")
        for name, error in measured(made, arguments.measure, arguments.seed).items():
            print(f"{name:<14} {error:.3f}")  # noqa: T201
        return
    begun = time.monotonic()
    for line in train(arguments.folder, arguments.steps, arguments.seed):
        print(f"{time.monotonic() - begun:6.0f} s  {line}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
