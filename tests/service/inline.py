"""A service whose steps are done in the test's own process: no broker, no worker, the same code."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.jobs.service import Service, forget_connections, service_of
from orchestrator.jobs.table import FINAL, Job
from orchestrator.settings import load_settings
from orchestrator.worker.attempt import work_on

__all__ = ["QUEUES", "do_steps", "finish", "open_service"]

QUEUES = ("cpu", "gpu", "quick")


def open_service(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service in ``data_dir`` that calls nobody."""
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(data_dir))
    forget_connections()
    return service_of(load_settings(), call=lambda job_id, queues: None)


def do_steps(service: Service, most: int = 1000) -> list[str]:
    """Do at most ``most`` steps of work, whosever they are; returns their names in order."""
    done: list[str] = []
    while len(done) < most and (claim := service.claims.claim(QUEUES, "inline", 30.0)) is not None:
        work_on(claim, service)
        done.append(claim.name)
    return done


def finish(service: Service, job: Job) -> Job:
    """Do all that is to be done; the job as it ended."""
    do_steps(service)
    ended = service.jobs.get(job.id)
    assert ended.state in FINAL, f"{ended.state} at {ended.stage}"
    return ended
