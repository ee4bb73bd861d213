"""A film as a track: what an encoder sees in it at an even rate, where its edges move, how deep it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from avatar.core.errors import MediaError
from avatar.core.media import probe, read_film
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from motion.encoders import PictureEncoder
from motion.influence.cues import Depth, moving_edges
from motion.rotation import angle_between

__all__ = ["RATE", "SECONDS", "Track", "batches", "watch"]

RATE = 4.0
SECONDS = 32.0
_LEAST = 4
_BATCH = 16
_STILL = 1e-3  # radians: an encoder that turns less sees nothing move
_SAME = 0.25  # mean change of the pixels, of 255: a photo coded as a film changes by up to 0.11


@dataclass(frozen=True)
class Track:
    """``states`` float32 [t, d] unit vectors of frames, ``edges`` and ``depths`` float32 [t, 64], ``rate`` of frames a
    second; ``cut``: whether the film goes on."""

    states: np.ndarray
    edges: np.ndarray
    depths: np.ndarray
    rate: float
    cut: bool = False


def watch(
    film: Path,
    encoder: PictureEncoder,
    depth: Depth,
    progress: Progress,
    rate: float = RATE,
    seconds: float = SECONDS,
) -> Track:
    """The first ``seconds`` of ``film``, ``rate`` frames a second.

    MediaError in one sentence for what is no film, cannot be read, is shorter than a second, or does not move.
    """
    length = probe(film).seconds
    most = max(_LEAST, round(seconds * rate))
    states, edges, depths, first, last, changed = [], [], [], None, None, 0.0
    for frames in batches(read_film(film, encoder.size, rate), most + 1):
        states.append(encoder.encode(frames))
        for frame in frames:
            edges.append(moving_edges(frame if last is None else last, frame))
            depths.append(depth(frame))
            first, last = frame if first is None else first, frame
            changed = max(changed, float(cv2.absdiff(first, frame).mean()))
        progress(min(1.0, len(edges) / max(1.0, min(seconds, length) * rate)), "watching the film")
    found = Track(
        np.concatenate(states)[:most], _started(edges)[:most], np.stack(depths)[:most], rate, len(edges) > most
    )
    _check(film, found, changed)
    return found


def batches(frames: Iterator[np.ndarray], most: int | None = None) -> Iterator[np.ndarray]:
    """``frames`` [h, w, 3] in batches [b, h, w, 3], at most ``most`` of them; the source is closed at the end."""
    few = islice(frames, most)
    try:
        while batch := list(islice(few, _BATCH)):
            yield np.stack(batch)
    finally:
        close = getattr(frames, "close", None)
        if close is not None:
            close()


def _started(edges: list[np.ndarray]) -> np.ndarray:
    """The first frame has no difference of its own: it takes that of the second."""
    return np.stack([edges[min(1, len(edges) - 1)], *edges[1:]])


def _check(film: Path, track: Track, changed: float) -> None:
    """MediaError for what moves nothing; ``changed``: the most that a frame differs from the first, of 255."""
    states = track.states
    if 1 < len(states) < _LEAST:
        raise MediaError(Message("film_too_short", name=film.name, least=f"{_LEAST / track.rate:g}"))
    if changed < _SAME or float(np.max(angle_between(states[:1], states))) < _STILL:
        raise MediaError(Message("film_still", name=film.name))
