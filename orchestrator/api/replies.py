"""Idempotency keys: the same request sent again, or twice at once, makes one job."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.exc import IntegrityError

from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.jobs.database import READING, REPLIES

__all__ = ["LONGEST_KEY", "once"]

LONGEST_KEY = 255
_PATIENCE, _PAUSE, _DEAD_AFTER = 20.0, 0.05, 60.0


def once(engine: Engine, owner: str, key: str, fingerprint: str, make: Callable[[], str]) -> str:
    """The id of the job that ``make`` made for this ``key``, now or before; twins wait for each other.

    ApiError 409 where the key came with another request before, or where its first request is still being read.
    """
    deadline = time.monotonic() + _PATIENCE
    while not _begin(engine, owner, key, fingerprint):
        row = _found(engine, owner, key)
        if row is None:
            continue
        if row.request_hash != fingerprint:
            raise ApiError(
                409, "This Idempotency-Key came with another request before: use a new key.", "idempotency_mismatch"
            )
        if row.job:
            return str(row.job)
        if time.time() - row.created_at > _DEAD_AFTER:
            _forget(engine, owner, key, row.created_at)
        elif time.monotonic() > deadline:
            message = Message("request_still_read")
            raise ApiError(409, message, "idempotency_in_progress", headers={"Retry-After": "2"})
        else:
            time.sleep(_PAUSE)
    try:
        job = make()
    except BaseException:
        _forget(engine, owner, key)
        raise
    with engine.begin() as connection:
        connection.execute(update(REPLIES).where(*_row(owner, key)).values(job=job))
    return job


def _begin(engine: Engine, owner: str, key: str, fingerprint: str) -> bool:
    """Reserve the key; False where somebody has it."""
    values = {"owner": owner, "idempotency_key": key, "request_hash": fingerprint, "job": "", "created_at": time.time()}
    try:
        with engine.begin() as connection:
            connection.execute(insert(REPLIES).values(**values))
    except IntegrityError:
        return False
    return True


def _found(engine: Engine, owner: str, key: str) -> Row | None:
    with engine.connect().execution_options(**READING) as connection:
        return connection.execute(select(REPLIES).where(*_row(owner, key))).one_or_none()


def _forget(engine: Engine, owner: str, key: str, created_at: float | None = None) -> None:
    conditions = [*_row(owner, key), REPLIES.c.job == ""]
    if created_at is not None:
        conditions.append(REPLIES.c.created_at == created_at)
    with engine.begin() as connection:
        connection.execute(delete(REPLIES).where(*conditions))


def _row(owner: str, key: str):  # type: ignore[no-untyped-def]
    return REPLIES.c.owner == owner, REPLIES.c.idempotency_key == key
