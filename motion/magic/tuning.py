"""Train the adapter of engine ``magic`` on films: ``python -m motion.magic.tuning CHECKPOINT FILMS FOLDER``.

CHECKPOINT is a folder of Stable Diffusion 1.5 in diffusers' layout, which stays as it is. FILMS holds films, each with
``x.txt`` beside ``x.mp4`` that says what it shows; where there is none, its name does. FOLDER/adapter is what
``--backdrop-option adapter=`` takes. A run that was stopped goes on from FOLDER/state.pt.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers.utils.logging
import numpy as np
import torch

from avatar.core.artefacts import appearing
from avatar.core.errors import GovorunError, MissingEngine, OptionError
from avatar.core.media import read_film
from avatar.core.types import Size
from motion.drift import generator_for
from motion.magic.network import MagicAdapter, MagicUNet, mixed, new_adapter
from motion.next_state.clips import ENDINGS

__all__ = ["Tuning", "tune"]

_EVERY = 100
_WITHOUT_WORDS = 0.1  # of the steps, so that guidance has something to compare with


@dataclass(frozen=True)
class Tuning:
    """``steps`` of one clip each: ``frames`` at ``fps``, ``side`` x ``side`` pixels, from ``seed``; ``rate`` of
    learning; ``shared_noise``: see ``MagicAdapter``."""

    steps: int = 2000
    frames: int = 16
    fps: float = 8.0
    side: int = 256
    seed: int = 0
    rate: float = 1e-4
    shared_noise: float = 0.5


@dataclass(frozen=True)
class _Clip:
    """``latents`` [f, c, h, w] of a clip and ``tokens`` [t, d] of its words."""

    latents: torch.Tensor
    tokens: torch.Tensor


def tune(checkpoint: Path, films: Path, folder: Path, tuning: Tuning, device: str = "cpu") -> Iterator[str]:
    """Train to ``tuning.steps`` and write FOLDER/adapter; yields a line every hundred steps.

    OptionError for a folder without films, or whose films are too short; MissingEngine for a checkpoint that cannot be
    read; MediaError for a film that cannot be.
    """
    found = sorted(path for path in films.rglob("*") if path.suffix.lower() in ENDINGS)
    if not found:
        raise OptionError(f"There is no film in {films}: give a folder with {', '.join(ENDINGS)} files.")
    parts = _parts(checkpoint)
    with torch.no_grad():
        without = _read(parts, "")
        clips = [clip for path in found for clip in _clips(parts, path, tuning)]
    if not clips:
        raise OptionError(
            f"No film in {films} lasts {tuning.frames / tuning.fps:.1f} s: give --frames or longer films."
        )
    torch.manual_seed(tuning.seed)
    adapter = new_adapter(parts["unet"], tuning.frames, shared_noise=tuning.shared_noise)
    unet = MagicUNet.of(parts["unet"], adapter).requires_grad_(False).to(device).train()
    adapter.requires_grad_(True)
    if device != "cpu":
        unet.enable_gradient_checkpointing()
    optimiser = torch.optim.AdamW(adapter.parameters(), lr=tuning.rate)
    folder.mkdir(parents=True, exist_ok=True)
    for step in range(_resume(folder, adapter, optimiser), tuning.steps):
        draw = generator_for(tuning.seed, "magic/tuning", step)
        clip = clips[int(draw.integers(len(clips)))]
        tokens = without if draw.random() < _WITHOUT_WORDS else clip.tokens
        loss = _loss(unet, parts["scheduler"], clip.latents.to(device), tokens.to(device), tuning.shared_noise, draw)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(adapter.parameters(), 1.0)
        optimiser.step()
        if (step + 1) % _EVERY == 0 or step + 1 == tuning.steps:
            _keep(folder, adapter, optimiser, step + 1)
            yield f"{step + 1} steps  loss {float(loss.detach()):.4f}"
    adapter.save_pretrained(folder / "adapter")


def _parts(checkpoint: Path) -> dict[str, Any]:
    """What is needed of the checkpoint, in float32 on the CPU."""
    from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

    kinds = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "text_encoder": CLIPTextModel,
             "tokenizer": CLIPTokenizer, "scheduler": DDPMScheduler}  # fmt: skip
    try:
        return {name: kind.from_pretrained(checkpoint, subfolder=name) for name, kind in kinds.items()}
    except (OSError, ValueError) as error:
        raise MissingEngine(
            f"{checkpoint} cannot be read as Stable Diffusion 1.5: give a folder in diffusers' layout."
        ) from error


def _read(parts: dict[str, Any], words: str) -> torch.Tensor:
    """Tokens [t, d] of ``words``."""
    tokenizer = parts["tokenizer"]
    ids = tokenizer(words, padding="max_length", max_length=tokenizer.model_max_length, truncation=True,
                    return_tensors="pt").input_ids  # fmt: skip
    tokens: torch.Tensor = parts["text_encoder"](ids)[0][0]
    return tokens


def _clips(parts: dict[str, Any], path: Path, tuning: Tuning) -> Iterator[_Clip]:
    """Clips of a film that follow one another; what is left at its end is too short."""
    beside = path.with_suffix(".txt")
    words = beside.read_text(encoding="utf-8").strip() if beside.is_file() else path.stem.replace("_", " ")
    tokens = _read(parts, words)
    frames: list[np.ndarray] = []
    for frame in read_film(path, Size(tuning.side, tuning.side), tuning.fps):
        frames.append(frame)
        if len(frames) == tuning.frames:
            pixels = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float() / 127.5 - 1.0
            encoded = [parts["vae"].encode(part).latent_dist.mean for part in pixels.split(4)]
            yield _Clip(torch.cat(encoded) * parts["vae"].config.scaling_factor, tokens)
            frames = []


def _loss(
    unet: MagicUNet, scheduler: Any, latents: torch.Tensor, tokens: torch.Tensor, share: float,
    draw: np.random.Generator,
) -> torch.Tensor:  # fmt: skip
    """Of the noise, or the velocity, at one step of diffusion for the whole clip [f, c, h, w]."""
    noise = mixed(torch.from_numpy(draw.standard_normal(latents.shape, np.float32)).to(latents), share)
    step = torch.tensor([int(draw.integers(scheduler.config.num_train_timesteps))], device=latents.device)
    noisy = scheduler.add_noise(latents, noise, step)
    told = unet(noisy.transpose(0, 1)[None], step, tokens.expand(len(latents), -1, -1)).sample[0].transpose(0, 1)
    wants_velocity = scheduler.config.prediction_type == "v_prediction"
    return (told - (scheduler.get_velocity(latents, noise, step) if wants_velocity else noise)).square().mean()


def _keep(folder: Path, adapter: MagicAdapter, optimiser: torch.optim.Optimizer, step: int) -> None:
    with appearing(folder / "state.pt") as partial:
        torch.save({"adapter": adapter.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, partial)


def _resume(folder: Path, adapter: MagicAdapter, optimiser: torch.optim.Optimizer) -> int:
    """The step of the state on disk, loaded into the arguments; 0 where there is none."""
    if not (folder / "state.pt").exists():
        return 0
    state = torch.load(folder / "state.pt", weights_only=True, map_location="cpu")
    adapter.load_state_dict(state["adapter"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def main() -> None:
    """The command line of the module."""
    usual = Tuning()
    parser = argparse.ArgumentParser(description="Train the adapter of engine magic on films.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("films", type=Path)
    parser.add_argument("folder", type=Path)
    for name in ("steps", "frames", "side", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--fps", type=float, default=usual.fps)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    tuning = Tuning(given.steps, given.frames, given.fps, given.side, given.seed)
    diffusers.utils.logging.set_verbosity_error()
    try:
        for line in tune(given.checkpoint, given.films, given.folder, tuning, given.device):
            print(line, flush=True)  # noqa: T201
    except GovorunError as error:
        parser.exit(error.exit_code, f"{error}\n")


if __name__ == "__main__":
    main()
