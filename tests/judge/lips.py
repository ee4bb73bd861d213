"""How well the lips made for a recording follow those of the person who was filmed while speaking it.

    python -m tests.judge.lips speaker.mp4 [--transcript speaker.txt] [--delay 4]

The gap between the inner lips is seen in every frame of the film by the product's own networks, and made from the
film's sound by the product's speech and visemes, each with and without hearing its words (the extra ``hear``) and with
and without a transcript. Printed is the correlation of the two over all frames, as they stand, and where the film may
be up to ``--delay`` frames late: films are, by a frame or two.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avatar.core.media import probe
from avatar.core.progress import silent
from avatar.face.tracking import rate_of, tracked
from avatar.face.visemes import mouth_tracks
from speech import SpeechOptions, speak
from speech.recorded.hearing import can_hear

__all__ = ["agreement", "filmed_gap", "made_gap"]

_UPPER, _LOWER, _EYES = 13, 14, (33, 263)


def filmed_gap(path: Path) -> np.ndarray:
    """[frames] gap between the inner lips in IOD, in every frame of a film; nan before a face was found."""
    return np.array([np.nan if mesh is None else _gap(mesh) for _, mesh in tracked(path)])


def _gap(mesh: np.ndarray) -> float:
    apart = np.linalg.norm(mesh[_EYES[0]] - mesh[_EYES[1]])
    return float(np.linalg.norm(mesh[_UPPER] - mesh[_LOWER]) / apart)


def made_gap(path: Path, frames: int, fps: float, transcript: str | None, hear: str) -> np.ndarray:
    """[frames] gap that the product makes of the sound of a film; ``hear``: yes or no."""
    options = SpeechOptions(audio=path, transcript=transcript, engine_options={"hear": hear})
    with tempfile.TemporaryDirectory() as folder:
        return mouth_tracks(speak(None, None, options, silent(), Path(folder)), fps, frames).gap


def agreement(filmed: np.ndarray, made: np.ndarray, delay: int = 0) -> tuple[float, int]:
    """The greatest correlation of both where the film is 0 to ``delay`` frames late, and by how many it then is."""
    return max((_correlation(filmed[late:], made[: len(made) - late]), late) for late in range(delay + 1))


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    length = min(len(one), len(other))
    one, other = one[:length], other[:length]
    seen = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[seen], other[seen])[0, 1])


def _rows(path: Path, transcript: str | None, delay: int) -> Iterator[str]:
    filmed = filmed_gap(path)
    fps = len(filmed) / probe(path).seconds if len(filmed) else rate_of(path, 25.0)
    for hear in ("no", "yes") if can_hear() else ("no",):
        for words in (None, transcript) if transcript else (None,):
            made = made_gap(path, len(filmed), fps, words, hear)
            late, frames = agreement(filmed, made, delay)
            kind = f"heard: {hear}, transcript: {'yes' if words else 'no'}"
            yield f"{path.name:<24} {kind:<32} r {agreement(filmed, made)[0]:.2f}   {late:.2f}, {frames} frames late"


def main() -> None:
    parser = argparse.ArgumentParser(description="how lips made for a recording follow a filmed speaker")
    parser.add_argument("film", type=Path)
    parser.add_argument("--transcript", type=Path)
    parser.add_argument("--delay", type=int, default=4)
    given = parser.parse_args()
    transcript = given.transcript.read_text("utf-8") if given.transcript else None
    for row in _rows(given.film, transcript, given.delay):
        print(row)  # noqa: T201


if __name__ == "__main__":
    main()
