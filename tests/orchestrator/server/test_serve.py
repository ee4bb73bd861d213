"""``govorun serve`` with real processes: it starts, survives what dies, and stops with nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from avatar.core.media import read_frames
from orchestrator.jobs.service import Service, forget_connections, service_of
from orchestrator.jobs.table import FINAL
from orchestrator.settings import Settings
from tests.service.crew import FAKES, ROOT, environment_of

PATIENCE = 60.0
LONG = "One two three four five six seven. " * 16


class Serve:
    """A running ``govorun serve`` and its log."""

    def __init__(self, settings: Settings, *options: str, log_format: str = "text") -> None:
        self.log = settings.data_dir.parent / "serve.log"
        command = [sys.executable, "-m", "orchestrator", "serve", "--port", "0", *options]
        environment = environment_of(
            settings, PYTHONPATH=str(ROOT), GOVORUN_LOG_LEVEL="info", GOVORUN_LOG_FORMAT=log_format
        )
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)

    @property
    def words(self) -> str:
        """All that it said."""
        return self.log.read_text(errors="replace")

    @property
    def url(self) -> str:
        """Where the page is, once it says so."""
        wait_for(lambda: "Ready: open " in self.words, self)
        return self.words.rpartition("Ready: open ")[2].split()[0]

    def children(self, kind: str = "") -> list[psutil.Process]:
        """The processes below it, those of ``kind`` alone."""
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.process.pid).children(recursive=True)
            return [child for child in below if kind in _command(child)]
        return []

    def signal(self, number: int) -> int:
        """Send a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


def _command(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def wait_for(what: Callable[[], object], serve: Serve) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not happen:\n{serve.words[-4000:]}")
        time.sleep(0.05)


@contextmanager
def serving(settings: Settings, *options: str, log_format: str = "text") -> Iterator[Serve]:
    serve = Serve(settings, *options, log_format=log_format)
    try:
        yield serve
    finally:
        if serve.process.poll() is None:
            serve.signal(signal.SIGTERM)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", lease_seconds=4)


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    yield service_of(settings)
    forget_connections()


def _submit(settings: Settings, photo: Path, text: str, **options: object) -> str:
    """Submit from a process of its own: Celery keeps the first broker that it meets."""
    code = (
        "import json, sys\n"
        "from orchestrator.video.request import request_of\n"
        "from orchestrator.jobs.service import service_of\n"
        "print(service_of().submit(request_of(**json.loads(sys.argv[1]))).id)\n"
    )
    words = json.dumps({**FAKES, "photo": str(photo), "text": text, **options})
    command = [sys.executable, "-c", code, words]
    environment = environment_of(settings)
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment, umask=0o077)
    return done.stdout.strip()


def _gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def test_a_video_is_made_and_everything_stops(settings: Settings, service: Service, small_portrait_png: Path) -> None:
    with serving(settings, "--workers", "1") as serve:
        assert httpx.get(f"{serve.url}/openapi.json").status_code == 200
        assert len(serve.children("server.process worker --queues cpu")) == 1
        assert len(serve.children("server.process worker --queues quick")) == 1
        assert len(serve.children("server.process api")) == 1
        job = _submit(settings, small_portrait_png, "Hello there.")
        wait_for(lambda: service.jobs.state(job) in FINAL, serve)
        assert service.jobs.state(job) == "completed"
        wait_for(lambda: len(service.presence.alive()) == 2, serve)
        everything = serve.children()
        assert serve.signal(signal.SIGTERM) == 0
        assert _gone(everything)
        assert service.presence.alive() == []
    assert "Traceback" not in serve.words
    assert _open_to_others(settings.data_dir) == []


def _open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & 0o077]


def test_a_stop_ends_the_streams_of_listeners_and_every_line_is_a_record(
    settings: Settings, service: Service, small_portrait_png: Path
) -> None:
    with serving(settings, "--workers", "0", log_format="json") as serve:
        wait_for(lambda: "Ready: open" in serve.words, serve)
        url = serve.words.rpartition("Ready: open ")[2].split()[0]
        job = _submit(settings, small_portrait_png, "Hello there.")
        with httpx.stream("GET", f"{url}/v1/videos/{job}/events", timeout=30) as listening:
            chunks = listening.iter_text()
            assert "event: status" in next(chunks)
            serve.process.send_signal(signal.SIGTERM)
            for _ in chunks:  # it ends in good order: httpx raises where the connection breaks off
                pass
        assert serve.process.wait(30) == 0
    records = [json.loads(line) for line in serve.words.splitlines()]
    said = [record["message"] for record in records]
    assert any(words.startswith("Ready: open http://") for words in said)
    assert any(words.startswith("Stopping;") for words in said)
    assert [record for record in records if record["level"] in ("error", "critical") or "exception" in record] == []


def test_a_stop_in_a_segment_hands_it_back(settings: Settings, service: Service, small_portrait_png: Path) -> None:
    """The next start goes on where the first one stopped; nothing is done twice, nothing is lost."""
    with serving(settings, "--workers", "1") as serve:
        job = _submit(settings, small_portrait_png, LONG, fps=25)
        wait_for(lambda: _running(service, "0/segment/1"), serve)
        assert serve.signal(signal.SIGINT) == 0
    states = _states(service)
    assert "running" not in states.values()
    assert states["0/segment/0"] == "done"
    assert service.jobs.state(job) == "in_progress"
    with serving(settings, "--workers", "1") as serve:
        wait_for(lambda: service.jobs.state(job) in FINAL, serve)
    assert service.jobs.state(job) == "completed"
    video = service.folder(job).video
    sidecar = json.loads(video.with_suffix(".json").read_text())
    assert sum(1 for _ in read_frames(video)) == sidecar["frames"]
    assert max(_tries(service).values()) == 1
    assert not service.folder(job).work.exists() or not list(service.folder(job).work.rglob("segment-*"))


def _rows(service: Service) -> list:
    from sqlalchemy import select

    from orchestrator.jobs.database import STEPS

    with service.engine.connect() as connection:
        return list(connection.execute(select(STEPS)))


def _states(service: Service) -> dict[str, str]:
    return {row.name: row.state for row in _rows(service)}


def _tries(service: Service) -> dict[str, int]:
    return {row.name: row.tries for row in _rows(service)}


def _running(service: Service, name: str) -> bool:
    return _states(service).get(name) == "running"


def test_killing_the_parent_ends_all(settings: Settings, small_portrait_png: Path, service: Service) -> None:
    with serving(settings, "--workers", "1") as serve:
        assert serve.url
        job = _submit(settings, small_portrait_png, LONG, fps=25)
        wait_for(lambda: _running(service, "0/segment/0"), serve)
        everything = serve.children()
        assert len(everything) >= 3
        serve.signal(signal.SIGKILL)
        wait_for(lambda: _gone(everything), serve)
        wait_for(lambda: "running" not in _states(service).values(), serve)
    assert service.jobs.state(job) == "in_progress"


def test_what_is_killed_comes_back(settings: Settings, service: Service, small_portrait_png: Path) -> None:
    with serving(settings, "--workers", "1") as serve:
        url = serve.url
        job = _submit(settings, small_portrait_png, "Hello there.")
        wait_for(lambda: service.jobs.state(job) in FINAL, serve)
        before = [*serve.children("server.process api"), *serve.children("server.process worker")]
        for process in before:
            process.kill()
        assert httpx.get(f"{url}/v1/videos/{job}", timeout=30).json()["status"] == "completed"
        again = _submit(settings, small_portrait_png, "Hello again.")
        wait_for(lambda: service.jobs.state(again) in FINAL, serve)
        assert service.jobs.state(again) == "completed"
        assert serve.words.count("Ready: open") == 1


def test_what_is_wrong_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, "--workers", "0") as serve:
        port = serve.url.rpartition(":")[2]
        assert _refusal("--data-dir", str(settings.data_dir)) == (10, "in use by another `govorun serve`")
        assert _refusal("--data-dir", str(tmp_path / "b"), "--port", port) == (2, "choose another --port")
    (tmp_path / "file").touch()
    assert _refusal("--data-dir", str(tmp_path / "file" / "data")) == (10, "cannot be written")
    assert _refusal("--host", "no-such-host.invalid", "--data-dir", str(tmp_path / "b")) == (2, "choose another --port")
    assert _refusal("--port", "70000") == (2, "is no port")
    assert _refusal("--workers", "-1") == (2, "out of range")


def _refusal(*options: str) -> tuple[int, str]:
    """Exit status, and the words of it that are expected, where they stand in its only line."""
    known = ("in use by another `govorun serve`", "choose another --port", "cannot be written", "is no port",
             "out of range")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "serve", *options],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip
    (line,) = done.stderr.splitlines()
    return done.returncode, next((words for words in known if words in line), line)


def test_a_worker_of_another_machine_joins(
    settings: Settings, service: Service, small_portrait_png: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "orchestrator", "worker", "--queues", "cpu,quick", "--concurrency", "2"]
    with (tmp_path / "worker.log").open("ab") as log:
        worker = subprocess.Popen(command, stderr=log, cwd=ROOT, env=environment_of(settings), start_new_session=True)
    try:
        job = _submit(settings, small_portrait_png, "Hello there.")
        deadline = time.monotonic() + PATIENCE
        while service.jobs.state(job) not in FINAL and time.monotonic() < deadline:
            time.sleep(0.1)
        assert service.jobs.state(job) == "completed"
        assert {one.queues for one in service.presence.alive()} == {("cpu", "quick")}
    finally:
        worker.terminate()
        assert worker.wait(30) == 0


def test_an_open_door_without_keys_is_told(settings: Settings) -> None:
    with serving(settings, "--host", "0.0.0.0", "--workers", "0") as serve:
        assert serve.url.startswith("http://127.0.0.1:")
        assert "No key exists" in serve.words


def test_a_socket_waits_while_the_api_starts(settings: Settings) -> None:
    """Who connects between two lives of the API is served by the second."""
    with serving(settings, "--workers", "0") as serve:
        port = int(serve.url.rpartition(":")[2])
        (api,) = serve.children("server.process api")
        os.kill(api.pid, signal.SIGKILL)
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            assert httpx.get(f"http://127.0.0.1:{port}/openapi.json", timeout=30).status_code == 200
