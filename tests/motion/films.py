"""Small films that the tests make: a disc that moves over a gradient; and an encoder that sees how bright they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar.core.media import VideoWriter, run_ffmpeg
from avatar.core.program import local
from avatar.core.types import Size

SIZE = Size(128, 72)


def moving(count: int, size: Size = SIZE) -> np.ndarray:
    """Frames uint8 [count, h, w, 3]: a bright disc goes from left to right while the sky darkens."""
    rows, columns = np.mgrid[0 : size.height, 0 : size.width]
    frames = np.empty((count, size.height, size.width, 3), np.uint8)
    for k in range(count):
        share = k / max(1, count - 1)
        sky = 200.0 - 120.0 * share - 60.0 * rows / size.height
        disc = np.hypot(columns - share * size.width, rows - size.height / 2) < size.height / 5
        frames[k] = np.stack([sky + 50.0 * disc, sky * 0.8 + 80.0 * disc, 255.0 - sky * 0.7], axis=2).clip(0, 255)
    return frames


def write(path: Path, frames: np.ndarray, fps: float = 8.0) -> Path:
    """``frames`` uint8 [t, h, w, 3] as an MP4."""
    with VideoWriter(path, Size(frames.shape[2], frames.shape[1]), fps) as writer:
        writer.write(frames)
    return path


def recoded(source: Path, path: Path, *arguments: str) -> Path:
    """``source`` through ffmpeg with other ``arguments``."""
    done = run_ffmpeg(["-y", "-loglevel", "error", "-i", local(source), *arguments, local(path)])
    assert done.returncode == 0, done.stderr
    return path


class Brightness:
    """An encoder whose vectors turn as the picture darkens."""

    name, dimension, size = "brightness", 2, Size(64, 36)

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        angle = pictures.mean(axis=(1, 2, 3)) / 255.0
        return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)

    def encode_texts(self, texts: list[str]) -> None:
        return None
