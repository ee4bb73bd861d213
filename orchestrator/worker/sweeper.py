"""The thread beside every worker that frees what the dead held and calls again for work that nobody announced."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread
from typing import Any

from celery.signals import worker_process_init, worker_ready, worker_shutting_down
from kombu.exceptions import OperationalError
from sqlalchemy.exc import DBAPIError

from avatar.core.errors import GovorunError
from orchestrator.jobs.celery_app import send
from orchestrator.jobs.database import told
from orchestrator.jobs.service import forget_connections, service_of
from orchestrator.jobs.workers import SAY_EVERY, worker_name
from orchestrator.logs import seldom
from orchestrator.settings import load_settings
from orchestrator.worker.stop import stopping
from orchestrator.worker.tidy import tidy_up

__all__ = ["QUIET_SECONDS", "sweep"]

QUIET_SECONDS = 3.0

_LOG = logging.getLogger(__name__)
_SWEEP_EVERY = 2.0

_over = Event()


def sweep(queues: list[str], idle: int, free: bool = True) -> int:
    """Free what dead workers hold, and send messages for work that no message announces; returns how many.

    ``idle``: processes of this worker that have nothing to do; where none is idle no message is missing. ``free``:
    False for a while after the database was away, when live workers could not renew their leases.
    """
    service = service_of()
    steps = service.claims
    if free:
        steps.recover()
    calls = steps.calls(queues, QUIET_SECONDS, idle) if idle > 0 else []
    for queue, job_id in calls:
        send(queue, job_id)
    tidy_up(service)
    return len(calls)


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
                service_of().presence.seen(worker_name(), queues, processes)
                said = time.monotonic()
            sweep(queues, processes - len(active_requests), time.monotonic() >= free_from)
        except (DBAPIError, OperationalError, GovorunError, OSError) as error:  # away: the next round may find it
            reason = told(error) if isinstance(error, DBAPIError) else error
            seldom(_LOG, f"the work could not be looked over ({reason})")
            free_from = time.monotonic() + load_settings().lease_seconds / 2


@worker_process_init.connect
def _forget_connections(**_: Any) -> None:
    """A forked process must not use its parent's connections."""
    forget_connections()
