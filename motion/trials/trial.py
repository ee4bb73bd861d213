"""Pictures that the gates judge: of the engine, of the network alone, and drawn ones to compare with.

All are float32 [n, 3, 128, 224] in about 0..1, the generator's own wide size, and never of a seed that it was trained
on.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from avatar.core.errors import OptionError
from avatar.core.progress import silent
from avatar.core.types import Size
from motion.asked import Asked, read_asked
from motion.drift import Strengths, generator_for
from motion.embedding import embed, read_prompt
from motion.engines.embedded import Embedded, sampling_of
from motion.generator.curve import between
from motion.generator.dataset import picture_of
from motion.generator.keyframes import (
    DRAWN,
    REPAINTED,
    changes_of,
    drawn_latents,
    keyframes,
    laid_scenes,
    latent_shape,
    refined,
    start_of,
)
from motion.generator.model import Generator, Sampling
from motion.generator.moments import Moments, moments
from motion.judge import TRIAL_SEED, Judge, look_of
from motion.options import BackdropOptions
from motion.scenes.families import FAMILIES

__all__ = ["Trial", "Wish", "readable", "wishes"]

_PROMPTS = Path(__file__).parent.parent / "prompts"
_SIZE = (224, 128)


@dataclass(frozen=True)
class Wish:
    """A prompt, the family it means, and the tone where it is clear, else empty."""

    prompt: str
    family: str
    tone: str


def wishes(name: str) -> tuple[Wish, ...]:
    """The fixed list ``name``: captions, english or russian."""
    lines = (_PROMPTS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return tuple(Wish(*line.split("\t")) for line in lines)


def readable(prompt: str) -> bool:
    """Whether the engine takes ``prompt``; one that it refuses counts as not followed."""
    try:
        read_prompt(prompt)
    except OptionError:
        return False
    return True


@dataclass(frozen=True)
class Trial:
    """A generator, its judge, the engine's own ``options``, and ``step``: every how many prompts and families."""

    generator: Generator
    judge: Judge
    options: Mapping[str, str]
    step: int = 1

    @property
    def families(self) -> list[str]:
        """The families that loops are made of."""
        return list(FAMILIES)[:: self.step]

    @functools.cached_property
    def captions(self) -> tuple[Wish, ...]:
        """The held-out captions that are tried."""
        return wishes("captions")[:: self.step]

    @functools.cached_property
    def captions_alone(self) -> torch.Tensor:
        """What the network makes of the held-out captions."""
        return self.alone(self.captions)

    @functools.cached_property
    def captions_drawn(self) -> torch.Tensor:
        """Drawn scenes of the families and tones of the held-out captions."""
        return self.drawn(self.captions)

    @property
    def sampling(self) -> Sampling:
        """How the engine samples."""
        return sampling_of(self._asking("ocean"))

    def shown(self, listed: Sequence[Wish], other: int = 0) -> torch.Tensor:
        """What the engine shows for each prompt at the start of its orbit; ``other`` gives other seeds."""
        return self._refined(self._starts(listed, other))

    def alone(self, listed: Sequence[Wish], other: int = 0) -> torch.Tensor:
        """What the network makes of noise and the raw embedding of each prompt."""
        vectors = embed([read_prompt(wish.prompt).english for wish in listed]).astype(np.float32)
        shape = latent_shape(self.generator.codec, _SIZE)
        draws = [generator_for(TRIAL_SEED + 10_000 * other + i, "generator noise") for i in range(len(listed))]
        noise = np.stack([draw.standard_normal(shape, np.float32) for draw in draws])
        sampling = dataclasses.replace(self.sampling, strength=1.0)
        return self._decoded(refined(self.generator, vectors, noise, None, sampling, silent()))

    def shown_finely(self, listed: Sequence[Wish]) -> torch.Tensor:
        """``shown`` at the size [n, 3, 256, 448] of what is decoded."""
        return self._decoded(self._latents(self._starts(listed, 0)))

    def drawn(self, listed: Sequence[Wish], other: int = 0) -> torch.Tensor:
        """A drawn scene of each wish's family and tone, as the training pictures are."""
        pictures = []
        for i, wish in enumerate(listed):
            seed = TRIAL_SEED + 50_000 + 10_000 * other + i
            chance = generator_for(seed, "trial picture")
            pictures.append(picture_of(wish.family, look_of(wish.family, wish.tone, chance), _SIZE, seed, 0.0))
        return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)

    def moments_of(self, prompt: str, drifts: Sequence[Strengths]) -> torch.Tensor:
        """The start of the orbit of ``prompt`` at each of ``drifts``."""
        asked = self._asked(prompt)
        askeds = [dataclasses.replace(asked, strengths=drift) for drift in drifts]
        start = np.zeros(1)
        return self._refined([(one, TRIAL_SEED, self._moments(one, TRIAL_SEED, start)) for one in askeds])

    def loop(self, prompt: str, count: int, fps: float) -> torch.Tensor:
        """One orbit of the engine in ``count`` steps, the last frame being the first again."""
        options = dataclasses.replace(self._asking(prompt), period_s=count / fps)
        clip = Embedded().open(Embedded().plan(options, silent()), options.size, fps, "cpu")
        return torch.stack([clip.frame(index) for index in range(count + 1)])

    def between(self, prompt: str) -> tuple[torch.Tensor, torch.Tensor]:
        """The moments half-way between the repainted keyframes, made as those are, and taken from the curve."""
        asked, codec = self._asked(prompt), self.generator.codec
        curve = keyframes(self.generator, asked, TRIAL_SEED, _SIZE, self.sampling, silent())["latents"]
        halves = (np.arange(REPAINTED) + 0.5) / REPAINTED
        drawn = drawn_latents(codec, asked, TRIAL_SEED, _SIZE, laid_scenes(asked, TRIAL_SEED, _SIZE), halves, silent())
        direct = drawn + self._changes([(asked, TRIAL_SEED, self._moments(asked, TRIAL_SEED, halves))])
        curved = np.stack([between(curve.astype(np.float32), half * DRAWN) for half in halves])
        return self._decoded(direct), self._decoded(curved)

    def _asking(self, prompt: str) -> BackdropOptions:
        return BackdropOptions(Size(*_SIZE), prompt, seed=TRIAL_SEED, engine_options=self.options)

    def _asked(self, prompt: str) -> Asked:
        return read_asked(dataclasses.replace(self._asking(prompt), engine_options={}), "embedded")

    def _starts(self, listed: Sequence[Wish], other: int) -> list[tuple[Asked, int, Moments]]:
        """Each prompt at the start of its orbit."""
        parts = []
        for i, wish in enumerate(listed):
            asked, seed = self._asked(wish.prompt), TRIAL_SEED + 10_000 * other + i
            parts.append((asked, seed, self._moments(asked, seed, np.zeros(1))))
        return parts

    def _moments(self, asked: Asked, seed: int, phases: np.ndarray) -> Moments:
        return moments(asked, seed, latent_shape(self.generator.codec, _SIZE), phases, phases)

    def _refined(self, parts: list[tuple[Asked, int, Moments]]) -> torch.Tensor:
        return _smaller(self._decoded(self._latents(parts)))

    def _latents(self, parts: list[tuple[Asked, int, Moments]]) -> np.ndarray:
        """Latents [k, c, 2 h, 2 w] as they are shown at the start of an orbit, one a part."""
        codec, start = self.generator.codec, np.zeros(1)
        drawn = [
            drawn_latents(codec, asked, seed, _SIZE, laid_scenes(asked, seed, _SIZE), start, silent())
            for asked, seed, _ in parts
        ]
        return np.concatenate(drawn) + self._changes(parts)

    def _changes(self, parts: list[tuple[Asked, int, Moments]]) -> np.ndarray:
        """What the network adds at the moments of all ``parts`` in a row."""
        codec = self.generator.codec
        starts = [
            start_of(codec, laid_scenes(asked, seed, _SIZE), made.looks, made.shares, _SIZE)
            for asked, seed, made in parts
        ]
        vectors = np.concatenate([made.vectors for _, _, made in parts])
        noise = np.concatenate([made.noise for _, _, made in parts])
        start = torch.cat(starts)
        return changes_of(codec, refined(self.generator, vectors, noise, start, self.sampling, silent()), start)

    def _decoded(self, latents: np.ndarray | torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return self.generator.codec.decode(torch.as_tensor(latents))


def _smaller(pictures: torch.Tensor) -> torch.Tensor:
    """What is shown, at the size of the network's own pictures."""
    return functional.avg_pool2d(pictures, 2)
