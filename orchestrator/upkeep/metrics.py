"""What Prometheus is told: about work from the tables, so that every API process says the same; about requests from
this process.

Gauges are about the jobs that are kept, and fall when jobs expire; counters and the histogram of stages never fall,
see :mod:`orchestrator.jobs.past`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.jobs.database import DELIVERIES, JOBS, READING
from orchestrator.jobs.past import STAGE_BUCKETS, ended_jobs, stage_seconds
from orchestrator.jobs.service import Service
from orchestrator.version import __version__
from orchestrator.video.steps import JOIN, STEPS

__all__ = ["Metrics", "Requests", "WorkCollector"]

_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_KEPT_SECONDS = 2.0
_OF_SCENES = tuple(kind for kind in STEPS if kind != JOIN)
_GONE = 499


class Metrics:
    """The numbers of one API process and of the work that all share."""

    def __init__(self, service: Service) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(WorkCollector(service))
        ProcessCollector(registry=self._registry)
        labels = ("method", "route")
        self.requests = Counter(
            "govorun_http_requests", "Requests answered by this process.", (*labels, "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "govorun_http_request_duration_seconds", "Time to the last byte of the answer.", labels,
            buckets=_REQUEST_BUCKETS, registry=self._registry,
        )  # fmt: skip

    def text(self) -> bytes:
        """In the text format of Prometheus."""
        return generate_latest(self._registry)


class Requests:
    """ASGI middleware that counts requests by the template of their route, never by their path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), _GONE

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, tell)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = getattr(scope.get("route"), "path", "") or "unmatched"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - started)


class WorkCollector(Collector):
    """Jobs, steps, workers and webhooks, read from the tables at most once in two seconds."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = Lock()
        self._read_at = 0.0
        self._metrics: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        """The metrics; without the tables only what says that they are away."""
        with self._lock:
            if time.monotonic() - self._read_at > _KEPT_SECONDS or not self._metrics:
                self._metrics, self._read_at = self._read(), time.monotonic()
        yield from self._metrics

    def _read(self) -> list[Metric]:
        about = GaugeMetricFamily("govorun_build_info", "The version.", labels=["version"])
        about.add_metric([__version__], 1)
        free = shutil.disk_usage(self._service.settings.data_dir).free
        disk = GaugeMetricFamily("govorun_disk_free_bytes", "Room on the disk of the data folder.", value=free)
        up = GaugeMetricFamily("govorun_database_up", "Whether the tables can be read.", value=1)
        try:
            return [about, disk, up, *self._from_tables()]
        except DBAPIError:
            return [about, disk, GaugeMetricFamily("govorun_database_up", "Whether the tables can be read.", value=0)]

    def _from_tables(self) -> list[Metric]:
        with self._one_view() as connection:
            return [
                _gauge(
                    "govorun_jobs", "Jobs that are kept.", ("kind", "state"),
                    _counted(connection, JOBS.c.kind, JOBS.c.state),
                ),
                _gauge(
                    "govorun_failed_jobs", "Jobs that are kept and failed, by reason.", ("code",),
                    _counted(connection, JOBS.c.error_code, where=(JOBS.c.state == "failed",)),
                ),
                _gauge(
                    "govorun_webhook_deliveries", "Webhooks that are kept.", ("state",),
                    _counted(connection, DELIVERIES.c.state),
                ),
                _stage_seconds(connection),
                _ended_jobs(connection),
                _waiting(connection),
                self._queue(),
                self._workers(),
            ]  # fmt: skip

    def _one_view(self) -> Connection:
        """All statements see the tables as they were at one moment, so no job counts twice, or not at all, while it is
        deleted."""
        connection = self._service.engine.connect().execution_options(**READING)
        level = "REPEATABLE READ" if connection.dialect.name == "postgresql" else None
        return connection.execution_options(isolation_level=level) if level else connection

    def _queue(self) -> Metric:
        depth = self._service.claims.depth()
        text = "Steps of open jobs, ready or running."
        return _gauge("govorun_queue_steps", text, ("queue", "state"), [(list(key), n) for key, n in depth.items()])

    def _workers(self) -> Metric:
        counts: dict[str, int] = {}
        for worker in self._service.presence.alive():
            for queue in worker.queues:
                counts[queue] = counts.get(queue, 0) + worker.processes
        rows = [([queue], count) for queue, count in sorted(counts.items())]
        return _gauge("govorun_worker_processes", "Processes that listen to a queue.", ("queue",), rows)


def _gauge(name: str, text: str, labels: Sequence[str], rows: Sequence[tuple[list[str], float]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=list(labels))
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _counted(
    connection: Connection, *columns: ColumnElement[Any], where: Sequence[ColumnElement[bool]] = ()
) -> list[tuple[list[str], float]]:
    query = select(*columns, func.count()).where(*where).group_by(*columns)
    return [([str(value) for value in row[:-1]], float(row[-1])) for row in connection.execute(query)]


def _waiting(connection: Connection) -> Metric:
    """How long the oldest job has been waiting for its first worker: what to scale by."""
    query = select(JOBS.c.kind, func.min(JOBS.c.created_at)).where(JOBS.c.state == "queued").group_by(JOBS.c.kind)
    now = time.time()
    rows = [([str(kind)], max(0.0, now - since)) for kind, since in connection.execute(query)]
    return _gauge("govorun_oldest_queued_job_seconds", "Age of the oldest job that waits.", ("kind",), rows)


def _stage_seconds(connection: Connection) -> Metric:
    text = "Seconds that a worker spent on a step of the stage."
    family = HistogramMetricFamily("govorun_stage_seconds", text, labels=["stage"])
    for stage, (within, count, seconds) in stage_seconds(connection, _OF_SCENES).items():
        buckets = [(str(bound), number) for bound, number in zip(STAGE_BUCKETS, within, strict=True)]
        family.add_metric([stage], [*buckets, ("+Inf", count)], seconds)
    return family


def _ended_jobs(connection: Connection) -> Metric:
    family = CounterMetricFamily("govorun_jobs_ended", "Jobs that ended, deleted ones too.", labels=["kind", "state"])
    for labels, number in ended_jobs(connection).items():
        family.add_metric(list(labels), number)
    return family
