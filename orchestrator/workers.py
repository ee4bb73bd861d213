"""The processes that render the segments of one video side by side.

Plain child processes with pipes, not multiprocessing: they start the same way from a script without a main guard, from
a notebook and from inside a Celery worker, and Ctrl-C in the terminal reaches the parent alone.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from avatar.core import errors
from avatar.core.errors import EngineError, GovorunError
from avatar.core.progress import Progress
from orchestrator.work import Segment

__all__ = ["render_in_processes"]

_LOG = logging.getLogger(__name__)
_GRACE = 1.2
_POLL = 0.1
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_Event = tuple["_Worker", dict]


class _Worker:
    """One child process; a thread of ours moves its lines into ``events``."""

    def __init__(self, folder: Path, device: str, number: int, events: queue.Queue[_Event]) -> None:
        self.log = folder / f"worker-{number}.log"
        self.process = _start(folder, device, self.log)
        self.segment: Segment | None = None
        self._reader = threading.Thread(target=self._read, args=(events,), daemon=True)
        self._reader.start()

    def _read(self, events: queue.Queue[_Event]) -> None:
        for line in _pipe(self.process.stdout):
            events.put((self, json.loads(line)))
        events.put((self, {"event": "exit", "status": self.process.wait()}))

    def give(self, segment: Segment) -> None:
        """Hand over the next segment."""
        self.segment = segment
        with suppress(BrokenPipeError):
            pipe = _pipe(self.process.stdin)
            pipe.write(json.dumps(asdict(segment)) + "\n")
            pipe.flush()

    def dismiss(self) -> None:
        """No more segments: the process ends after what it does, or at its next progress report."""
        with suppress(BrokenPipeError):
            _pipe(self.process.stdin).close()

    def finish(self, deadline: float) -> None:
        """Wait for the end until ``deadline`` (monotonic clock), then kill."""
        try:
            self.process.wait(max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(1.0)
        _pipe(self.process.stdout).close()


def render_in_processes(
    folder: Path, device: str, segments: Sequence[Segment], workers: int, progress: Progress
) -> None:
    """Render ``segments`` of the work folder with ``workers`` processes.

    Raises what the first failing worker raised, or what ``progress`` raises; no process is left behind.
    """
    events: queue.Queue[_Event] = queue.Queue()
    crew: list[_Worker] = []
    try:
        for number in range(min(workers, len(segments))):
            crew.append(_Worker(folder, device, number, events))
        _dispatch(crew, deque(segments), events, _frame_counter(segments, progress))
    finally:
        for worker in crew:
            worker.dismiss()
        deadline = time.monotonic() + _GRACE
        for worker in crew:
            worker.finish(deadline)


def _dispatch(
    crew: Sequence[_Worker],
    waiting: deque[Segment],
    events: queue.Queue[_Event],
    count: Callable[[int, float], None],
) -> None:
    left = len(waiting)
    for worker in crew:
        worker.give(waiting.popleft())
    while left:
        try:
            worker, event = events.get(timeout=_POLL)
        except queue.Empty:
            count(-1, 0.0)
            continue
        if event["event"] == "progress":
            count(event["index"], event["fraction"])
        elif event["event"] == "done":
            left -= 1
            count(event["index"], 1.0)
            if waiting:
                worker.give(waiting.popleft())
        elif event["event"] in ("error", "exit"):
            raise _failure(worker, event)


def _frame_counter(segments: Sequence[Segment], progress: Progress) -> Callable[[int, float], None]:
    """A function (segment index, fraction) → overall progress by frames; index -1 only asks whether to go on."""
    total = sum(s.stop - s.start for s in segments)
    lengths = {s.index: s.stop - s.start for s in segments}
    done = dict.fromkeys(lengths, 0.0)

    def count(index: int, fraction: float) -> None:
        if index >= 0:
            done[index] = max(done[index], fraction * lengths[index])
        frames = sum(done.values())
        progress(frames / total, f"frame {int(frames)} of {total}")

    return count


def _failure(worker: _Worker, event: dict) -> GovorunError:
    if event["event"] == "error":
        kind = getattr(errors, event["kind"], None) if event["kind"] else None
        return (kind or EngineError)(event["message"])
    tail = worker.log.read_text(errors="replace").strip().splitlines()[-1:] if worker.log.exists() else []
    reason = f": {tail[0]}" if tail else "; the machine may have run out of memory"
    return EngineError(f"A rendering process ended with status {event['status']}{reason}.")


def _start(folder: Path, device: str, log: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "orchestrator.worker", str(folder), device]
    with log.open("ab") as errors_to:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors_to,
            text=True,
            encoding="utf-8",
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
        )


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise GovorunError("A rendering process was started without a pipe.")
    return stream
