"""What a finished job keeps so that a changed one renders only what changed.

``remake.zip`` holds sound, timing and plans under the names that they had in the work folders, which carry the hash of
their inputs; about 0.1 MB for each second of sound, and up to 3 MB for each backdrop. Portraits are not in it: every
machine keeps those it prepared. Segments are not in it either: they are cut out of the finished video again, which
they went into unchanged.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from avatar.core.artefacts import appearing
from avatar.core.errors import GovorunError, MediaError
from avatar.core.media import cut_video, probe
from orchestrator.jobs.folder import JobFolder
from orchestrator.jobs.storage import Storage
from orchestrator.video.folder import Segment, WorkFolder
from orchestrator.video.timeline import Scene

__all__ = ["KEPT", "cut_again", "keep", "use_again"]

_LOG = logging.getLogger(__name__)
KEPT = "remake.zip"
_TOLERANCE = 0.02
_INDEX = "segments.json"
_MOST_PLAN = 8 << 20


def keep(scenes: Sequence[Scene], path: Path) -> None:
    """Write what can be used again of finished ``scenes`` to ``path``, in one step, where there is room for it."""
    first_frames = {scene.work.keys.segment: scene.first for scene in scenes}
    made = (file for scene in scenes for file in scene.work.small_artefacts())
    files = {file.name: file for file in made if file.exists() and not _is_film(file)}
    try:
        with appearing(path) as partial:
            _pack(partial, json.dumps(first_frames), files)
    except OSError as error:  # the video is there: a later one like it will do everything again
        _LOG.warning("nothing of %s is kept for later: %s", path.parent.name, error)


def _is_film(file: Path) -> bool:
    """Whether the plan of a backdrop carries a whole film, which is there among the inputs."""
    return file.name.startswith("backdrop-") and file.stat().st_size > _MOST_PLAN


def _pack(target: Path, index: str, files: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as kept:
        kept.writestr(_INDEX, index)
        for name in sorted(files):
            kept.write(files[name], name, zipfile.ZIP_STORED if name.endswith(".npy") else None)


def use_again(storage: Storage, job_id: str, works: Sequence[WorkFolder]) -> list[str]:
    """Put what the finished job ``job_id`` kept of the artefacts of ``works`` into them; returns the names."""
    found: list[str] = []
    if storage.size(job_id, KEPT) is None:
        return found
    try:
        with tempfile.TemporaryFile() as copy:
            copy.writelines(storage.read(job_id, KEPT))
            with zipfile.ZipFile(copy) as kept:
                for path in (path for work in works for path in work.small_artefacts()):
                    if path.name in kept.namelist() and not path.exists():
                        _extract(kept, path)
                        found.append(path.name)
    except (GovorunError, zipfile.BadZipFile) as error:
        _LOG.warning("nothing of job %s is used again: %s", job_id, error)
    return found


def cut_again(old: JobFolder, work: WorkFolder, segment: Segment, path: Path) -> bool:
    """Take the frames of ``segment`` out of the video of a finished job; False where it has others, or is gone."""
    try:
        first = _first_frame(old, work.keys.segment)
        if first is not None:
            old.fetch("video.mp4")
            cut_video(old.video, path, first + segment.start, segment.stop - segment.start, work.request.fps)
            _check_length(path, (segment.stop - segment.start) / work.request.fps)
    except GovorunError as error:
        _LOG.info("segment %d is drawn anew: %s", segment.index, error)
        path.unlink(missing_ok=True)
    return path.exists()


def _first_frame(old: JobFolder, key: str) -> int | None:
    """Where in the video of a job a scene with this key begins; None where there is none."""
    old.fetch(KEPT)
    try:
        with zipfile.ZipFile(old.folder / KEPT) as kept:
            found: int | None = json.loads(kept.read(_INDEX)).get(key)
            return found
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def _check_length(path: Path, seconds: float) -> None:
    if abs(probe(path).seconds - seconds) > _TOLERANCE:
        raise MediaError(f"{path.name} is not {seconds:.2f} s long.")


def _extract(kept: zipfile.ZipFile, path: Path) -> None:
    with appearing(path) as partial, kept.open(path.name) as source, partial.open("wb") as target:
        shutil.copyfileobj(source, target)
