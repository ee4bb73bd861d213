"""The time that is left, from the tables of a service."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from orchestrator.jobs import ledger
from orchestrator.jobs.eta import eta
from orchestrator.video.request import RenderRequest, request_of
from tests.service.inline import do_steps, finish, open_service


def _scene(photo: Path, text: str) -> RenderRequest:
    engines = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040"}
    return request_of(photo=photo, text=text, size="128x128", fps=10, **engines)


def test_the_tables_tell_how_long_a_job_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_portrait_png: Path
) -> None:
    monkeypatch.setattr(ledger, "_KEPT_SECONDS", 0.0)
    service = open_service(tmp_path, monkeypatch)
    job = service.submit(_scene(small_portrait_png, "One two three."))
    assert eta(service, job, time.time()) is None
    assert eta(service, finish(service, job), time.time()) is None

    job = service.submit(_scene(small_portrait_png, "Four five six seven. " * 3))
    assert eta(service, job, time.time()) is None
    service.presence.seen("worker", ["cpu"], 2)
    whole = eta(service, job, time.time())
    assert whole is not None and not whole.sure
    second = service.submit(_scene(small_portrait_png, "Eight nine. " * 3))
    behind = eta(service, second, time.time())
    assert behind is not None
    assert behind.seconds > whole.seconds / 2
    do_steps(service, 4)
    left = eta(service, service.jobs.get(job.id), time.time())
    assert left is not None
    assert left.seconds < whole.seconds


def test_the_tables_are_read_once_whoever_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_portrait_png: Path
) -> None:
    service = open_service(tmp_path, monkeypatch)
    job = service.submit(_scene(small_portrait_png, "One two three."))
    service.presence.seen("worker", ["cpu"], 2)
    now = time.time()
    first = ledger.ledger_of(service, now)
    assert ledger.ledger_of(service, now + 1.9) is first
    assert ledger.ledger_of(service, now + 2.1) is not first
    assert [entry.job for entry in first.open] == [job.id]
