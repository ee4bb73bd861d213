"""Embeddings of the captions that prompts are compared with, computed once and shipped (``data/anchors.npz``).

Run ``python -m motion.anchors`` after a change of families, tones, moods or rooms; a test fails while they disagree.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar.core.errors import MissingEngine
from motion.places import PLACES
from motion.plates import rooms
from motion.scenes.families import FAMILIES

__all__ = ["MOODS", "Anchors", "anchors", "captions", "write"]

_FILE = Path(__file__).parent / "data" / "anchors.npz"

MOODS: dict[str, tuple[str, str]] = {
    "bright": ("bright, light, radiant", "dark, gloomy, dim"),
    "warm": ("warm, cozy, golden light", "cold, icy, blue light"),
    "misty": ("misty, foggy, hazy", "clear, crisp, sharp"),
    "vivid": ("vivid, saturated, colourful", "muted, pale, desaturated"),
    "calm": ("calm, quiet, serene", "wild, dynamic, dramatic"),
}


@dataclass(frozen=True)
class Anchors:
    """Unit vectors by caption."""

    vectors: Mapping[str, np.ndarray]

    def of(self, sentences: list[str]) -> np.ndarray:
        """Vectors float32 [n, 384] of known captions."""
        return np.stack([self.vectors[sentence] for sentence in sentences])


def captions() -> list[str]:
    """Every caption that prompts are compared with."""
    found: list[str] = []
    for family in FAMILIES.values():
        found += family.captions
        found += [f"{family.name}, {phrase}" for phrase in family.tones]
        found += family.tones
    found += [word for pair in MOODS.values() for word in pair]
    found += [caption for place in PLACES.values() for caption in place.captions]
    found += [caption for listed in rooms().values() for caption in listed[0].captions]
    return sorted(set(found))


@functools.cache
def anchors() -> Anchors:
    """The shipped vectors; MissingEngine where the file is missing, damaged or of other captions."""
    sentences = captions()
    try:
        with np.load(_FILE, allow_pickle=False) as archive:
            vectors, digest = archive["vectors"].astype(np.float32), str(archive["digest"])
    except (OSError, KeyError, ValueError) as error:
        raise MissingEngine(f"{_FILE.name} of the scene painter is missing or damaged: reinstall govorun.") from error
    if digest != _digest(sentences):
        raise MissingEngine(f"{_FILE.name} was made for other captions: run python -m motion.anchors.")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Anchors(dict(zip(sentences, vectors, strict=True)))


def write() -> None:
    """Embed the captions and write the file."""
    from motion.embedding import embed

    sentences = captions()
    np.savez_compressed(_FILE, vectors=embed(sentences).astype(np.float16), digest=np.array(_digest(sentences)))


def _digest(sentences: list[str]) -> str:
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()


if __name__ == "__main__":
    write()
