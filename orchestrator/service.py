"""Jobs from the outside: submit, look, cancel. Every door of the service is a thin layer over these."""

from __future__ import annotations

from orchestrator.jobs import Job, Jobs, new_job_id
from orchestrator.request import RenderRequest
from orchestrator.settings import Settings
from orchestrator.storage import JobFolder

__all__ = ["cancel", "job_table", "submit"]


def job_table(settings: Settings) -> Jobs:
    """The job table of the data folder."""
    return Jobs(settings.data_dir / "jobs.sqlite")


def submit(request: RenderRequest, settings: Settings) -> Job:
    """Keep the request and its files, and send the work; a GovorunError says what is wrong with the request."""
    from orchestrator.stages import check_request
    from orchestrator.tasks import canvas

    check_request(request)
    folder = JobFolder(settings.data_dir, new_job_id())
    try:
        kept = folder.take_in(request)
        jobs = job_table(settings)
        job = jobs.add(folder.folder.name, kept.model_dump_json())
        jobs.close()
        canvas(job.id).apply_async()
    except BaseException:
        folder.remove()
        raise
    return job


def cancel(job_id: str, settings: Settings) -> bool:
    """Stop a job: what waits is dropped, what runs stops at its next report. False where it had ended."""
    jobs = job_table(settings)
    try:
        return jobs.cancel(job_id)
    finally:
        jobs.close()
