"""A process that loads what draws before it is known what it will draw.

Most of the time before a first picture goes by while libraries are loaded, torch above all. A command that is going to
make one video starts such a process before it loads anything itself; :mod:`orchestrator.video.render_crew` takes it
where the video has use for it. So this module imports next to nothing.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, NamedTuple

from orchestrator.cores import available_cores
from orchestrator.video.device import ONE_THREAD, has_gpu

__all__ = ["Started", "called", "sent_away", "stand_by", "start"]

_WORDS = 4096


class Started(NamedTuple):
    """A process that draws, and the file that its complaints go to."""

    process: subprocess.Popen[str]
    log: IO[bytes]

    def last_words(self) -> str:
        """The last line of its complaints, once it has ended; "" where it said nothing."""
        self.log.seek(max(0, self.log.seek(0, os.SEEK_END) - _WORDS))
        said = self.log.read().decode(errors="replace").strip()
        return said.splitlines()[-1] if said else ""

    def close(self) -> None:
        """Let go of a process that has ended."""
        for stream in (self.process.stdin, self.process.stdout, self.log):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


_WAITING: list[Started] = []


def start(arguments: Sequence[str] = ()) -> Started:
    """Start ``python -m orchestrator.video.render_child`` with ``arguments``; without any it waits to be told them."""
    log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestrator.video.render_child", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        encoding="utf-8",
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        start_new_session=True,
    )
    return Started(process, log)


def stand_by() -> None:
    """Start a process that loads what draws on a CPU, where there is a core for it; it ends with this one."""
    if _WAITING or available_cores() < 2 or os.environ.get("GOVORUN_WORKERS") == "1" or has_gpu():
        return
    _WAITING.append(start())
    atexit.register(sent_away)


def called() -> Started | None:
    """The process that waits, for whoever asks first."""
    return _WAITING.pop() if _WAITING else None


def sent_away() -> None:
    """End the process that waits, if nobody has called it."""
    while (waiting := called()) is not None:
        waiting.process.kill()
        waiting.process.wait()
        waiting.close()
