"""Keeping the cache folder clean: work folders of dead processes go, and how much is in it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from avatar.core.artefacts import prune
from avatar.core.errors import OutputError
from orchestrator.settings import Settings

__all__ = ["drop_work", "folder_bytes", "prune_caches", "sweep_work", "work_folder"]

_ORPHAN_AGE = 3600.0


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below ``folder``; 0 where it is not there."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """A new folder below ``parent`` that is gone after the block; named after this process so that it can be swept."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
    except OSError as error:
        raise OutputError(
            f"The cache folder {parent} cannot be written ({error.strerror}): set GOVORUN_CACHE."
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prune_caches(settings: Settings) -> None:
    """Bring the prepared portraits, the planned backdrops and the drawn segments within their limits."""
    limit = settings.cache_limit_mb << 20
    prune(settings.portraits, limit)
    prune(settings.backdrops, limit // 4)
    prune(settings.segments, limit // 4)


def drop_work(parent: Path, pid: int) -> None:
    """Remove what the process ``pid``, which was killed, left below ``parent``."""
    for folder in parent.glob(f"{pid}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def sweep_work(parent: Path) -> None:
    """Remove work folders of dead processes; an hour old, since another machine may share the cache folder."""
    for folder in parent.glob("*-*") if parent.is_dir() else ():
        owner = folder.name.partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)) and _age(folder) > _ORPHAN_AGE:
            shutil.rmtree(folder, ignore_errors=True)


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
