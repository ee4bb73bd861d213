"""A worker in which one step goes wrong: ``python -m tests.service.troubled worker --queues cpu``.

TROUBLE is a JSON list: the ``step`` that goes wrong, the ``kind`` of trouble, how many ``times``, ``when`` ("before"
the step, "within" it at its first word, "behind" it), the ``seed`` of the job that it meets (any). TROUBLE_FOLDER
counts, over all processes, how often it happened.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from avatar.core.progress import Progress
from orchestrator.server.process import main
from orchestrator.video.place import Outcome, Place, Step
from orchestrator.video.steps import STEPS, Run

__all__: list[str] = []

_REPLACE = (os.replace, Path.replace)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    time.sleep(600.0)


def _run_out_of_memory() -> None:
    """For real: the process may have 64 MB more than it has, and wants 256."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), resource.RLIM_INFINITY))
    try:
        bytearray(256 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _raise() -> None:
    raise RuntimeError("the engine is broken")


def _fill_the_disk() -> None:
    """Until the step ends no file of this process can be moved into place."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    os.replace = Path.replace = full  # type: ignore[assignment]


def _make_room() -> None:
    os.replace, Path.replace = _REPLACE  # type: ignore[assignment]


KINDS = {"kill": _kill, "hang": _hang, "memory": _run_out_of_memory, "raise": _raise, "full": _fill_the_disk}


class Trouble:
    """What goes wrong in one step, see above."""

    def __init__(self, step: str, kind: str, times: int = 1, when: str = "within", seed: int | None = None) -> None:
        self.step, self.when = step, when
        self._strike, self._times, self._seed = KINDS[kind], times, seed

    def strike(self, when: str, seed: int) -> None:
        """Let it happen, if it is time and did not happen often enough yet."""
        if when != self.when or self._seed not in (None, seed):
            return
        for number in range(self._times):
            with suppress(FileExistsError):
                (FOLDER / f"{self.step}-{seed}-{number}").touch(exist_ok=False)
                self._strike()
                return

    def around(self, function: Run) -> Run:
        """The step with its trouble."""

        def run(step: Step, place: Place, progress: Progress) -> Outcome:
            seed = place.scenes[step.scene].seed
            self.strike("before", seed)
            try:
                done = function(step, place, self._listening(progress, seed))
            finally:
                _make_room()
            self.strike("behind", seed)
            return done

        return run

    def _listening(self, progress: Progress, seed: int) -> Progress:
        def sink(fraction: float, message: str) -> None:
            progress(fraction, message)
            self.strike("within", seed)

        return Progress(sink)


if __name__ == "__main__":
    FOLDER = Path(os.environ["TROUBLE_FOLDER"])
    for trouble in (Trouble(**wanted) for wanted in json.loads(os.environ["TROUBLE"])):
        STEPS[trouble.step] = replace(STEPS[trouble.step], run=trouble.around(STEPS[trouble.step].run))  # type: ignore[index]
    sys.exit(main(sys.argv[1:]))
