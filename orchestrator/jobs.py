"""The job table, which is the truth about every job; each change is one statement that names the states it may leave.

queued ──► in_progress ──► completed
   │            ├────────► failed
   └────────────┴────────► cancelled
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    Column,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.sql.elements import ColumnElement

from avatar.core.errors import OptionError

__all__ = ["FINAL", "OPEN", "Job", "Jobs", "new_job_id"]

OPEN = ("queued", "in_progress")
FINAL = ("completed", "failed", "cancelled")
_BUSY_SECONDS = 30

_METADATA = MetaData()
_JOBS = Table(
    "jobs",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("stage", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("request", Text, nullable=False),
    Column("error_code", String(32), nullable=False),
    Column("error_message", Text, nullable=False),
    Column("created_at", Float, nullable=False, index=True),
    Column("updated_at", Float, nullable=False),
)


@dataclass(frozen=True)
class Job:
    """One row. ``request``: the options as JSON; ``progress``: 0..1 of the whole; times in unix seconds."""

    id: str
    state: str
    stage: str
    progress: float
    request: str
    error_code: str
    error_message: str
    created_at: float
    updated_at: float


def new_job_id() -> str:
    """An id that is safe as a folder name."""
    return f"video_{uuid.uuid4().hex}"


class Jobs:
    """The table in the SQLite file ``path``; safe to use from many processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS})
        event.listen(self._engine, "connect", _prefer_write_ahead_log)
        _METADATA.create_all(self._engine)

    @property
    def engine(self) -> Engine:
        """The database connection pool."""
        return self._engine

    def add(self, job_id: str, request: str) -> Job:
        """A new job, queued."""
        now = time.time()
        job = Job(job_id, "queued", "", 0.0, request, "", "", now, now)
        with self._engine.begin() as connection:
            connection.execute(insert(_JOBS).values(**vars(job)))
        return job

    def get(self, job_id: str) -> Job:
        """The job; OptionError for an id that is not there."""
        with self._engine.connect() as connection:
            row = connection.execute(select(_JOBS).where(_JOBS.c.id == job_id)).one_or_none()
        if row is None:
            raise OptionError(f"There is no job {job_id!r}.")
        return _job(row)

    def advance(self, job_id: str, stage: str, progress: float) -> bool:
        """The job is at ``stage``; its progress never falls. False where the job has ended."""
        values = {"state": "in_progress", "stage": stage, "progress": progress}
        moved = self._change(job_id, OPEN, values, _JOBS.c.progress <= progress)
        return moved or self._change(job_id, OPEN, {"state": "in_progress"})

    def complete(self, job_id: str) -> bool:
        """The video is there. False where the job was cancelled or had failed."""
        return self._change(job_id, OPEN, {"state": "completed", "stage": "", "progress": 1.0})

    def fail(self, job_id: str, code: str, message: str) -> bool:
        """The job ended with an error; the first error counts."""
        return self._change(job_id, OPEN, {"state": "failed", "error_code": code, "error_message": message})

    def cancel(self, job_id: str) -> bool:
        """Nobody wants the job any more. False where it had ended."""
        return self._change(job_id, OPEN, {"state": "cancelled"})

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _change(
        self, job_id: str, leaving: Sequence[str], values: dict[str, object], *conditions: ColumnElement[bool]
    ) -> bool:
        wanted = (_JOBS.c.id == job_id, _JOBS.c.state.in_(leaving), *conditions)
        with self._engine.begin() as connection:
            result = connection.execute(update(_JOBS).where(*wanted).values(updated_at=time.time(), **values))
        return result.rowcount == 1


def _job(row: Row) -> Job:
    return Job(**row._mapping)


def _prefer_write_ahead_log(connection: object, record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
