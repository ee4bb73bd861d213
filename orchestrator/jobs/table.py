"""The job table, which is the truth about every job; each change is one statement that names the states it may leave.

queued ──► in_progress ──► completed
   │            ├────────► failed
   └────────────┴────────► cancelled
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.sql.elements import ColumnElement

from avatar.core.errors import OptionError
from avatar.core.reasons import coded, uncoded
from orchestrator.jobs.database import JOBS, LINKS, READING, STEPS
from orchestrator.jobs.past import outlive
from orchestrator.logs import subject

__all__ = ["FINAL", "OPEN", "STATES", "Job", "Jobs", "add_job", "change_job", "fail_job", "new_job", "new_job_id"]

OPEN = ("queued", "in_progress")
FINAL = ("completed", "failed", "cancelled")
STATES = (*OPEN, *FINAL)
_FAILURE = "failure"  # among the details, which are written when a job is made, renamed, and when it fails


@dataclass(frozen=True)
class Job:
    """One row. ``kind``: ``video``, or what a quick job makes. ``progress``: 0..1 of the whole.

    ``owner``: the key that asked for it, "" where none was needed. ``request``: what to render, as JSON, a list of
    scenes. ``details``: what the door keeps beside it, for itself. ``segments``: scene -> number of its segments, as
    far as known. ``tidy``: whether what was needed only on the way is gone. Times are unix seconds.
    """

    id: str
    state: str
    stage: str
    progress: float
    request: str
    error_code: str
    error_message: str
    created_at: float
    updated_at: float
    owner: str = ""
    priority: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)
    segments: Mapping[str, int] = field(default_factory=dict)
    started_at: float | None = None
    ended_at: float | None = None
    expires_at: float | None = None
    kind: str = "video"
    tidy: bool = False

    @property
    def failure(self) -> str:
        """Why it failed, with reason and params where they are known; "" where it has not."""
        return uncoded(self.error_message, self.details.get(_FAILURE))


def new_job_id(kind: str = "video") -> str:
    """An id that is safe as a folder name."""
    return f"{kind}_{uuid.uuid4().hex}"


def new_job(
    job_id: str, request: str, owner: str = "", priority: int = 0, details: Mapping[str, Any] | None = None
) -> Job:
    """A job that is queued since now; the request that asked for it is kept with it."""
    now, asked = time.time(), subject("request")
    kept = {**({"request_id": asked} if asked else {}), **(details or {})}
    return Job(job_id, "queued", "", 0.0, request, "", "", now, now, owner, priority, kept)


def add_job(connection: Connection, job: Job) -> None:
    """Insert ``job`` within a transaction."""
    connection.execute(insert(JOBS).values(**vars(job)))


class Jobs:
    """The jobs of a database; safe to use from many processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, job_id: str) -> Job:
        """The job; OptionError for an id that is not there."""
        with self._reading() as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).one_or_none()
        if row is None:
            raise OptionError(f"There is no job {job_id!r}.")
        return _job(row)

    def state(self, job_id: str) -> str:
        """The job's state, "" where there is none: the cheapest question."""
        with self._reading() as connection:
            return connection.execute(select(JOBS.c.state).where(JOBS.c.id == job_id)).scalar_one_or_none() or ""

    def page(
        self,
        owner: str | None = None,
        after: str | None = None,
        limit: int = 20,
        ascending: bool = False,
        states: Sequence[str] = (),
    ) -> list[Job]:
        """At most ``limit`` videos by time of creation, newest first, after the job ``after``; of every owner for None,
        in every state for no ``states``.

        OptionError where ``after`` is no job.
        """
        order = (JOBS.c.created_at, JOBS.c.id) if ascending else (JOBS.c.created_at.desc(), JOBS.c.id.desc())
        query = select(JOBS).where(JOBS.c.kind == "video").order_by(*order).limit(limit)
        if owner is not None:
            query = query.where(JOBS.c.owner == owner)
        if states:
            query = query.where(JOBS.c.state.in_(states))
        if after is not None:
            query = query.where(_beyond(self.get(after), ascending))
        with self._reading() as connection:
            return [_job(row) for row in connection.execute(query)]

    def counts(self, owner: str | None = None) -> dict[str, int]:
        """How many jobs are in each state."""
        query = select(JOBS.c.state, func.count()).group_by(JOBS.c.state)
        if owner is not None:
            query = query.where(JOBS.c.owner == owner)
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def untidy(self, limit: int) -> list[str]:
        """Ids of jobs that have ended and whose work may still be there."""
        query = select(JOBS.c.id).where(JOBS.c.tidy.is_(False), JOBS.c.ended_at.is_not(None))
        with self._reading() as connection:
            return list(connection.execute(query.order_by(JOBS.c.ended_at).limit(limit)).scalars())

    def tidied(self, job_id: str) -> None:
        """The work of a job that has ended is gone."""
        self._change(job_id, FINAL, {"tidy": True})

    def cancel(self, job_id: str) -> bool:
        """Nobody wants the job any more. False where it had ended."""
        return self._change(job_id, OPEN, {"state": "cancelled"})

    def rename(self, job_id: str, title: str | None) -> bool:
        """Another name for a video; None for none. False where it is not there."""
        mine = JOBS.c.id == job_id
        with self._engine.begin() as connection:
            details = connection.execute(select(JOBS.c.details).where(mine)).scalar_one_or_none()
            if details is None:
                return False
            named = {**details, "title": title}
            return connection.execute(update(JOBS).where(mine).values(details=named)).rowcount == 1

    def remove(self, job_id: str) -> bool:
        """Forget a job that has ended. False where it is open or not there."""
        ended = (JOBS.c.id == job_id, JOBS.c.state.in_(FINAL))
        with self._engine.begin() as connection:  # steps first, as a worker that ends one locks them
            outlive(connection, job_id)
            for table in (STEPS, LINKS):
                connection.execute(delete(table).where(table.c.job.in_(select(JOBS.c.id).where(*ended))))
            gone = connection.execute(delete(JOBS).where(*ended)).rowcount == 1
            if not gone:  # it is open, or another one was quicker: nothing is written down twice
                connection.rollback()
            return gone

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _change(
        self, job_id: str, leaving: Sequence[str], values: Mapping[str, object], *conditions: ColumnElement[bool]
    ) -> bool:
        with self._engine.begin() as connection:
            return change_job(connection, job_id, leaving, values, *conditions)

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(**READING)


def change_job(
    connection: Connection,
    job_id: str,
    leaving: Sequence[str],
    values: Mapping[str, object],
    *conditions: ColumnElement[bool],
) -> bool:
    """Change one job within a transaction, if it is in one of the states ``leaving``; the times follow the state."""
    now = time.time()
    times: dict[str, object] = {"updated_at": now}
    if values.get("state") == "in_progress":
        times["started_at"] = func.coalesce(JOBS.c.started_at, now)
    if values.get("state") in FINAL:
        times["ended_at"] = now
    wanted = (JOBS.c.id == job_id, JOBS.c.state.in_(leaving), *conditions)
    return connection.execute(update(JOBS).where(*wanted).values(**values, **times)).rowcount == 1


def fail_job(connection: Connection, job_id: str, code: str, message: str) -> bool:
    """End an open job with an error within a transaction; its details keep the reason and params of ``message``."""
    details = connection.execute(select(JOBS.c.details).where(JOBS.c.id == job_id)).scalar_one_or_none() or {}
    told = {"error_code": code, "error_message": str(message), "details": {**details, _FAILURE: coded(message)}}
    return change_job(connection, job_id, OPEN, {"state": "failed", **told})


def _beyond(job: Job, ascending: bool) -> ColumnElement[bool]:
    same_moment = JOBS.c.created_at == job.created_at
    if ascending:
        return or_(JOBS.c.created_at > job.created_at, and_(same_moment, JOBS.c.id > job.id))
    return or_(JOBS.c.created_at < job.created_at, and_(same_moment, JOBS.c.id < job.id))


def _job(row: Row) -> Job:
    return Job(**row._mapping)
