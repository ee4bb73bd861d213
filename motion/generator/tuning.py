"""Training that goes on: the packaged generator on a folder of captioned pictures. One seed, one result; a run that was
stopped goes on from its last look.

Half of every batch are the new pictures, half drawn scenes of those that the network was made from, so that it keeps
them. Every few steps there is a look: the loss of pictures that were kept aside, and of drawn scenes that are never
trained on, always under the same noise.

FOLDER of a run: ``config.json``, ``state.pt`` (the last look), ``losses.csv``, ``losses.png``, ``strips/`` (pictures
that were kept aside beside what the network makes of their captions), and ``model/`` with the best weights so far.
"""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from avatar.core.artefacts import appearing, write_atomically
from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from motion.configuration import read_options, within_limits
from motion.drift import generator_for
from motion.generator.dataset import SHAPES_IN_TURN
from motion.generator.material import Material, material_of
from motion.generator.model import Generator, velocity
from motion.generator.own_card import write_card
from motion.generator.pictures import captioned_pictures, fingerprint
from motion.generator.strips import write_strip
from motion.generator.training import flow_step, follow, loss_weights
from motion.learned import Learned

__all__ = ["Config", "Look", "Tuned", "read_config", "train"]

_RISE, _FALL, _KEPT = 20, 0.9, 0.99
_TIMES = (0.2, 0.4, 0.6, 0.8)
_AT_ONCE = 16


@dataclass(frozen=True)
class Config:
    """``pictures``: the folder. ``steps`` at most, of ``batch`` pictures each; ``learning_rate`` of AdamW; ``look``:
    steps from look to look; ``patience``: looks without progress before it ends. ``drawn``: how many drawn scenes are
    mixed in, 0 for none. ``aside``: the share of the pictures that is kept aside. ``strips``: how many are drawn on the
    way."""

    pictures: str = ""
    steps: int = 600
    learning_rate: float = 5e-4
    look: int = 25
    patience: int = 6
    batch: int = 16
    drawn: int = 336
    aside: float = 0.15
    strips: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        """OptionError for a number that cannot be used."""
        within_limits(self, (
            ("steps", 1, 1_000_000), ("learning_rate", 1e-7, 1e-2), ("look", 1, 100_000), ("patience", 1, 100_000),
            ("batch", 2, 1024), ("drawn", 0, 100_000), ("aside", 0.05, 0.5), ("strips", 1, 1000), ("seed", 0, 2**62),
        ))  # fmt: skip


@dataclass(frozen=True)
class Look:
    """After ``step`` steps: the mean ``loss`` of the steps since the last look (0 at the first one), of the pictures
    kept ``aside`` and of ``drawn`` scenes."""

    step: int
    loss: float
    aside: float
    drawn: float


@dataclass(frozen=True)
class Tuned:
    """The ``folder`` of the best weights, all looks, the ``best`` of them, and the ``notes`` on what was read."""

    folder: Path
    looks: tuple[Look, ...]
    best: Look
    notes: tuple[str, ...] = ()


def read_config(path: Path | None, given: dict[str, object]) -> Config:
    """The configuration of a JSON or TOML file with what is ``given`` instead; OptionError for unknown keys."""
    return Config(**read_options(path, given, [each.name for each in dataclasses.fields(Config)]))  # type: ignore[arg-type]


def train(folder: Path, config: Config, progress: Progress, base: Path) -> Tuned:
    """Train the generator of the release ``base`` on and leave the files of the run in ``folder``.

    InputError for pictures or captions that cannot be used, before anything is written; OptionError where ``folder``
    holds a run of other options or pictures. All but reading and drawing is resumable.
    """
    found = captioned_pictures(Path(config.pictures), progress.part(0.0, 0.03))
    folder.mkdir(parents=True, exist_ok=True)
    named = {**dataclasses.asdict(config), "pictures": Path(config.pictures).absolute().name}
    _same_run(folder / "config.json", {**named, "contents": fingerprint(found)})
    generator = Generator.load(base)
    material = material_of(found, generator.codec, config.drawn, config.aside, config.seed, progress.part(0.03, 0.1))
    run = _Run(folder, config, generator, material)
    run.go_on(progress.part(0.1, 1.0))
    progress(1.0, "trained")
    return Tuned(folder / "model", tuple(run.looks), run.best, material.notes)


class _Run:
    """Network, its moving average, optimiser, and what was seen so far."""

    def __init__(self, folder: Path, config: Config, base: Generator, material: Material) -> None:
        self.folder, self.config, self.material, self.codec = folder, config, material, base.codec
        self.network, self.average = _twins(base)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), config.learning_rate, weight_decay=0.01)
        self.weights = loss_weights(base.codec)
        self.looks: list[Look] = []
        self._resume(folder / "state.pt")

    @property
    def best(self) -> Look:
        return min(self.looks, key=lambda look: look.aside)

    @property
    def over(self) -> bool:
        """Whether all steps are done, or the last ``patience`` looks brought nothing."""
        since = len(self.looks) - 1 - self.looks.index(self.best)
        return self.looks[-1].step >= self.config.steps or since >= self.config.patience

    def go_on(self, progress: Progress) -> None:
        """From the last look to the end."""
        if not self.looks:
            self._look(0, 0.0)
        while not self.over:
            step = self.looks[-1].step
            until, losses = min(step + self.config.look, self.config.steps), []
            for number in range(step, until):
                losses.append(self._step(number))
                told = f"step {number + 1}, loss kept aside {self.looks[-1].aside:.4f}"
                progress((number + 1) / self.config.steps, told)
            self._look(until, float(np.mean(losses)))
        _plot(self.folder / "losses.png", self.looks, self.best)
        best = Generator.load(self.folder / "model")
        write_strip(self.folder / "strips" / "best.png", best, self.material, self.config.seed)

    def _step(self, number: int) -> float:
        draw = generator_for(self.config.seed, "tuning step", number)
        shape = SHAPES_IN_TURN[int(draw.integers(len(SHAPES_IN_TURN)))]
        batch = self.material.batch(shape, self.config.batch, draw)
        fall = 1.0 - _FALL * number / self.config.steps
        rate = self.config.learning_rate * min(1.0, (number + 1) / _RISE) * fall
        loss = flow_step(self.network, self.optimiser, batch, self.weights, draw, rate)
        follow(self.average, self.network, min(_KEPT, (number + 1) / (number + 10)))
        return loss

    def _look(self, step: int, loss: float) -> None:
        aside = self._checked(self.material.aside, "aside")
        drawn = self._checked(self.material.checked, "drawn")
        self.looks.append(Look(step, loss, aside, drawn))
        generator = Generator(self.average, self.codec)
        if self.best is self.looks[-1]:
            self._save(generator)
        every = max(1, self.config.steps // (self.config.strips * self.config.look))
        if (len(self.looks) - 1) % every == 0:
            write_strip(self.folder / "strips" / f"{step:06d}.png", generator, self.material, self.config.seed)
        self._keep()

    @torch.no_grad()
    def _checked(self, pictures: tuple[torch.Tensor, torch.Tensor], purpose: str) -> float:
        """The loss on latents [n, 12, h, w] with their vectors, always at the same times under the same noise."""
        latents, vectors = pictures
        draw, total = generator_for(self.config.seed, f"tuning look/{purpose}"), 0.0
        for time in _TIMES:
            noise = torch.from_numpy(draw.standard_normal(latents.shape, np.float32))
            mixed = (1.0 - time) * latents + time * noise
            for first in range(0, len(latents), _AT_ONCE):
                rows = slice(first, first + _AT_ONCE)
                times = torch.full((len(vectors[rows]),), time)
                told = velocity(self.average, mixed[rows], times, vectors[rows])
                missed = (told - (noise - latents)[rows]).square() * self.weights
                total += float(missed.mean(dim=(1, 2, 3)).sum())
        return total / (len(_TIMES) * len(latents))

    def _save(self, generator: Generator) -> None:
        """The best weights so far, with what they know and a card."""
        generator.save(self.folder / "model")
        first, last = self.looks[0], self.looks[-1]
        facts = {"pictures": Path(self.config.pictures).absolute().name, "count": self.material.count,
                 "steps": last.step, "batch": self.config.batch, "seed": self.config.seed, "loss": last.aside,
                 "loss_before": first.aside, "drawn": last.drawn, "drawn_before": first.drawn}  # fmt: skip
        learned = Learned(self.material.captions, self.material.vectors, facts)
        learned.save(self.folder / "model")
        write_card(self.folder / "model", learned)

    def _keep(self) -> None:
        parts = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        looks = torch.tensor([dataclasses.astuple(look) for look in self.looks], dtype=torch.float64)
        with appearing(self.folder / "state.pt") as partial:
            torch.save({**parts, "optimiser": self.optimiser.state_dict(), "looks": looks}, partial)
        with appearing(self.folder / "losses.csv") as partial, partial.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(("step", "loss", "loss of pictures kept aside", "loss of drawn scenes"))
            rows.writerows((look.step, look.loss or "", look.aside, look.drawn) for look in self.looks)

    def _resume(self, path: Path) -> None:
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.looks = [Look(int(step), *rest) for step, *rest in state["looks"].tolist()]


def _same_run(path: Path, options: dict[str, object]) -> None:
    written = json.dumps(options, indent=1)
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != json.loads(written):
        told = "holds a run of another configuration, or of other pictures"
        raise OptionError(f"{path.parent} {told}: name another folder, or delete it.")
    write_atomically(path, written.encode() + b"\n")


def _twins(base: Generator) -> tuple[torch.nn.Module, torch.nn.Module]:
    import copy

    network = base.network.train()
    return network, copy.deepcopy(network).eval().requires_grad_(False)


def _plot(path: Path, looks: Sequence[Look], best: Look) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    axes = figure.add_subplot()
    steps = [look.step for look in looks]
    axes.plot(steps, [look.aside for look in looks], label="pictures kept aside", color="#c8553d", linewidth=1.5)
    axes.plot(steps, [look.drawn for look in looks], label="drawn scenes", color="#2f6f9f", linewidth=1.5)
    axes.plot([best.step], [best.aside], "o", color="#c8553d", label=f"kept: step {best.step}")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e6e9ec", linewidth=0.7)
    axes.legend(frameon=False)
    with appearing(path) as partial:
        figure.savefig(partial, format="png", dpi=120, metadata={"Software": None})
