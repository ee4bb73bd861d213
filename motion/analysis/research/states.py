"""Models of the next state on families that they never saw."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from avatar.core.progress import silent
from motion.analysis.report import Table
from motion.analysis.research.clips import SPLITS, TRAINED_ON, clips_of, others_of
from motion.analysis.research.page import Made, spread
from motion.analysis.research.runs import SEEDS
from motion.analysis.statistics import mean_interval
from motion.next_state.model import NextState
from motion.next_state.modes import ALL, MODES
from motion.next_state.networks import NETWORKS
from motion.next_state.training import Config, fit
from motion.next_state.trial import HORIZONS, Seen, look_ahead
from motion.rotation import angle_between

__all__ = ["generated", "modes", "next_state"]

_LONG = Config(scenes=TRAINED_ON, epochs=40, batches=24, batch=32, patience=40)
_SHORT = Config(scenes=TRAINED_ON, epochs=14, batches=12, batch=32, patience=14)
_GENERATED = (8, 60, 480)


def next_state(out: Path) -> Made:
    """Both networks in the mode ``all``, three seeds, on either six families that are held out."""
    rows = []
    for split in SPLITS:
        for network in sorted(NETWORKS, reverse=True):
            seeds = [_seen(out, split, _LONG, network, ALL, seed) for seed in SEEDS]
            rows += [(split, network, *_against([seen[h] for seen in seeds])) for h in range(len(HORIZONS))]
    columns = ("families", "network", "steps", "cosine of the model", "stay", "rotate on",
               "model less the better of the two [95 %]", "beats both")  # fmt: skip
    return [Table("next-state", columns, rows)], {}


def modes(out: Path) -> Made:
    """What each mode adds: cosines of three seeds, and their gain over the mode ``normal``, for both networks; trained
    shorter than the others, for there are many."""
    rows, gained = [], []
    kinds = [*((mode, mode, _SHORT.memory) for mode in (*MODES, ALL)), ("all, present state alone", ALL, 1)]
    for network in sorted(NETWORKS, reverse=True):
        found = {}
        for name, mode, memory in kinds:
            seeds = [_seen(out, "first", _SHORT, network, mode, seed, memory) for seed in SEEDS]
            found[name] = [np.stack([seen[h].model for seen in seeds]) for h in range(len(HORIZONS))]
            rows.append((network, name, *(spread(values.mean(axis=1), 4) for values in found[name])))
            if name != "normal":
                pairs = zip(found[name], found["normal"], strict=True)
                gained.append((network, name, *(f"{mean_interval(_by_clip(a - b)):+.4f}" for a, b in pairs)))
    seen = _seen(out, "first", _SHORT, "rotation", ALL, SEEDS[0])
    rows += [("stay", "", *(f"{each.stay.mean():.4f}" for each in seen))]
    rows += [("rotate on", "", *(f"{each.rotate.mean():.4f}" for each in seen))]
    heads = [f"{h} step{'s' * (h > 1)}" for h in HORIZONS]
    tables = [
        Table("modes", ("network", "mode", *(f"cosine at {head}" for head in heads)), rows),
        Table("modes-gain", ("network", "mode", *(f"gain at {head} [95 %]" for head in heads)), gained),
    ]
    return tables, {}


def generated(out: Path) -> Made:
    """Generation from generation, hundreds of steps without anything that holds it: how far it walks, where to."""
    clips, rows = clips_of(out, "first"), []
    texts, past = np.stack([clip.text for clip in clips]), np.stack([clip.states[:3] for clip in clips])
    for network in sorted(NETWORKS, reverse=True):
        models = [_model(out, "first", _LONG, network, ALL, seed) for seed in SEEDS]
        ways = [model.generate(texts, past, _GENERATED[-1]) for model in models]
        for count in _GENERATED:
            walked, missed, moves = (
                np.array([float(np.degrees(angle_between(others(way), way[:, count - 1])).mean()) for way in ways])
                for others in (lambda way: past[:, -1], lambda way: texts, lambda way: way[:, count - 2])  # noqa: B023
            )
            rows.append((network, count, spread(walked, 1), spread(missed, 1), spread(moves, 3)))
    columns = ("network", "steps generated", "from the last true state, degrees", "from the text", "last step")
    return [Table("generated", columns, rows)], {}


def _model(out: Path, split: str, shared: Config, network: str, mode: str, seed: int, memory: int = 3) -> NextState:
    folder = out / "models" / f"{split}-{network}-{mode}-{seed}-{memory}-{shared.epochs}"
    if not (folder / "next_state.json").exists():
        config = dataclasses.replace(shared, network=network, mode=mode, seed=seed, memory=memory)
        fit(others_of(out, split), config, silent()).save(folder)
    return NextState.load(folder)


def _seen(out: Path, split: str, shared: Config, network: str, mode: str, seed: int, memory: int = 3) -> list[Seen]:
    return look_ahead(_model(out, split, shared, network, mode, seed, memory), clips_of(out, split))


def _against(seeds: Sequence[Seen]) -> tuple[object, ...]:
    """One horizon: three seeds against the better of staying and rotating on; the interval is that over clips."""
    model = np.stack([seen.model for seen in seeds])
    stay, rotate = seeds[0].stay, seeds[0].rotate
    better = stay if stay.mean() >= rotate.mean() else rotate
    gain = mean_interval(_by_clip(model - better))
    won = bool((model.mean(axis=1) > better.mean()).all()) and gain.low > 0.0
    cells = (spread(model.mean(axis=1), 4), f"{stay.mean():.4f}", f"{rotate.mean():.4f}")
    return (seeds[0].horizon, *cells, f"{gain:+.4f}", "yes" if won else "no")


def _by_clip(values: np.ndarray) -> np.ndarray:
    """Means [30] by clip of what was found of every forecast [seeds, forecasts]; each clip has as many."""
    means: np.ndarray = values.mean(axis=0).reshape(30, -1).mean(axis=1)
    return means
