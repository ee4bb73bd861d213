"""Sheets of the rendered rooms with a person before them: every room of a place, at four hours, in three formats.

    python -m tests.sheets.rooms out/sheets             # a picture a place; names of places choose
    python -m tests.sheets.rooms out/sheets kitchen cafe --photo me.jpg --match-light 0

The person is the astronaut of scikit-image. Look at each for things that float, cross or repeat, leaks of light,
sparks, stretched grain, empty windows; whether the seat is free and quiet, and whether eyes and furniture are at one
height.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from avatar.compose.relight import Relight
from avatar.core.progress import silent
from avatar.core.types import GestureTrack, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.engines.embedded import Embedded
from avatar.face.relief import relief
from motion.engines.rooms import Rooms
from motion.options import BackdropOptions
from motion.plates import rooms
from tests.sheets.people import Case, astronaut, grid, portrait_of, tile

__all__ = ["FORMATS", "HOURS", "Sitter", "sheet", "shown"]

HOURS = ("at noon", "overcast", "at sunset", "at night")
FORMATS = (Size(640, 360), Size(360, 360), Size(216, 384))
_WIDE, _SMALL = (384, 216), 252


@dataclass(frozen=True)
class Sitter:
    """A person at rest in a frame of ``size``: ``picture`` float32 [1, 4, h, w], premultiplied."""

    picture: torch.Tensor
    size: Size
    relight: Relight

    @classmethod
    def of(cls, portrait: Portrait, size: Size, match_light: float) -> Sitter:
        """The person of ``portrait``, taking on ``match_light`` of a room's light."""
        still = GestureTrack(25.0, *[np.zeros(1, np.float32)] * 11)
        speech = Speech(np.zeros(640, np.float32), 16000, "en", (), energy=np.zeros(5, np.float32))
        engine = Embedded()
        plan = engine.plan(portrait, speech, still, FaceOptions(size), silent())
        (picture,) = engine.open(plan, portrait, "cpu").frames(0, 1)
        return cls(picture[:1], size, Relight(relief(plan, portrait), size, match_light))


def shown(prompt: str, sitter: Sitter | None, size: Size, seed: int = 0) -> np.ndarray:
    """The room that ``prompt`` means with the sitter before it, uint8 [h, w, 3]."""
    engine = Rooms()
    clip = engine.open(engine.plan(BackdropOptions(size, prompt, seed=seed), silent()), size, 25.0, "cpu")
    behind = clip.frame(0)
    if sitter is not None:
        (person,) = sitter.relight.over(sitter.picture, clip.light(0)[None])
        behind = person[:3] + behind * (1.0 - person[3:])
    return (behind * 255.0).round().byte().permute(1, 2, 0).numpy()


def sheet(place: str, sitters: Sequence[Sitter]) -> Image.Image:
    """Two rows a room of ``place``: wide, then square and tall, an hour a column."""
    rows = []
    for number, room in enumerate(rooms()[place], 1):
        title = room.titles["en"].lower()
        prompts = [f"{title} {number} {hour}" for hour in HOURS]
        wide, *others = sitters
        rows.append([tile(shown(prompt, wide, wide.size), *_WIDE, room.name) for prompt in prompts])
        small = []
        for prompt in prompts:
            for sitter in others:
                width = round(sitter.size.width * _SMALL / sitter.size.height)
                small.append(tile(shown(prompt, sitter, sitter.size), width, _SMALL))
        rows.append(small)
    return grid(rows, gap=2)


def main() -> None:
    """Draw the sheets that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.sheets.rooms", description="Sheets of rooms with a person.")
    parser.add_argument("folder", type=Path, help="where the sheets go")
    parser.add_argument("places", nargs="*", help="names of places (default: all)")
    parser.add_argument("--photo", type=Path, help="of another person")
    parser.add_argument("--match-light", type=float, default=0.6)
    asked = parser.parse_args()
    case = astronaut() if asked.photo is None else Case("photo", np.asarray(Image.open(asked.photo).convert("RGB")))
    portrait = portrait_of(case)
    if portrait is None:
        raise SystemExit("The photo cannot be used.")
    torch.set_num_threads(1)
    asked.folder.mkdir(parents=True, exist_ok=True)
    sitters = [Sitter.of(portrait, size, asked.match_light) for size in FORMATS]
    for place in asked.places or rooms():
        path = asked.folder / f"{place}.jpg"
        sheet(place, sitters).save(path, quality=88)
        print(path, flush=True)


if __name__ == "__main__":
    main()
