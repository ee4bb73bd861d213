"""The job table: only legal changes, and none is lost between processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from avatar.core.errors import OptionError
from orchestrator.jobs.database import open_database
from orchestrator.jobs.table import FINAL, Jobs, new_job, new_job_id
from tests.service.rows import change, complete, fail, put


@pytest.fixture
def jobs(engine: Engine) -> Jobs:
    return Jobs(engine)


def test_the_usual_life_of_a_job(jobs: Jobs, engine: Engine) -> None:
    job_id = new_job_id()
    put(engine, new_job(job_id, "{}", "ann", details={"prompt": "Hello."}))
    assert jobs.get(job_id).state == "queued"
    assert change(engine, job_id, state="in_progress", stage="speech", progress=0.1)
    assert complete(engine, job_id)
    job = jobs.get(job_id)
    assert (job.state, job.progress) == ("completed", 1.0)
    assert job.updated_at >= job.created_at
    assert (job.owner, job.details) == ("ann", {"prompt": "Hello."})
    assert job.started_at is not None
    assert job.ended_at is not None


@pytest.mark.parametrize("end", FINAL)
def test_a_job_that_has_ended_stays_as_it_is(jobs: Jobs, engine: Engine, end: str) -> None:
    put(engine, new_job("a", "{}"))
    ends = {"completed": partial(complete, engine), "cancelled": jobs.cancel, "failed": partial(fail, engine)}
    assert ends[end]("a")
    assert not change(engine, "a", stage="video")
    assert not any(again("a") for again in ends.values())
    assert jobs.get("a").state == end


def test_the_first_error_counts(jobs: Jobs, engine: Engine) -> None:
    put(engine, new_job("a", "{}"))
    fail(engine, "a", "invalid_photo", "No face.")
    assert not fail(engine, "a", "engine_failed", "something later")
    assert (jobs.get("a").error_code, jobs.get("a").error_message) == ("invalid_photo", "No face.")


def test_an_unknown_job_is_named(jobs: Jobs) -> None:
    with pytest.raises(OptionError, match="no job 'b'"):
        jobs.get("b")


def test_of_many_at_once_one_wins(engine: Engine, database: str, tmp_path: Path) -> None:
    put(engine, new_job("a", "{}"))

    def finish(number: int) -> bool:
        own = open_database(database, tmp_path)
        try:
            return complete(own, "a") if number % 2 else Jobs(own).cancel("a")
        finally:
            own.dispose()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(finish, range(16))) == 1


def test_pages_go_from_the_newest_to_the_oldest_and_keep_owners_apart(jobs: Jobs, engine: Engine) -> None:
    for name in "abcde":
        put(engine, new_job(name, "{}", "ann" if name != "c" else "bob"))
    assert [job.id for job in jobs.page("ann", limit=2)] == ["e", "d"]
    assert [job.id for job in jobs.page("ann", after="d", limit=2)] == ["b", "a"]
    assert [job.id for job in jobs.page(after="c", ascending=True)] == ["d", "e"]
    assert jobs.counts("bob") == {"queued": 1}


def test_only_a_job_that_has_ended_is_removed(jobs: Jobs, engine: Engine) -> None:
    put(engine, new_job("a", "{}"))
    assert not jobs.remove("a")
    jobs.cancel("a")
    assert jobs.remove("a")
    assert jobs.state("a") == ""
