"""The figures of a finished video: what the sidecar carries as ``quality`` and ``govorun check-video`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from avatar.core.errors import OptionError
from avatar.core.media import probe, read_frames
from avatar.core.progress import Progress
from avatar.core.types import Phoneme

__all__ = ["measure_video"]


def measure_video(
    video: Path, phonemes: Sequence[Phoneme], progress: Progress, most_seconds: float | None = None
) -> dict[str, Any]:
    """Track the face through ``video``, or through its first ``most_seconds``, and measure it against ``phonemes``.

    MediaError for a file that is no media, OptionError for one without pictures.
    """
    from avatar.face.quality import measure, observe

    media = probe(video)
    if media.fps is None or media.seconds <= 0:
        raise OptionError(f"{video.name} has no pictures: name a video.")
    frames = round(media.seconds * media.fps)
    wanted = frames if most_seconds is None else min(frames, round(most_seconds * media.fps))
    whole = wanted == frames
    seen = observe(islice(read_frames(video), None if whole else wanted), wanted, progress)
    fps = len(seen.gap) / media.seconds if whole else media.fps
    heard = [phone for phone in phonemes if phone.end * fps <= len(seen.gap)]
    return {"seconds_measured": round(len(seen.gap) / fps, 2), **measure(seen, fps, heard)}
