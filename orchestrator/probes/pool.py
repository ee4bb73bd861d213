"""Photos and scripts looked at before a job is made, in one or two small processes of their own.

They start when they are first needed and stay. One that crashes or takes too long is ended, and the next question gets
a new one; a parent that dies takes them along, since their input ends.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from contextlib import suppress
from typing import Any

from avatar.core.errors import EngineError, PhotoError
from avatar.core.reasons import Message

__all__ = ["Busy", "Pool", "answer_lines"]

_LOG = logging.getLogger(__name__)
_PROCESSES, _PATIENCE, _QUEUE_PATIENCE, _OLD = 2, 20.0, 20.0, 500
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Busy(EngineError):  # noqa: N818 - no error
    """Too many photos wait: try again in a moment."""

    code = "busy"


class Pool:
    """At most ``processes`` children; ``patience``: seconds for one photo, ``queue_patience``: for its turn."""

    def __init__(
        self,
        module: str,
        processes: int = _PROCESSES,
        patience: float = _PATIENCE,
        queue_patience: float = _QUEUE_PATIENCE,
    ) -> None:
        self._module = module
        self._turns = threading.Semaphore(processes)
        self._patience, self._queue_patience = patience, queue_patience
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def ask(self, question: object) -> dict[str, Any]:
        """What a child answers to ``question``, both as JSON; PhotoError where none comes, Busy where no turn came."""
        if not self._turns.acquire(timeout=self._queue_patience):
            raise Busy(Message("photos_wait"))
        try:
            return self._answer(question)
        finally:
            self._turns.release()

    def _answer(self, question: object) -> dict[str, Any]:
        child = self._take()
        try:
            answer = child.ask(question, self._patience)
        except _DiedError:
            child = _Child(self._module)  # the old one may have been dead already, of something else
            answer = child.ask(question, self._patience)
        self._give_back(child)
        return answer

    def pids(self) -> list[int]:
        """Processes that wait for a photo."""
        with self._lock:
            return [child.pid for child in self._idle]

    def close(self) -> None:
        """End the children that wait."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.end()

    def _take(self) -> _Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.lives():
                    return child
                child.end()
        return _Child(self._module)

    def _give_back(self, child: _Child) -> None:
        if not child.lives() or child.asked >= _OLD:
            child.end()
            return
        with self._lock:
            self._idle.append(child)


def answer_lines(answer: Callable[[Any], Mapping[str, object]]) -> None:
    """What a child does: a question a line from standard input, as JSON, its answer a line, until the input ends."""
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # whatever libraries print must not look like an answer
    for line in sys.stdin:
        out.write(json.dumps(answer(json.loads(line))) + "\n")


class _DiedError(PhotoError):
    """The child ended before it answered."""


class _Child:
    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8", env=_environment(), start_new_session=True,
        )  # fmt: skip
        self.pid = self._process.pid
        self.asked = 0

    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: object, patience: float) -> dict[str, Any]:
        """The child's answer; it is ended, and PhotoError raised, where none comes in ``patience`` seconds."""
        self.asked += 1
        answer: Future[str] = Future()
        threading.Thread(target=self._converse, args=(question, answer), daemon=True).start()
        try:
            return dict(json.loads(answer.result(patience)))
        except (TooLateError, OSError, ValueError) as error:
            _LOG.warning("the process that looks at photos gave no answer and is replaced (%r)", error)
            self.end()
            kind = PhotoError if isinstance(error, TooLateError) else _DiedError
            raise kind(Message("photo_not_checked")) from error

    def _converse(self, question: object, answer: Future[str]) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer.set_result(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            answer.set_exception(error)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError, ValueError):
                    pipe.close()


def _environment() -> dict[str, str]:
    """The child finds the same packages and uses one thread, so that it takes no core from the workers."""
    return {**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
