"""What every backdrop engine takes and offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from avatar.core.types import BackdropClip, BackdropPlan, EngineCard, Size

__all__ = [
    "BackdropEngine",
    "BackdropOptions",
    "Influence",
    "NamesWeights",
    "choice_option",
    "influence_settings",
    "number_option",
    "refuse_unknown",
    "whole_option",
]


@dataclass(frozen=True)
class Influence:
    """A ``film`` whose motion a described place takes over, by ``gain`` of its angles.

    ``mode``: anchor turns the first embedding at every step, chain the last one. ``scenario``: A0 text alone, A1 the
    noise too, B1 the noise also by moving edges, B2 also by depth.
    """

    film: Path
    gain: float = 0.5
    mode: str = "chain"
    scenario: str = "A0"


@dataclass(frozen=True)
class BackdropOptions:
    """What to draw.

    ``prompt`` for engines that read, ``image`` for a picture file, ``colour`` (#rrggbb) for a plain one.
    ``text_force`` and ``noise_drift``: how far the drift tilts the prompt's embedding and the noise, in degrees.
    ``period_s``: seconds of one turn. ``path``: orbit, wander, predicted or travel:SECOND PROMPT. ``influence``: a film
    that moves embedding and noise instead. ``device``: where an engine that diffuses does it, ``cpu``, ``cuda`` or
    ``cuda:N``.
    ``engine_options``: the engine's own, by name.
    """

    size: Size
    prompt: str = ""
    seed: int = 0
    text_force: float = 18.0
    noise_drift: float = 15.0
    period_s: float = 12.0
    path: str = "orbit"
    engine_options: Mapping[str, str] = field(default_factory=dict)
    influence: Influence | None = None
    image: Path | None = None
    colour: str = ""
    device: str = "cpu"


class BackdropEngine(Protocol):
    """Draws backdrops in two steps: a small plan made once, and a clip opened from it by every worker."""

    def card(self) -> EngineCard:
        """Name, version and licence."""
        ...

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Decide what to draw; OptionError for options that cannot be used."""
        ...

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> BackdropClip:
        """Make ``plan`` ready to be drawn at ``size`` and ``fps`` on ``device``."""
        ...


@runtime_checkable
class NamesWeights(Protocol):
    """A backdrop engine that knows whose weights it is asked to use."""

    def card_of(self, options: BackdropOptions) -> EngineCard:
        """The card with the digest and licence of the weights of ``options``; OptionError where there are none."""
        ...


def refuse_unknown(options: BackdropOptions, engine: str, known: tuple[str, ...] = ()) -> None:
    """OptionError where an engine's own option is not among ``known``."""
    for name in options.engine_options:
        if name not in known:
            choices = f"choose from {', '.join(known)}" if known else "it has none of its own"
            raise OptionError(f"Backdrop engine {engine} has no option {name!r}: {choices}.")


def influence_settings(options: BackdropOptions) -> dict[str, str | float | int]:
    """What a plan keeps of the influence film: no path of this machine."""
    chosen = options.influence
    if chosen is None:
        return {}
    return {"influence_gain": chosen.gain, "influence_mode": chosen.mode, "influence_scenario": chosen.scenario}


def whole_option(options: BackdropOptions, name: str, fallback: int, low: int, high: int) -> int:
    """The engine option ``name`` as a whole number in low..high; OptionError otherwise."""
    value = number_option(options, name, fallback, low, high)
    if value != int(value):
        raise OptionError(f"Backdrop option {name} is {value:g}: give a whole number from {low} to {high}.")
    return int(value)


def choice_option(options: BackdropOptions, name: str, choices: tuple[str, ...]) -> str:
    """The engine option ``name``, the first of ``choices`` where it is absent; OptionError for anything else."""
    value = options.engine_options.get(name, choices[0])
    if value not in choices:
        raise OptionError(f"Backdrop option {name} is {value!r}: choose {', '.join(choices)}.")
    return value


def number_option(options: BackdropOptions, name: str, fallback: float, low: float, high: float) -> float:
    """The engine option ``name`` as a number in low..high, ``fallback`` where it is absent; OptionError otherwise."""
    text = options.engine_options.get(name)
    if text is None:
        return fallback
    try:
        value = float(text)
    except ValueError as error:
        raise OptionError(f"Backdrop option {name} is {text!r}: give a number from {low:g} to {high:g}.") from error
    if not low <= value <= high:
        raise OptionError(f"Backdrop option {name} is {text}: give a number from {low:g} to {high:g}.")
    return value
