"""How much faster two workers draw one video than one: ``python -m orchestrator.bench.workers --photo me.jpg``.

The same 60-second script goes through the queue twice, once with one worker and once with two; each worker is one
rendering process with one encoder thread. Printed are the seconds from the first segment that is begun to the last one
that is done, those of the whole job, and what two plain processes that only count gain on this machine at this moment,
which no work can beat. Workers have loaded their libraries and know photo and place before the clock starts.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import select

from avatar.core.errors import EngineError
from avatar.core.media import read_frames
from orchestrator.bench.render import SCRIPTS
from orchestrator.console import show
from orchestrator.jobs.database import READING, STEPS
from orchestrator.jobs.service import Service, service_of
from orchestrator.jobs.table import FINAL, Job
from orchestrator.settings import PREFIX
from orchestrator.video.request import RenderRequest, request_of
from orchestrator.video.steps import step_of

__all__ = ["Run", "ceiling", "main", "measure"]

_LOOK_EVERY = 0.05
_DRAWN = ("draft", "segment")
_COUNT = "sum(i * i for i in range(30_000_000))"


@dataclass(frozen=True)
class Run:
    """One job; times in seconds. ``processor``: seconds of all processors while it was drawn. ``frames``: how many,
    and the hash of all of them."""

    drawing: float
    processor: float
    whole: float
    frames: tuple[int, str]


def ceiling() -> float:
    """How many times as much two processes that only count get done as one."""
    return 2.0 * _counting(1) / _counting(2)


def _counting(processes: int) -> float:
    started = time.perf_counter()
    crew = [subprocess.Popen([sys.executable, "-c", _COUNT]) for _ in range(processes)]
    for process in crew:
        process.wait()
    return time.perf_counter() - started


def measure(service: Service, request: RenderRequest, workers: int) -> Run:
    """Let ``workers`` workers make the video."""
    with _crew(workers) as crew:
        warm = [service.submit(_short(request, number)) for number in range(workers)]
        for job in warm:
            _drawn(service, job, crew)
        return _timed(service, service.submit(request), crew)


def _short(request: RenderRequest, number: int) -> RenderRequest:
    return request.model_copy(update={"text": f"This is number {number}, to warm up."})


def _timed(service: Service, job: Job, crew: psutil.Process) -> Run:
    started = time.perf_counter()
    drawing, processor = _drawn(service, job, crew)
    whole = time.perf_counter() - started
    digest, frames = hashlib.sha256(), 0
    for frame in read_frames(service.folder(job.id).video):
        digest.update(frame.tobytes())
        frames += 1
    return Run(drawing, processor, whole, (frames, digest.hexdigest()))


def _drawn(service: Service, job: Job, crew: psutil.Process) -> tuple[float, float]:
    """Wait for the end of ``job``; seconds from the first frame that is begun to the last one that is done, and what
    the processors of ``crew`` worked meanwhile."""
    begun = done = before = after = 0.0
    while (state := service.jobs.state(job.id)) not in FINAL:
        states = _states(service, job)
        if not begun and {"running", "done"} & set(states):
            begun, before = time.perf_counter(), _processor_seconds(crew)
        if states and not done and set(states) == {"done"}:
            done, after = time.perf_counter(), _processor_seconds(crew)
        time.sleep(_LOOK_EVERY)
    if state != "completed":
        raise EngineError(f"The video was not made: {service.jobs.get(job.id).error_message}")
    return done - begun, after - before


def _processor_seconds(crew: psutil.Process) -> float:
    """Of the processes below ``crew`` and of their children that have ended."""
    total = 0.0
    for process in crew.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def _states(service: Service, job: Job) -> list[str]:
    query = select(STEPS.c.name, STEPS.c.state).where(STEPS.c.job == job.id)
    with service.engine.connect().execution_options(**READING) as connection:
        return [row.state for row in connection.execute(query) if step_of(row.name).kind in _DRAWN]


@contextmanager
def _crew(workers: int) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "orchestrator", "worker", "--queues", "cpu", "--concurrency", str(workers)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 where the frames of one worker and of two differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--script", choices=sorted(SCRIPTS), default="60 s")
    options = parser.parse_args(arguments)
    busy = psutil.cpu_percent(interval=2.0)
    most = ceiling()
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as folder:
        os.environ |= {f"{PREFIX}DATA_DIR": f"{folder}/data", f"{PREFIX}CACHE": f"{folder}/cache"}
        os.environ[f"{PREFIX}SENTENCE_CACHE_MB"] = "0"
        service = service_of()
        request = request_of(photo=options.photo, text=SCRIPTS[options.script], size=options.size)
        one, two = measure(service, request, 1), measure(service, request, 2)
        service.jobs.close()
    show(f"{one.frames[0]} frames of {options.size}; processors {busy:.0f} % busy before, two counters gain {most:.2f}")
    show(f"drawing:   one worker {one.drawing:6.1f} s, two {two.drawing:6.1f} s, ratio {one.drawing / two.drawing:.2f}")
    show(f"drawing:   one worker with its encoder keeps {one.processor / one.drawing:.2f} processors busy")
    show(f"whole job: one worker {one.whole:6.1f} s, two {two.whole:6.1f} s, ratio {one.whole / two.whole:.2f}")
    show("the frames are the same" if one.frames == two.frames else "THE FRAMES DIFFER")
    return 0 if one.frames == two.frames else 1


if __name__ == "__main__":
    sys.exit(main())
