"""The Celery task that does one piece of a job, and the thread beside every worker that finds lost work.

A message carries one string, the job's id, and says no more than that a queue has work; :mod:`orchestrator.pieces`
decides which piece the worker takes. So a doubled message finds nothing to do, and a lost one is sent again.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from threading import Event, Thread
from typing import Any

from celery import Task
from celery.signals import worker_process_init, worker_ready, worker_shutting_down
from kombu.exceptions import OperationalError
from sqlalchemy.exc import DBAPIError

from avatar.core.errors import GovorunError
from orchestrator.presence import SAY_EVERY
from orchestrator.queue import app
from orchestrator.settings import load_settings
from orchestrator.stopping import stopping

__all__ = ["QUIET_SECONDS", "send", "sweep", "work", "worker_name"]

_LOG = logging.getLogger(__name__)
QUIET_SECONDS = 3.0
_SWEEP_EVERY = 2.0
_over = Event()


@app.task(bind=True, name="govorun.work", ignore_result=True)
def work(self: Task, job_id: str) -> None:
    """Take the next piece of the queue that the message came from, and do it."""
    if stopping.is_set():
        return
    from orchestrator.running import work_on
    from orchestrator.service import service_of

    service = service_of()
    queue = str((self.request.delivery_info or {}).get("routing_key", "cpu"))
    claim = service.pieces.claim([queue], worker_name(), service.settings.lease_seconds)
    if claim is not None:
        _LOG.info("doing %s of %s", claim.name, claim.job)
        service.call(claim.job, work_on(claim, service))


def send(queue: str, job_id: str) -> bool:
    """Tell the workers of ``queue`` that there is work. False where the broker does not answer: see ``sweep``."""
    try:
        work.apply_async((job_id,), queue=queue, retry=False)
    except (OperationalError, OSError) as error:
        _LOG.warning("the queue cannot be reached (%s): the work is called again later", error)
        return False
    return True


def sweep(queues: list[str], idle: int, free: bool = True) -> int:
    """Free what dead workers hold, and send messages for work that no message announces; returns how many.

    ``idle``: processes of this worker that have nothing to do; where none is idle no message is missing. ``free``:
    False for a while after the database was away, when live workers could not renew their leases.
    """
    from orchestrator.service import service_of
    from orchestrator.tidying import tidy_up

    service = service_of()
    pieces = service.pieces
    if free:
        pieces.recover()
    calls = pieces.calls(queues, QUIET_SECONDS, idle) if idle > 0 else []
    for queue, job_id in calls:
        send(queue, job_id)
    tidy_up(service)
    return len(calls)


@worker_process_init.connect
def _forget_connections(**_: Any) -> None:
    """A forked process must not use its parent's connections."""
    from orchestrator import service

    service.forget_connections()


@worker_ready.connect
def _watch_over_work(sender: Any, **_: Any) -> None:
    _over.clear()
    Thread(target=_sweep_often, args=(sender,), name="sweeper", daemon=True).start()


@worker_shutting_down.connect
def _stop_watching(**_: Any) -> None:
    _over.set()
    stopping.set()


def _sweep_often(consumer: Any) -> None:
    from celery.worker.state import active_requests

    queues = [queue.name for queue in consumer.task_consumer.queues]
    processes = consumer.pool.num_processes
    said, free_from = -SAY_EVERY, 0.0
    while not _over.wait(_SWEEP_EVERY):
        try:
            if time.monotonic() - said >= SAY_EVERY:
                _say_present(queues, processes)
                said = time.monotonic()
            sweep(queues, processes - len(active_requests), time.monotonic() >= free_from)
        except (
            DBAPIError,
            OperationalError,
            GovorunError,
            OSError,
        ) as error:  # away for now: the next round may find it
            _LOG.warning("the work could not be looked over (%s)", error)
            free_from = time.monotonic() + load_settings().lease_seconds / 2


def _say_present(queues: list[str], processes: int) -> None:
    from orchestrator.service import service_of

    service_of().presence.seen(worker_name(), queues, processes)


def worker_name() -> str:
    """Who holds what this process works on."""
    return f"{socket.gethostname()}:{os.getpid()}"
