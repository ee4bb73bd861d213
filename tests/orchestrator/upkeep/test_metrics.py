"""Alive, ready, and in numbers."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event

from orchestrator.api.app import create_app
from orchestrator.api.routes import operations
from orchestrator.jobs.api_keys import Keys
from orchestrator.jobs.service import Service
from orchestrator.jobs.storage import LocalStorage
from orchestrator.jobs.table import new_job, new_job_id
from orchestrator.settings import Settings
from orchestrator.upkeep import metrics, readiness
from orchestrator.upkeep.metrics import WorkCollector
from orchestrator.upkeep.readiness import look
from tests.service.doors import Door
from tests.service.rows import fail
from tests.service.servers import Redis, free_port


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return Door(create_app(Settings(data_dir=tmp_path)))


@pytest.fixture
def service(engine: Engine, tmp_path: Path) -> Service:
    return Service(Settings(data_dir=tmp_path), engine, LocalStorage(tmp_path))


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """(name, values of the labels) -> number."""
    families = text_string_to_metric_families(text)
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


def work(service: Service) -> None:
    """Three jobs: one half done, one failed, one quick."""
    video, failed, quick = (new_job(new_job_id(), '{"scenes": []}') for _ in range(3))
    service.claims.open(video, 1, {})
    for seconds in (0.2, 4.0):
        claim = service.claims.claim(["cpu"], "worker", 30.0)
        assert claim is not None
        service.claims.finish(claim, 1, {}, seconds)
    service.claims.open(failed, 1, {})
    fail(service.engine, failed.id)
    service.claims.open(quick, 0, {"quick": "quick"})
    service.presence.seen("here:1", ["cpu", "quick"], 2)


def test_the_numbers_come_from_the_tables(service: Service) -> None:
    work(service)
    collectors = [WorkCollector(service) for _ in range(2)]
    found = [
        {(one.name, tuple(one.labels.values())): one.value for family in each.collect() for one in family.samples}
        for each in collectors
    ]
    told = found[0]
    assert told["govorun_jobs", ("video", "in_progress")] == 1
    assert told["govorun_jobs", ("video", "queued")] == 1
    assert told["govorun_failed_jobs", ("invalid_photo",)] == 1
    assert told["govorun_queue_steps", ("quick", "ready")] == 1
    assert told["govorun_queue_steps", ("cpu", "ready")] >= 1
    assert told["govorun_worker_processes", ("cpu",)] == 2
    assert told["govorun_database_up", ()] == 1
    assert told["govorun_oldest_queued_job_seconds", ("video",)] >= 0
    by_stage = {key: value for key, value in told.items() if key[0] == "govorun_stage_seconds_count"}
    assert sum(by_stage.values()) == 2
    total = sum(value for key, value in told.items() if key[0] == "govorun_stage_seconds_sum")
    assert total == pytest.approx(4.2)
    buckets = [value for key, value in told.items() if key[0] == "govorun_stage_seconds_bucket" and key[1][1] == "1.0"]
    assert sum(buckets) == 1
    steady = ("govorun_oldest_queued_job_seconds", "govorun_disk_free_bytes")
    assert {k: v for k, v in found[0].items() if k[0] not in steady} == {
        k: v for k, v in found[1].items() if k[0] not in steady
    }


def test_what_is_counted_outlives_the_jobs(service: Service) -> None:
    """All that never falls is the same before and after they are deleted, whoever deletes them how often."""
    work(service)
    before = _lasting(service)
    assert before["govorun_jobs_ended_total", ("video", "failed")] == 1
    video = next(job for job in service.jobs.page(limit=9) if job.state == "in_progress")
    assert not service.remove(video.id)
    assert _lasting(service) == before
    assert service.cancel(video.id)
    cancelled = _lasting(service)
    assert cancelled == before | {("govorun_jobs_ended_total", ("video", "cancelled")): 1}
    for job in service.jobs.page(limit=9):
        removed = [service.remove(job.id) for _ in range(2)]
        assert removed == [job.state != "queued", False]
        assert _lasting(service) == cancelled


def test_counts_of_jobs_add_up(service: Service) -> None:
    """Two that were deleted, and one that is kept."""
    for seconds, kept in ((0.2, False), (4.0, False), (0.3, True)):
        job = new_job(new_job_id(), '{"scenes": []}')
        service.claims.open(job, 0, {})
        claim = service.claims.claim(["cpu"], "worker", 30.0)
        assert claim is not None
        service.claims.finish(claim, 0, {}, seconds)
        assert kept or service.remove(job.id)
    told = _lasting(service)
    assert told["govorun_jobs_ended_total", ("video", "completed")] == 3
    assert told["govorun_stage_seconds_count", ("quick",)] == 3
    assert told["govorun_stage_seconds_sum", ("quick",)] == pytest.approx(4.5)
    within = [told["govorun_stage_seconds_bucket", ("quick", bound)] for bound in ("0.1", "0.25", "1.0", "5.0", "+Inf")]
    assert within == [0, 1, 2, 3, 3]


def _lasting(service: Service) -> dict[tuple[str, tuple[str, ...]], float]:
    """The samples that may never fall."""
    families = [family for family in WorkCollector(service).collect() if family.type in ("counter", "histogram")]
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


def test_tables_are_read_at_most_once_in_two_seconds(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    work(service)
    statements: list[str] = []
    event.listen(service.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    collector, now, read = WorkCollector(service), [100.0], []
    clock = SimpleNamespace(monotonic=lambda: now[0], time=time.time)
    monkeypatch.setattr(metrics, "time", clock)
    for moment in (100.0, 100.1, 101.9, 102.1, 104.0, 104.2):
        now[0] = moment
        before = len(statements)
        told = {family.name for family in collector.collect()}
        assert {"govorun_jobs", "govorun_stage_seconds"} <= told
        read.append(len(statements) > before)
    assert read == [True, False, False, True, False, True]


def test_jobs_are_as_old_as_they_are(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    job = new_job(new_job_id(), '{"scenes": []}')
    service.claims.open(job, 1, {})
    monkeypatch.setattr(metrics, "time", SimpleNamespace(monotonic=time.monotonic, time=lambda: job.created_at + 42.0))
    told = {one.name: one.value for family in WorkCollector(service).collect() for one in family.samples}
    assert told["govorun_oldest_queued_job_seconds"] == pytest.approx(42.0)


def test_requests_are_counted_by_route(door: Door) -> None:
    for _ in range(3):
        door.ask("GET", "/v1/videos/video_nobody")
    door.ask("GET", "/healthz")
    door.ask("BREW", "/secret/path")
    answer = door.ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    told = samples(answer.text)
    assert told["govorun_http_requests_total", ("GET", "/v1/videos/{video_id}", "404")] == 3
    assert told["govorun_http_request_duration_seconds_count", ("GET", "/healthz")] == 1
    assert "secret" not in answer.text
    assert [key for key in told if key[0] == "govorun_http_requests_total" and key[1][:2] == ("other", "unmatched")]


def test_names_follow_the_conventions(door: Door) -> None:
    text = door.ask("GET", "/metrics").text
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.name.startswith(("govorun_", "process_"))


def test_metrics_need_a_key_from_elsewhere(door: Door) -> None:
    far = Door(door.app, "192.0.2.7")
    assert far.ask("GET", "/metrics").status_code == 401
    _, secret = Keys(door.service.engine).create("prometheus")
    assert far.ask("GET", "/metrics", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert door.ask("GET", "/metrics").status_code == 200
    assert far.ask("GET", "/healthz").json()["status"] == "ok"


def test_a_service_is_ready_when_a_worker_was_seen(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_KEPT_SECONDS", 0.0)
    waiting = door.ask("GET", "/readyz")
    assert waiting.status_code == 503
    checks = waiting.json()["checks"]
    assert [name for name, check in checks.items() if not check["ok"]] == ["workers"]
    door.service.presence.seen("here:1", ["quick"])
    assert door.ask("GET", "/readyz").status_code == 503
    door.service.presence.seen("here:2", ["cpu"])
    ready = door.ask("GET", "/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"


def test_how_long_a_look_took_is_told_in_milliseconds(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock of our own: each check takes a quarter of a second of it."""
    now = [50.0]

    def slow(service: Service) -> str:
        now[0] += 0.25
        return ""

    monkeypatch.setattr(readiness, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    monkeypatch.setitem(readiness.CHECKS, "disk", slow)
    assert look("disk", door.service).ms == pytest.approx(250.0)
    monkeypatch.setattr(operations, "_PATIENCE", 0.05)
    monkeypatch.setitem(readiness.CHECKS, "storage", lambda service: time.sleep(0.3) or "")
    storage = door.ask("GET", "/readyz").json()["checks"]["storage"]
    assert storage == {"ok": False, "reason": "The storage does not answer in time.", "ms": 50.0}


def test_parts_are_looked_at_once_a_second(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = [10.0], []
    monkeypatch.setattr(operations, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setitem(readiness.CHECKS, "disk", lambda service: looks.append(now[0]) or "")
    for now[0] in (10.0, 10.5, 10.9, 11.5, 12.0, 12.6):
        door.ask("GET", "/readyz")
    assert looks == [10.0, 11.5, 12.6]


def test_health_may_be_asked_without_a_body(door: Door) -> None:
    assert door.ask("HEAD", "/healthz").status_code == 200
    assert door.ask("HEAD", "/readyz").status_code == 503


def test_a_full_disk_is_not_ready(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil._ntuple_diskusage(1 << 40, 1 << 40, 5 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert look("disk", service).reason == "Only 5 MB are free: no new videos are taken."


def test_a_broker_is_looked_at(service: Service, redis: Redis) -> None:
    service.settings = Settings(data_dir=service.settings.data_dir, broker=redis.url)
    assert look("broker", service).ok
    secret = f"redis://:secret@127.0.0.1:{free_port()}/0"
    service.settings = Settings(data_dir=service.settings.data_dir, broker=secret)
    away = look("broker", service)
    assert not away.ok
    assert away.reason == "The broker does not answer."


def test_tables_that_are_away_are_told(tmp_path: Path) -> None:
    from orchestrator.jobs.database import open_database

    engine = open_database("", tmp_path)
    service = Service(Settings(data_dir=tmp_path), engine, LocalStorage(tmp_path))
    engine.dispose()
    for path in tmp_path.glob("jobs.sqlite*"):
        path.unlink()
    (tmp_path / "jobs.sqlite").write_bytes(b"no database at all" * 100)
    told = {one.name: one.value for family in WorkCollector(service).collect() for one in family.samples}
    assert told["govorun_database_up"] == 0
    assert "govorun_jobs" not in told
    assert not look("database", service).ok
