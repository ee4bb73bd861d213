"""What tests of LoRA share: small films and pictures, and runs of training that were done once."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from avatar.core.media import VideoWriter
from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.lora.config import Config
from motion.lora.training import Result, train

__all__ = ["QUICK", "SIZE", "films", "pictures", "run", "tuned"]

SIZE = Size(64, 64)
QUICK = {"steps": 20, "every": 10, "side": 64, "rank": 4, "learning_rate": 1e-2}


def films(folder: Path, count: int = 2, length: int = 12, captions: Sequence[str] = ("a red box", "")) -> Path:
    """Films at 8 frames a second of a box that goes to the right, with captions beside them."""
    folder.mkdir(parents=True)
    for number in range(count):
        with VideoWriter(folder / f"film-{number}.mp4", SIZE, 8.0) as writer:
            for k in range(length):
                writer.write(_box(4 + 3 * k, number))
        if captions[number % len(captions)]:
            (folder / f"film-{number}.txt").write_text(captions[number % len(captions)])
    return folder


def pictures(folder: Path, count: int = 6) -> Path:
    """Pictures of one box, all alike."""
    folder.mkdir(parents=True)
    for number in range(count):
        Image.fromarray(_box(20, 0)).save(folder / f"picture-{number}.png")
    return folder


def _box(left: int, number: int) -> np.ndarray:
    frame = np.full((64, 64, 3), 40, np.uint8)
    frame[20:44, left : left + 20] = (220, 60 + 90 * (number % 2), 40)
    return frame


def run(folder: Path, progress: Progress | None = None, **options: object) -> Result:
    """Train in ``folder``."""
    return train(folder, Config(**{**QUICK, **options}), progress or silent())  # type: ignore[arg-type]


@functools.cache
def tuned(model: Path, place: Path, kind: str) -> Path:
    """The folder of a LoRA of ``model`` that was trained on two films in a folder beside ``place``."""
    folder = place / f"films-{kind}"
    own = {"frames": 4, "rate": 8.0} if kind == "svd" else {"rate": 4.0}
    return run(place / f"run-{kind}", model=str(model), films=str(films(folder)), **own).folder
