"""How a portrait's mouth responds: what is asked of the lips against the gap that FaceMesh sees in drawn frames.

The lips' network was trained on openings read from other landmarks, and no one promises that what it is asked comes
out. So a few frames are drawn and looked at, once a photo; the curve is kept, and turned round when the mouth is used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatar.core.artefacts import load, prune, save
from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.face.photo import detect_faces

__all__ = ["WIDEST", "Mouth", "Response", "assumed", "measured", "seen_mouth"]

log = logging.getLogger(__name__)

WIDEST = 0.8  # opening of the lips that the network knows
_ASKED = (0.0, 0.1, 0.2, 0.35, 0.5, 0.7)
_PURSED, _PURSED_AT = 12.0, 0.15
_CLEARLY = 0.004  # IOD by which the mouth's width has to change to tell one side of a slider from the other
_VERSION = 2
_KEPT_BYTES = 2 << 20


@dataclass(frozen=True)
class Response:
    """``asked`` [k]: openings from 0 upwards; ``seen`` [k]: the gap of the inner lips that came of them, IOD, never
    falling. ``purse``: 1 where a positive value of the slider makes the mouth narrow, -1 where a negative one does.
    ``measured``: whether it was seen or is what geometry says."""

    asked: np.ndarray
    seen: np.ndarray
    purse: float
    measured: bool

    def opening(self, gap: np.ndarray) -> np.ndarray:
        """What to ask for to see ``gap`` [...] (IOD): 0 for closed lips, however much of a gap that still shows."""
        rising = self.seen + 1e-6 * np.arange(len(self.seen))  # a flat stretch has many answers: its first
        return np.where(np.asarray(gap) <= 0, 0.0, np.interp(gap, rising, self.asked))


@dataclass(frozen=True)
class Mouth:
    """Gap between the inner lips and width between the inner corners, IOD."""

    gap: float
    width: float


def assumed(mouth: float) -> Response:
    """The curve of a mouth ``mouth`` IOD wide that does exactly what it is asked."""
    asked = np.array([0.0, WIDEST])
    return Response(asked, asked * mouth, 1.0, False)


def seen_mouth(picture: np.ndarray) -> Mouth | None:
    """The mouth of the largest face in ``picture`` uint8 [h, w, 3], None where no face is found."""
    faces = detect_faces(picture)
    if not faces:
        return None
    points = faces[0]
    iod = float(np.linalg.norm(points[263] - points[33]))
    gap, width = (float(np.linalg.norm(points[a] - points[b])) / iod for a, b in ((13, 14), (78, 308)))
    return Mouth(gap, width)


Draw = Callable[[float, float], np.ndarray]


def measured(draw: Draw, mouth: float, key: str, progress: Progress) -> Response:
    """The curve of the face that ``draw`` (opening of the lips, value of the slider purse) gives a picture of, or the
    assumed one where no face is found in them. Kept under ``key``, also that none was found."""
    name = hashlib.sha256(f"{_VERSION} {key}".encode()).hexdigest()[:32]
    kept = cache_folder() / "liveportrait" / f"{name}.npz"
    if kept.exists():
        try:
            response = load(kept, Response)
            kept.touch()
            return response
        except (ValueError, OSError) as error:
            log.warning("the kept response %s is unreadable and will be measured again: %s", kept.name, error)
    response = _measure(draw, progress) or assumed(mouth)
    save(kept, response)
    prune(kept.parent, _KEPT_BYTES)
    return response


def _measure(draw: Draw, progress: Progress) -> Response | None:
    gaps: list[float] = []
    steps = len(_ASKED) + 2
    for opening in _ASKED:
        progress(len(gaps) / steps, "measuring how the mouth responds")
        mouth = seen_mouth(draw(opening, 0.0))
        if mouth is None:
            return None
        gaps.append(mouth.gap)
    widths = []
    for index, value in enumerate((_PURSED, -_PURSED)):
        progress((len(_ASKED) + index) / steps, "measuring how the mouth responds")
        mouth = seen_mouth(draw(_PURSED_AT, value))
        widths.append(mouth.width if mouth is not None else np.nan)
    narrower_below = widths[0] - widths[1] > _CLEARLY
    return Response(np.array(_ASKED), np.maximum.accumulate(gaps), -1.0 if narrower_below else 1.0, True)
