"""Webhooks: one event for each job that ended, signed, sent again until it is heard, and never to where it must not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openai
import pytest
from sqlalchemy import Engine, select, update

from avatar.core.errors import OptionError
from orchestrator.jobs.api_keys import Keys, local_webhook_secret
from orchestrator.jobs.database import DELIVERIES
from orchestrator.jobs.service import Service
from orchestrator.jobs.storage import LocalStorage
from orchestrator.jobs.table import Job, new_job, new_job_id
from orchestrator.settings import Settings
from orchestrator.upkeep import webhooks
from tests.service.live import FAKES, live
from tests.service.rows import change, fail, put


class Listener:
    """Hears webhooks. ``statuses``: what it answers next, 200 after that; ``hold``: what every answer waits for."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.hold = threading.Event()
        self.hold.set()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((dict(self.headers), body))
                listener.hold.wait(10)
                status = listener.statuses.pop(0) if listener.statuses else 200
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?a=b"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.hold.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def service(engine: Engine, tmp_path: Path) -> Service:
    settings = Settings(data_dir=tmp_path)
    return Service(settings, engine, LocalStorage(tmp_path))


def ended(service: Service, state: str = "completed", owner: str = "", **details: object) -> Job:
    job = new_job(new_job_id(), "{}", owner, 0, details)
    put(service.engine, job)
    if state == "failed":
        fail(service.engine, job.id)
    else:
        change(service.engine, job.id, state=state)
    return service.jobs.get(job.id)


def deliveries(service: Service) -> list[tuple[str, int, str]]:
    with service.engine.connect() as connection:
        rows = connection.execute(select(DELIVERIES).order_by(DELIVERIES.c.created_at))
        return [(row.state, row.tries, row.last_error) for row in rows]


def make_due(service: Service) -> None:
    with service.engine.begin() as connection:
        connection.execute(update(DELIVERIES).values(not_before=0.0))


@pytest.mark.parametrize("state", ["completed", "failed"])
def test_the_openai_client_takes_the_event(service: Service, listener: Listener, state: str) -> None:
    job = ended(service, state, webhook_url=listener.url)
    assert webhooks.deliver(service) == 1
    (headers, body), *others = listener.heard
    assert not others
    secret = local_webhook_secret(service.settings.data_dir)
    client = openai.OpenAI(api_key="any", webhook_secret=secret)
    event = client.webhooks.unwrap(body, headers)
    assert (event.type, event.object, event.data.id) == (f"video.{state}", "event", job.id)
    assert event.id.startswith("evt_")
    assert event.created_at == int(job.ended_at or 0)
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(body + b" ", headers)
    assert webhooks.deliver(service) == 0
    assert deliveries(service) == [("delivered", 1, "")]


def test_cancelled_jobs_are_told_too_and_open_ones_are_not(service: Service, listener: Listener) -> None:
    ended(service, "cancelled", webhook_url=listener.url)
    ended(service)
    put(service.engine, new_job(new_job_id(), "{}", details={"webhook_url": listener.url}))
    assert webhooks.deliver(service) == 1
    assert json.loads(listener.heard[0][1])["type"] == "video.cancelled"


def test_a_key_may_have_an_address_for_all_its_jobs(service: Service, listener: Listener) -> None:
    service.settings = Settings(data_dir=service.settings.data_dir, webhook_private=True)
    key, _ = Keys(service.engine).create("Anna", listener.url)
    other, _ = Keys(service.engine).create("Boris")
    job = ended(service, owner=key.id)
    ended(service, owner=other.id)
    assert webhooks.deliver(service) == 1
    client = openai.OpenAI(api_key="any", webhook_secret=key.webhook_secret)
    headers, body = listener.heard[0]
    assert client.webhooks.unwrap(body, headers).data.id == job.id


def test_an_event_is_recorded_once_whoever_does_it(service: Service, listener: Listener) -> None:
    job = ended(service, webhook_url=listener.url)
    with ThreadPoolExecutor(4) as crew:
        assert sum(crew.map(lambda _: webhooks.announce(service, job), range(8))) == 1
    assert webhooks.record(service) == 0


def test_an_event_is_sent_by_one_process_at_a_time(service: Service, listener: Listener) -> None:
    ended(service, webhook_url=listener.url)
    listener.hold.clear()
    with ThreadPoolExecutor(3) as crew:
        sending = [crew.submit(webhooks.deliver, service) for _ in range(3)]
        while not listener.heard:
            time.sleep(0.01)
        listener.hold.set()
        assert sum(one.result() for one in sending) == 1
    assert len(listener.heard) == 1


def test_what_was_not_heard_is_sent_again_with_the_same_id(service: Service, listener: Listener) -> None:
    ended(service, webhook_url=listener.url)
    listener.statuses = [500, 302]
    assert webhooks.deliver(service) == 0
    assert deliveries(service) == [("waiting", 1, "it answered 500")]
    assert webhooks.deliver(service) == 0
    assert len(listener.heard) == 1, "the pause is not over"
    make_due(service)
    assert webhooks.deliver(service) == 0
    make_due(service)
    assert webhooks.deliver(service) == 1
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 1
    assert deliveries(service)[0][:2] == ("delivered", 3)


def test_at_last_it_is_given_up(service: Service) -> None:
    ended(service, webhook_url="http://127.0.0.1:1/")
    for _ in range(len(webhooks.PAUSES) + 3):
        assert webhooks.deliver(service) == 0
        make_due(service)
    ((state, tries, reason),) = deliveries(service)
    assert (state, tries) == ("failed", 8)
    assert "Connect" in reason


def test_what_a_dead_process_had_begun_is_sent(service: Service, listener: Listener) -> None:
    ended(service, webhook_url=listener.url)
    webhooks.record(service)
    with service.engine.begin() as connection:
        connection.execute(update(DELIVERIES).values(leased_until=time.time() + 60, tries=1))
    assert webhooks.deliver(service) == 0
    with service.engine.begin() as connection:
        connection.execute(update(DELIVERIES).values(leased_until=time.time() - 1))
    assert webhooks.deliver(service) == 1


def test_a_job_with_a_key_reaches_no_private_network(service: Service, listener: Listener) -> None:
    key, _ = Keys(service.engine).create("Anna")
    ended(service, owner=key.id, webhook_url=listener.url)
    ended(service, owner=key.id, webhook_url=listener.url.replace("127.0.0.1", "localhost"))
    assert webhooks.deliver(service) == 0
    assert listener.heard == []
    assert all("private network" in reason for _, _, reason in deliveries(service))


def test_events_of_a_revoked_key_are_not_sent(service: Service, listener: Listener) -> None:
    key, _ = Keys(service.engine).create("Anna")
    ended(service, owner=key.id, webhook_url=listener.url)
    Keys(service.engine).revoke(key.id)
    assert webhooks.deliver(service) == 0
    assert listener.heard == []


@pytest.mark.parametrize(
    ("address", "open_to_all", "open_to_owner"),
    [
        ("93.184.216.34", True, True),
        ("2606:4700::1111", True, True),
        ("10.0.0.1", False, True),
        ("127.0.0.1", False, True),
        ("169.254.169.254", False, True),
        ("100.64.0.1", False, True),
        ("::1", False, True),
        ("fe80::1%eth0", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a00:1", False, True),
        ("2002:a00:1::", False, True),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_addresses_are_judged(address: str, open_to_all: bool, open_to_owner: bool) -> None:
    assert webhooks.may_be_asked(address, private=False) == open_to_all
    assert webhooks.may_be_asked(address, private=True) == open_to_owner


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "ftp://example.com", "https://", "https://me:secret@example.com/", "http://[", "h" * 3000],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(OptionError):
        webhooks.check_url(url)


@pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")
def test_a_running_service_tells_when_a_video_is_done(
    listener: Listener, small_portrait_png: Path, tmp_path: Path
) -> None:
    with live(tmp_path) as service:
        client = openai.OpenAI(base_url=service.base_url, api_key="any", max_retries=0)
        fields = {**FAKES, "webhook_url": listener.url}
        with small_portrait_png.open("rb") as photo:
            video = client.videos.create_and_poll(prompt="Hello.", input_reference=photo, extra_body=fields)
        deadline = time.monotonic() + 60
        while not listener.heard and time.monotonic() < deadline:
            time.sleep(0.05)
        (headers, body), *others = listener.heard
    assert not others
    told = client.with_options(webhook_secret=local_webhook_secret(tmp_path)).webhooks.unwrap(body, headers)
    assert (told.type, told.data.id) == ("video.completed", video.id)
