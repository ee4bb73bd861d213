"""Files of the service's jobs: what came in, the work, what goes out; below the data folder, or in S3.

A worker works in a :class:`JobFolder` of its own machine. With :class:`LocalStorage` that folder is all there is, and
machines share it. With S3 a worker fetches what its step needs and stores what it made; the folder is a copy
that is dropped when the job ends. Names are relative to the job: ``inputs/photo-1f2e3d4c.png``, ``video.mp4``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from avatar.core.errors import OutputError

__all__ = ["LocalStorage", "Storage", "files_below", "newest", "open_storage"]

_CHUNK = 1 << 18


class Storage(Protocol):
    """Where the files of jobs are kept.

    Every method may raise OutputError where the storage cannot be used; with S3 that is StorageAway.
    """

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
        return {name: path.stat().st_size for name, path in files_below(self._root / job_id)}

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
        from orchestrator.video.outputs import check_place

        check_place(self._root / "any")


def open_storage(place: str, endpoint: str, data_dir: Path, hasty: bool = False) -> Storage:
    """S3 for ``s3://bucket/prefix``, the data folder for ""; OptionError where what it needs is not installed.

    ``hasty``: somebody waits, so a server that does not answer is given up within seconds.
    """
    if not place:
        return LocalStorage(data_dir)
    from orchestrator.jobs.storage_s3 import HASTY, PATIENT, S3Storage

    return S3Storage(place, endpoint, HASTY if hasty else PATIENT)


def files_below(folder: Path, hidden: bool = False) -> Iterator[tuple[str, Path]]:
    """(name, path) of the files of a job; what is being written is ``hidden``, and scratch folders lie deeper."""
    for pattern in ("*", "inputs/*", "work/*/*"):
        for path in folder.glob(pattern):
            if (hidden or not path.name.startswith(".")) and path.is_file():
                yield path.relative_to(folder).as_posix(), path


def newest(folder: Path) -> float:
    """When something in ``folder`` was last written (unix seconds), 0 where it is gone."""
    times = []
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    return max(times, default=0.0)
