"""The service as it runs for users: a real web server and a real worker, over the embedded broker and SQLite."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.service.forks import Fork, fork

__all__ = ["FAKES", "LiveService", "free_port", "live", "live_service", "run_process"]

ROOT = Path(__file__).parents[2]
FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": "10"}
"""Fields of a video that is made in a moment."""

_PATIENCE = 60.0


@dataclass(frozen=True)
class LiveService:
    """``url``: without a slash at the end. ``pid``: the web server's process."""

    url: str
    data_dir: Path
    pid: int

    @property
    def base_url(self) -> str:
        """What the OpenAI client takes."""
        return f"{self.url}/v1"

    def log(self) -> str:
        """What the web server wrote."""
        return (self.data_dir / "api.log").read_text(errors="replace")

    def leftovers(self) -> list[str]:
        """Files of requests that are over."""
        return sorted(str(path) for path in (self.data_dir / "uploads").rglob("*"))


@pytest.fixture(scope="session")
def live_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """A service for tests that leave each other's videos alone."""
    with live(tmp_path_factory.mktemp("live")) as service:
        yield service


@contextmanager
def live(data_dir: Path, workers: int = 1, environment: Mapping[str, str] | None = None) -> Iterator[LiveService]:
    """A web server on a free port, and ``workers`` processes that work for it; without any, jobs stay queued."""
    port = free_port()
    settings = {"GOVORUN_DATA_DIR": str(data_dir), **(environment or {})}
    server = ["uvicorn", "--factory", "orchestrator.api.app:create_app", "--port", str(port), "--no-access-log"]
    server += ["--http", "orchestrator.api.protocol:PatientProtocol"]
    celery = [
        "celery",
        "-A",
        "orchestrator.jobs.celery_app",
        "worker",
        "--pool",
        "prefork",
        "--queues",
        "cpu,quick",
    ]
    options = ["--concurrency", str(workers), "--loglevel", "info", "--without-gossip", "--without-mingle"]
    with ExitStack() as stack:
        if workers:
            stack.enter_context(run_process([*celery, *options], data_dir / "worker.log", settings))
        process = stack.enter_context(run_process(server, data_dir / "api.log", settings))
        _wait_for(process, port, data_dir / "api.log")
        yield LiveService(f"http://127.0.0.1:{port}", data_dir, process.pid)


@contextmanager
def run_process(arguments: list[str], log: Path, settings: Mapping[str, str]) -> Iterator[Fork]:
    """``python -m arguments``, ended with the block; what it says goes to ``log``."""
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = fork(arguments[0], arguments[1:], log.parent, log, environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        process.stdin.close()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(process: Fork, port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the web server did not start:\n{log.read_text(errors='replace')[-4000:]}")
