"""The stages as Celery tasks, run by a real worker process over real brokers."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from avatar.core.media import read_frames
from orchestrator.jobs import FINAL, Job
from orchestrator.service import service_of
from orchestrator.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": 10}
PATIENCE = 120.0


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of the test's own."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed: the Redis broker is not tried")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [server, "--port", str(port), "--save", "", "--dir", str(folder), "--bind", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["filesystem", "redis"])
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a service with a worker running."""
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GOVORUN_BROKER", request.getfixturevalue("redis_url") if request.param == "redis" else "")
    with _worker(tmp_path / "worker.log"):
        yield load_settings()


@contextmanager
def _worker(log: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "orchestrator.queue", "worker", "--pool", "prefork"]
    options = ["--concurrency", "2", "--queues", "cpu", "--loglevel", "info", "--without-gossip", "--without-mingle"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as file:
        process = subprocess.Popen([*command, *options], stdout=file, stderr=file, env=environment, cwd=log.parent)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def _await(settings: Settings, job_id: str, states: tuple[str, ...]) -> Job:
    jobs = service_of(settings).jobs
    deadline = time.monotonic() + PATIENCE
    while (job := jobs.get(job_id)).state not in states:
        if time.monotonic() > deadline:
            log = (settings.data_dir / "worker.log").read_text(errors="replace")
            raise TimeoutError(f"job is still {job.state} at {job.stage}; the worker says:\n{log[-4000:]}")
        time.sleep(0.1)
    return job


def _submit(**options: object) -> str:
    """Submit from a process of its own: Celery keeps the first broker that it meets."""
    code = (
        "import json, sys\n"
        "from orchestrator.request import request_of\n"
        "from orchestrator.service import service_of\n"
        "for options in json.loads(sys.argv[1]):\n"
        "    print(service_of().submit(request_of(**options)).id)\n"
    )
    words = json.dumps([{**FAKES, **options}], default=str)
    done = subprocess.run([sys.executable, "-c", code, words], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_jobs_end_as_they_should(service: Settings, small_portrait_png: Path, landscape_png: Path) -> None:
    """One worker serves them all: a video of several segments, a photo without a face, and one that is not wanted."""
    words = "One two three four five six seven. " * 12
    good = _submit(photo=small_portrait_png, text=words, captions="vtt")
    faceless = _submit(photo=landscape_png, text="Hello.")
    unwanted = _submit(photo=small_portrait_png, text=words * 10, seed=1)
    assert service_of(service).cancel(unwanted)

    assert _await(service, good, FINAL).state == "completed"
    video = service.data_dir / "jobs" / good / "video.mp4"
    sidecar = json.loads(video.with_suffix(".json").read_text())
    assert sidecar["frames"] > 250
    assert sum(1 for _ in read_frames(video)) == sidecar["frames"]
    assert video.with_suffix(".vtt").read_text().startswith("WEBVTT")
    assert not (video.parent / "work").exists()

    failed = _await(service, faceless, FINAL)
    assert (failed.state, failed.error_code) == ("failed", "invalid_photo")
    assert "face" in failed.error_message

    assert _await(service, unwanted, FINAL).state == "cancelled"
    assert not (service.data_dir / "jobs" / unwanted / "video.mp4").exists()
