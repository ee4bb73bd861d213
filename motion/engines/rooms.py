"""Rooms: rendered plates whose light groups are mixed for every hour, weather and colour; the drift is light.

A plan says which room, and the light that its prompt asks for; it holds the embedding, which the course turns. A clip
mixes a keyframe every 0.8 seconds (linear light, exposure, tone, a little parallax) and fades between them,
so a frame costs one pass over the picture. The keyframes are a function of the plan alone; any worker draws the same.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.asked import DriftAsked, read_drift
from motion.options import BackdropOptions, number_option
from motion.plates import FOLDER, Room, digest, rooms
from motion.rooms.loop import RoomLoop
from motion.rooms.reading import RoomWanted, Scores, far_note, room_wanted, scores

if TYPE_CHECKING:
    import torch

__all__ = ["RoomClip", "Rooms", "means_a_room"]

_READ_AS = "read as: "


class Rooms:
    """Rendered rooms, lit anew."""

    def card(self) -> EngineCard:
        """Name, version, licence; the weights are the plates'."""
        return EngineCard("rooms", "1", "Apache-2.0", _digest(FOLDER), "CC0-1.0 and Apache-2.0, told in each manifest")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Read the prompt and choose room and light; OptionError for a prompt, path or strength that cannot be used,
        MissingEngine where there are no plates. Own options: ``model``, a folder with rooms of the same format;
        ``life`` 0..1, how much of what moves besides the light is seen.
        """
        drift = read_drift(options, "rooms", ("model", "life"))
        progress(0.1, "reading the prompt")
        folder = folder_of(options)
        if not rooms(folder):
            raise MissingEngine(f"There are no rooms in {folder}: reinstall govorun, or name a folder that has some.")
        wanted, notes = _wanted([options.prompt, *drift.second], folder)
        chosen = [_room_of(stop, folder, options.seed) for stop in wanted]
        progress(1.0, "backdrop")
        return BackdropPlan(
            "rooms",
            drift.period,
            {"embeddings": np.stack([stop.vector for stop in wanted])},
            _settings(drift, wanted, chosen, options),
            _READ_AS + "; then ".join(stop.reading for stop in wanted),
            notes,
        )

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> RoomClip:
        """Make the clip; the keyframes of the last plan are kept for the next one."""
        vectors = np.ascontiguousarray(plan.arrays["embeddings"], np.float32)
        words = tuple(sorted((name, str(value)) for name, value in plan.settings.items()))
        return RoomClip(_loop(words, vectors.tobytes(), len(vectors), plan.period, size), fps, device)


class RoomClip:
    """Frames faded from keyframes; random access, the same whoever asks."""

    def __init__(self, loop: RoomLoop, fps: float, device: str) -> None:
        self._loop, self._device, self._step = loop, device, 1.0 / (loop.period * fps)

    def frame(self, index: int) -> torch.Tensor:
        """Frame ``index``, float32 [3, h, w] in 0..1."""
        import torch

        return torch.from_numpy(self._loop.frame(index * self._step)).to(self._device)

    def byte_frame(self, index: int) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]: see :class:`avatar.core.types.GivesBytes`."""
        return self._loop.byte_frame(index * self._step)

    def light(self, index: int) -> np.ndarray:
        """The light that falls on the speaker in frame ``index``: see :class:`avatar.core.types.GivesLight`."""
        return self._loop.light(index * self._step)


def means_a_room(prompt: str, folder: Path = FOLDER) -> bool:
    """Whether ``prompt`` means a place that a room is there of, and not one that is painted; OptionError where it has
    no word that is known."""
    known = rooms(folder)
    return bool(known) and _read(prompt, folder)[2].best in known


def folder_of(options: BackdropOptions) -> Path:
    """The folder of the rooms; OptionError where another was named that is none."""
    model = options.engine_options.get("model")
    if model is None:
        return FOLDER
    if not Path(model).is_dir():
        raise OptionError(f"Rooms folder {model!r} does not exist: give a folder that holds rooms.")
    return Path(model)


def _read(prompt: str, folder: Path) -> tuple[tuple[str, ...], np.ndarray, Scores, tuple[str, ...]]:
    from motion.embedding import embed, read_prompt
    from motion.understanding import words_of

    reading = read_prompt(prompt)
    (vector,) = embed([re.sub(r"\b[0-9]+\b", "", reading.english)])
    words = words_of(reading.english, numbers=True)
    return words, vector, scores(words, vector, folder), reading.unknown


def _wanted(prompts: list[str], folder: Path) -> tuple[list[RoomWanted], tuple[str, ...]]:
    """What each prompt wants, among the rooms alone, and notes on what was doubted."""
    known, found, notes = rooms(folder), [], []
    for prompt in prompts:
        words, vector, scored, unknown = _read(prompt, folder)
        inside = [name for name, _ in scored.ranked if name in known]
        found.append(room_wanted(words, vector, inside[0], folder))
        if unknown:
            notes.append(Message("backdrop_unknown_words", words=", ".join(unknown)))
        if scored.far:
            notes.append(far_note(prompt, inside[:3]))
    return found, tuple(notes)


def _room_of(wanted: RoomWanted, folder: Path, seed: int) -> tuple[Room, bool]:
    """The room, and whether it is mirrored: the number in the prompt, else the seed, walks through rooms and sides."""
    listed = rooms(folder)[wanted.place]
    if wanted.number is not None:
        return listed[wanted.number % len(listed)], False
    return listed[seed % len(listed)], bool((seed // len(listed)) % 2)


def _settings(
    drift: DriftAsked, wanted: list[RoomWanted], chosen: list[tuple[Room, bool]], options: BackdropOptions
) -> dict[str, str | float | int]:
    found: dict[str, str | float | int] = {
        "path": drift.path,
        "text_force": drift.strengths.text,
        "noise_drift": drift.strengths.noise,
        "seed": options.seed,
        "model": options.engine_options.get("model", ""),
        "life": number_option(options, "life", 1.0, 0.0, 1.0) * (drift.strengths.text + drift.strengths.noise > 0.0),
    }
    for i, (stop, (room, mirrored)) in enumerate(zip(wanted, chosen, strict=True)):
        found[f"room{i}"], found[f"mirrored{i}"] = room.name, int(mirrored)
        found[f"mood{i}"] = stop.mood.written()
    return found


@functools.cache
def _digest(folder: Path) -> str:
    return digest(folder)


@functools.lru_cache(maxsize=1)
def _loop(settings: tuple[tuple[str, str], ...], vectors: bytes, count: int, period: float, size: Size) -> RoomLoop:
    return RoomLoop(dict(settings), np.frombuffer(vectors, np.float32).reshape(count, -1), period, size)
