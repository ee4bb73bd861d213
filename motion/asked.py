"""What a backdrop is asked to show: prompts read and understood, the path and its strengths, checked for every engine
that reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from avatar.core.errors import OptionError
from avatar.core.reasons import Message
from motion.drift import Strengths
from motion.learned import Learned
from motion.options import BackdropOptions, number_option, refuse_unknown
from motion.rooms.reading import far_note, scores
from motion.understanding import Understood, understand, words_of

__all__ = ["DRIFT_OPTIONS", "DRIVEN_OPTIONS", "Asked", "DriftAsked", "read_asked", "read_drift"]

DRIFT_OPTIONS = ("text_force", "noise_drift", "period", "path")
DRIVEN_OPTIONS = ("encoder", "depth", "next_state")


@dataclass(frozen=True)
class DriftAsked:
    """``path`` is orbit, wander, predicted or travel; ``second`` holds the prompt that a travel goes to. ``period`` in
    seconds, strengths in degrees."""

    path: str
    second: tuple[str, ...]
    strengths: Strengths
    period: float


@dataclass(frozen=True)
class Asked:
    """``path`` is orbit, wander, predicted or travel; ``stops`` has a second prompt for travel. ``period`` in seconds,
    strengths in degrees. ``notes`` name what was not understood."""

    path: str
    stops: tuple[Understood, ...]
    strengths: Strengths
    period: float
    notes: tuple[str, ...] = ()

    @property
    def reading(self) -> str:
        """How the prompts were understood, for the user."""
        return "; then ".join(stop.reading for stop in self.stops)

    @property
    def settings(self) -> Mapping[str, str | float | int]:
        """Path, strengths, and family and words of each stop, for a plan."""
        found: dict[str, str | float | int] = {
            "path": self.path,
            "text_force": self.strengths.text,
            "noise_drift": self.strengths.noise,
        }
        for i, stop in enumerate(self.stops):
            found[f"family{i}"], found[f"words{i}"] = stop.family, " ".join(stop.words)
        return found


def read_asked(
    options: BackdropOptions, engine: str, own: tuple[str, ...] = (), learned: Learned | None = None
) -> Asked:
    """Read ``options`` for ``engine``, which has the options of the drift and its ``own``, and may have ``learned``
    pictures that no code draws.

    OptionError for a prompt, path, strength or engine option that cannot be used.
    """
    drift = read_drift(options, engine, own)
    stops, notes = _understood([options.prompt, *drift.second], learned)
    return Asked(drift.path, stops, drift.strengths, drift.period, notes)


def read_drift(options: BackdropOptions, engine: str, own: tuple[str, ...] = ()) -> DriftAsked:
    """The drift that ``options`` ask of ``engine``; the prompts are not looked at. OptionError as ``read_asked``."""
    refuse_unknown(options, engine, (*DRIFT_OPTIONS, *DRIVEN_OPTIONS, *own))
    path = options.engine_options.get("path", options.path)
    second = tuple(_second_prompt(path))
    strengths = Strengths(_degrees(options, "text_force", 60.0), _degrees(options, "noise_drift", 90.0))
    period = number_option(options, "period", options.period_s, 2.0, 600.0)
    return DriftAsked(path.partition(":")[0], second, strengths, period)


def _second_prompt(path: str) -> list[str]:
    kind, _, prompt = path.partition(":")
    if kind in {"orbit", "wander", "predicted"} and not prompt:
        return []
    if kind == "travel" and prompt.strip():
        return [prompt.strip().strip("\"'")]
    raise OptionError(f"Unknown drift path {path!r}: choose orbit, wander, predicted or travel:SECOND PROMPT.")


def _understood(prompts: list[str], learned: Learned | None) -> tuple[tuple[Understood, ...], tuple[str, ...]]:
    from motion.embedding import embed, read_prompt

    readings = [read_prompt(prompt) for prompt in prompts]
    vectors = embed([reading.english for reading in readings])
    found, notes = [], []
    for prompt, reading, vector in zip(prompts, readings, vectors, strict=True):
        found.append(understand(reading.english, vector, learned))
        if reading.unknown:
            notes.append(Message("backdrop_unknown_words", words=", ".join(reading.unknown)))
        if found[-1].far:
            nearest = scores(words_of(reading.english), vector).nearest
            notes.append(far_note(prompt, nearest))
    return tuple(found), tuple(notes)


def _degrees(options: BackdropOptions, name: str, most: float) -> float:
    degrees = number_option(options, name, getattr(options, name), 0.0, most)
    if not 0.0 <= degrees <= most:
        raise OptionError(f"Backdrop option {name} is {degrees:g} degrees: give 0 to {most:g}.")
    return degrees
