"""Strips to look at while a network learns: pictures that were kept aside beside what it makes of their captions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar.core.artefacts import appearing, write_atomically
from motion.drift import Strengths, generator_for, orbit
from motion.generator.model import Generator, Sampling
from motion.learned import Learned
from motion.rotation import orthogonal_plane

if TYPE_CHECKING:
    from motion.generator.material import Material

__all__ = ["ROWS", "write_strip"]

ROWS, ANGLES = 4, 4
_SAMPLING = Sampling(steps=16, guidance=2.0)


def write_strip(path: Path, generator: Generator, material: Material, seed: int) -> None:
    """Write a PNG: a row for each of up to four pictures kept aside, first the picture, then its caption drawn from
    noise at four angles of the drift. ``captions.txt`` beside it has the words of the rows."""
    from PIL import Image

    rows = [_row(generator, material, k, seed) for k in range(min(ROWS, len(material.shown)))]
    pictures = (np.concatenate(rows) * 255.0 + 0.5).astype(np.uint8)
    with appearing(path) as partial:
        Image.fromarray(pictures).save(partial, "PNG")
    captions = "\n".join(one.caption for one in material.shown[:ROWS])
    write_atomically(path.with_name("captions.txt"), f"{captions}\n".encode())


def _row(generator: Generator, material: Material, number: int, seed: int) -> np.ndarray:
    """float32 [128, 5 x 224, 3] in 0..1."""
    latents, vectors = material.aside
    centre, draw = vectors[number].numpy().astype(np.float64), generator_for(seed, "strip", number)
    phases = np.arange(ANGLES) / ANGLES
    plane = Learned(material.captions, material.vectors, {}).plane(centre) or orthogonal_plane(centre[None], draw)
    told = orbit(centre, plane, math.radians(Strengths().text), phases)
    start = draw.standard_normal(latents[number].numel())
    noise = orbit(start, orthogonal_plane(start[None], draw), math.radians(Strengths().noise), phases)
    shapes = noise.reshape(ANGLES, *latents[number].shape)
    turned, mixed = (torch.from_numpy(part.astype(np.float32)) for part in (told, shapes))
    drawn = generator.codec.decode(generator.sample(turned, mixed, _SAMPLING))
    pictures = torch.cat([material.seen[number][None], drawn]).clamp(0.0, 1.0)
    return np.concatenate(list(pictures.permute(0, 2, 3, 1).numpy()), axis=1)
