"""A folder as the queue of one machine: a transport for Kombu, after its own one for file systems.

That one writes a message in place and takes it through the system's temporary folder. So a reader may meet half a
message, which ends its worker, and a worker that is killed leaves files behind elsewhere. Here a message appears whole,
by renaming, and is taken by renaming: exactly one reader gets it. Queue names carry no dot. The table of an exchange is
changed by one process at a time, and whole: Kombu's own is empty for a moment, which ends a worker that starts then.
"""

from __future__ import annotations

import json
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from filelock import FileLock
from kombu.transport import TRANSPORT_ALIASES, filesystem

from avatar.core.artefacts import write_atomically

__all__ = ["SCHEME", "Transport", "enable"]

SCHEME = "folder"
_SUFFIX = ".msg"
_FORGOTTEN_SECONDS = 10.0


class Channel(filesystem.Channel):
    """Messages are files ``TIME_ID.QUEUE.msg``; a name that begins with a dot is being written or read."""

    def _put(self, queue: str, payload: Any, **_: object) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns()}_{uuid.uuid4().hex}.{queue}{_SUFFIX}"
        hidden = folder / f".{name}"
        try:
            hidden.write_text(json.dumps(payload), encoding="utf-8")
            hidden.rename(folder / name)
        except OSError:
            hidden.unlink(missing_ok=True)
            raise

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in sorted(Path(self.data_folder_in).glob(f"[!.]*.{queue}{_SUFFIX}")):
            taken = path.with_name(f".{path.name}")
            with suppress(OSError, ValueError):  # another one was quicker, or it is no message
                path.rename(taken)
                payload = taken.read_text(encoding="utf-8")
                taken.unlink()
                return json.loads(payload)
        _drop_forgotten(Path(self.data_folder_in))
        raise Empty

    def get_table(self, exchange: str) -> list[filesystem.exchange_queue_t]:
        """What is bound to the exchange, the latest first."""
        return [filesystem.exchange_queue_t(*each) for each in _bound(self._exchange_file(exchange))]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        path = self._exchange_file(exchange)
        wanted = [routing_key or "", pattern or "", queue or ""]
        with FileLock(path.with_name(f".{path.name}.lock")):
            bound = _bound(path)
            if wanted not in bound:
                write_atomically(path, json.dumps([wanted, *bound]).encode())


def _bound(path: Path) -> list[list[str]]:
    """What a table holds; nothing where there is none, or where its writer was killed."""
    try:
        return [list(each) for each in json.loads(path.read_text("utf-8"))]
    except (FileNotFoundError, ValueError):
        return []


def _drop_forgotten(folder: Path) -> None:
    """Delete what a process left that was killed while it wrote or read."""
    before = time.time() - _FORGOTTEN_SECONDS
    for path in folder.glob(f".*{_SUFFIX}"):
        with suppress(FileNotFoundError):
            if path.stat().st_ctime < before:
                path.unlink()


class Transport(filesystem.Transport):
    """What ``folder://`` names."""

    Channel = Channel


def enable() -> None:
    """Make ``folder://`` known to Kombu."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
