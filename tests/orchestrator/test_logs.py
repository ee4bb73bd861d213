"""What the log says about whom, and what it never says."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI, Response

from orchestrator import logs
from orchestrator.api.journal import HEADER, Journal
from orchestrator.jobs.table import new_job
from orchestrator.logs import about, subject

ROOT = Path(__file__).parents[2]
_CODE = """
import logging, threading, contextvars
from orchestrator.logs import about, configure_logs
configure_logs("info", FORM, process="host:7")
log = logging.getLogger("orchestrator.worker.attempt")
with about(job="video_1", step="0/speech", owner=""):
    with about(request="r-1"):
        log.info("doing %s", "it")
    try:
        raise ValueError("broken")
    except ValueError:
        log.exception("failed")
    thread = threading.Thread(target=contextvars.copy_context().run, args=(log.warning, "beside"))
    thread.start(); thread.join()
log.info("after")
logging.getLogger("kombu").info("not ours")
"""


def _records(form: str) -> list[str]:
    code = _CODE.replace("FORM", repr(form))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stderr.splitlines()


def test_json_records_carry_what_they_are_about() -> None:
    doing, failed, beside, after = (json.loads(line) for line in _records("json"))
    assert doing["message"] == "doing it"
    assert (doing["level"], doing["logger"]) == ("info", "orchestrator.worker.attempt")
    ids = {name: doing[name] for name in ("process", "job", "step", "request")}
    assert ids == {"process": "host:7", "job": "video_1", "step": "0/speech", "request": "r-1"}
    assert "owner" not in doing
    assert doing["time"].endswith("Z")
    assert "ValueError: broken" in failed["exception"]
    assert "request" not in failed
    assert beside["job"] == "video_1"
    assert "job" not in after


def test_text_records_carry_the_same() -> None:
    lines = _records("text")
    assert lines[0].endswith("doing it [process=host:7 job=video_1 step=0/speech request=r-1]")
    assert lines[-1].endswith("after [process=host:7]")


def test_a_job_remembers_the_request_that_asked_for_it() -> None:
    with about(request="r-2"):
        assert new_job("video_1", "{}", details={"title": "t"}).details == {"request_id": "r-2", "title": "t"}
    assert new_job("video_1", "{}").details == {}
    assert subject("request") == ""


@pytest.fixture
def client() -> FastAPI:
    app = FastAPI()

    @app.get("/things/{name}")
    def _thing(name: str) -> str:
        return subject("request")

    @app.get("/broken")
    def _broken() -> None:
        raise ValueError("broken")

    app.add_middleware(Journal)
    return app


def _get(app: FastAPI, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    import asyncio

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as web:
            return await web.get(path, headers=headers)

    return asyncio.run(ask())


def test_a_request_has_an_id_and_one_line(client: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "orchestrator.api.journal"):
        answer = _get(client, "/things/secret-name?key=secret", {HEADER: "mine-1"})
    assert answer.headers[HEADER] == "mine-1"
    assert answer.json() == "mine-1"
    (record,) = caplog.records
    assert record.fields["route"] == "/things/{name}"
    assert (record.fields["method"], record.fields["status"]) == ("GET", 200)
    assert "secret" not in f"{record.getMessage()}{record.fields}"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "line\x01", "é"])
def test_an_id_that_could_do_harm_is_replaced(client: FastAPI, given: str) -> None:
    answer = _get(client, "/things/a", {HEADER: given.encode("latin-1")})
    assert len(answer.headers[HEADER]) == 32


def test_what_breaks_is_told_as_well(client: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "orchestrator.api.journal"):
        assert _get(client, "/broken").status_code == 500
        assert _get(client, "/nowhere").status_code == 404
    assert [record.fields["route"] for record in caplog.records] == ["/broken", "-"]


def test_no_answer_is_taken_for_another_type_and_none_of_the_api_is_kept(client: FastAPI) -> None:
    @client.get("/v1/things")
    def _plain() -> str:
        return "x"

    @client.get("/v1/pictures")
    def _kept(response: Response) -> str:
        response.headers["Cache-Control"] = "max-age=60"
        return "x"

    for path, kept in (("/v1/things", "no-store"), ("/v1/pictures", "max-age=60"), ("/things/a", None)):
        answer = _get(client, path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers.get("Cache-Control") == kept, path


def test_what_is_found_again_and_again_is_said_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1000.0]
    monkeypatch.setattr(logs, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(logs, "_said", {})
    for now[0], words in ((1000.0, "away"), (1002.0, "away"), (1003.0, "full"), (1059.9, "away"), (1060.0, "away")):
        logs.seldom(logging.getLogger("orchestrator.x"), words)
    assert [record.getMessage() for record in caplog.records] == ["away", "full", "away"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_the_starter_has_to_know_is_a_line_like_the_others(form: str) -> None:
    code = f"from orchestrator import logs; logs.configure_logs('error', {form!r}, process='p'); logs.announce('Ready')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stderr
    if form == "text":
        assert said == "govorun: Ready\n"
    else:
        told = json.loads(said)
        assert (told["level"], told["message"], told["process"]) == ("info", "Ready", "p")
