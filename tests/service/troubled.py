"""A worker in which one stage goes wrong: ``python -m tests.service.troubled worker --queues cpu``.

TROUBLE is a JSON list: the ``stage`` that goes wrong, the ``kind`` of trouble, how many ``times``, ``when`` ("before"
the stage, "within" it at its first word, "behind" it), the ``seed`` of the job that it meets (any). TROUBLE_FOLDER
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
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from avatar.core.progress import Progress
from orchestrator import doing
from orchestrator.served import main

__all__: list[str] = []

FUNCTIONS = {
    "portrait": (doing.stages, "prepare_photo"),
    "speech": (doing.stages, "speak_script"),
    "backdrop": (doing.stages, "plan_backdrop"),
    "face": (doing.stages, "plan_face"),
    "segment": (doing.stages, "render_segment"),
    "draft": (doing, "publish_draft"),
    "join": (doing, "publish"),
}

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
    """Until the stage ends no file of this process can be moved into place."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    os.replace = Path.replace = full  # type: ignore[assignment]


def _make_room() -> None:
    os.replace, Path.replace = _REPLACE  # type: ignore[assignment]


KINDS = {"kill": _kill, "hang": _hang, "memory": _run_out_of_memory, "raise": _raise, "full": _fill_the_disk}


class Trouble:
    """What goes wrong in one stage, see above."""

    def __init__(self, stage: str, kind: str, times: int = 1, when: str = "within", seed: int | None = None) -> None:
        self.stage, self.when = stage, when
        self._strike, self._times, self._seed = KINDS[kind], times, seed

    def strike(self, when: str, seed: int) -> None:
        """Let it happen, if it is time and did not happen often enough yet."""
        if when != self.when or self._seed not in (None, seed):
            return
        for number in range(self._times):
            with suppress(FileExistsError):
                (FOLDER / f"{self.stage}-{seed}-{number}").touch(exist_ok=False)
                self._strike()
                return

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The stage with its trouble."""

        def run(work: Any, *arguments: Any, **named: Any) -> Any:
            seed = (work[0] if isinstance(work, list) else work).request.seed
            self.strike("before", seed)
            listening = (self._listening(a, seed) if isinstance(a, Progress) else a for a in arguments)
            try:
                done = function(work, *listening, **named)
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
        module, name = FUNCTIONS[trouble.stage]
        setattr(module, name, trouble.around(getattr(module, name)))
    sys.exit(main(sys.argv[1:]))
