"""The training run of a next-state model. One seed, one result; a run that was stopped goes on where it was.

FOLDER of a run: ``config.json``, ``clips.npz`` (states, so that films are read once), ``state.pt`` (the checkpoint of
the last epoch), ``losses.csv``, ``losses.png``, and ``model/`` with the best weights so far.
"""

from __future__ import annotations

import copy
import csv
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from avatar.core.artefacts import appearing, write_atomically
from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from motion.configuration import read_options, within_limits
from motion.drift import generator_for
from motion.encoders import PACKAGED, encoder_of
from motion.next_state.clips import HELD_OUT, Clip, drawn_clips, film_clips, keep_clips, kept_clips
from motion.next_state.model import NextState
from motion.next_state.modes import ALL, MODES, Batch, draw_batch, epoch_modes
from motion.next_state.networks import NETWORKS, Shape, new_network
from motion.scenes.families import FAMILIES

__all__ = ["Config", "fit", "read_config", "train"]

_RATE, _DECAY, _CLIP = 2e-3, 0.05, 1.0
_DIFFERENCE = 0.5
_CHECKED = 256  # samples of each look at what is kept aside


@dataclass(frozen=True)
class Config:
    """``videos``: a folder of films; ``scenes``: how many moving scenes are drawn where it is empty. ``mode``: normal,
    back, rotation, diff or all. ``network``: simple or rotation. ``encoder``: scene, or a CLIP. ``rate``: states a
    second of a film. ``memory``: states that are looked at. ``patience``: epochs without progress before it ends."""

    videos: str = ""
    scenes: int = 240
    mode: str = ALL
    network: str = "rotation"
    encoder: str = PACKAGED
    rate: float = 4.0
    memory: int = 3
    width: int = 128
    epochs: int = 60
    batches: int = 24
    batch: int = 64
    patience: int = 12
    seed: int = 0
    held_out: tuple[str, ...] = field(default=HELD_OUT)

    def __post_init__(self) -> None:
        """OptionError for a value that cannot be used."""
        for name, value, choices in (("mode", self.mode, (*MODES, ALL)), ("network", self.network, tuple(NETWORKS))):
            if value not in choices:
                raise OptionError(f"Training option {name} is {value!r}: choose {', '.join(choices)}.")
        within_limits(self, (
            ("scenes", 8, 100_000), ("memory", 1, 64), ("width", 4, 4096), ("epochs", 1, 100_000),
            ("batches", 1, 100_000), ("batch", 1, 4096), ("patience", 1, 100_000), ("rate", 0.1, 60.0),
            ("seed", 0, 2**62),
        ))  # fmt: skip


def read_config(path: Path | None, given: dict[str, object]) -> Config:
    """The configuration of a JSON or TOML file with what is ``given`` instead; OptionError for unknown keys."""
    options = read_options(path, given, [each.name for each in dataclasses.fields(Config)])
    if "held_out" in options:
        options["held_out"] = tuple(options["held_out"])  # type: ignore[arg-type]
    return Config(**options)  # type: ignore[arg-type]


def train(folder: Path, config: Config, progress: Progress) -> NextState:
    """Read or draw the clips, train, and leave the files of the run in ``folder``.

    OptionError where ``folder`` holds a run of another configuration. The longest of it is resumable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _same_run(folder / "config.json", config)
    clips = _clips(folder, config, progress.part(0.0, 0.4))
    model = fit(clips, config, progress.part(0.4, 1.0), folder)
    progress(1.0, "trained")
    return model


def fit(clips: Sequence[Clip], config: Config, progress: Progress, folder: Path | None = None) -> NextState:
    """A model for ``clips``, of which every sixth is kept aside to know when to stop; the best weights it had."""
    aside = [clip for k, clip in enumerate(clips) if k % 6 == 5] or list(clips)
    learned = [clip for k, clip in enumerate(clips) if k % 6 != 5]
    shape = Shape(config.network, clips[0].states.shape[1], len(clips[0].text), config.memory, config.width)
    run = _Run(shape, config, _step_size(learned), folder)
    while not run.over:
        run.epoch(learned, aside)
        progress(run.done / config.epochs, f"epoch {run.done}, loss {run.losses[-1][1]:.4f}")
    return run.finished()


class _Run:
    """Network, optimiser and what was seen so far."""

    def __init__(self, shape: Shape, config: Config, size: float, folder: Path | None) -> None:
        self.shape, self.config, self.size, self.folder = shape, config, size, folder
        self.network = new_network(shape, config.seed)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), _RATE, weight_decay=_DECAY)
        self.losses: list[tuple[float, float]] = []
        self.best = copy.deepcopy(self.network.state_dict())
        if folder is not None:
            self._resume(folder / "state.pt")

    @property
    def done(self) -> int:
        return len(self.losses)

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or the last ``patience`` of them brought nothing."""
        return self.done >= self.config.epochs or (self.done > 0 and self._since_best() >= self.config.patience)

    def epoch(self, learned: Sequence[Clip], aside: Sequence[Clip]) -> None:
        """Every mode of the run in turn, then a look at the clips that are kept aside."""
        number, config = self.done, self.config
        share = number / config.epochs
        for group in self.optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, (number + 1) / 3.0) * (1.0 - 0.9 * share)
        seen = []
        modes = epoch_modes(config.mode)
        for k in range(config.batches):
            draw = generator_for(config.seed, f"next state/{number}", k)
            batch = draw_batch(learned, modes[k % len(modes)], config.batch, config.memory, draw, self.network)
            seen.append(self._step(batch))
        self.losses.append((float(np.mean(seen)), self._checked(aside)))
        if self._since_best() == 0:
            self.best = copy.deepcopy(self.network.state_dict())
        if self.folder is not None:
            self._keep(self.folder)

    def finished(self) -> NextState:
        """The best network, in eval mode, and its files where there is a folder."""
        self.network.load_state_dict(self.best)
        facts = {"encoder": self.config.encoder, "mode": self.config.mode, "seed": self.config.seed,
                 "epochs": self.done, "loss": min(kept for _, kept in self.losses)}  # fmt: skip
        model = NextState(self.network.eval(), self.shape, facts)
        if self.folder is not None:
            model.save(self.folder / "model")
            _plot(self.folder / "losses.png", self.losses, self.config.mode)
        return model

    def _step(self, batch: Batch) -> float:
        loss = self._loss(batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        return float(loss.detach())

    def _loss(self, batch: Batch) -> torch.Tensor:
        """1 - cosine of the states, as a share of what staying costs, and 1 - cosine of the differences."""
        said, present = self.network(batch.texts, batch.states, batch.directions), batch.states[:, -1]
        states = (1.0 - functional.cosine_similarity(said, batch.targets)) / self.size
        differences = 1.0 - functional.cosine_similarity(said - present, batch.targets - present, eps=1e-4)
        return states.mean() + _DIFFERENCE * differences.mean()

    @torch.no_grad()
    def _checked(self, aside: Sequence[Clip]) -> float:
        """The loss of the mode ``normal`` on clips that are kept aside, always of the same moments."""
        draw = generator_for(self.config.seed, "next state/aside")
        batch = draw_batch(aside, "normal", _CHECKED, self.config.memory, draw, self.network)
        return float(self._loss(batch))

    def _since_best(self) -> int:
        kept = [aside for _, aside in self.losses]
        return len(kept) - 1 - int(np.argmin(kept))

    def _keep(self, folder: Path) -> None:
        parts = {"network": self.network.state_dict(), "best": self.best, "optimiser": self.optimiser.state_dict()}
        with appearing(folder / "state.pt") as partial:
            torch.save({**parts, "losses": torch.tensor(self.losses, dtype=torch.float64)}, partial)
        with appearing(folder / "losses.csv") as partial, partial.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(("epoch", "loss", "loss of clips kept aside"))
            rows.writerows((k + 1, *pair) for k, pair in enumerate(self.losses))

    def _resume(self, path: Path) -> None:
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.best = state["best"]
        self.losses = [(a, b) for a, b in state["losses"].tolist()]


def _step_size(clips: Sequence[Clip]) -> float:
    """Mean of 1 - cosine from a state to the next: what staying costs."""
    steps = [1.0 - (clip.states[1:] * clip.states[:-1]).sum(axis=1) for clip in clips]
    return max(float(np.concatenate(steps).mean()), 1e-6)


def _clips(folder: Path, config: Config, progress: Progress) -> list[Clip]:
    names = ("videos", "encoder", "rate") if config.videos else ("scenes", "encoder", "seed", "held_out")
    wanted = {name: getattr(config, name) for name in names}
    kept = kept_clips(folder / "clips.npz", wanted)
    if kept is not None:
        return kept
    encoder = encoder_of(config.encoder)
    if config.videos:
        clips = film_clips(Path(config.videos), encoder, config.rate, progress)
    else:
        families = tuple(name for name in FAMILIES if name not in config.held_out)
        clips = drawn_clips(encoder, config.scenes, 10_000 * (1 + config.seed), families, progress)
    keep_clips(folder / "clips.npz", wanted, clips)
    return clips


def _same_run(path: Path, config: Config) -> None:
    written = json.dumps(dataclasses.asdict(config), indent=1)
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != json.loads(written):
        raise OptionError(f"{path.parent} holds a run of another configuration: name another folder, or delete it.")
    write_atomically(path, written.encode() + b"\n")


def _plot(path: Path, losses: Sequence[tuple[float, float]], mode: str) -> None:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    axes = figure.add_subplot()
    names = (f"clips learned from, mode {mode}", "clips kept aside, mode normal")
    for values, name, colour in zip(zip(*losses, strict=True), names, ("#2f6f9f", "#c8553d"), strict=True):
        axes.plot(range(1, len(losses) + 1), values, label=name, color=colour, linewidth=1.5)
    best = int(np.argmin([kept for _, kept in losses]))
    axes.plot([best + 1], [losses[best][1]], "o", color="#c8553d", label=f"kept: epoch {best + 1}")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0.0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e6e9ec", linewidth=0.7)
    axes.legend(frameon=False)
    with appearing(path) as partial:
        figure.savefig(partial, format="png", dpi=120, metadata={"Software": None})
