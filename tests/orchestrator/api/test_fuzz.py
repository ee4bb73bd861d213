"""Thousands of broken and hostile requests against a real server: no 5xx, nothing kept, no growth."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread

import httpx
import psutil
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from orchestrator.api.protocol import PatientProtocol
from tests.service.live import LiveService, live
from tests.service.mischief import KINDS, request_of

_REQUESTS, _WARM_UP, _AT_ONCE = 1600, 600, 6
_LIKE_VIDEOS = ("/v1/presentations", "/v1/stories", "/v1/productions")
"""Their fields are those of a video: not every one is varied at each of them."""
_NEED_A_WORKER = ("/v1/audio/speech", "/v1/backdrops/preview", "/readyz")
_MOST_GROWTH = 48 << 20
_SILENCE = 90.0
_CUT_OFF = ("cut off", "lying length", "chunked", "noise")


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """A service that makes nothing: what is accepted stays queued."""
    plenty = {"GOVORUN_UPLOAD_MB": "2", "GOVORUN_REQUESTS_PER_MINUTE": "10000000", "GOVORUN_OPEN_JOBS": "100000"}
    with live(tmp_path_factory.mktemp("fuzzed"), workers=0, environment=plenty) as service:
        yield service


@pytest.fixture
def faces(small_portrait_png: Path) -> bytes:
    return small_portrait_png.read_bytes()


def _send(target: LiveService, request: bytes, cut_off: bool) -> bytes:
    """The first bytes of the answer; nothing where the server hangs up. ``cut_off``: nothing more will come."""
    with socket.create_connection(("127.0.0.1", int(target.url.rpartition(":")[2])), timeout=_SILENCE) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
            if cut_off:
                connection.shutdown(socket.SHUT_WR)
        return _received(connection)


def _received(connection: socket.socket) -> bytes:
    answer = bytearray()
    with suppress(ConnectionError):
        while len(answer) < 4096 and (piece := connection.recv(4096)):
            answer += piece
    return bytes(answer)


def _status(answer: bytes) -> str:
    match = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return match[1].decode() if match else "none"


def _storm(target: LiveService, first: int, count: int, photo: bytes) -> Counter[tuple[str, str]]:
    """Send requests of every kind; (kind, status) -> how many."""

    def one(number: int) -> tuple[str, str]:
        kind = list(KINDS)[number % len(KINDS)]
        answer = _send(target, request_of(kind, number, photo), kind in _CUT_OFF)
        status = _status(answer)
        assert not status.startswith("5"), (kind, number, answer)
        return kind, status

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return Counter(pool.map(one, range(first, first + count)))


def _clear(target: LiveService) -> int:
    """Cancel and delete what was accepted."""
    removed = 0
    with httpx.Client(base_url=target.base_url, timeout=60) as client:
        while videos := client.get("/videos", params={"limit": 100}).json()["data"]:
            for video in videos:
                assert client.post(f"/videos/{video['id']}/cancel").status_code == 200
                assert client.delete(f"/videos/{video['id']}").status_code == 200
                removed += 1
    return removed


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if "queue" not in path.parts)


def test_thousands_of_broken_requests_leave_no_trace(target: LiveService, faces: bytes) -> None:
    process = psutil.Process(target.pid)
    _storm(target, 0, _WARM_UP, faces)
    _clear(target)
    files, memory, handles = _files(target.data_dir), process.memory_info().rss, process.num_fds()

    seen = _storm(target, _WARM_UP, _REQUESTS, faces)
    _clear(target)

    assert sum(seen.values()) == _REQUESTS
    assert sum(count for (_, status), count in seen.items() if status in ("400", "413", "415")) > _REQUESTS / 2
    assert httpx.get(f"{target.base_url}/videos").status_code == 200
    assert _files(target.data_dir) == files
    assert target.leftovers() == []
    assert process.memory_info().rss - memory < _MOST_GROWTH
    assert process.num_fds() <= handles + 8
    assert "Traceback" not in target.log(), target.log()[-4000:]


def test_slow_clients_are_cut_off() -> None:
    class Hasty(PatientProtocol):
        patience, stall = 0.3, 0.3

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_long_answer, http=Hasty, log_level="error", lifespan="off", ws="none"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        for beginning in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"):
            with socket.create_connection(listening.getsockname(), timeout=30) as slow:
                slow.sendall(beginning)
                assert slow.recv(100) == b""
        with socket.create_connection(listening.getsockname(), timeout=30) as quick:
            quick.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert quick.recv(100).startswith(b"HTTP/1.1 200")
        with socket.create_connection(listening.getsockname(), timeout=30) as idle:
            idle.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            while server.server_state.connections:
                time.sleep(0.05)
    finally:
        server.should_exit = True
        thread.join()


async def _long_answer(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.6)  # an answer may take its time
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": bytes(32 << 20)})


def test_schemathesis_finds_no_server_error(target: LiveService, tmp_path: Path) -> None:
    """Requests drawn from the schema; those that wait for a worker are left out, since none runs here."""
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        pytest.skip("schemathesis is not installed: the schema is not asked")
    for path in ("voices", "models", "backdrops"):  # what is installed is listed once, which takes a while
        assert httpx.get(f"{target.base_url}/{path}", timeout=_SILENCE).status_code == 200
    own = [word for path in _LIKE_VIDEOS for word in ("--exclude-path", path)]
    waiting = [word for path in _NEED_A_WORKER for word in ("--exclude-path", path)]
    only = [word for path in _LIKE_VIDEOS for word in ("--include-path", path)]
    for phases, paths in (("examples,coverage,fuzzing", [*waiting, *own]), ("examples,fuzzing", only)):
        options = ["--max-examples", "8", "--seed", "1", "--phases", phases, "--warnings", "off"]
        options += ["--request-timeout", "60", "--checks", "not_a_server_error", "--no-color"]
        command = [str(program), "run", f"{target.url}/openapi.json", *options, *paths]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    _clear(target)
    assert target.leftovers() == []
