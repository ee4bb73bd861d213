"""The folder of one job on one machine: inputs, work, and what the user gets."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from avatar.core.errors import OutputError
from avatar.core.media import is_film
from avatar.core.reasons import replaced
from avatar.core.transparent import TRANSPARENT
from orchestrator.jobs.storage import LocalStorage, Storage, files_below
from orchestrator.video.request import GIVEN_FILES, RenderRequest

__all__ = ["DRAFT", "FILES", "FILM", "PIECES", "POSTER", "SHEET", "UPLOADS", "JobFolder", "told_by_kind"]

_KEPT = re.compile(r"\b(photo|audio|lexicon|influence|logo|font|music|backdrop)-[0-9a-f]{8}(?:\.\w+)?\b")
DRAFT, POSTER, SHEET = "draft.mp4", "poster.jpg", "spritesheet.jpg"
PIECES = "work/pieces"
UPLOADS = "uploads"
"""Folder of files that requests to the API brought, in the data folder."""

FILM = ".film"
"""Ending of a film that came without one."""
FILES = {
    "video": ("video.mp4", "video/mp4"),
    "thumbnail": ("poster.jpg", "image/jpeg"),
    "spritesheet": ("spritesheet.jpg", "image/jpeg"),
    "srt": ("video.srt", "application/x-subrip"),
    "vtt": ("video.vtt", "text/vtt"),
    "sidecar": ("video.json", "application/json"),
    "draft": ("draft.mp4", "video/mp4"),
    **{kind: (f"video{row.ending}", row.media_type) for kind, row in TRANSPARENT.items()},
}
"""What can be fetched of a job: variant -> name of the file and its media type."""


class JobFolder:
    """``DATA/jobs/ID``: ``inputs/``, ``work/`` and ``video.mp4`` with its companions."""

    def __init__(self, data_dir: Path, job_id: str, storage: Storage | None = None) -> None:
        self.folder = data_dir / "jobs" / job_id
        self.work = self.folder / "work"
        self.video = self.folder / "video.mp4"
        self._storage = storage or LocalStorage(data_dir)

    def take_in(self, scenes: Sequence[RenderRequest]) -> tuple[RenderRequest, ...]:
        """Copy the files that ``scenes`` name, each once, so that the job depends on nothing outside it.

        The paths of what is returned are relative to the job: see :meth:`placed`.
        """
        inputs = self.folder / "inputs"
        try:
            inputs.mkdir(parents=True)
            kept = tuple(self._taken_in(scene.settled(), inputs) for scene in scenes)
        except OSError as error:
            raise OutputError(f"The job folder {self.folder} cannot be written ({error.strerror}).") from error
        self.store("inputs/*")
        return kept

    def placed(self, request: RenderRequest) -> RenderRequest:
        """``request`` of :meth:`take_in` with the paths that its files have here."""
        return _with_paths(request, lambda path, _: self.folder / path)

    def inputs_of(self, request: RenderRequest) -> dict[str, str]:
        """Name of GIVEN_FILES or ``backdrop`` -> name of the file, where there is one."""
        found: dict[str, str] = {}
        _with_paths(request, lambda path, stem: Path(found.setdefault(stem, self._name(path))))
        return found

    def fetch(self, *patterns: str) -> None:
        """Have the files whose names match one of ``patterns`` here."""
        if not self._storage.copies:
            return
        for name, size in sorted(self._storage.names(self.folder.name).items()):
            if _matches(name, patterns) and not _is_here(self.folder / name, size):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                self._storage.fetch(self.folder.name, name, self.folder / name)

    def store(self, *patterns: str) -> None:
        """Keep the files whose names match one of ``patterns``; those in a folder carry a hash and are kept once."""
        if not self._storage.copies:
            return
        kept = self._storage.names(self.folder.name)
        for name, path in sorted(files_below(self.folder)):
            if _matches(name, patterns) and ("/" not in name or kept.get(name) != path.stat().st_size):
                self._storage.store(self.folder.name, name, path)

    def drop(self, *patterns: str) -> None:
        """Delete the files whose names match one of ``patterns``, here and where they are kept."""
        names = [name for name, _ in files_below(self.folder, hidden=True) if _matches(name, patterns)]
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        if self._storage.copies:
            kept = self._storage.names(self.folder.name)
            self._storage.remove(self.folder.name, *(name for name in kept if _matches(name, patterns)))

    def drop_work(self) -> None:
        """Remove what was needed only on the way, what killed workers left half written, and a folder that is only a
        copy."""
        for path in self.folder.glob(".*"):
            _delete(path)
        self.drop("work/*/*")
        shutil.rmtree(self.work, ignore_errors=True)
        self.drop_copy()

    def drop_copy(self) -> None:
        """Remove this folder where it is only a copy."""
        if self._storage.copies:
            shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove everything of the job."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._storage.remove_job(self.folder.name)

    def _taken_in(self, request: RenderRequest, inputs: Path) -> RenderRequest:
        return _with_paths(request, lambda path, stem: Path(self._name(_copy(path, inputs, stem))))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix() if path.is_absolute() else path.as_posix()


def _with_paths(request: RenderRequest, change: Callable[[Path, str], Path]) -> RenderRequest:
    """``request`` with each path that it names replaced by ``change(path, stem)``."""
    changes: dict[str, object] = {}
    for stem in GIVEN_FILES:
        if (path := getattr(request, stem)) is not None:
            changes[stem] = change(path, stem)
    if request.backdrop.startswith("@"):
        changes["backdrop"] = f"@{change(Path(request.backdrop[1:]), 'backdrop')}"
    return request.model_copy(update=changes)


def told_by_kind(message: str) -> str:
    """``message`` with the kind of an input, such as influence, for the name that it has in a job's folder."""
    for found in _KEPT.finditer(message):
        message = replaced(message, found[0], found[1])
    return message


def _copy(source: Path, folder: Path, stem: str) -> Path:
    with source.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()[:8]
    suffix = source.suffix.lower() or (FILM if stem == "backdrop" and is_film(source) else "")
    target = folder / f"{stem}-{content}{suffix}"
    if target.exists():
        return target
    if source.is_relative_to(folder.parents[2] / UPLOADS):  # nobody else has it, and many jobs may share it
        with suppress(OSError):
            os.link(source, target)
            return target
    return shutil.copyfile(source, target)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """``*`` stands for what is between two slashes."""
    parts, wanted = name.split("/"), [pattern.split("/") for pattern in patterns]
    return any(len(parts) == len(each) and all(map(fnmatchcase, parts, each)) for each in wanted)


def _is_here(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
