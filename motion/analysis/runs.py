"""The runs behind docs/research.md, each kept in a file, so that what was measured once is not measured again.

A run is one influence film that the project draws, through the generator under one prompt and one seed.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from avatar.core.artefacts import appearing
from avatar.core.types import Size
from motion.analysis.scenarios import show
from motion.asked import read_asked
from motion.encoders import encoder_of
from motion.engines.embedded import WEIGHTS
from motion.generator.model import Generator
from motion.influence.cues import depth_of, moving_edges
from motion.influence.track import RATE, Track
from motion.judge import Judge
from motion.next_state.clips import drawn_frames
from motion.options import BackdropOptions
from motion.rotation import angle_between

__all__ = ["FILMS", "PROMPTS", "SEEDS", "Run", "Runs", "drawn_track"]

FILMS: tuple[tuple[str, int], ...] = (("ocean", 11), ("forest", 12), ("city skyline", 13))
"""Family and seed of each influence film: a moving scene whose light goes from one tone to another."""
PROMPTS = ("calm ocean at dusk", "mountains at dawn", "modern office")
"""What is drawn under the motion of the film of the same place."""
SEEDS = (0, 1, 2)
_STATES = 16
_STRIP = (0, 2, 5, 7, 10, 12, 15)


@dataclass(frozen=True)
class Run:
    """Of each step [t - 1]: ``film`` and ``text`` in degrees, ``picture`` of 255, ``cosine`` of neighbouring pictures.
    ``walked`` degrees [t] and ``away`` of 255 [t] from the first; ``family``: least probability that the judge gives
    the prompt's family; ``strip`` uint8 [7, h, w, 3]."""

    film: np.ndarray
    text: np.ndarray
    picture: np.ndarray
    cosine: np.ndarray
    walked: np.ndarray
    away: np.ndarray
    family: np.ndarray
    strip: np.ndarray


@functools.cache
def drawn_track(film: int) -> Track:
    """Influence film ``film`` of FILMS as a track."""
    family, seed = FILMS[film]
    encoder, depth = encoder_of(), depth_of()
    frames = drawn_frames(family, seed, _STATES, encoder)[2]
    edges = [moving_edges(before, after) for before, after in zip(frames[:-1], frames[1:], strict=True)]
    return Track(encoder.encode(frames), np.stack([edges[0], *edges]), np.stack([depth(f) for f in frames]), RATE)


class Runs:
    """Runs kept below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, film: int, seed: int, gain: float, mode: str, scenario: str = "A0") -> Run:
        """The run of these, from its file where it was made before."""
        path = self._folder / f"{film}-{seed}-{gain:g}-{mode}-{scenario}.npz"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            made = _made(film, seed, gain, mode, scenario)
            with appearing(path) as partial, partial.open("wb") as file:
                np.savez_compressed(file, **vars(made))
        with np.load(path, allow_pickle=False) as archive:
            return Run(**{name: archive[name] for name in Run.__dataclass_fields__})


def _made(film: int, seed: int, gain: float, mode: str, scenario: str) -> Run:
    asked = read_asked(BackdropOptions(Size(128, 128), PROMPTS[film]), "embedded")
    track = drawn_track(film)
    shown = show(_generator(), asked, track, gain, mode, scenario, seed)
    pixels = (shown.pictures * 255.0).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    vectors = encoder_of().encode(pixels)
    away = (shown.pictures - shown.pictures[:1]).abs().mean(dim=(1, 2, 3)) * 255.0
    family = _judge().judge(shown.pictures).of_family(asked.stops[0].family)
    return Run(
        film=np.degrees(angle_between(track.states[:-1], track.states[1:])),
        text=shown.text_steps,
        picture=shown.picture_steps,
        cosine=(vectors[1:] * vectors[:-1]).sum(axis=1),
        walked=shown.walked,
        away=away.numpy(),
        family=np.array([float(family.min())]),
        strip=pixels[list(_STRIP)],
    )


@functools.cache
def _generator() -> Generator:
    torch.set_num_threads(1)
    return Generator.load(WEIGHTS)


@functools.cache
def _judge() -> Judge:
    return Judge.load(WEIGHTS / "judge.safetensors")
