"""The service under load: ``python -m orchestrator.bench.service --photo me.jpg``.

A ``govorun serve`` of its own gets many jobs of a two-second script at once over HTTP: most of them by the engines
that cost nothing, some by the default ones. Four clients ask for states until all have ended. Printed are how long that
took, how quickly the API answered meanwhile, and whether every job ended exactly once.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event

import httpx
import numpy as np

from avatar.core.errors import EngineError
from orchestrator.console import show
from orchestrator.cores import available_cores
from orchestrator.jobs.database import JOBS, STEPS, open_database
from orchestrator.settings import PREFIX

__all__ = ["Load", "first_draft", "main", "measure"]

_SCRIPT = "Good morning, and thank you for watching number {}."
_FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": "10"}
_REAL = {"size": "256x256", "backdrop": "calm ocean at dusk"}
_FREE = {"OPEN_JOBS": "100000", "REQUESTS_PER_MINUTE": "1000000"}
_CLIENTS, _SENDERS = 4, 8
_PAUSE, _LOOK_EVERY, _PATIENCE = 0.1, 0.5, 30.0


@dataclass(frozen=True)
class Load:
    """What happened. ``states``: final state -> jobs; ``tries``: how often a step was begun -> steps; times in
    seconds: ``asked`` of every GET, ``submitted`` of every POST, ``wall`` from the first POST to the last end."""

    states: Counter[str]
    tries: Counter[int]
    asked: tuple[float, ...]
    submitted: tuple[float, ...]
    wall: float

    @property
    def jobs(self) -> int:
        """How many there are."""
        return sum(self.states.values())


def measure(photo: Path, folder: Path, fakes: int, real: int, workers: int) -> Load:
    """Serve from ``folder`` with ``workers`` workers, and submit ``fakes`` and ``real`` jobs in a mixed order."""
    orders = [_FAKES] * fakes + [_REAL] * real
    Random(6).shuffle(orders)
    ids: list[str] = []
    with _serving(folder, workers) as url, ThreadPoolExecutor(_CLIENTS) as clients, _set_after() as over:
        started = time.perf_counter()
        polls = [clients.submit(_poll, url, ids, over, seed) for seed in range(_CLIENTS)]
        with httpx.Client(base_url=url, timeout=120.0) as web:
            submitted = _submit_all(web, photo, orders, ids)
            _wait(web, len(orders))
        wall = time.perf_counter() - started
        over.set()
        asked = tuple(second for poll in polls for second in poll.result())
    states, tries = _counted(folder)
    return Load(states, tries, asked, submitted, wall)


def first_draft(
    photo: Path, folder: Path, fields: Mapping[str, str], text: str, settings: Mapping[str, str]
) -> tuple[float, float, float]:
    """Seconds until the poster, the draft and the end of a job that says ``text``, in a service of its own with one
    worker a core that made a short video of the same ``fields`` before. ``settings``: of the service."""
    with (
        _serving(folder, available_cores(), settings) as url,
        httpx.Client(base_url=url, timeout=120.0) as web,
    ):
        _submit_all(web, photo, [dict(fields)], [])
        _wait(web, 1)
        started = time.perf_counter()
        answer = web.post(
            "/v1/videos", data={"prompt": text, **fields}, files={"input_reference": ("me.png", photo.read_bytes())}
        )
        job = f"/v1/videos/{answer.raise_for_status().json()['id']}"
        poster, draft, whole = (_there(web, job, variant, started) for variant in ("thumbnail", "draft", "video"))
    return poster, draft, whole


def _there(web: httpx.Client, job: str, variant: str, started: float) -> float:
    """Seconds since ``started`` until ``variant`` of ``job`` can be fetched; EngineError where it has ended without."""
    while True:
        state = web.get(job).raise_for_status().json()["status"]
        answer = web.get(f"{job}/content", params={"variant": variant})
        if answer.is_success:
            return time.perf_counter() - started
        if state not in ("queued", "in_progress"):
            raise EngineError(f"The job ended as {state} and has no {variant}.")
        time.sleep(_PAUSE / 2)


@contextmanager
def _set_after() -> Iterator[Event]:
    event = Event()
    try:
        yield event
    finally:
        event.set()


@contextmanager
def _serving(folder: Path, workers: int, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    port = _free_port()
    own = {**_FREE, **(settings or {})}
    environment = {**os.environ, **{f"{PREFIX}{name}": value for name, value in own.items()}}
    command = [sys.executable, "-m", "orchestrator", "serve", "--port", str(port), "--data-dir", str(folder)]
    process = subprocess.Popen([*command, "--workers", str(workers)], env=environment, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/v1/videos")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise EngineError("The service did not start: run `govorun serve` to see why.")


def _submit_all(web: httpx.Client, photo: Path, orders: Sequence[dict[str, str]], ids: list[str]) -> tuple[float, ...]:
    """Submit ``orders`` eight at a time; ``ids`` grows with the answers. Returns seconds of every request."""
    picture = photo.read_bytes()

    def submit(number: int) -> float:
        begun = time.perf_counter()
        fields = {"prompt": _SCRIPT.format(number), **orders[number]}
        answer = web.post("/v1/videos", data=fields, files={"input_reference": ("me.png", picture)})
        if not answer.is_success:
            raise EngineError(f"A job was refused with {answer.status_code}: {answer.text[:500]}")
        ids.append(str(answer.json()["id"]))
        return time.perf_counter() - begun

    with ThreadPoolExecutor(_SENDERS) as senders:
        return tuple(senders.map(submit, range(len(orders))))


def _poll(url: str, ids: Sequence[str], over: Event, seed: int) -> list[float]:
    """Ask for one of ``ids`` again and again; seconds of every answer."""
    random, seconds = Random(seed), []
    with httpx.Client(base_url=url, timeout=120.0) as web:
        while not over.wait(_PAUSE):
            if ids:
                begun = time.perf_counter()
                web.get(f"/v1/videos/{random.choice(ids)}").raise_for_status()
                seconds.append(time.perf_counter() - begun)
    return seconds


def _wait(web: httpx.Client, jobs: int) -> None:
    """Until no video is open; the newest that are not, are looked at last."""
    while _open(web, jobs):
        time.sleep(_LOOK_EVERY)


def _open(web: httpx.Client, jobs: int) -> bool:
    after, seen = None, 0
    while seen < jobs:
        page = web.get("/v1/videos", params={"limit": 100, "order": "desc", **({"after": after} if after else {})})
        videos = page.raise_for_status().json()
        if any(video["status"] in ("queued", "in_progress") for video in videos["data"]):
            return True
        after, seen = videos["last_id"], seen + len(videos["data"])
        if not videos["has_more"]:
            return False
    return False


def _counted(folder: Path) -> tuple[Counter[str], Counter[int]]:
    engine = open_database("", folder)
    try:
        with engine.connect() as connection:
            states = Counter(connection.execute(JOBS.select().with_only_columns(JOBS.c.state)).scalars())
            tries = Counter(connection.execute(STEPS.select().with_only_columns(STEPS.c.tries)).scalars())
    finally:
        engine.dispose()
    return states, tries


def _milliseconds(seconds: Sequence[float]) -> str:
    at = {name: 1000.0 * float(np.percentile(seconds, name)) for name in (50, 95, 99)}
    figures = ", ".join(f"p{name} {value:.0f} ms" for name, value in at.items())
    return f"{figures}, longest {1000.0 * max(seconds):.0f} ms ({len(seconds)} requests)"


def main(words: Sequence[str]) -> int:
    """Print the figures; 1 where a job was lost or a step was begun twice."""
    parser = argparse.ArgumentParser(prog="orchestrator.bench.service")
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--real", type=int, default=20, help="how many of them use the default engines")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as name:
        load = measure(asked.photo, Path(name), asked.jobs - asked.real, asked.real, asked.workers)
    show(f"{asked.jobs} jobs, {asked.real} of them by the default engines, {asked.workers} worker(s)")
    show(f"{available_cores()} core(s), load {os.getloadavg()[0]:.1f}")
    show(f"all ended after {load.wall:.0f} s: {60.0 * load.jobs / load.wall:.0f} jobs a minute")
    show(f"GET /v1/videos/ID: {_milliseconds(load.asked)}")
    show(f"POST /v1/videos:   {_milliseconds(load.submitted)}")
    show(f"states {dict(load.states)}, tries {dict(load.tries)}")
    return 0 if load.states == {"completed": asked.jobs} and set(load.tries) == {1} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
