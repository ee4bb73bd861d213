"""A parent that keeps its child processes running: starts them, starts them again when they end, stops them together.

Each child leads a process group of its own and holds the reading end of a pipe as its standard input. The pipe ends
when the parent wants the child to stop, and also when the parent is killed; so nothing outlives the parent.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from avatar.core.errors import EngineError
from orchestrator.logs import announce
from orchestrator.private import NOBODY_ELSE

__all__ = ["GRACE_SECONDS", "Program", "supervise"]

_LOG = logging.getLogger(__name__)
GRACE_SECONDS = 8.0
_LOOK_EVERY = 0.5
_PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_SECONDS = 60.0
_UP_SECONDS, _MOST_FALSE_STARTS = 10.0, 5
_KILLED_ITSELF = 75
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass(frozen=True)
class Program:
    """What a child runs. ``files``: open file descriptors that it inherits; ``again``: words that the first start
    alone does not have."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[int, ...] = ()
    again: tuple[str, ...] = ()


@dataclass
class _Child:
    """A program and its process, if it has one now. ``start_at``: monotonic time of the next start."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    start_at: float = 0.0
    words: tuple[str, ...] = field(default=())
    false_starts: int = 0
    was_up: bool = False

    def start(self) -> None:
        """Run the program in a process group of its own."""
        program = self.program
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*program.command, *self.words],
            stdin=subprocess.PIPE,
            env=dict(program.environment),
            pass_fds=program.files,
            start_new_session=True,
            umask=NOBODY_ELSE,
        )
        self.words = program.again

    def ended(self) -> bool:
        """The process is gone; what it may have left of its group is ended too."""
        if self.process is None or self.process.poll() is None:
            return False
        self.kill()
        return True

    def dismiss(self) -> None:
        """Tell it to stop."""
        if self.process is not None and self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()

    def kill(self) -> None:
        """End the whole group at once."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.dismiss()

    def plan_restart(self) -> None:
        """Start again: at once after a steady life, later and later after short ones."""
        lived = time.monotonic() - self.started
        self.failures = 0 if lived > _STEADY_SECONDS else self.failures + 1
        pause = _PAUSES[min(self.failures, len(_PAUSES)) - 1] if self.failures else 0.0
        status = self.process.returncode if self.process else None
        _LOG.warning("%s ended with status %s; it starts again in %.0f s", self.program.name, status, pause)
        self._count_false_start(lived, status)
        self.process, self.start_at = None, time.monotonic() + pause

    def _count_false_start(self, lived: float, status: int | None) -> None:
        """EngineError for a program that never came up: nobody would be served by waiting."""
        self.was_up = self.was_up or lived > _UP_SECONDS
        ended_by_itself = status is not None and status > 0 and status != _KILLED_ITSELF
        self.false_starts += ended_by_itself and not self.was_up
        if self.false_starts >= _MOST_FALSE_STARTS:
            raise EngineError(f"{self.program.name} does not start: what it said above tells why.")


def supervise(programs: Sequence[Program]) -> None:
    """Run ``programs`` until SIGINT, SIGTERM or SIGHUP; then stop them within GRACE_SECONDS, or at a second signal.

    EngineError where one of them never comes up.
    """
    children = [_Child(program) for program in programs]
    with _heard() as signals:
        try:
            while not _next(signals, _LOOK_EVERY):
                _keep_running(children)
            announce("Stopping; what is being worked on is handed back. Once more stops at once.")
            _stop(children, signals)
        finally:
            for child in children:
                child.kill()


def _keep_running(children: Sequence[_Child]) -> None:
    for child in children:
        if child.ended():
            child.plan_restart()
        if child.process is None and time.monotonic() >= child.start_at:
            child.start()


def _stop(children: Sequence[_Child], signals: queue.SimpleQueue[int]) -> None:
    for child in children:
        child.dismiss()
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and not all(child.process is None or child.ended() for child in children):
        if _next(signals, 0.1):
            return


@contextmanager
def _heard() -> Iterator[queue.SimpleQueue[int]]:
    """The signals that arrive, instead of what they did before."""
    found: queue.SimpleQueue[int] = queue.SimpleQueue()
    before = {number: signal.signal(number, lambda arrived, _: found.put(arrived)) for number in _SIGNALS}
    try:
        yield found
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _next(signals: queue.SimpleQueue[int], seconds: float) -> bool:
    try:
        signals.get(timeout=seconds)
    except queue.Empty:
        return False
    return True
