"""Drawn scenes as training pictures: latents, and the embedding that each picture shows.

Run ``python -m motion.generator.dataset FOLDER --count N``; it goes on where it stopped. A picture is a function of its
number: a family, a sentence about it, the sentence's embedding tilted a little within the captions of the family, and
the scene drawn in the light that the tilted embedding means. So the network learns what a rotation of the embedding
does. Pictures are drawn one and a half times too large, scaled down, and put softly out of focus, as a background is.
"""

from __future__ import annotations

import argparse
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from avatar.core.artefacts import appearing
from motion.course import caption_planes, tones_along
from motion.drift import generator_for, orbit
from motion.generator.captions import Sentence, training_sentences
from motion.generator.codec import Codec, fit
from motion.scenes.families import FAMILIES, scene
from motion.scenes.tones import SHAPES, look_from_vector
from motion.understanding import words_of

__all__ = [
    "PICTURE_SIZES",
    "SHAPES_IN_TURN",
    "Example",
    "drawn_example",
    "load_shard",
    "picture_of",
    "shards",
    "soften_picture",
    "write_shards",
]

PICTURE_SIZES = ((224, 128), (128, 224), (160, 160))
SHAPES_IN_TURN = ((224, 128), (128, 224), (224, 128), (160, 160))
_OVERSIZE, _DEFOCUS = 1.5, 1.0
_TILT = math.radians(14.0)
_SHARD = 256
_FITTED_ON = 1120
_CODEC = "codec.safetensors"


@dataclass(frozen=True)
class Example:
    """``picture`` float32 [h, w, 3] in 0..1, the unit ``vector`` [384] that it shows, and the ``sentence``."""

    picture: np.ndarray
    vector: np.ndarray
    sentence: Sentence


def picture_of(family: str, look: np.ndarray, size: tuple[int, int], seed: int, phase: float) -> np.ndarray:
    """The scene as the network sees it, float32 [h, w, 3]; ``size`` is (width, height), ``look`` a vector [35]."""
    large = (round(size[0] * _OVERSIZE), round(size[1] * _OVERSIZE))
    drawn = np.clip(scene(family, *large, seed).draw(look_from_vector(look), phase), 0.0, 1.0).astype(np.float32)
    return soften_picture(drawn, size)


def soften_picture(drawn: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale a drawn picture [h, w, 3] to ``size`` (width, height) and put it out of focus."""
    small = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), _DEFOCUS)


def drawn_example(number: int, size: tuple[int, int], first_seed: int = 0) -> Example:
    """Training picture ``number``; ``first_seed`` sets other pictures apart, for those that judge the network."""
    draw = generator_for(first_seed + number, "training picture")
    family = list(FAMILIES)[number % len(FAMILIES)]
    sentences = _about(family)
    sentence = sentences[int(draw.integers(len(sentences)))]
    centre = _vector(sentence.text).astype(np.float64)
    angle = abs(draw.normal(0.0, _TILT)) if draw.random() < 0.6 else 0.0
    plane = caption_planes(FAMILIES[family], centre)[int(draw.random() < 0.3)]
    vector = orbit(centre, plane, angle, draw.random(1))
    tones = tones_along(FAMILIES[family], words_of(sentence.text), centre, vector)[0]
    look = np.concatenate([tones, draw.standard_normal(SHAPES)])
    picture = picture_of(family, look, size, first_seed + number, float(draw.random()))
    return Example(picture, vector[0].astype(np.float32), sentence)


def shards(folder: Path) -> list[Path]:
    """The shards written so far, in order."""
    return sorted(folder.glob("shard-*.npz"))


def load_shard(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latents float16 [2 n, 12, h, w], as drawn and mirrored, and their vectors float16 [2 n, 384]."""
    with np.load(path, allow_pickle=False) as archive:
        latents, vectors = archive["latents"], archive["vectors"]
    return latents, np.concatenate([vectors, vectors])


def write_shards(folder: Path, count: int) -> Iterator[Path]:
    """Draw shards of 256 pictures until there are ``count``; yield each path. The first pictures fit the codec."""
    folder.mkdir(parents=True, exist_ok=True)
    codec = _codec(folder / _CODEC)
    for number in range(len(shards(folder)), count):
        size = SHAPES_IN_TURN[number % len(SHAPES_IN_TURN)]
        drawn = [drawn_example(number * _SHARD + i, size) for i in range(_SHARD)]
        pictures = torch.from_numpy(np.stack([e.picture for e in drawn])).permute(0, 3, 1, 2)
        latents = codec.encode(torch.cat([pictures, pictures.flip(-1)])).half().numpy()
        path = folder / f"shard-{number:05d}.npz"
        with appearing(path) as partial:
            np.savez(partial, latents=latents, vectors=np.stack([e.vector for e in drawn]).astype(np.float16))
        yield path


@functools.cache
def _about(family: str) -> list[Sentence]:
    return [sentence for sentence in training_sentences() if sentence.family == family]


@functools.cache
def _vector(sentence: str) -> np.ndarray:
    from motion.embedding import embed

    vector: np.ndarray = embed([sentence])[0]
    return vector


def _codec(path: Path) -> Codec:
    if not path.exists():
        codec = fit(_batch(first) for first in range(0, _FITTED_ON, 28))
        codec.save(path)
    return Codec.load(path)


def _batch(first: int) -> torch.Tensor:
    size = PICTURE_SIZES[first // 28 % len(PICTURE_SIZES)]
    return torch.from_numpy(np.stack([drawn_example(first + i, size).picture for i in range(28)])).permute(0, 3, 1, 2)


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description="Draw training pictures for the backdrop generator.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=120, help=f"shards of {_SHARD} pictures (default: 120)")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    for path in write_shards(arguments.folder, arguments.count):
        print(path, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
