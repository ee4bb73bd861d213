"""Many jobs while workers are killed -9 at random moments: nothing is lost, done twice or left behind."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kombu import Connection, Queue
from sqlalchemy import func, select, text

from orchestrator.jobs.database import STEPS
from orchestrator.jobs.service import Service
from orchestrator.settings import Settings
from orchestrator.upkeep import webhooks
from orchestrator.video.request import request_of
from tests.service.crew import FAKES, Crew, calling, wait_for

JOBS = {"folder": 24, "redis": 10, "rabbitmq": 10}
"""How many by the queue: what is done twice or lost is told by the tables, which are the same behind each."""
WORKERS = 2
LONG = "One two three four five six seven. " * 12
PATIENCE = 280.0
FILES = {"video.mp4", "video.json", "video.srt", "video.vtt", "poster.jpg", "spritesheet.jpg", "remake.zip"}


class Listener(ThreadingHTTPServer):
    """Hears webhooks. ``heard``: how often each event came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hearing)
        self.heard: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"


class _Hearing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard[self.headers["webhook-id"]] += 1  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(broker: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", broker=broker, lease_seconds=3.0, webhook_private=True)


def test_many_jobs_outlive_random_kills(
    settings: Settings, listener: Listener, tmp_path: Path, small_portrait_png: Path, request: pytest.FixtureRequest
) -> None:
    """A kill comes when a random number of steps was done, and up to half a second later."""
    count = JOBS[request.node.callspec.params["broker"]]
    chance, scratch = random.Random(7), tmp_path / "scratch"
    scratch.mkdir()
    service = calling(settings)
    _watch_ends(service)
    jobs = [_submit(service, small_portrait_png, listener.url, number) for number in range(count)]
    with Crew(settings, WORKERS, TMPDIR=str(scratch)) as workers, _telling(service):
        with _killing(service, workers, chance):
            wait_for(lambda: all(service.jobs.get(job).tidy for job in jobs), workers, PATIENCE)
        wait_for(lambda: len(listener.heard) == count, workers)
        wait_for(lambda: _messages(settings) == 0, workers)
        kills = workers.ends.count(-9)
        states = {job: service.jobs.get(job).state for job in jobs}
        assert set(states.values()) == {"completed"}, (states, workers.words())
    assert kills >= count // 6
    assert _ends(service) == dict.fromkeys(jobs, 1)
    assert set(listener.heard.values()) == {1}
    assert _unfinished(service) == 0
    assert {path.name for path in (settings.data_dir / "jobs").iterdir()} == set(jobs)
    for number, job in enumerate(jobs):
        folder = service.folder(job).folder
        assert {path.name for path in folder.iterdir() if path.is_file()} == _files(number)
        assert not [path for path in folder.rglob("*") if path.name.startswith(".") or "segment" in path.name]
    assert not list(scratch.iterdir())


def _submit(service: Service, photo: Path, url: str, number: int) -> str:
    words = LONG if _is_long(number) else f"Number {number}."
    request = request_of(photo=photo, text=words, seed=number, **FAKES)
    return service.submit(request, details={"webhook_url": url}).id


def _is_long(number: int) -> bool:
    return number % 10 == 0


def _files(number: int) -> set[str]:
    return FILES | ({"draft.mp4"} if _is_long(number) else set())


@contextmanager
def _killing(service: Service, workers: Crew, chance: random.Random) -> Iterator[None]:
    """Kill a random worker again and again; the waiting loop starts it again."""
    over = threading.Event()

    def kill() -> None:
        next_one = 0
        while not over.wait(0.05):
            if _done(service) >= next_one:
                next_one += chance.randint(10, 30)
                time.sleep(chance.random() / 2)
                workers.kill(chance.randrange(WORKERS))

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _telling(service: Service) -> Iterator[None]:
    """Two that deliver webhooks at once, as two API processes would."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(0.5):
            webhooks.deliver(service)

    threads = [threading.Thread(target=tell) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _watch_ends(service: Service) -> None:
    """Let the database itself write down each time that a job ends."""
    with service.engine.begin() as connection:
        connection.execute(text("CREATE TABLE ends (job TEXT)"))
        connection.execute(
            text(
                "CREATE TRIGGER watch AFTER UPDATE OF state ON jobs WHEN NEW.state NOT IN ('queued', 'in_progress')"
                " AND OLD.state <> NEW.state BEGIN INSERT INTO ends VALUES (NEW.id); END"
            )
        )


def _ends(service: Service) -> dict[str, int]:
    with service.engine.connect() as connection:
        return dict(Counter(connection.execute(text("SELECT job FROM ends")).scalars()))


def _done(service: Service) -> int:
    return _count(service, STEPS.c.state == "done")


def _unfinished(service: Service) -> int:
    return _count(service, STEPS.c.state != "done")


def _count(service: Service, condition) -> int:  # type: ignore[no-untyped-def]
    with service.engine.connect().execution_options(reading=True) as connection:
        return int(connection.execute(select(func.count()).select_from(STEPS).where(condition)).scalar_one())


def _messages(settings: Settings) -> int:
    """How many wait in the broker, or were taken by somebody who is dead."""
    if not settings.broker:
        return len(list((settings.data_dir / "queue" / "messages").iterdir()))
    if settings.broker.startswith("redis"):
        import redis

        with redis.Redis.from_url(settings.broker) as client:
            return int(client.llen("cpu") + client.hlen("unacked"))
    with Connection(settings.broker) as connection:
        return int(Queue("cpu", channel=connection.channel()).queue_declare(passive=True).message_count)
