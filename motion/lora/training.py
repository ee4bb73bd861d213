"""The training run of a LoRA. One seed, one result; a run that was stopped goes on where it was.

FOLDER of a run: ``config.json``; ``material/`` (latents and words, so that films are read once); ``state.pt`` (the
last look at what is kept aside); ``losses.csv``; ``strips/`` (pictures of what is kept aside); ``lora/`` with the best
weights and their card.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from avatar.core.artefacts import appearing, write_atomically
from avatar.core.errors import EngineError, OptionError
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.trained import check_name, keep
from motion.drift import generator_for
from motion.engines.diffusion_weights import Loading, quiet_libraries
from motion.engines.tuned import CARD, WEIGHTS, digest_of
from motion.lora.adapter import insert, put_back, save, taken_out
from motion.lora.base import Base
from motion.lora.config import Config
from motion.lora.material import Material, gathered
from motion.lora.objective import Asked, Objective, Tensors
from motion.lora.strips import draw_strip

__all__ = ["Result", "train"]

_DECAY, _CLIP = 1e-2, 1.0
_LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
_LOOKED_AT = 24  # samples of each look at what is kept aside


class Result:
    """``folder`` of the LoRA; the ``steps`` that were done, the loss of what is kept aside ``before`` and at the
    ``best`` look, which was after ``best_step`` steps."""

    def __init__(self, folder: Path, losses: list[tuple[int, float, float]]) -> None:
        self.folder, self.steps, self.before = folder, losses[-1][0], losses[0][2]
        self.best_step, _, self.best = losses[_best(losses)]


def train(folder: Path, config: Config, progress: Progress, device: str = "cpu") -> Result:
    """Look through the model, encode what there is to learn from, train, and leave the files of the run in ``folder``.

    OptionError where ``folder`` holds a run of another configuration, or there is too little to learn from; what
    loading raises; EngineError where memory is short. Resumable.
    """
    progress(0.0, "loading the model")
    base = Base.of(config, _loading(config, device))
    if config.name:
        check_name(config.name, folder / "lora", cache_folder())
    folder.mkdir(parents=True, exist_ok=True)
    _same_run(folder / "config.json", config, base)
    with _enough_memory(device), quiet_libraries():
        pipeline = base.loaded()
        objective = base.objective(pipeline, config, device)
        with torch.no_grad():
            material = gathered(folder / "material", objective, pipeline, progress.part(0.05, 0.4))
        base.forget_readers(pipeline)
        run = _Run(folder, objective, material, device)
        while not run.over:
            run.stretch(progress.part(0.4, 0.95))
        return run.finished(base, progress.part(0.95, 1.0))


class _Run:
    """The LoRA, its optimiser, and what was seen so far."""

    def __init__(self, folder: Path, objective: Objective, material: Material, device: str) -> None:
        self.folder, self.objective, self.material, self.config = folder, objective, material, objective.config
        learned = insert(objective.unet, objective.targets, self.config)
        if device != "cpu":
            objective.unet.enable_gradient_checkpointing()
        self.optimiser = torch.optim.AdamW(learned, self.config.learning_rate, weight_decay=_DECAY)
        self.losses: list[tuple[int, float, float]] = []
        self.best: Tensors = taken_out(objective.unet)
        self._resume()

    @property
    def done(self) -> int:
        return self.losses[-1][0] if self.losses else 0

    @property
    def over(self) -> bool:
        """Whether all steps are done, or the last ``patience`` looks saw nothing better."""
        without = len(self.losses) - 1 - _best(self.losses) if self.losses else 0
        return bool(self.losses) and (self.done >= self.config.steps or without >= self.config.patience)

    def stretch(self, progress: Progress) -> None:
        """The steps up to the next look at what is kept aside, and that look; the very first one comes before any."""
        last = self.done
        until = min(last + self.config.every, self.config.steps) if self.losses else 0
        seen = []
        for step in range(last, until):
            seen.append(self._step(step))
            told = f"step {step + 1}, loss {seen[-1]:.4f}, kept aside {self.losses[-1][2]:.4f}"
            progress((step + 1) / self.config.steps, told)
        aside = self._looked()
        self.losses.append((until, float(np.mean(seen)) if seen else aside, aside))
        if _best(self.losses) == len(self.losses) - 1:
            self.best = taken_out(self.objective.unet)
        if (len(self.losses) - 1) % self.config.strips == 0:
            draw_strip(self.folder / "strips" / f"{until:06d}.png", self.objective, self.material)
        self._keep()

    def finished(self, base: Base, progress: Progress) -> Result:
        """Write the best weights, their card and a strip; keep them under their name."""
        put_back(self.objective.unet, self.best)
        draw_strip(self.folder / "strips" / "best.png", self.objective, self.material)
        lora = self.folder / "lora"
        save(lora / WEIGHTS, self.best, self.config.gain)
        result = Result(lora, self.losses)
        card = base.card(self.config, self.material.captions) | {
            "targets": self.objective.targets, "sha256": digest_of([lora / WEIGHTS]), "steps": result.best_step,
            "loss_before": result.before, "loss": result.best,
        }  # fmt: skip
        write_atomically(lora / CARD, json.dumps(card, indent=1, ensure_ascii=False).encode() + b"\n")
        if self.config.name:
            keep(self.config.name, lora, f"LoRA of models for {base.kind}", card["licence"], cache_folder())
        progress(1.0, "trained")
        return result

    def _step(self, number: int) -> float:
        config, names = self.config, self.material.samples
        draw = generator_for(config.seed, "lora/step", number)
        chosen = [names[k] for k in draw.integers(len(names), size=config.batch)]
        asked = Asked(draw.random(config.batch), draw.random(config.batch) < config.dropout, any_look=True)
        loss = self._loss(chosen, asked, draw)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([w for group in self.optimiser.param_groups for w in group["params"]], _CLIP)
        self.optimiser.step()
        return float(loss.detach())

    @torch.no_grad()
    def _looked(self) -> float:
        """The loss of what is kept aside, always at the same levels of the same noise."""
        found = []
        for number, name in enumerate(self.material.some_aside(_LOOKED_AT)):
            for place, level in enumerate(_LEVELS):
                draw = generator_for(self.config.seed, f"lora/look/{place}", number)
                asked = Asked(np.array([level]), np.array([False]), any_look=False)
                found.append(float(self._loss([name], asked, draw)))
        return float(np.mean(found))

    def _loss(self, names: list[str], asked: Asked, draw: np.random.Generator) -> torch.Tensor:
        read = [self.material.read(name) for name in names]
        batch = {key: torch.stack([one[key] for one in read]) for key in read[0]}
        told = [self.material.words[:1] if lost else self.material.words_of(name)
                for name, lost in zip(names, asked.dropped, strict=True)]  # fmt: skip
        return self.objective.loss(batch, torch.cat(told), asked, draw)

    def _keep(self) -> None:
        parts = {"learned": taken_out(self.objective.unet), "best": self.best, "optimiser": self.optimiser.state_dict()}
        with appearing(self.folder / "state.pt") as partial:
            torch.save({**parts, "losses": torch.tensor(self.losses, dtype=torch.float64)}, partial)
        with appearing(self.folder / "losses.csv") as partial, partial.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(("step", "loss", "loss of what is kept aside"))
            rows.writerows(self.losses)

    def _resume(self) -> None:
        path = self.folder / "state.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True, map_location="cpu")
        put_back(self.objective.unet, state["learned"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.best = state["best"]
        self.losses = [(int(step), learned, aside) for step, learned, aside in state["losses"].tolist()]


def _best(losses: list[tuple[int, float, float]]) -> int:
    return int(np.argmin([aside for _, _, aside in losses]))


def _loading(config: Config, device: str) -> Loading:
    """In half precision on a GPU: bfloat16, whose range needs no scaling of the loss."""
    return Loading(device, "float32" if device == "cpu" else "bfloat16", variant=config.variant or None)


def _same_run(path: Path, config: Config, base: Base) -> None:
    written: dict[str, Any] = {**config.identity, "base_sha256": base.digest}
    begun = path.exists() and any((path.parent / "material").glob("*.safetensors"))  # else a mistake may be mended
    if begun and json.loads(path.read_text(encoding="utf-8")) != written:
        raise OptionError(f"{path.parent} holds a run of another configuration: name another folder, or delete it.")
    write_atomically(path, json.dumps(written, indent=1).encode() + b"\n")


@contextmanager
def _enough_memory(device: str) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise EngineError(
            f"Training ran out of memory on {device}: give a smaller --side, fewer --frames or a smaller batch."
        ) from error
