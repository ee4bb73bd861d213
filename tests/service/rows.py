"""Rows of the job table, put there and changed by a test."""

from __future__ import annotations

from sqlalchemy import Engine

from orchestrator.jobs.table import OPEN, Job, add_job, change_job

__all__ = ["change", "complete", "fail", "put"]


def put(engine: Engine, job: Job) -> None:
    """Keep ``job`` without any step."""
    with engine.begin() as connection:
        add_job(connection, job)


def change(engine: Engine, job_id: str, **values: object) -> bool:
    """Change an open job; False where it has ended."""
    with engine.begin() as connection:
        return change_job(connection, job_id, OPEN, values)


def complete(engine: Engine, job_id: str) -> bool:
    """The video is there."""
    return change(engine, job_id, state="completed", stage="", progress=1.0)


def fail(engine: Engine, job_id: str, code: str = "invalid_photo", message: str = "No face.") -> bool:
    """The job ended with an error."""
    return change(engine, job_id, state="failed", error_code=code, error_message=message)
