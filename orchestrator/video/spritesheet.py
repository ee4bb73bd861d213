"""The spritesheet: small frames of the whole video in one picture, for a player's preview while one seeks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from avatar.core.footage import write_contact_sheet
from avatar.core.types import Size
from orchestrator.video.folder import lead_frames, segments_of
from orchestrator.video.timeline import Scene

__all__ = ["write_sheet"]

_COLUMNS, _MOST = 10, 100
_TILE = 160  # pixels of the longer side
_SHORT = 3000  # frames of a video that is read whole; of a longer one only the first frame of each segment is


def write_sheet(scenes: Sequence[Scene], video: Path, path: Path) -> dict[str, object]:
    """Write the sheet of ``video``; how it is laid out and which second each small frame shows, for the sidecar."""
    frames = sum(scene.face.frames for scene in scenes)
    short = frames <= _SHORT
    shown = list(range(frames)) if short else _key_frames(scenes)
    every = max(1, math.ceil(len(shown) / _MOST), round(scenes[0].work.request.fps / 2) if short else 1)
    shown, tile = shown[::every], _tile(scenes[0].work.request.size)
    rows = math.ceil(len(shown) / _COLUMNS)
    write_contact_sheet(video, path, tile, _COLUMNS, rows, every, keyframes=not short)
    fps = scenes[0].work.request.fps
    return {"spritesheet": {"columns": _COLUMNS, "tile": str(tile), "seconds": [round(k / fps, 3) for k in shown]}}


def _key_frames(scenes: Sequence[Scene]) -> list[int]:
    return [scene.first + frame for scene in scenes for frame in _keys_of(scene)]


def _keys_of(scene: Scene) -> list[int]:
    """Frames of a scene that are keyframes: where its segments begin, and where it has come in."""
    begins = [segment.start for segment in segments_of(scene.face.frames)]
    lead = lead_frames(scene.work.request, scene.face.frames)
    return sorted({*begins, lead})


def _tile(size: Size) -> Size:
    scale = _TILE / max(size.width, size.height)
    return Size(*(max(2, 2 * round(side * scale / 2)) for side in (size.width, size.height)))
