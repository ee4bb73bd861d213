"""The Celery application: JSON only, late acknowledgement, one task at a time per process, no results.

Without GOVORUN_BROKER a folder below the data folder is the queue, so that one machine needs no server. Workers are
started by ``govorun serve`` and ``govorun worker``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from celery import Celery
from kombu.exceptions import OperationalError

from orchestrator.jobs import folder_transport
from orchestrator.settings import Settings, load_settings

__all__ = ["app", "queue_configuration"]


_LOG = logging.getLogger(__name__)
TASK = "govorun.work"
"""Name of the one task, which :mod:`orchestrator.worker.tasks` is."""
_LOOK_EVERY = 0.3

_FORGOTTEN_LEASES = 2
"""Leases after which Redis gives a message of a dead worker to another one; one that comes twice does no harm."""

app = Celery("govorun", include=["orchestrator.worker.tasks", "orchestrator.worker.sweeper"], set_as_current=False)


@app.on_configure.connect
def _configure(sender: Celery, **_: object) -> None:
    sender.config_from_object(queue_configuration(load_settings()))


def queue_configuration(settings: Settings) -> dict[str, object]:
    """Celery's configuration from ours. Results are not kept: the job table knows what was done."""
    configuration: dict[str, object] = {
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_heartbeat": 0,  # a worker says nothing to RabbitMQ while it works; TCP's own signs of life do
        "task_default_queue": "cpu",
        "task_ignore_result": True,
    }
    if settings.broker.startswith("redis"):
        configuration["broker_transport_options"] = {
            "visibility_timeout": _FORGOTTEN_LEASES * settings.lease_seconds,
            "unacked_restore_interval": settings.lease_seconds,  # kombu's own would look every 100 seconds
            "unacked_restore_throttle": 1,
        }
    return configuration | ({"broker_url": settings.broker} if settings.broker else _embedded(settings.data_dir))


def _embedded(data_dir: Path) -> dict[str, object]:
    folder_transport.enable()
    messages = _made(data_dir / "queue" / "messages")
    folders = {"data_folder_in": str(messages), "data_folder_out": str(messages)}
    options = {**folders, "control_folder": str(_made(data_dir / "queue" / "control")), "polling_interval": _LOOK_EVERY}
    return {"broker_url": f"{folder_transport.SCHEME}://localhost", "broker_transport_options": options}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def send(queue: str, job_id: str) -> bool:
    """Tell the workers of ``queue`` that there is work. False where the broker does not answer: see ``sweep``."""
    try:
        app.send_task(TASK, (job_id,), queue=queue, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        _LOG.warning("the queue cannot be reached (%s): the work is called again later", error)
        return False
    return True


def call_workers(job_id: str, queues: Iterable[str]) -> None:
    """One message a step of the job; where the broker is away, the workers find the work themselves later."""
    for queue in queues:
        if not send(queue, job_id):
            return
