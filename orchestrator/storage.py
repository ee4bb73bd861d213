"""Files of the service's jobs: what came in, the work, what goes out; below the data folder, or in S3.

A worker works in a :class:`JobFolder` of its own machine. With :class:`LocalStorage` that folder is all there is, and
machines share it. With S3 a worker fetches what its piece of work needs and stores what it made; the folder is a copy
that is dropped when the job ends. Names are relative to the job: ``inputs/photo-1f2e3d4c.png``, ``video.mp4``.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from avatar.core.errors import OutputError
from orchestrator.request import RenderRequest

__all__ = ["JobFolder", "LocalStorage", "Storage", "newest", "open_storage"]

_CHUNK = 1 << 18


class Storage(Protocol):
    """Where the files of jobs are kept. Every method may raise OutputError where the storage cannot be used."""

    copies: bool
    """Whether a JobFolder is a copy of what is kept elsewhere."""

    def names(self, job_id: str) -> dict[str, int]:
        """Name -> size in bytes of every file of the job."""
        ...

    def size(self, job_id: str, name: str) -> int | None:
        """Bytes of a file, None where there is none."""
        ...

    def read(self, job_id: str, name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` up to ``stop`` (the end for None), in chunks; OutputError where there is none."""
        ...

    def fetch(self, job_id: str, name: str, target: Path) -> None:
        """Have the file under ``target``, whole or not at all."""
        ...

    def store(self, job_id: str, name: str, source: Path) -> None:
        """Keep ``source`` under ``name``, whole or not at all."""
        ...

    def remove(self, job_id: str, *names: str) -> None:
        """Delete these files; those that are not there do not matter."""
        ...

    def remove_job(self, job_id: str) -> None:
        """Delete every file of the job."""
        ...

    def jobs(self, before: float) -> list[str]:
        """Ids of jobs whose newest file was written before ``before`` (unix seconds)."""
        ...

    def check(self) -> None:
        """OutputError where files cannot be kept now."""
        ...


class LocalStorage:
    """``DATA/jobs/ID``, which is the JobFolder itself: nothing is fetched or stored."""

    copies = False

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "jobs"

    def names(self, job_id: str) -> dict[str, int]:
        """See :class:`Storage`."""
        return {name: path.stat().st_size for name, path in _files(self._root / job_id)}

    def size(self, job_id: str, name: str) -> int | None:
        """See :class:`Storage`."""
        try:
            return (self._root / job_id / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def read(self, job_id: str, name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See :class:`Storage`."""
        try:
            with (self._root / job_id / name).open("rb") as file:
                file.seek(start)
                left = -1 if stop is None else stop - start
                while left and (chunk := file.read(min(_CHUNK, left) if left > 0 else _CHUNK)):
                    left -= len(chunk) if left > 0 else 0
                    yield chunk
        except FileNotFoundError as error:
            raise OutputError(f"The file {name} of job {job_id} is not there any more.") from error

    def fetch(self, job_id: str, name: str, target: Path) -> None:
        """Nothing: the file is where it is used."""

    def store(self, job_id: str, name: str, source: Path) -> None:
        """Nothing: the file is where it is kept."""

    def remove(self, job_id: str, *names: str) -> None:
        """See :class:`Storage`."""
        for name in names:
            (self._root / job_id / name).unlink(missing_ok=True)

    def remove_job(self, job_id: str) -> None:
        """See :class:`Storage`."""
        shutil.rmtree(self._root / job_id, ignore_errors=True)

    def jobs(self, before: float) -> list[str]:
        """See :class:`Storage`."""
        folders = [path for path in self._root.iterdir() if path.is_dir()] if self._root.is_dir() else []
        return sorted(folder.name for folder in folders if newest(folder) < before)

    def check(self) -> None:
        """See :class:`Storage`."""
        from orchestrator.output import check_place

        check_place(self._root / "any")


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
        """``photo``, ``audio``, ``lexicon``, ``backdrop`` -> name of the file, where there is one."""
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
        for name, path in sorted(_files(self.folder)):
            if _matches(name, patterns) and ("/" not in name or kept.get(name) != path.stat().st_size):
                self._storage.store(self.folder.name, name, path)

    def drop(self, *patterns: str) -> None:
        """Delete the files whose names match one of ``patterns``, here and where they are kept."""
        names = [name for name, _ in _files(self.folder, hidden=True) if _matches(name, patterns)]
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


def open_storage(place: str, endpoint: str, data_dir: Path) -> Storage:
    """S3 for ``s3://bucket/prefix``, the data folder for ""; OptionError where what it needs is not installed."""
    if not place:
        return LocalStorage(data_dir)
    from orchestrator.storage_s3 import S3Storage

    return S3Storage(place, endpoint)


def _with_paths(request: RenderRequest, change: Callable[[Path, str], Path]) -> RenderRequest:
    """``request`` with each path that it names replaced by ``change(path, stem)``."""
    changes: dict[str, object] = {}
    for stem in ("photo", "audio", "lexicon"):
        if (path := getattr(request, stem)) is not None:
            changes[stem] = change(path, stem)
    if request.backdrop.startswith("@"):
        changes["backdrop"] = f"@{change(Path(request.backdrop[1:]), 'backdrop')}"
    return request.model_copy(update=changes)


def _copy(source: Path, folder: Path, stem: str) -> Path:
    with source.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()[:8]
    target = folder / f"{stem}-{content}{source.suffix.lower()}"
    return target if target.exists() else shutil.copyfile(source, target)


def _files(folder: Path, hidden: bool = False) -> Iterator[tuple[str, Path]]:
    """(name, path) of the files of a job; what is being written is ``hidden``, and scratch folders lie deeper."""
    for pattern in ("*", "inputs/*", "work/*/*"):
        for path in folder.glob(pattern):
            if (hidden or not path.name.startswith(".")) and path.is_file():
                yield path.relative_to(folder).as_posix(), path


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """``*`` stands for what is between two slashes."""
    parts = name.split("/")
    return any(_match_parts(parts, pattern.split("/")) for pattern in patterns)


def _match_parts(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def _is_here(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def newest(folder: Path) -> float:
    """When something in ``folder`` was last written (unix seconds), 0 where it is gone."""
    times = []
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    return max(times, default=0.0)
