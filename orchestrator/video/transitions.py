"""Scenes that come in softly: their first frames are drawn again over the last picture of the scene before.

Scenes are drawn side by side and know nothing of each other. What a transition takes is therefore made when they are
joined: the segment that begins a scene has a keyframe where the transition ends; what comes before it is read, mixed
and encoded again, what follows is copied.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from avatar.core.errors import MediaError
from avatar.core.media import VideoWriter, cut_video, read_frames
from orchestrator.video.folder import lead_frames, segments_of
from orchestrator.video.timeline import Scene

__all__ = ["pictures_of"]


def pictures_of(scenes: Sequence[Scene], scratch: Path) -> list[Path]:
    """The encoded pictures of the whole video in order, in files that can be joined; new ones lie in ``scratch``.

    The first scene comes in from black where it has a transition. MediaError where a segment is damaged.
    """
    paths: list[Path] = []
    for number, scene in enumerate(scenes):
        own = [scene.work.segment_path(segment) for segment in segments_of(scene.face.frames)]
        lead = lead_frames(scene.work.request, scene.face.frames)
        if lead:
            before = _last_picture(paths[-1]) if paths else None
            own = [*_come_in(scene, own[0], lead, before, scratch / f"{number:04d}"), *own[1:]]
        paths += own
    return paths


def _come_in(scene: Scene, segment: Path, lead: int, before: np.ndarray | None, target: Path) -> list[Path]:
    """``segment`` as two files: its first ``lead`` frames over ``before``, and the rest as it is."""
    from avatar.compose.transitions import mixed

    request = scene.work.request
    kind = request.transition.partition(":")[0] if before is not None else "fade"
    coming, rest = target.with_suffix(".in.mp4"), target.with_suffix(".rest.mp4")
    written = 0
    with VideoWriter(coming, request.size, request.fps) as writer:
        for frame in islice(read_frames(segment), lead):
            written += 1
            held = np.zeros_like(frame) if before is None else before
            writer.write(mixed(kind, held, frame, written / (lead + 1)))
    if written != lead:
        raise MediaError(f"{segment.name} has {written} frames, not the {lead} of its transition.")
    length = segments_of(scene.face.frames)[0].stop
    cut_video(segment, rest, lead, length - lead, request.fps)
    return [coming, rest]


def _last_picture(path: Path) -> np.ndarray:
    """The last frame of a video, uint8 [h, w, 3]."""
    last = deque(read_frames(path), maxlen=1)
    if not last:
        raise MediaError(f"{path.name} has no pictures.")
    return last[0]
