"""One step of a job, worked on in this process under a lease."""

from __future__ import annotations

import logging
import time

from avatar.core.errors import Cancelled, GovorunError, OutputError
from orchestrator.jobs.claims import Claim
from orchestrator.jobs.database import insistently
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job
from orchestrator.logs import about
from orchestrator.video.draw import forget_clips
from orchestrator.video.steps import moved_scenes
from orchestrator.worker.do_step import do_step
from orchestrator.worker.files import at_hand
from orchestrator.worker.lease import watched
from orchestrator.worker.outcome import fail, hold, may_pass, reason_of, try_again

__all__ = ["work_on"]

_LOG = logging.getLogger(__name__)


def work_on(claim: Claim, service: Service) -> list[str]:
    """Do the step; returns the queues that have new work.

    A wrong input fails the job at once, anything unexpected after three tries. Nothing is raised but what ends the
    process.
    """
    job = insistently(lambda: service.jobs.get(claim.job))
    request = str(job.details.get("request_id", ""))
    with about(job=job.id, step=claim.name, owner=job.owner, request=request):
        return _work_on(claim, job, service)


def _work_on(claim: Claim, job: Job, service: Service) -> list[str]:
    started, scenes = time.perf_counter(), service.scenes(job)
    with watched(claim, service, len(scenes)) as progress:
        try:
            with at_hand(service.folder(job.id), claim.step, scenes):
                done = do_step(claim.step, job, scenes, service, progress)
        except Exception as error:  # noqa: BLE001 - an engine may raise anything
            _end_badly(claim, job, service, error)
            _clear_away(claim, service)
            return []
    seconds, queues_of = time.perf_counter() - started, service.queues_of(scenes)
    moved = moved_scenes(scenes)
    queues = insistently(
        lambda: service.claims.finish(claim, len(scenes), queues_of, seconds, done.segments, done.frames, moved)
    )
    if not queues:
        _clear_away(claim, service)
    return queues


def _end_badly(claim: Claim, job: Job, service: Service, error: Exception) -> None:
    """Hand the step back, hold it, have it tried again, or fail its job, as the error deserves."""
    if isinstance(error, Cancelled):
        _LOG.info("%s of %s was stopped", claim.name, claim.job)
        forget_clips()
        insistently(lambda: service.claims.hand_back(claim, counted=False))
    elif may_pass(error, job):
        forget_clips()
        hold(service, claim, error)
    elif isinstance(error, OutputError):
        try_again(service, claim, error.message, error.code)
    elif isinstance(error, GovorunError):
        fail(service, claim, error.code, error.message)
    else:
        _LOG.error("%s of %s failed", claim.name, claim.job, exc_info=error)
        forget_clips()
        try_again(service, claim, *reason_of(claim.stage, error))


def _clear_away(claim: Claim, service: Service) -> None:
    if insistently(lambda: service.tidy(claim.job)):
        forget_clips()
