"""What is done from time to time: expiry, orphans, old rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from orchestrator.jobs.database import DELIVERIES, JOBS, REPLIES
from orchestrator.jobs.service import Service, forget_connections, service_of
from orchestrator.jobs.table import Job, new_job, new_job_id
from orchestrator.settings import Settings
from orchestrator.upkeep import keeper
from tests.service.rows import put

HOUR = 3600.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield service_of(Settings(data_dir=tmp_path, keep_hours=2))
    forget_connections()


def _job(service: Service, state: str, ended_ago: float = 0.0, kind: str = "video") -> Job:
    """A job with files, in ``state`` since ``ended_ago`` seconds."""
    job = new_job(new_job_id(kind), "{}")
    put(service.engine, job)
    values = {"state": state, "kind": kind, "ended_at": None if state == "in_progress" else time.time() - ended_ago}
    with service.engine.begin() as connection:
        connection.execute(update(JOBS).where(JOBS.c.id == job.id).values(**values))
    folder = service.folder(job.id).folder
    folder.mkdir(parents=True)
    (folder / "video.mp4").write_bytes(b"video")
    return service.jobs.get(job.id)


def _age(folder: Path, seconds: float) -> None:
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (time.time() - seconds,) * 2)


def test_a_job_is_kept_for_as_long_as_the_settings_say(service: Service) -> None:
    old, new = _job(service, "completed", 3 * HOUR), _job(service, "failed", HOUR)
    running = _job(service, "in_progress")
    assert keeper.set_expiry(service) == 2
    assert service.jobs.get(new.id).expires_at == pytest.approx(time.time() + HOUR, abs=60)
    assert keeper.expire(service) == 1
    assert service.jobs.state(old.id) == ""
    assert not service.folder(old.id).folder.exists()
    assert service.folder(new.id).video.exists()
    assert service.folder(running.id).video.exists()


def test_a_running_job_stays_whatever_its_row_says(service: Service) -> None:
    running = _job(service, "in_progress")
    with service.engine.begin() as connection:
        connection.execute(update(JOBS).values(expires_at=1.0))
    assert keeper.expire(service) == 0
    assert service.folder(running.id).video.exists()


def test_without_a_limit_jobs_stay(tmp_path: Path) -> None:
    service = service_of(Settings(data_dir=tmp_path, keep_hours=0))
    job = _job(service, "completed", 10_000 * HOUR)
    assert keeper.set_expiry(service) == 0
    assert keeper.expire(service) == 0
    assert service.jobs.state(job.id) == "completed"
    forget_connections()


def test_what_is_quick_goes_an_hour_after_its_end(service: Service) -> None:
    old, new = _job(service, "completed", 2 * HOUR, "speech"), _job(service, "completed", 60, "speech")
    assert keeper.expire(service) == 1
    assert (service.jobs.state(old.id), service.jobs.state(new.id)) == ("", "completed")


def test_folders_without_a_job_are_removed_when_they_are_old(service: Service) -> None:
    known = service.folder(_job(service, "completed").id).folder
    lost, fresh = known.parent / new_job_id(), known.parent / new_job_id()
    uploads = service.settings.data_dir / "uploads"
    for folder in (lost, fresh, uploads / "old", uploads / "new"):
        folder.mkdir(parents=True)
        (folder / "photo.png").write_bytes(b"photo")
    for folder in (known, lost, uploads / "old"):
        _age(folder, 2 * HOUR)
    assert keeper.remove_orphans(service) == 2
    assert sorted(path.name for path in known.parent.iterdir()) == sorted([known.name, fresh.name])
    assert [path.name for path in uploads.iterdir()] == ["new"]


def test_old_rows_are_forgotten(service: Service) -> None:
    job = _job(service, "completed")
    service.presence.seen("host:1", ["cpu"])
    old = time.time() - 30 * HOUR
    reply = {"owner": "", "request_hash": "", "job": job.id}
    delivery = {"url": "https://example.org", "body": "", "state": "done", "created_at": old}
    with service.engine.begin() as connection:
        connection.execute(insert(REPLIES).values(**reply, idempotency_key="old", created_at=old))
        connection.execute(insert(REPLIES).values(**reply, idempotency_key="new", created_at=time.time()))
        connection.execute(insert(DELIVERIES).values(id="evt_1", job=job.id, **delivery))
        connection.execute(insert(DELIVERIES).values(id="evt_2", job="video_gone", **delivery))
    keeper.forget_old(service)
    with service.engine.connect() as connection:
        assert list(connection.execute(select(REPLIES.c.idempotency_key)).scalars()) == ["new"]
        assert list(connection.execute(select(DELIVERIES.c.id)).scalars()) == ["evt_1"]
    assert [worker.name for worker in service.presence.alive()] == ["host:1"]


def test_an_error_of_one_round_does_not_end_the_rounds(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(service: Service) -> None:
        raise OSError("the disk is away")

    keeper._do(failing, service)
    assert "could not be done now" in caplog.text


def test_it_stops_when_it_is_told(service: Service) -> None:
    stop = keeper.start(service)
    stop()
