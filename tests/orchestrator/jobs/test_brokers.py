"""The broker or the database goes away in the middle of the work and comes back: nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.jobs.service import Service
from orchestrator.settings import Settings
from orchestrator.video.request import request_of
from tests.service.crew import FAKES, Crew, calling, wait_for, wait_for_end
from tests.service.servers import Postgres, RabbitMQ, Redis, Server

WORDS = "One two three four five six seven. " * 16


def _submit(service: Service, photo: Path, seed: int) -> str:
    return service.submit(request_of(photo=photo, text=WORDS, seed=seed, **FAKES)).id


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_jobs_outlive_a_restart_of_the_broker(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, small_portrait_png: Path
) -> None:
    """One job is submitted before, one while the broker is away, one behind it."""
    server: Redis | RabbitMQ = request.getfixturevalue(kind)
    settings = Settings(data_dir=tmp_path, broker=server.url, lease_seconds=5.0)
    service = calling(settings)
    with Crew(settings, 2) as workers:
        jobs = [_submit(service, small_portrait_png, 1)]
        _wait_until_some_is_done(service, jobs[0], workers)
        server.stop()
        jobs.append(_submit(service, small_portrait_png, 2))
        server.start()
        jobs.append(_submit(service, small_portrait_png, 3))
        ends = [wait_for_end(service, job, workers) for job in jobs]
        assert [job.state for job in ends] == ["completed"] * 3, workers.words()
        assert not workers.ends, "a worker ended with its broker"


def test_work_in_progress_outlives_a_restart_of_the_database(
    postgres: Postgres, tmp_path: Path, small_portrait_png: Path
) -> None:
    with postgres.database() as url:
        settings = Settings(data_dir=tmp_path, database=url, lease_seconds=2.0)
        service = calling(settings)
        with Crew(settings, 2) as workers:
            job = _submit(service, small_portrait_png, 1)
            _wait_until_some_is_done(service, job, workers)
            _away(postgres, 5.0)
            assert wait_for_end(service, job, workers).state == "completed", workers.words()
            assert not workers.ends, "a worker ended with the database"
        service.jobs.close()


def _away(server: Server, seconds: float) -> None:
    import time

    server.stop()
    time.sleep(seconds)
    server.start()


def _wait_until_some_is_done(service: Service, job_id: str, workers: Crew) -> None:
    wait_for(lambda: service.jobs.get(job_id).progress > 0, workers)
