"""Rows of states to learn from: films of a folder, or moving scenes that the project draws.

A clip has a text that says where it goes. Of a drawn scene it is the sentence of the light that it goes to; of a film
the words of a .txt file beside it, or, where there are none, its own last state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from avatar.core.artefacts import appearing
from avatar.core.errors import MediaError, OptionError
from avatar.core.media import probe, read_film
from avatar.core.progress import Progress
from motion.drift import generator_for
from motion.encoders import PictureEncoder
from motion.generator.dataset import soften_picture
from motion.influence.track import batches
from motion.scenes.families import FAMILIES, scene
from motion.scenes.tones import SHAPES, look_from_vector

__all__ = ["ENDINGS", "HELD_OUT", "Clip", "drawn_clips", "drawn_frames", "film_clips", "keep_clips", "kept_clips"]

ENDINGS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".gif")
HELD_OUT = tuple(sorted(FAMILIES))[2::5]
"""Families of drawn scenes that no model is trained on."""
_LONGEST, _SHORTEST = 64, 6
_OVERSIZE = 1.25


@dataclass(frozen=True)
class Clip:
    """``states`` float32 [t, d] unit vectors in order of time, ``text`` float32 [e], the ``name`` of what it is, and
    how much its pixels ``changed`` from frame to frame [t - 1], mean of 255 (empty where that was not looked at)."""

    states: np.ndarray
    text: np.ndarray
    name: str
    changed: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))


def film_clips(folder: Path, encoder: PictureEncoder, rate: float, progress: Progress) -> list[Clip]:
    """The films of ``folder``, ``rate`` states a second, long ones in pieces of 64 states.

    OptionError where the folder holds no film. Films that cannot be read or are too short raise MediaError, by name.
    """
    films = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS) if folder.is_dir() else []
    if not films:
        raise OptionError(f"There is no film in {folder}: give a folder with {', '.join(ENDINGS)} files.")
    found: list[Clip] = []
    for k, film in enumerate(films):
        part = progress.part(k / len(films), (k + 1) / len(films))
        pieces = list(_pieces(film, encoder, rate, part))
        if not pieces:
            raise MediaError(f"The film {film.name} is too short: give at least {_SHORTEST / rate:g} seconds.")
        told = _words_beside(film, encoder)
        found += [Clip(states, states[-1] if told is None else told, film.stem) for states in pieces]
    return found


def _pieces(film: Path, encoder: PictureEncoder, rate: float, progress: Progress) -> Iterator[np.ndarray]:
    whole, seen, states = max(1.0, probe(film).seconds * rate), 0, np.zeros((0, encoder.dimension), np.float32)
    for frames in batches(read_film(film, encoder.size, rate)):
        seen += len(frames)
        states = np.concatenate([states, encoder.encode(frames)])
        progress(min(1.0, seen / whole), f"reading {film.name}")
        while len(states) >= _LONGEST:
            yield states[:_LONGEST]
            states = states[_LONGEST:]
    if len(states) >= _SHORTEST:
        yield states


def _words_beside(film: Path, encoder: PictureEncoder) -> np.ndarray | None:
    beside = film.with_suffix(".txt")
    if not beside.is_file():
        return None
    told = encoder.encode_texts([beside.read_text(encoding="utf-8-sig").strip()])
    return None if told is None else told[0]


def drawn_clips(
    encoder: PictureEncoder, count: int, seed: int, families: tuple[str, ...], progress: Progress, length: int = 16
) -> list[Clip]:
    """``count`` moving scenes of ``families``: their light goes from one tone to another while water and clouds move.

    The text is the sentence about the tone that it goes to. OptionError for an encoder that has no eye for words.
    """
    found = []
    for number in range(count):
        name, told, frames = drawn_frames(families[number % len(families)], seed + number, length, encoder)
        texts = encoder.encode_texts([told])
        if texts is None:
            raise OptionError(f"Encoder {encoder.name} cannot read words: train on films, or take the encoder scene.")
        found.append(Clip(encoder.encode(frames), texts[0], name, changes_of(frames)))
        progress((number + 1) / count, "drawing moving scenes")
    return found


def drawn_frames(family: str, seed: int, length: int, encoder: PictureEncoder) -> tuple[str, str, np.ndarray]:
    """Name, sentence and frames uint8 [length, h, w, 3] of one moving scene; a function of its arguments."""
    draw = generator_for(seed, f"moving scene/{family}")
    tones = FAMILIES[family].tones
    first, last = (str(name) for name in draw.choice(list(tones), 2, replace=False))
    begin, lasts, speed = draw.uniform(-3.0, 3.0), draw.uniform(8.0, 16.0), draw.uniform(0.004, 0.02)
    shape, phase = draw.standard_normal(SHAPES), draw.random()
    width, height = encoder.size.width, encoder.size.height
    laid = scene(family, round(width * _OVERSIZE), round(height * _OVERSIZE), seed)
    frames = np.empty((length, height, width, 3), np.uint8)
    for t in range(length):
        share = float(np.clip((t - begin) / lasts, 0.0, 1.0))
        share = share * share * (3.0 - 2.0 * share)
        look = np.concatenate([(1.0 - share) * tones[first].vector + share * tones[last].vector, shape])
        drawn = np.clip(laid.draw(look_from_vector(look), (phase + t * speed) % 1.0), 0.0, 1.0).astype(np.float32)
        frames[t] = np.clip(soften_picture(drawn, (width, height)) * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)
    caption = str(draw.choice(list(FAMILIES[family].captions)))
    return f"{family}: {first} to {last}", f"{caption}, {last}", frames


def changes_of(frames: np.ndarray) -> np.ndarray:
    """Mean absolute change float32 [t - 1] from frame to frame of uint8 [t, h, w, 3], of 255."""
    pairs = zip(frames[:-1], frames[1:], strict=True)
    return np.array([cv2.absdiff(before, after).mean() for before, after in pairs], np.float32)


def kept_clips(path: Path, wanted: dict[str, object]) -> list[Clip] | None:
    """The clips kept at ``path`` where they were made of what is ``wanted``; None otherwise."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if str(archive["wanted"]) != _mark(wanted):
                return None
            ends = np.cumsum(archive["lengths"])[:-1]
            rows = np.split(archive["states"], ends)
            changed = np.split(archive["changed"], np.cumsum(archive["changes"])[:-1])
            names = map(str, archive["names"])
            return [Clip(*each) for each in zip(rows, archive["texts"], names, changed, strict=True)]
    except (OSError, KeyError, ValueError):
        return None


def keep_clips(path: Path, wanted: dict[str, object], clips: list[Clip]) -> None:
    """Keep ``clips`` at ``path`` for the next run."""
    with appearing(path) as partial, partial.open("wb") as file:
        np.savez(
            file,
            wanted=np.array(_mark(wanted)),
            lengths=np.array([len(clip.states) for clip in clips]),
            states=np.concatenate([clip.states for clip in clips]),
            texts=np.stack([clip.text for clip in clips]),
            names=np.array([clip.name for clip in clips]),
            changed=np.concatenate([clip.changed for clip in clips]),
            changes=np.array([len(clip.changed) for clip in clips]),
        )


def _mark(wanted: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(wanted, sort_keys=True, default=str).encode()).hexdigest()
