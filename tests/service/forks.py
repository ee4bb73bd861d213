"""Processes that need not load the libraries again: multiprocessing's fork server has them, its copies run a module."""

from __future__ import annotations

import logging
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

__all__ = ["Fork", "fork"]

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

    def __init__(self, process: ForkServerProcess, stdin: Connection) -> None:
        self._process = process
        self.pid = process.pid or 0
        self.stdin = os.fdopen(os.dup(stdin.fileno()), "wb", buffering=0)

    def send_signal(self, number: int) -> None:
        """As long as it runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def poll(self) -> int | None:
        """The exit status, minus the signal's number where one ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once there is one."""
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout or 0.0)
        return status


def fork(module: str, words: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]) -> Fork:
    """Run ``python -m module words`` in ``folder``, as the leader of a session of its own; what it says is added to
    ``log``."""
    (reading, writing), (begun, begins) = (_server().Pipe(duplex=False) for _ in range(2))
    with reading, writing, begun:
        arguments = (module, [*words], str(folder), str(log), dict(environment), reading, begins)
        process = _server().Process(target=_become, args=arguments, daemon=True)
        process.start()
        begins.close()
        with suppress(EOFError):  # it may have ended
            begun.recv()
        return Fork(process, writing)


@cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([*_LIBRARIES])
    return context


def _become(
    module: str,
    words: list[str],
    folder: str,
    log: str,
    environment: dict[str, str],
    stdin: Connection,
    begins: Connection,
) -> None:
    """Tell that the session is there, and run; never returns."""
    status = 1
    try:
        os.setsid()
        begins.send(os.getpid())
        begins.close()
        said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for number, opened in ((0, stdin.fileno()), (1, said), (2, said)):
            os.dup2(opened, number)
        stdin.close()
        os.close(said)
        sys.stdin = os.fdopen(0, "r", closefd=False)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv = [module, *words]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:
        logging.getLogger(__name__).exception("%s failed", module)
    finally:
        _flush()
        os._exit(status)


def _flush() -> None:
    """What was said is in the log."""
    with suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
