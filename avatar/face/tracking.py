"""The face through the frames of a video that lends its motion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avatar.core.errors import MediaError, OptionError
from avatar.core.media import probe, read_frames
from avatar.face.photo import detect_faces

__all__ = ["rate_of", "there_and_back", "tracked"]

_LOST_AFTER = 50  # frames without a face at the beginning after which no face is looked for any more


def rate_of(path: Path, otherwise: float) -> float:
    """Frames a second of the video, ``otherwise`` where the file does not say; OptionError where it is no video."""
    try:
        return probe(path).fps or otherwise
    except MediaError as error:
        raise OptionError(f"{error} A face option that names a reference needs a video.") from error


def tracked(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Frames uint8 [h, w, 3] with the landmarks float64 [478, 3] of the largest face, counted from pixel centres; the
    last ones known where none is found. Ends where no face came among the first frames; OptionError for no video."""
    mesh = None
    try:
        for index, pixels in enumerate(read_frames(path)):
            faces = detect_faces(pixels)
            mesh = faces[0].astype(np.float64) - (0.5, 0.5, 0.0) if faces else mesh
            if mesh is None and index >= _LOST_AFTER:
                return
            yield pixels, mesh
    except MediaError as error:
        raise OptionError(f"{error} A face option that names a reference needs a video.") from error


def there_and_back(rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """``rows`` [m, ...] at ``positions`` [n] counted in rows, linear between them, float32; at the last row the way
    goes back to the first, and on, so that nothing jumps."""
    last = len(rows) - 1
    folded = last - np.abs(np.mod(positions, 2 * last) - last) if last else np.zeros(len(positions))
    below = np.minimum(folded.astype(int), max(last - 1, 0))
    share = (folded - below).astype(np.float32).reshape(-1, *(1,) * (rows.ndim - 1))
    low, high = np.asarray(rows[below], np.float32), np.asarray(rows[np.minimum(below + 1, last)], np.float32)
    result: np.ndarray = low + share * (high - low)
    return result
