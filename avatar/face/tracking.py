"""The face through the frames of a video that lends its motion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avatar.core.errors import MediaError, OptionError
from avatar.core.media import probe, read_frames
from avatar.face.photo import detect_faces

__all__ = ["rate_of", "tracked"]

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
