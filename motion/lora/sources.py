"""The folder that a LoRA learns from: films or pictures, and what their captions say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from avatar.core.errors import MediaError, OptionError
from avatar.core.media import probe, read_film
from avatar.core.types import Size
from motion.engines.image import read_picture
from motion.keyframes import covering
from motion.next_state.clips import ENDINGS

__all__ = ["Source", "clips_of", "shape_of", "sources_of"]

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
_TABLE = "metadata.jsonl"


@dataclass(frozen=True)
class Source:
    """A film, or a picture, at ``path``; ``name``: its path within the folder; ``caption``: words, perhaps none."""

    path: Path
    name: str
    caption: str
    is_film: bool


def sources_of(folder: Path, films: bool) -> list[Source]:
    """The films, or the pictures, of ``folder`` by name.

    Captions are the lines of ``metadata.jsonl`` (``{"file_name": ..., "text": ...}``), else ``x.txt`` beside the file
    ``x``. OptionError where there is nothing to learn from.
    """
    endings, what = (ENDINGS, "film") if films else (PICTURES, "picture")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in endings) if folder.is_dir() else []
    found = [path for path in found if path.is_file() and not path.name.startswith(".")]
    if not found:
        raise OptionError(f"There is no {what} in {folder}: give a folder with {', '.join(endings)} files.")
    told = _table(folder / _TABLE)
    return [_source(folder, path, told, films) for path in found]


def _source(folder: Path, path: Path, told: dict[str, str], films: bool) -> Source:
    name, beside = path.relative_to(folder).as_posix(), path.with_suffix(".txt")
    if name in told:
        return Source(path, name, told[name], films)
    try:
        words = beside.read_text(encoding="utf-8-sig") if beside.is_file() else ""
    except (OSError, ValueError) as error:
        raise OptionError(f"The caption {beside} cannot be read: save it as UTF-8 text.") from error
    return Source(path, name, " ".join(words.split()), films)


def _table(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        return {str(row["file_name"]): " ".join(str(row["text"]).split()) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f'{path} cannot be read: write a line {{"file_name": "a.mp4", "text": "words"}} for each file.'
        ) from error


def shape_of(source: Source) -> Size:
    """Width and height of a film or picture; MediaError or OptionError where it cannot be read."""
    if not source.is_film:
        height, width = read_picture(source.path).shape[:2]
        return Size(width, height)
    size = probe(source.path).size
    if size is None:
        raise MediaError(f"The film {source.name} has no picture: take it out of the folder.")
    return size


def clips_of(source: Source, size: Size, rate: float, frames: int, most: int) -> Iterator[np.ndarray]:
    """Clips uint8 [frames, h, w, 3] of ``size`` that follow one another, ``rate`` frames a second; what is left at the
    end is too short. ``most``: no more frames than that, spread over the whole film, 0 for all. A picture is a clip of
    one frame."""
    if not source.is_film:
        wanted = covering(read_picture(source.path), size)
        smaller = wanted.shape[1] > size.width
        way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        yield cv2.resize(wanted, (size.width, size.height), interpolation=way)[None]
        return
    if most:
        rate = min(rate, most / max(0.1, probe(source.path).seconds))
    clip: list[np.ndarray] = []
    for frame in read_film(source.path, size, rate):
        clip.append(frame)
        if len(clip) == frames:
            yield np.stack(clip)
            clip = []
