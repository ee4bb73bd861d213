"""Which workers there are: each says so every few seconds, and one that is silent for longer counts as gone."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select, update

from orchestrator.jobs.database import READING, WORKERS

__all__ = ["SAY_EVERY", "Presence", "Worker"]


SAY_EVERY = 5.0
_SILENT_AFTER = 20.0


@dataclass(frozen=True)
class Worker:
    """``name``: ``host:pid``; ``queues``: what it listens to; ``processes``: steps it can do at once."""

    name: str
    queues: tuple[str, ...]
    processes: int
    started_at: float
    seen_at: float


class Presence:
    """The table of workers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen(self, name: str, queues: Sequence[str], processes: int = 1) -> None:
        """The worker ``name`` is there."""
        now = time.time()
        with self._engine.begin() as connection:
            mine = update(WORKERS).where(WORKERS.c.name == name).values(seen_at=now)
            if connection.execute(mine).rowcount == 0:
                values = {"name": name, "queues": ",".join(queues), "processes": processes}
                connection.execute(insert(WORKERS).values(**values, started_at=now, seen_at=now))

    def gone(self, name: str) -> None:
        """The worker ``name`` has stopped."""
        with self._engine.begin() as connection:
            connection.execute(delete(WORKERS).where(WORKERS.c.name == name))

    def alive(self) -> list[Worker]:
        """Workers that said something in the last 20 seconds."""
        query = select(WORKERS).where(WORKERS.c.seen_at > time.time() - _SILENT_AFTER).order_by(WORKERS.c.name)
        with self._engine.connect().execution_options(**READING) as connection:
            rows = connection.execute(query).all()
        return [Worker(r.name, tuple(r.queues.split(",")), r.processes, r.started_at, r.seen_at) for r in rows]

    def forget(self, before: float) -> int:
        """Drop those that were last seen before ``before``."""
        with self._engine.begin() as connection:
            return connection.execute(delete(WORKERS).where(WORKERS.c.seen_at < before)).rowcount


def worker_name() -> str:
    """Who holds what this process works on."""
    return f"{socket.gethostname()}:{os.getpid()}"
