"""The Celery task: take the next step of a queue and do it.

A message carries one string, the job's id, and says no more than that a queue has work; :mod:`orchestrator.jobs.claims`
decides which step the worker takes. So a doubled message finds nothing to do, and a lost one is sent again.
"""

from __future__ import annotations

import logging

from celery import Task

from orchestrator.jobs.celery_app import TASK, app
from orchestrator.jobs.room import enough_to_work
from orchestrator.jobs.service import service_of
from orchestrator.jobs.workers import worker_name
from orchestrator.logs import seldom
from orchestrator.worker.attempt import work_on
from orchestrator.worker.stop import stopping

__all__ = ["work"]

_LOG = logging.getLogger(__name__)


@app.task(bind=True, name=TASK, ignore_result=True)
def work(self: Task, job_id: str) -> None:
    """Take the next step of the queue that the message came from, and do it."""
    if stopping.is_set():
        return
    service = service_of()
    if not enough_to_work(service.settings):
        seldom(_LOG, "the disk is nearly full: nothing is begun until there is room")
        return  # the sweeper calls again
    queue = str((self.request.delivery_info or {}).get("routing_key", "cpu"))
    claim = service.claims.claim([queue], worker_name(), service.settings.lease_seconds)
    if claim is not None:
        _LOG.info("doing %s of %s", claim.name, claim.job)
        service.call(claim.job, work_on(claim, service))
