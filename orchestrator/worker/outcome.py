"""How a step ends badly: it is held, tried again, or its job fails with one sentence."""

from __future__ import annotations

import errno
import logging
import time

from avatar.core.errors import DiskFull, EngineError, OutputError, StorageAway
from avatar.core.reasons import Message, replaced, reworded
from orchestrator.jobs.claims import MOST_TRIES, Claim
from orchestrator.jobs.database import PATIENCE, insistently
from orchestrator.jobs.folder import told_by_kind
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job

__all__ = ["fail", "hold", "may_pass", "reason_of", "try_again"]

_LOG = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LOOK_AGAIN, _LONGEST_HOLD = 15.0, 86_400.0


def may_pass(error: Exception, job: Job) -> bool:
    """Whether the job only has to wait: for room on the disk, or for the storage. A day after it came, no more."""
    return _waits(error) and time.time() - job.created_at < _LONGEST_HOLD


def _waits(error: BaseException | None) -> bool:
    """For what it waits may be said by an error of a lower floor alone."""
    if error is None:
        return False
    full = isinstance(error, OSError) and error.errno in _FULL
    return full or isinstance(error, (DiskFull, StorageAway)) or _waits(error.__cause__)


def hold(service: Service, claim: Claim, reason: object) -> None:
    """Leave the step to whoever looks a while later; that is no try."""
    _LOG.warning("%s of %s is held: %s", claim.name, claim.job, reason)
    insistently(lambda: service.claims.hand_back(claim, counted=False, pause=_LOOK_AGAIN))


def fail(service: Service, claim: Claim, code: str, message: str, patience: float = PATIENCE) -> None:
    """End the job; where its folder lies is not the business of whoever reads the message."""
    said = told_by_kind(replaced(message, f"{service.folder(claim.job).folder}/", ""))
    insistently(lambda: service.claims.fail(claim, code, said), patience)


def try_again(
    service: Service, claim: Claim, reason: str, code: str = EngineError.code, patience: float = PATIENCE
) -> None:
    if claim.tries >= MOST_TRIES:
        tried = f"{reason.rstrip('.')} (tried {claim.tries} times)."
        fail(service, claim, code, reworded(tried, reason), patience)
    else:
        _LOG.warning("%s of %s is tried again: %s", claim.name, claim.job, reason)
        insistently(lambda: service.claims.hand_back(claim, counted=True), patience)


def reason_of(stage: str, error: Exception) -> tuple[str, str]:
    """One sentence about an error that is not Govorun's own, and the word for it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return Message("out_of_memory", stage=stage), EngineError.code
    if isinstance(error, OSError) and error.errno in _FULL:
        return Message("worker_disk_full", why=error.strerror or str(error)), OutputError.code
    return Message("step_failed", stage=stage, why=f"{type(error).__name__}: {error}"), EngineError.code
