"""A preview is asked for: the job that makes it, or made it within the hour."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from orchestrator.jobs.service import Service
from orchestrator.jobs.table import OPEN, new_job
from orchestrator.previews.asked import BackdropAsked, SpeechAsked, result_of
from orchestrator.version import __version__
from orchestrator.video.steps import QUICK

__all__ = ["order"]


def order(service: Service, asked: SpeechAsked | BackdropAsked, owner: str = "", priority: int = 0) -> str:
    """The id of the job that makes or made what was asked; a new one is called out to the workers."""
    text = asked.model_dump_json()
    digest = hashlib.sha256(f"{__version__} {owner} {text}".encode()).hexdigest()[:32]
    job = replace(new_job(f"{asked.kind}_{digest}", text, owner, priority), kind=asked.kind)
    while not _serves(service, job.id, result_of(asked)):
        service.remove(job.id)
        try:
            queues = service.claims.open(job, 0, {QUICK: QUICK})
        except IntegrityError:  # another request for the same was quicker
            continue
        service.call(job.id, queues)
        break
    return job.id


def _serves(service: Service, job_id: str, name: str) -> bool:
    state = service.jobs.state(job_id)
    return state in OPEN or (state == "completed" and service.storage.size(job_id, name) is not None)
