"""What has to be done from time to time, whoever works: expiry, orphans, old replies, webhooks.

Every API process runs it in threads of its own. Each step is one that two processes may do at once: a row is deleted
by one of them, and whoever deleted it removes the files.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import rmtree
from threading import Event, Thread

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from avatar.core.errors import GovorunError
from orchestrator.jobs.database import DELIVERIES, JOBS, READING, REPLIES, told
from orchestrator.jobs.folder import UPLOADS
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import FINAL
from orchestrator.logs import seldom
from orchestrator.upkeep.webhooks import deliver

__all__ = ["expire", "forget_old", "remove_orphans", "seal_secrets", "set_expiry", "start"]

_LOG = logging.getLogger(__name__)
_HOUR, _DAY = 3600.0, 86400.0
_MANY = 100
_PATIENCE = 5.0
Duty = Callable[[Service], object]


def set_expiry(service: Service) -> int:
    """Jobs that ended get the time of their expiry, ``keep_hours`` later; returns how many."""
    hours = service.settings.keep_hours
    if not hours:
        return 0
    ended = (JOBS.c.kind == "video", JOBS.c.state.in_(FINAL), JOBS.c.expires_at.is_(None), JOBS.c.ended_at.is_not(None))
    if not _ids(service, *ended):
        return 0
    with service.engine.begin() as connection:
        values = {"expires_at": JOBS.c.ended_at + hours * _HOUR}
        return connection.execute(update(JOBS).where(*ended).values(**values)).rowcount


def expire(service: Service) -> int:
    """Remove jobs whose time is over, and quick ones an hour after their end; never one that is open."""
    now = time.time()
    over = _ids(service, JOBS.c.state.in_(FINAL), JOBS.c.expires_at < now)
    over += _ids(service, JOBS.c.state.in_(FINAL), JOBS.c.kind != "video", JOBS.c.ended_at < now - _HOUR)
    return sum(service.remove(job_id) for job_id in over)


def remove_orphans(service: Service) -> int:
    """Remove files of jobs that are in no table, and uploads of requests that are over, both an hour old."""
    before = time.time() - _HOUR
    lost = [job_id for job_id in service.storage.jobs(before) if not service.jobs.state(job_id)]
    for job_id in lost:
        _LOG.warning("the folder of %s belongs to no job: it is removed", job_id)
        service.folder(job_id).remove()
    return len(lost) + sum(_removed(path, before) for path in (service.settings.data_dir / UPLOADS).glob("*"))


def forget_old(service: Service) -> None:
    """Drop replies after a day, workers that are gone after an hour, deliveries after their job."""
    now = time.time()
    service.presence.forget(now - _HOUR)
    gone = DELIVERIES.c.job.not_in(select(JOBS.c.id))
    with service.engine.begin() as connection:
        connection.execute(delete(REPLIES).where(REPLIES.c.created_at < now - _DAY))
        connection.execute(delete(DELIVERIES).where(DELIVERIES.c.created_at < now - _DAY, gone))


def seal_secrets(service: Service) -> None:
    """Encrypt webhook secrets that an earlier version kept as they are."""
    service.keys.seal_old()


def start(service: Service) -> Callable[[], None]:
    """Begin to look after ``service``; the result ends that."""
    over = Event()
    rounds: Sequence[tuple[float, Sequence[Duty]]] = (
        (1.0, (deliver,)),
        (2.0, (set_expiry,)),
        (30.0, (expire, seal_secrets)),
        (600.0, (remove_orphans, forget_old)),
    )
    threads = [Thread(target=_go_round, args=(service, over, *each), name="keeper", daemon=True) for each in rounds]
    for thread in threads:
        thread.start()

    def stop() -> None:
        over.set()
        for thread in threads:
            thread.join(_PATIENCE)

    return stop


def _go_round(service: Service, over: Event, seconds: float, duties: Sequence[Duty]) -> None:
    while not over.wait(seconds):
        for duty in duties:
            _do(duty, service)


def _do(duty: Duty, service: Service) -> None:
    try:
        duty(service)
    except DBAPIError as error:  # away for now: the next round may find it back
        seldom(_LOG, f"{duty.__name__} could not be done now ({told(error)})")
    except (GovorunError, OSError) as error:
        seldom(_LOG, f"{duty.__name__} could not be done now ({error})")
    except Exception:  # noqa: BLE001 - the others must go on
        _LOG.exception("%s failed", duty.__name__)


def _ids(service: Service, *conditions) -> list[str]:  # type: ignore[no-untyped-def]
    query = select(JOBS.c.id).where(*conditions).limit(_MANY)
    with service.engine.connect().execution_options(**READING) as connection:
        return list(connection.execute(query).scalars())


def _removed(path: Path, before: float) -> bool:
    try:
        if path.stat().st_mtime >= before:
            return False
    except FileNotFoundError:
        return False
    if path.is_dir():
        rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return True
