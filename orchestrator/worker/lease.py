"""The lease of a step: a thread beside the work renews it while the work reports, and looks whether it is still wanted.

Where the work neither finishes nor reports the thread ends the process: what hangs in foreign code cannot be stopped in
any other way.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from threading import Event, Thread

from sqlalchemy.exc import DBAPIError

from avatar.core.errors import Cancelled
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from orchestrator.jobs.claims import Claim
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import OPEN
from orchestrator.video.steps import QUICK
from orchestrator.worker.outcome import try_again
from orchestrator.worker.stop import stopping

__all__ = ["HUNG", "Watch", "watched"]

_LOG = logging.getLogger(__name__)
HUNG = 75
_LOOK_EVERY, _TELL_EVERY, _GRACE, _QUICK_GRACE = 0.5, 1.4, 1.2, 30.0


@contextmanager
def watched(claim: Claim, service: Service, scenes: int) -> Iterator[Progress]:
    """A progress for the work, and a thread that renews the lease as long as the work reports."""
    watch = Watch(claim, service, scenes)
    thread = Thread(target=copy_context().run, args=(watch.run,), name="lease", daemon=True)
    thread.start()
    try:
        yield Progress(watch.heard)
    finally:
        watch.over.set()
        thread.join()


class Watch:
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
        """Leave the step to the next worker at once; where the database is away the lease does it later."""
        with suppress(DBAPIError):
            if hung:
                stage, seconds = self._claim.stage, self._service.settings.stall_seconds
                try_again(self._service, self._claim, Message("step_hung", stage=stage, seconds=seconds), patience=0.0)
            else:
                self._service.claims.hand_back(self._claim, counted=False)

    def _wanted(self, now: float) -> bool:
        lease = self._service.settings.lease_seconds
        if stopping.is_set():
            return False
        try:
            if self._service.jobs.state(self._claim.job) not in OPEN:
                return False
            if now - self._renewed > lease / 4:
                if not self._service.claims.renew(self._claim, lease):
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
            self._service.claims.report(self._claim, self._scenes, self._fraction)
