"""The latents of a drift's keyframes: drawn scenes that the network repaints.

The network works at 224 x 128 pixels or the like. It starts from the drawn scene mixed with noise, and what it changes
— light, colour, large shapes — is laid over the scene drawn twice as large, without the finest texture, where a small
network leaves noise. So outlines are drawn, their light and colour generated. From pure noise, nothing is drawn.

Drawing is cheap: water, clouds and leaves move over 72 keyframes, and the network repaints 16 of them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from avatar.core.progress import Progress
from avatar.core.types import Size
from motion.asked import Asked
from motion.drift import Strengths
from motion.generator.codec import BLOCK, Codec
from motion.generator.curve import between
from motion.generator.dataset import PICTURE_SIZES, soften_picture
from motion.generator.model import Generator, Sampling
from motion.generator.moments import looks_of, moments, shares_of
from motion.scenes.canvas import Canvas
from motion.scenes.families import FAMILIES, Scene
from motion.scenes.tones import look_from_vector

if TYPE_CHECKING:
    from motion.driven import Driven

__all__ = [
    "DRAWN",
    "REPAINTED",
    "changes_of",
    "drawn_latents",
    "keyframes",
    "laid_scenes",
    "latent_shape",
    "picture_size",
    "refined",
    "start_of",
]

DRAWN, REPAINTED = 72, 16
_GRID = (4, 6)
_FINER = 2
_BATCH = 8
_SOFT = 5.0


def keyframes(
    generator: Generator,
    asked: Asked,
    seed: int,
    size: tuple[int, int],
    sampling: Sampling,
    progress: Progress,
    drawn_count: int = DRAWN,
    driven: Driven | None = None,
) -> dict[str, np.ndarray]:
    """The keyframes of a drift as latents float16 of pictures twice as large as the network's ``size``, by name.

    ``latents`` [k, c, h, w] lie on a closed curve. For a wander ``changes`` [4, 6, c, h, w], to be added, lie on a grid
    over the angle of the text and the angle of the noise. ``drawn_count``: k, fewer are rougher and sooner made. What
    is ``driven`` has as many keyframes as its way has moments.
    """
    if driven is not None:
        return _driven_keyframes(generator, asked, seed, size, sampling, progress, driven)
    wander = asked.path == "wander"
    grid = _GRID if wander else (REPAINTED,)
    turns = np.meshgrid(*(np.arange(count) / count for count in grid), indexing="ij")
    text, noise = turns[0].ravel(), turns[-1].ravel()
    made = moments(asked, seed, latent_shape(generator.codec, size), text, noise)
    scenes = laid_scenes(asked, seed, size)
    start = start_of(generator.codec, scenes, made.looks, made.shares, size) if sampling.strength < 1.0 else None
    repainted = refined(generator, made.vectors, made.noise, start, sampling, progress.part(0.0, 0.7))
    changes = changes_of(generator.codec, repainted, start).reshape(*grid, len(generator.codec.scale), *_finer(size))
    phases = np.arange(drawn_count) / drawn_count
    drawn = drawn_latents(
        generator.codec, asked, seed, size, scenes if start is not None else (), phases, progress.part(0.7, 1.0)
    )
    if wander:
        return {"latents": drawn.astype(np.float16), "changes": changes.astype(np.float16)}
    spread = np.stack([between(changes, phase * REPAINTED) for phase in phases])
    return {"latents": (drawn + spread).astype(np.float16)}


def _driven_keyframes(
    generator: Generator,
    asked: Asked,
    seed: int,
    size: tuple[int, int],
    sampling: Sampling,
    progress: Progress,
    driven: Driven,
) -> dict[str, np.ndarray]:
    """Latents [k, c, h, w] of every moment of a driven way, each drawn and repainted."""
    phases = np.arange(driven.count) / driven.count
    codec, scenes = generator.codec, laid_scenes(asked, seed, size)
    made = moments(asked, seed, latent_shape(codec, size), phases, phases, driven)
    start = start_of(codec, scenes, made.looks, made.shares, size) if sampling.strength < 1.0 else None
    repainted = refined(generator, made.vectors, made.noise, start, sampling, progress.part(0.0, 0.7))
    changes = changes_of(codec, repainted, start)
    shown = scenes if start is not None else ()
    drawn = drawn_latents(codec, asked, seed, size, shown, phases, progress.part(0.7, 1.0), driven)
    return {"latents": (drawn + changes).astype(np.float16)}


def laid_scenes(asked: Asked, seed: int, size: tuple[int, int]) -> tuple[Scene, ...]:
    """The drawn scene of each stop, twice as large as the network's ``size``."""
    drift = asked.strengths.noise / Strengths().noise
    canvas = Canvas(_FINER * size[0], _FINER * size[1], seed, drift)
    return tuple(FAMILIES[stop.family].scene(canvas) for stop in asked.stops)


def start_of(
    codec: Codec, scenes: Sequence[Scene], looks: np.ndarray, shares: np.ndarray, size: tuple[int, int]
) -> torch.Tensor:
    """Latents [k, c, h, w] of the scenes at rest in ``looks`` [stops, k, 35], at the network's size."""
    small = [soften_picture(_drawn(scenes, looks[:, i], shares[i], 0.0), size) for i in range(len(shares))]
    return codec.encode(_planes(np.stack(small)))


def refined(
    generator: Generator,
    vectors: np.ndarray,
    noise: np.ndarray,
    start: torch.Tensor | None,
    sampling: Sampling,
    progress: Progress,
) -> torch.Tensor:
    """Latents float32 [k, c, h, w] for unit ``vectors`` [k, 384], from ``noise`` and the drawn ones of ``start``, both
    [k, c, h, w]; in batches of one size, so that any count gives the same numbers."""
    found = []
    for first in range(0, len(vectors), _BATCH):
        rows = np.arange(first, first + _BATCH) % len(vectors)
        part = progress.part(first / len(vectors), min(1.0, (first + _BATCH) / len(vectors)))
        report = functools.partial(part, message="generating the backdrop")
        drawn = None if start is None else start[rows]
        found.append(
            generator.sample(torch.from_numpy(vectors[rows]), torch.from_numpy(noise[rows]), sampling, drawn, report)
        )
    return torch.cat(found)[: len(vectors)]


@torch.inference_mode()
def changes_of(codec: Codec, latents: torch.Tensor, start: torch.Tensor | None) -> np.ndarray:
    """What the network's ``latents`` [k, c, h, w] add to the drawn ones of ``start``, without the finest texture, as
    latents [k, c, 2 h, 2 w]; the whole picture where nothing was drawn."""
    painted = codec.decode(latents)
    if start is None:
        return codec.encode(_enlarged(painted)).numpy()
    changes = (painted - codec.decode(start)).permute(0, 2, 3, 1).numpy()
    soft = np.stack([cv2.GaussianBlur(change, (0, 0), _SOFT) for change in changes])
    larger = _enlarged(_planes(soft))
    return (codec.encode(larger) - codec.encode(torch.zeros_like(larger[:1]))).numpy()


@torch.inference_mode()
def drawn_latents(
    codec: Codec,
    asked: Asked,
    seed: int,
    size: tuple[int, int],
    scenes: Sequence[Scene],
    phases: np.ndarray,
    progress: Progress,
    driven: Driven | None = None,
) -> np.ndarray:
    """Latents float32 [k, c, 2 h, 2 w] of the moving ``scenes`` at ``phases`` [k]; zeros where there are none."""
    found = np.zeros((len(phases), len(codec.scale), *_finer(size)), np.float32)
    looks, shares = looks_of(asked, seed, phases, phases, driven), shares_of(asked, phases)
    for i, phase in enumerate(phases if scenes else ()):
        drawn = soften_picture(_drawn(scenes, looks[:, i], shares[i], phase), (_FINER * size[0], _FINER * size[1]))
        found[i] = codec.encode(_planes(drawn[None]))[0].numpy()
        progress((i + 1) / len(phases), "drawing the backdrop")
    return found


def picture_size(size: Size) -> tuple[int, int]:
    """The network's picture size (width, height) that is nearest in shape to a video of ``size``."""
    return min(PICTURE_SIZES, key=lambda wh: abs(math.log(wh[0] / wh[1] * size.height / size.width)))


def latent_shape(codec: Codec, size: tuple[int, int]) -> tuple[int, int, int]:
    """(c, h, w) of the latents of pictures of ``size`` (width, height)."""
    return len(codec.scale), size[1] // BLOCK, size[0] // BLOCK


def _drawn(scenes: Sequence[Scene], looks: np.ndarray, share: float, phase: float) -> np.ndarray:
    """One picture float32 [h, w, 3]: the first scene, or ``share`` of the second over it."""
    total: np.ndarray | float = 0.0
    for laid, look, weight in zip(scenes, looks, (1.0 - share, share), strict=False):
        if weight > 0.0:
            total = total + weight * np.clip(laid.draw(look_from_vector(look), phase), 0.0, 1.0)
    return np.asarray(total, np.float32)


def _finer(size: tuple[int, int]) -> tuple[int, int]:
    return _FINER * size[1] // BLOCK, _FINER * size[0] // BLOCK


def _enlarged(pictures: torch.Tensor) -> torch.Tensor:
    larger = torch.nn.functional.interpolate(pictures, scale_factor=_FINER, mode="bicubic", align_corners=False)
    return larger.contiguous()


def _planes(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()
