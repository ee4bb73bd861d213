"""Whether the service can do its work now: each part looked at, quickly."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from kombu import Connection

from avatar.core.errors import OutputError
from orchestrator.jobs.database import METADATA, READING
from orchestrator.jobs.room import free_bytes
from orchestrator.jobs.schema import lacking
from orchestrator.jobs.service import Service

__all__ = ["CHECKS", "Finding", "look"]

_LOG = logging.getLogger(__name__)
_CONNECT_SECONDS = 3.0
_OTHER_TABLES = "The tables of the database are not those of this version: start the service again, it says why."


@dataclass(frozen=True)
class Finding:
    """``reason``: what is wrong, without addresses and names, which are in the log; ``ms``: how long it took to find
    out."""

    ok: bool
    reason: str = ""
    ms: float = 0.0


def look(part: str, service: Service) -> Finding:
    """Look at one of CHECKS; raises nothing."""
    started = time.perf_counter()
    try:
        reason = CHECKS[part](service)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, it is not ready
        _LOG.warning("%s is not ready: %s", part, error)
        reason = f"The {part} does not answer."
    return Finding(not reason, reason, round(1000.0 * (time.perf_counter() - started), 1))


def _database(service: Service) -> str:
    with service.engine.connect().execution_options(**READING) as connection:
        lacks = lacking(connection, METADATA)
    if not lacks:
        return ""
    _LOG.warning("the tables of the jobs do not fit: %s", lacks)
    return _OTHER_TABLES


def _broker(service: Service) -> str:
    if not service.settings.broker:
        messages = service.settings.data_dir / "queue" / "messages"
        return "" if not messages.exists() or os.access(messages, os.W_OK) else "The queue's folder cannot be written."
    with Connection(service.settings.broker, connect_timeout=_CONNECT_SECONDS) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0.1, timeout=_CONNECT_SECONDS)
    return ""


def _storage(service: Service) -> str:
    try:
        service.storage.check()
    except OutputError as error:
        _LOG.warning("files cannot be kept: %s", error)
        return "Files cannot be kept."
    return ""


def _workers(service: Service) -> str:
    queues = {queue for worker in service.presence.alive() for queue in worker.queues}
    if not queues & {"cpu", "gpu"}:
        return "No worker was seen in the last seconds."
    return ""


def _disk(service: Service) -> str:
    free = free_bytes(service.settings.data_dir)
    least = service.settings.reserve_mb << 20
    return "" if free >= least else f"Only {free >> 20} MB are free: no new videos are taken."


CHECKS: dict[str, Callable[[Service], str]] = {
    "database": _database,
    "broker": _broker,
    "storage": _storage,
    "workers": _workers,
    "disk": _disk,
}
"""Part -> what says why it is not ready, "" where it is."""
