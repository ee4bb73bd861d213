"""Python processes that need not load the libraries again: a process that has them forks, and the copy runs a module.

``python -m tests.service.forks`` is that process. A line of JSON on its standard input is the wish for a copy, lines on
its standard output tell which copy began and how one ended; the end of its input ends it and all copies.
"""

from __future__ import annotations

import json
import logging
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Queue
from threading import Event, Lock, Thread

__all__ = ["Fork", "fork"]

ROOT = Path(__file__).parents[2]
_LIBRARIES = (
    "avatar.compose.blend",
    "avatar.face.portrait",
    "celery.bin.worker",
    "kornia",
    "motion.backdrop",
    "orchestrator.api.app",
    "orchestrator.jobs.service",
    "scipy.signal",
    "speech.speaking",
    "torch",
    "uvicorn",
)
"""Which take seconds to load. None of them reads the settings of the service."""


class Fork:
    """A copy that runs: as much of ``subprocess.Popen`` as a crew of workers asks for."""

    def __init__(self, pid: int, stdin: int) -> None:
        self.pid = pid
        self.stdin = os.fdopen(stdin, "wb", buffering=0)
        self._ended = Event()
        self._status = 0

    def end(self, status: int) -> None:
        """What the parent of the copy tells."""
        self._status = status
        self._ended.set()

    def send_signal(self, number: int) -> None:
        """As long as it runs."""
        if not self._ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def poll(self) -> int | None:
        """The exit status, minus the signal's number where one ended it; None while it runs."""
        return self._status if self._ended.is_set() else None

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once there is one."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout or 0.0)
        return self._status


def fork(module: str, words: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]) -> Fork:
    """Run ``python -m module words`` in ``folder``, as the leader of a session of its own; what it says is added to
    ``log``."""
    return _template().fork(
        {
            "module": module,
            "words": list(words),
            "folder": str(folder),
            "log": str(log),
            "environment": dict(environment),
        }
    )


class _Template:
    """The process that has the libraries, seen from the one that wants copies."""

    def __init__(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GOVORUN_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.service.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            cwd=ROOT,
            text=True,
        )
        self._running: dict[int, Fork] = {}
        self._begun = Queue[Fork]()
        self._lock = Lock()
        self._inputs = Queue[int]()
        Thread(target=self._listen, name="forks", daemon=True).start()

    def fork(self, wish: dict[str, object]) -> Fork:
        """A pipe with a name carries the standard input: a copy cannot inherit what was opened after the template."""
        with self._lock:
            pipe = Path(str(wish["log"])).with_suffix(".stdin")
            pipe.unlink(missing_ok=True)
            os.mkfifo(pipe)
            self._inputs.put(os.open(pipe, os.O_RDWR))
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({**wish, "stdin": str(pipe)}) + "\n")
            self._process.stdin.flush()
            return self._begun.get(timeout=120.0)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "began" in told:
                both = self._inputs.get()
                stdin = os.open(f"/proc/self/fd/{both}", os.O_WRONLY)
                os.close(both)
                self._running[told["began"]] = one = Fork(told["began"], stdin)
                self._begun.put(one)
            else:
                self._running.pop(told["ended"]).end(told["status"])


@cache
def _template() -> _Template:
    return _Template()


def _serve() -> None:
    for name in _LIBRARIES:
        __import__(name)
    wake, woken = os.pipe()[::-1]
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    copies, held = set[int](), b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _bury(copies)
        if 0 in ready:
            piece = os.read(0, 1 << 20)
            if not piece:
                for pid in copies:
                    os.kill(pid, signal.SIGTERM)
                return
            *lines, held = (held + piece).split(b"\n")
            for line in lines:
                copies.add(_begin(json.loads(line)))


def _bury(copies: set[int]) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            copies.discard(ended[0])
            _say(ended=ended[0], status=os.waitstatus_to_exitcode(ended[1]))


def _begin(wish: dict) -> int:  # type: ignore[type-arg]
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _become(wish, writing)
    os.close(writing)
    os.read(reading, 1)  # the pipe of its input is open
    os.close(reading)
    _say(began=pid)
    return pid


def _become(wish: dict, ready: int) -> None:  # type: ignore[type-arg]
    """Never returns."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        log = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for number, opened in ((0, os.open(wish["stdin"], os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(opened, number)
        os.closerange(3, ready)
        os.closerange(ready + 1, 64)
        os.write(ready, b"1")
        os.close(ready)
        os.environ.clear()
        os.environ.update(wish["environment"])
        os.chdir(wish["folder"])
        sys.argv = [wish["module"], *wish["words"]]
        runpy.run_module(wish["module"], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:
        logging.getLogger(__name__).exception("%s failed", wish["module"])
    finally:
        _flush()
        os._exit(status)


def _flush() -> None:
    """What was said is in the log."""
    with suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()


def _say(**told: int) -> None:
    os.write(1, json.dumps(told).encode() + b"\n")


if __name__ == "__main__":
    _serve()
