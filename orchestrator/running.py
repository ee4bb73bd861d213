"""One piece of a job, worked on in this process under a lease.

A thread beside the work renews the lease, looks whether the job is still wanted, and ends the process where a stage
neither finishes nor reports: a task that hangs in foreign code cannot be stopped in any other way.
"""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from threading import Event, Thread

from sqlalchemy.exc import DBAPIError

from avatar.core.errors import Cancelled, EngineError, GovorunError, OutputError
from avatar.core.progress import Progress
from orchestrator.database import PATIENCE, insistently
from orchestrator.doing import do_piece, forget_clips
from orchestrator.graph import QUICK
from orchestrator.jobs import OPEN, Job
from orchestrator.logs import about
from orchestrator.pieces import MOST_TRIES, Claim
from orchestrator.service import Service
from orchestrator.stopping import stopping
from orchestrator.travel import at_hand

__all__ = ["HUNG", "work_on"]

_LOG = logging.getLogger(__name__)
HUNG = 75
_FULL = (errno.ENOSPC, errno.EDQUOT)
_HUNG = "The stage {} hung: it said nothing for {:.0f} seconds"
_LOOK_EVERY, _TELL_EVERY, _GRACE, _QUICK_GRACE = 0.5, 1.4, 1.2, 30.0


def work_on(claim: Claim, service: Service) -> list[str]:
    """Do the piece; returns the queues that have new work.

    A wrong input fails the job at once, anything unexpected after three tries. Nothing is raised but what ends the
    process.
    """
    job = insistently(lambda: service.jobs.get(claim.job))
    request = str(job.details.get("request_id", ""))
    with about(job=job.id, piece=claim.name, owner=job.owner, request=request):
        return _work_on(claim, job, service)


def _work_on(claim: Claim, job: Job, service: Service) -> list[str]:
    started, scenes = time.perf_counter(), service.scenes(job)
    with _watched(claim, service, len(scenes)) as progress:
        try:
            with at_hand(service.folder(job.id), claim.piece, scenes):
                done = do_piece(claim.piece, job, service, progress)
        except Cancelled:
            _LOG.info("%s of %s was stopped", claim.name, claim.job)
            forget_clips()
            insistently(lambda: service.pieces.hand_back(claim, counted=False))
            _clear_away(claim, service)
            return []
        except OutputError as error:  # a full disk, a storage that is away: it may get better
            _try_again(service, claim, str(error), error.code)
            _clear_away(claim, service)
            return []
        except GovorunError as error:
            _fail(service, claim, error.code, str(error))
            _clear_away(claim, service)
            return []
        except Exception as error:  # noqa: BLE001 - an engine may raise anything; it is tried again
            _LOG.exception("%s of %s failed", claim.name, claim.job)
            forget_clips()
            _try_again(service, claim, *_reason(claim.piece.stage, error))
            _clear_away(claim, service)
            return []
    seconds, queues_of = time.perf_counter() - started, service.queues_of(job)
    queues = insistently(
        lambda: service.pieces.finish(claim, len(scenes), queues_of, seconds, done.segments, done.frames)
    )
    if not queues:
        _clear_away(claim, service)
    return queues


def _fail(service: Service, claim: Claim, code: str, message: str, patience: float = PATIENCE) -> None:
    """End the job; where its folder lies is not the business of whoever reads the message."""
    said = message.replace(f"{service.folder(claim.job).folder}/", "")
    insistently(lambda: service.pieces.fail(claim, code, said), patience)


def _try_again(
    service: Service, claim: Claim, reason: str, code: str = EngineError.code, patience: float = PATIENCE
) -> None:
    if claim.tries >= MOST_TRIES:
        _fail(service, claim, code, f"{reason.rstrip('.')} (tried {claim.tries} times).", patience)
    else:
        _LOG.warning("%s of %s is tried again: %s", claim.name, claim.job, reason)
        insistently(lambda: service.pieces.hand_back(claim, counted=True), patience)


def _reason(stage: str, error: Exception) -> tuple[str, str]:
    """One sentence about an error that is not Govorun's own, and the word for it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        advice = "try a smaller size, or a worker with more memory"
        return f"The stage {stage} ran out of memory: {advice}", EngineError.code
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"The disk of the worker is full ({error.strerror}): make room", OutputError.code
    return f"The stage {stage} failed: {type(error).__name__}: {error}", EngineError.code


def _clear_away(claim: Claim, service: Service) -> None:
    if insistently(lambda: service.tidy(claim.job)):
        forget_clips()


@contextmanager
def _watched(claim: Claim, service: Service, scenes: int) -> Iterator[Progress]:
    """A progress for the work, and a thread that renews the lease as long as the work reports."""
    watch = _Watch(claim, service, scenes)
    thread = Thread(target=copy_context().run, args=(watch.run,), name="lease", daemon=True)
    thread.start()
    try:
        yield Progress(watch.heard)
    finally:
        watch.over.set()
        thread.join()


class _Watch:
    """What the work and the watching thread share."""

    def __init__(
        self, claim: Claim, service: Service, scenes: int = 1, leave: Callable[[int], object] = os._exit
    ) -> None:
        self._claim, self._service, self._scenes, self._leave = claim, service, scenes, leave
        self._reported = self._renewed = self._told = time.monotonic()
        self._fraction = self._told_fraction = 0.0
        self._unwanted = Event()
        self.over = Event()

    def heard(self, fraction: float, message: str) -> None:
        """The work reports; Cancelled where nobody wants it any more."""
        self._reported, self._fraction = time.monotonic(), fraction
        if self._unwanted.is_set():
            raise Cancelled(f"Job {self._claim.job} was stopped.")

    def run(self) -> None:
        """Look twice a second; leave the process where the work does not hear."""
        stop_at = None
        while not self.over.wait(_LOOK_EVERY):
            now = time.monotonic()
            if stop_at is None and not self._wanted(now):
                self._unwanted.set()
                stop_at = now + self._grace()
            hung = now - self._reported > self._service.settings.stall_seconds
            if hung or (stop_at is not None and now > stop_at):
                _LOG.warning("%s of %s does not stop: ending this process", self._claim.name, self._claim.job)
                self._give_up(hung)
                self._leave(HUNG)

    def _grace(self) -> float:
        """Seconds to hear in. A preview that nobody waits for is not worth a process that still loads its libraries."""
        return _QUICK_GRACE if self._claim.name == QUICK and not stopping.is_set() else _GRACE

    def _give_up(self, hung: bool) -> None:
        """Leave the piece to the next worker at once; where the database is away the lease does it later."""
        with suppress(DBAPIError):
            if hung:
                seconds = self._service.settings.stall_seconds
                _try_again(self._service, self._claim, _HUNG.format(self._claim.piece.stage, seconds), patience=0.0)
            else:
                self._service.pieces.hand_back(self._claim, counted=False)

    def _wanted(self, now: float) -> bool:
        lease = self._service.settings.lease_seconds
        if stopping.is_set():
            return False
        try:
            if self._service.jobs.state(self._claim.job) not in OPEN:
                return False
            if now - self._renewed > lease / 4:
                if not self._service.pieces.renew(self._claim, lease):
                    return False
                self._renewed = now
            self._tell(now)
        except DBAPIError:  # the database is away: the work goes on, and the lease decides
            _LOG.warning("the lease of %s cannot be renewed now", self._claim.job)
        return True

    def _tell(self, now: float) -> None:
        """Let those who wait for the job see how far it is."""
        if now - self._told > _TELL_EVERY and self._fraction > self._told_fraction:
            self._told, self._told_fraction = now, self._fraction
            self._service.pieces.report(self._claim, self._scenes, self._fraction)
