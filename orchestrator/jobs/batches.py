"""Batches: videos that were asked for together, one a row of a table."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from orchestrator.jobs.database import BATCHES, JOBS, READING

__all__ = ["Batch", "Batches", "Line"]

_AT_ONCE = 500


@dataclass(frozen=True)
class Batch:
    """``jobs``: number of a row and id of its video, in the order of the table. ``created_at``: unix seconds."""

    id: str
    owner: str
    jobs: Sequence[tuple[int, str]]
    created_at: float


@dataclass(frozen=True)
class Line:
    """How the video of a row stands; ``state`` is empty where it was deleted. ``progress``: 0 to 1."""

    row: int
    job: str
    state: str = ""
    progress: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


class Batches:
    """The table of batches; every question is about one owner's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, owner: str, jobs: Sequence[tuple[int, str]]) -> Batch:
        """A new batch of these jobs."""
        batch = Batch(f"batch_{secrets.token_hex(16)}", owner, list(jobs), time.time())
        with self._engine.begin() as connection:
            connection.execute(insert(BATCHES).values(**vars(batch)))
        return batch

    def get(self, owner: str, batch_id: str) -> Batch | None:
        """None where ``owner`` has no such batch."""
        query = select(BATCHES).where(BATCHES.c.owner == owner, BATCHES.c.id == batch_id)
        with self._engine.connect().execution_options(**READING) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Batch(**row._mapping)

    def of(self, owner: str, limit: int) -> Sequence[Batch]:
        """The newest of ``owner``."""
        query = select(BATCHES).where(BATCHES.c.owner == owner).order_by(BATCHES.c.created_at.desc(), BATCHES.c.id)
        with self._engine.connect().execution_options(**READING) as connection:
            return [Batch(**row._mapping) for row in connection.execute(query.limit(limit))]

    def lines(self, batch: Batch) -> list[Line]:
        """How each row stands now."""
        columns = (JOBS.c.id, JOBS.c.state, JOBS.c.progress, JOBS.c.details, JOBS.c.error_message)
        found: dict[str, Any] = {}
        with self._engine.connect().execution_options(**READING) as connection:
            for first in range(0, len(batch.jobs), _AT_ONCE):
                ids = [job for _, job in batch.jobs[first : first + _AT_ONCE]]
                query = select(*columns).where(JOBS.c.owner == batch.owner, JOBS.c.id.in_(ids))
                found |= {row.id: row for row in connection.execute(query)}
        return [
            Line(number, job, (row := found[job]).state, row.progress, row.details, row.error_message)
            if job in found
            else Line(number, job)
            for number, job in batch.jobs
        ]

    def remove(self, owner: str, batch_id: str) -> bool:
        """Forget a batch, not its videos. False where ``owner`` has no such batch."""
        mine = (BATCHES.c.owner == owner, BATCHES.c.id == batch_id)
        with self._engine.begin() as connection:
            return connection.execute(delete(BATCHES).where(*mine)).rowcount == 1
