"""How a step ends badly: it is tried again, or its job fails with one sentence."""

from __future__ import annotations

import errno
import logging

from avatar.core.errors import EngineError, OutputError
from avatar.core.reasons import Message, replaced, reworded
from orchestrator.jobs.claims import MOST_TRIES, Claim
from orchestrator.jobs.database import PATIENCE, insistently
from orchestrator.jobs.service import Service

__all__ = ["fail", "reason_of", "try_again"]

_LOG = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT)


def fail(service: Service, claim: Claim, code: str, message: str, patience: float = PATIENCE) -> None:
    """End the job; where its folder lies is not the business of whoever reads the message."""
    said = replaced(message, f"{service.folder(claim.job).folder}/", "")
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
