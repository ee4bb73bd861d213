"""A photo made ready: checked, landmarks found, the person cut out once; kept by content, so the next video starts at
once."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from avatar.core.artefacts import load, save
from avatar.core.errors import PhotoError
from avatar.core.progress import Progress
from avatar.core.reasons import reworded
from avatar.core.types import Portrait
from avatar.face.background import background_behind
from avatar.face.matte import matte
from avatar.face.photo import LARGEST, load_photo, look_at
from avatar.face.vision import fetch_networks

__all__ = ["PREPARATION", "prepare"]

log = logging.getLogger(__name__)

PREPARATION = 8  # raise when anything here changes what a portrait holds


def prepare(path: Path, progress: Progress, cache: Path | None = None, face: str = LARGEST) -> Portrait:
    """The portrait of the photo at ``path``; kept in and taken from the folder ``cache`` where one is given. ``face``:
    which of several, see :func:`avatar.face.photo.check_face`.

    Raises PhotoError with advice where the photo cannot be read or animated.
    """
    progress(0.0, "reading the photo")
    photo = load_photo(path)
    which = "" if face == LARGEST else f"-{face}"
    kept = cache / f"{photo.sha256}-{PREPARATION}{which}.npz" if cache is not None else None
    if kept is not None and kept.exists():
        try:
            portrait = load(kept, Portrait)
            kept.touch()
            progress(1.0, "portrait from the cache")
            return portrait
        except (ValueError, OSError) as error:
            log.warning("the cached portrait %s is unreadable and will be made again: %s", kept.name, error)
    fetch_networks(progress.part(0.0, 0.15))
    progress(0.15, "looking for the face")
    photo, found = look_at(photo, face)
    if found.problems or found.landmarks is None:
        raise PhotoError(reworded(f"{path.name}: {' '.join(found.problems)}", found.problems[0]))
    progress(0.4, "cutting out the person")
    others = [box for number, box in enumerate(found.boxes, 1) if number != found.face]
    alpha, foreground = matte(photo.pixels, found.landmarks, photo.alpha, others)
    landmarks = np.asarray(found.landmarks, np.float32).copy()
    landmarks[:, :2] -= 0.5  # FaceMesh counts from a pixel's edge, the warp from its centre
    progress(0.9, "filling in what is behind")
    behind = background_behind(photo.pixels, alpha)
    notes = (*photo.notes, *found.notes)
    portrait = Portrait(photo.pixels, landmarks, alpha, foreground, photo.sha256, notes, behind)
    if kept is not None:
        save(kept, portrait)
    progress(1.0, "portrait ready")
    return portrait
