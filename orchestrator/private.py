"""The data folder, closed to other users of the machine: scripts, photos and secrets lie in it."""

from __future__ import annotations

import logging
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["NOBODY_ELSE", "close_to_others", "secret_file"]

NOBODY_ELSE = 0o077
"""The umask of processes of the service."""
_LOG = logging.getLogger(__name__)
_OURS = ("jobs.sqlite", "serve.lock", "signing.pem", "jobs", "queue", "uploads")
_FOLDER, _FILE = 0o700, 0o600


def close_to_others(folder: Path) -> None:
    """Make ``folder`` for its owner alone, or close one that stood open and what lies in it.

    A folder that others put their files into (``/tmp``, say) stays as it is; what the service makes there is closed.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
    if not stat.S_IMODE(folder.stat().st_mode) & NOBODY_ELSE:
        return
    lying = {path.name for path in folder.iterdir()}
    ours = [name for name in _OURS if name in lying]
    if lying and not ours:
        _LOG.warning("%s is open to others, and held files before: only what is made in it is closed", folder)
        return
    for path in [folder, *(below for name in ours for below in (folder / name, *(folder / name).rglob("*")))]:
        with suppress(FileNotFoundError):
            _close(path)


def _close(path: Path) -> None:
    if path.is_symlink():
        return
    try:
        path.chmod(_FOLDER if path.is_dir() else _FILE)
    except PermissionError:
        _LOG.warning("%s belongs to another user of this machine and stays as it is", os.fspath(path))


def secret_file(path: Path, fresh: str) -> str:
    """The text of ``path``, which only its owner can read; ``fresh`` where the file is new."""
    close_to_others(path.parent)
    mine = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(fresh)
        try:
            os.link(mine, path)  # the first of several processes wins
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text().strip()
