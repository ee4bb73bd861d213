"""The figures of a finished video: what the sidecar carries as ``quality`` and ``govorun check-video`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from avatar.core.errors import OptionError
from avatar.core.footage import Footage, read_stretches
from avatar.core.media import Media, probe, read_frames
from avatar.core.progress import Progress
from avatar.core.types import Phoneme
from orchestrator.video.folder import SEGMENT_FRAMES

__all__ = ["footage_of", "measure_footage", "measure_video"]


def measure_video(video: Path, phonemes: Sequence[Phoneme], progress: Progress) -> dict[str, Any]:
    """Track the face through the whole of ``video``, whoever made it, and measure it against ``phonemes``.

    MediaError for a file that is no media, OptionError for one without pictures.
    """
    from avatar.face.quality import measure, observe

    media, known = _looked_into(video)
    seen = observe(enumerate(read_frames(video)), known.frames, progress)
    fps = len(seen.gap) / media.seconds
    return _told("full", fps, measure(seen, fps, _within(phonemes, fps, len(seen.gap))))


def footage_of(video: Path) -> Footage:
    """What :func:`measure_footage` has to know of ``video``; errors as those of :func:`measure_video`."""
    return _looked_into(video)[1]


def measure_footage(
    footage: Footage,
    phonemes: Sequence[Phoneme],
    progress: Progress,
    how: Literal["windows", "full"],
    lids: np.ndarray | None = None,
) -> dict[str, Any]:
    """Measure a video of ours of which is known what it holds: every frame, or stretches that tell as much.

    ``lids``: the planned closure [n, 2] of the lids, where it is known. ``spans`` of the figures: from which second to
    which was measured; left out where that is everything.
    """
    from avatar.face.quality import measure, observe
    from avatar.face.stretches import choose_stretches

    fps, heard = footage.fps, _within(phonemes, footage.fps, footage.frames)
    whole = (range(footage.frames),)
    chosen = whole if how == "full" else choose_stretches(footage.frames, fps, heard, lids, SEGMENT_FRAMES)
    shown = read_stretches(footage, chosen, SEGMENT_FRAMES)
    seen = observe(shown, sum(len(stretch) for stretch in chosen), progress)
    if chosen == whole:
        return _told("full", fps, measure(seen, fps, heard))
    spans = [[round(one.start / fps, 3), round(one.stop / fps, 3)] for one in chosen]
    return {**_told("windows", fps, measure(seen, fps, heard, footage.frames, lids)), "spans": spans}


def _looked_into(video: Path) -> tuple[Media, Footage]:
    media = probe(video)
    if media.fps is None or media.size is None or media.seconds <= 0:
        raise OptionError(f"{video.name} has no pictures: name a video.")
    return media, Footage(video, media.size, media.fps, round(media.seconds * media.fps))


def _within(phonemes: Sequence[Phoneme], fps: float, frames: int) -> list[Phoneme]:
    return [phone for phone in phonemes if phone.end * fps <= frames]


def _told(how: str, fps: float, figures: dict[str, Any]) -> dict[str, Any]:
    return {"measured": how, "seconds_measured": round(figures["frames"] / fps, 2), **figures}
