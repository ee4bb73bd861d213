"""Room on the disk of the data folder: what new work leaves free, and what work that has begun needs to go on."""

from __future__ import annotations

import shutil
from pathlib import Path

from avatar.core.errors import DiskFull
from avatar.core.reasons import Message
from orchestrator.settings import Settings

__all__ = ["check_room", "enough_to_work", "free_bytes"]

_SHARE_OF_WORK = 8  # of the reserve, so much is left when the workers rest too


def check_room(settings: Settings) -> None:
    """DiskFull where less than ``reserve_mb`` is free: what has begun may need it, so nothing new is taken."""
    if free_bytes(settings.data_dir) < settings.reserve_mb << 20:
        raise DiskFull(Message("disk_reserve"))


def enough_to_work(settings: Settings) -> bool:
    """Whether a step has a chance of finding room for what it makes."""
    return free_bytes(settings.data_dir) >= (settings.reserve_mb << 20) // _SHARE_OF_WORK


def free_bytes(folder: Path) -> int:
    """Room for files in ``folder``, which need not be there yet."""
    while not folder.exists():
        folder = folder.absolute().parent
    return shutil.disk_usage(folder).free
