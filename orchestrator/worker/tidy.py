"""What is left of a job that has ended: its work, and copies of its files. Whoever dies on the way, another goes on.

The job table remembers what is not tidy yet, so nothing has to be searched for.
"""

from __future__ import annotations

import time

from orchestrator.jobs.service import Service
from orchestrator.jobs.storage import newest
from orchestrator.jobs.table import FINAL, OPEN

__all__ = ["tidy_up"]

_MANY = 100
_RESTING_SECONDS, _SUBMITTING_SECONDS = 60.0, 3600.0


def tidy_up(service: Service) -> int:
    """Tidy every job that ended and was left as it was, and drop copies of this machine; returns how many jobs."""
    waiting = service.jobs.untidy(_MANY)
    _drop_copies(service)
    return sum(service.tidy(job_id) for job_id in waiting)


def _drop_copies(service: Service) -> None:
    if service.storage.copies:
        for folder in (service.settings.data_dir / "jobs").glob("*"):
            if _is_stale(service.jobs.state(folder.name), newest(folder)):
                service.folder(folder.name).drop_copy()


def _is_stale(state: str, written: float) -> bool:
    """A job without a row may be one that is being submitted; later jobs may use files of one that ended."""
    resting = _RESTING_SECONDS if state in FINAL else _SUBMITTING_SECONDS
    return state not in OPEN and written < time.time() - resting
