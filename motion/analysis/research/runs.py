"""The runs behind docs/research.md, each kept in a file, so that what was measured once is not measured again.

A run is one way through the generator under one prompt and one seed: that of an influence film which the project
draws, or a predicted one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from avatar.core.artefacts import appearing
from avatar.core.types import Size
from motion.analysis.research.way import Shown, show
from motion.asked import Asked, read_asked
from motion.driven import PACKAGED_MODEL
from motion.encoders import encoder_of
from motion.engines.embedded import WEIGHTS
from motion.generator.model import Generator
from motion.influence.cues import depth_of, moving_edges
from motion.influence.path import Influenced
from motion.influence.track import RATE, Track
from motion.judge import Judge
from motion.next_state.clips import drawn_frames
from motion.next_state.predicted import Predicted
from motion.options import BackdropOptions
from motion.rotation import angle_between

__all__ = ["FILMS", "PROMPTS", "SEEDS", "SHOWN", "Run", "Runs", "drawn_film", "drawn_track"]

FILMS: tuple[tuple[str, int], ...] = (
    ("ocean", 11), ("forest", 12), ("city skyline", 13), ("desert dunes", 14), ("snowy winter forest", 15),
    ("tropical beach", 16),
)  # fmt: skip
"""Family and seed of each influence film: a moving scene whose light goes from one tone to another."""
PROMPTS = (
    "calm ocean at dusk", "mountains at dawn", "modern office", "cozy library", "neon city at night",
    "abstract gradient background",
)  # fmt: skip
"""What is drawn under the motion of each film."""
SEEDS = (0, 1, 2)
SHOWN = (0, 2, 5, 7, 10, 12, 15)
"""Moments whose pictures a run keeps."""
_STATES = 16


@dataclass(frozen=True)
class Run:
    """Of each step [t - 1]: ``film`` (none on a predicted way) and ``text`` in degrees, ``picture`` of 255, ``cosine``
    of neighbouring pictures. ``walked`` degrees [t] from the prompt, ``away`` of 255 [t] from the first picture;
    ``family``: least probability that the judge gives the prompt's family; ``strip`` uint8 [7, h, w, 3], the moments
    ``SHOWN``."""

    film: np.ndarray
    text: np.ndarray
    picture: np.ndarray
    cosine: np.ndarray
    walked: np.ndarray
    away: np.ndarray
    family: np.ndarray
    strip: np.ndarray


def drawn_film(film: int) -> np.ndarray:
    """Frames uint8 [16, h, w, 3] of influence film ``film`` of FILMS."""
    family, seed = FILMS[film]
    return drawn_frames(family, seed, _STATES, encoder_of())[2]


@functools.cache
def drawn_track(film: int) -> Track:
    """Influence film ``film`` of FILMS as a track."""
    encoder, depth, frames = encoder_of(), depth_of(), drawn_film(film)
    edges = [moving_edges(before, after) for before, after in zip(frames[:-1], frames[1:], strict=True)]
    return Track(encoder.encode(frames), np.stack([edges[0], *edges]), np.stack([depth(f) for f in frames]), RATE)


class Runs:
    """Runs kept below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, film: int, seed: int, gain: float, mode: str, scenario: str = "A0") -> Run:
        """The prompt of the same number under the motion of ``film``, forth alone."""
        return self._kept(f"{film}-{seed}-{gain:g}-{mode}-{scenario}", lambda: _led(film, seed, gain, mode, scenario))

    def predicted(self, prompt: int, seed: int) -> Run:
        """One turn on the way that the packaged model of next states says."""
        return self._kept(f"predicted-{prompt}-{seed}", lambda: _predicted(prompt, seed))

    def _kept(self, name: str, make: Callable[[], Run]) -> Run:
        path = self._folder / f"{name}.npz"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            made = make()
            with appearing(path) as partial, partial.open("wb") as file:
                np.savez_compressed(file, **vars(made))
        with np.load(path, allow_pickle=False) as archive:
            return Run(**{name: archive[name] for name in Run.__dataclass_fields__})


def _led(film: int, seed: int, gain: float, mode: str, scenario: str) -> Run:
    track, asked = drawn_track(film), _asked(film)
    driven = Influenced(track, gain, mode, scenario, seed)
    shown = show(_generator(), asked, driven, np.arange(len(track.states)) / driven.count, seed)
    return _measured(shown, asked, np.degrees(angle_between(track.states[:-1], track.states[1:])))


def _predicted(prompt: int, seed: int) -> Run:
    asked = _asked(prompt)
    driven = Predicted.load(PACKAGED_MODEL, asked.strengths, asked.period, seed)
    return _measured(show(_generator(), asked, driven, np.arange(_STATES) / _STATES, seed), asked, np.zeros(0))


def _measured(shown: Shown, asked: Asked, film: np.ndarray) -> Run:
    pixels = (shown.pictures * 255.0).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    vectors = encoder_of().encode(pixels)
    away = (shown.pictures - shown.pictures[:1]).abs().mean(dim=(1, 2, 3)) * 255.0
    family = _judge().judge(shown.pictures).of_family(asked.stops[0].family)
    return Run(
        film=film,
        text=shown.text_steps,
        picture=shown.picture_steps,
        cosine=(vectors[1:] * vectors[:-1]).sum(axis=1),
        walked=shown.walked(asked.stops[0].vector),
        away=away.numpy(),
        family=np.array([float(family.min())]),
        strip=pixels[list(SHOWN)],
    )


def _asked(prompt: int) -> Asked:
    return read_asked(BackdropOptions(Size(128, 128), PROMPTS[prompt]), "embedded")


@functools.cache
def _generator() -> Generator:
    torch.set_num_threads(1)
    return Generator.load(WEIGHTS)


@functools.cache
def _judge() -> Judge:
    return Judge.load(WEIGHTS / "judge.safetensors")
