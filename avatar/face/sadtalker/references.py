"""Coefficients of the face in a video that lends its motion."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avatar.core.errors import OptionError
from avatar.core.progress import Progress
from avatar.face.renderer.landmarks import points_68
from avatar.face.sadtalker.geometry import Region, region_of, seen
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.picture import points_in_square, read_face
from avatar.face.sadtalker.recon import Recon
from avatar.face.sadtalker.semantics import NATIVE_FPS, sampled_at
from avatar.face.tracking import rate_of, tracked

__all__ = ["read_reference"]

_SIDE = 256


def read_reference(path: Path, frames: int, options: SadTalkerOptions, recon: Recon, progress: Progress) -> np.ndarray:
    """Coefficients float32 [m, 73], m at most ``frames``, of the face in the video ``path``.

    They come at 25 frames a second whatever the video's rate; the original (``compat``) takes its frames as they are.
    The crop is that of the first frame with a face; a frame without one keeps the points of the frame before. Raises
    OptionError where the file is no video or shows no face.
    """
    step = 1.0 if options.compat else rate_of(path, NATIVE_FPS) / NATIVE_FPS
    wanted = math.ceil((frames - 1) * step) + 1
    rows = []
    for index, row in enumerate(_rows(path, wanted, options, recon)):
        rows.append(row)
        progress((index + 1) / wanted, f"watching {path.name}")
    if not rows:
        raise OptionError(f"No face was found in {path.name}: use a video of one person who looks at the camera.")
    available = int((len(rows) - 1) / step + 1e-6) + 1
    return sampled_at(np.stack(rows), np.arange(min(frames, available)) * step)


def _rows(path: Path, wanted: int, options: SadTalkerOptions, recon: Recon) -> Iterator[np.ndarray]:
    region: Region | None = None
    for pixels, mesh in itertools.islice(tracked(path), wanted):
        if mesh is not None:
            points = points_68(mesh)
            size = (pixels.shape[1], pixels.shape[0])
            region = region or region_of(options.preprocess, points, size, options.compat)
            square = seen(pixels, region, _SIDE, options.compat)
            yield read_face(square, points_in_square(points, region, size, _SIDE), recon)
