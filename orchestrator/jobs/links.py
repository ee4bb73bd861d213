"""Links that show one video to whoever has them, until they are taken back. A link is a secret, kept as its hash."""

from __future__ import annotations

import hashlib
import secrets
import time

from sqlalchemy import Engine, delete, insert, select

from orchestrator.jobs.database import JOBS, LINKS, READING

__all__ = ["Links"]

_MOST = 64


class Links:
    """The table of links: at most one a video, and it goes with the video."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, job_id: str) -> str:
        """A new token for the video; an earlier one opens nothing any more."""
        token = secrets.token_urlsafe(24)
        with self._engine.begin() as connection:
            connection.execute(delete(LINKS).where(LINKS.c.job == job_id))
            connection.execute(insert(LINKS).values(job=job_id, hash=_hashed(token), created_at=time.time()))
        return token

    def exists(self, job_id: str) -> bool:
        """Whether the video can be seen by a link."""
        with self._engine.connect().execution_options(**READING) as connection:
            return connection.execute(select(LINKS.c.job).where(LINKS.c.job == job_id)).first() is not None

    def revoke(self, job_id: str) -> bool:
        """The link opens nothing any more. False where there is none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(LINKS).where(LINKS.c.job == job_id)).rowcount == 1

    def job_of(self, token: str) -> str | None:
        """The finished video that ``token`` shows, None where it shows none."""
        if not 0 < len(token) <= _MOST:
            return None
        query = select(JOBS.c.id).join(LINKS, LINKS.c.job == JOBS.c.id)
        query = query.where(LINKS.c.hash == _hashed(token), JOBS.c.state == "completed", JOBS.c.kind == "video")
        with self._engine.connect().execution_options(**READING) as connection:
            return connection.execute(query).scalar_one_or_none()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
