"""A linear map from sentence embeddings to light, fitted once from captions: the hour, clouds, warmth, brightness.

The two rows of the hour span the plane of the day: an embedding that turns in it goes from noon through the evening and
the night to the morning. Run ``python -m motion.rooms.light_map`` after a change of the captions or of
``data/light.tsv``; it writes
``data/light_map.npz`` and says how well captions of places that were left out are read.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar.core.errors import MissingEngine
from motion.rotation import Plane

__all__ = ["Felt", "LightMap", "fit", "light_map"]

_FILE = Path(__file__).parent.parent / "data" / "light_map.npz"
_PHRASES = Path(__file__).parent.parent / "data" / "light.tsv"
_SURE = 0.7
_RIDGE = 0.6


@dataclass(frozen=True)
class Felt:
    """The light that an embedding speaks of; ``sure``: whether it speaks of an hour at all."""

    angle: float
    sure: bool
    clouds: float
    warmth: float
    brightness: float


@dataclass(frozen=True)
class LightMap:
    """``rows`` float64 [5, 384] and ``offsets`` [5]: cosine and sine of the hour, clouds, warmth, brightness."""

    rows: np.ndarray
    offsets: np.ndarray

    def of(self, vector: np.ndarray) -> Felt:
        """What ``vector`` [384] speaks of."""
        x, y, clouds, warmth, brightness = (float(value) for value in self.rows @ vector + self.offsets)
        return Felt(math.atan2(y, x), math.hypot(x, y) > _SURE, clouds, warmth, brightness)

    def planes(self, centre: np.ndarray) -> tuple[Plane, Plane]:
        """Planes orthogonal to ``centre`` [384] and to each other: of the day, then of clouds and warmth."""
        basis = [np.asarray(centre, np.float64) / np.linalg.norm(centre)]
        for row in self.rows[:4]:
            left = row.copy()
            for _ in range(2):
                for other in basis:
                    left = left - (left @ other) * other
            basis.append(left / np.linalg.norm(left))
        return Plane(basis[1], basis[2]), Plane(basis[3], basis[4])


@functools.cache
def light_map() -> LightMap:
    """The shipped map; MissingEngine where the file is missing or damaged."""
    try:
        with np.load(_FILE, allow_pickle=False) as archive:
            return LightMap(archive["rows"].astype(np.float64), archive["offsets"].astype(np.float64))
    except (OSError, KeyError, ValueError) as error:
        raise MissingEngine(f"{_FILE.name} of the rooms is missing or damaged: reinstall govorun.") from error


def captions() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Captions, what each speaks of [n, 5], and the number of its place [n]."""
    from motion.places import PLACES

    lines = [line.split("\t") for line in _PHRASES.read_text(encoding="utf-8").splitlines()[1:]]
    texts, targets, places = [], [], []
    for number, place in enumerate(PLACES.values()):
        for scene in place.captions[:2]:
            for phrase, hour, *rest in lines:
                angle = (float(hour or 0.0) - 12.0) * math.pi / 12.0
                texts.append(f"{scene} {phrase}".strip())
                targets.append([bool(hour) * math.cos(angle), bool(hour) * math.sin(angle), *map(float, rest)])
                places.append(number)
    return texts, np.array(targets, np.float64), np.array(places)


def fit(vectors: np.ndarray, targets: np.ndarray) -> LightMap:
    """Ridge regression of ``targets`` [n, 5] on ``vectors`` [n, 384]."""
    mean, level = vectors.mean(axis=0), targets.mean(axis=0)
    x = np.asarray(vectors - mean, np.float64)
    rows = np.linalg.solve(x.T @ x + _RIDGE * np.eye(x.shape[1]), x.T @ (targets - level)).T
    return LightMap(rows, level - rows @ mean)


def write() -> None:
    """Embed the captions, fit, and write the file."""
    from motion.embedding import embed

    texts, targets, places = captions()
    vectors = embed(texts)
    aside = places % 4 == 0
    tried = fit(vectors[~aside], targets[~aside])
    read = vectors[aside] @ tried.rows.T + tried.offsets
    named = np.hypot(*targets[aside, :2].T) > 0
    off = np.angle(np.exp(1j * (np.arctan2(*read[named, 1::-1].T) - np.arctan2(*targets[aside][named, 1::-1].T))))
    print(f"hours of captions left out: off by {np.degrees(np.abs(off)).mean() / 15:.2f} h on average")  # noqa: T201
    made = fit(vectors, targets)
    np.savez_compressed(_FILE, rows=made.rows.astype(np.float32), offsets=made.offsets.astype(np.float32))


if __name__ == "__main__":
    write()
