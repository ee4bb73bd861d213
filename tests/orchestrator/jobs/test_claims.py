"""Which step of work is next, and what becomes of it when its worker is gone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, update

from avatar.core.reasons import coded
from orchestrator.jobs.claims import MOST_TRIES, Claim, Claims
from orchestrator.jobs.database import STEPS
from orchestrator.jobs.table import Jobs, new_job
from orchestrator.video.steps import ready, share_done

LEASE = 30.0


@pytest.fixture
def claims(engine: Engine) -> Claims:
    return Claims(engine)


@pytest.fixture
def jobs(engine: Engine) -> Jobs:
    return Jobs(engine)


def _claim(claims: Claims, worker: str = "w", queue: str = "cpu") -> Claim:
    claim = claims.claim([queue], worker, LEASE)
    assert claim is not None
    return claim


def test_the_face_waits_for_sound_and_photo_and_the_join_for_everything() -> None:
    assert ready(1, (), {}) == ["0/portrait", "0/speech", "0/backdrop"]
    assert "0/face" in ready(1, {"0/portrait", "0/speech"}, {})
    planned = {"0/portrait", "0/speech", "0/face", "0/backdrop"}
    assert ready(1, planned, {0: 1}) == ["0/segment/0"]
    assert ready(1, planned, {0: 2}) == ["0/draft", "0/segment/0", "0/segment/1"]
    drawn = {*planned, "0/draft", "0/segment/0", "0/segment/1"}
    assert ready(1, drawn, {0: 2}) == ["join"]
    assert ready(2, drawn, {0: 2})[0] == "1/portrait"
    assert ready(2, planned, {0: 1})[0] == "0/draft"


def test_the_share_that_is_done_follows_the_steps() -> None:
    planned = dict.fromkeys(("0/portrait", "0/speech", "0/face", "0/backdrop"), 1.0)
    assert share_done(1, {}, {}) == 0.0
    assert share_done(1, {"0/speech": 0.5}, {}) == pytest.approx(0.1 / 2)
    assert share_done(1, {**planned, "0/segment/0": 0.5}, {0: 2}) == pytest.approx(0.2 + 0.7 / 4)
    drawn = {**planned, "0/segment/0": 1.0, "0/segment/1": 1.0}
    assert share_done(1, drawn, {0: 2}) == pytest.approx(0.9)
    assert share_done(1, {**drawn, "join": 1.0}, {0: 2}) == pytest.approx(1.0)


def test_progress_moves_within_a_step_and_the_stage_never_goes_back(claims: Claims, jobs: Jobs) -> None:
    claims.open(new_job("a", "{}"), 1, {})
    first = [_claim(claims) for _ in range(3)]
    assert [claim.name for claim in first] == ["0/portrait", "0/speech", "0/backdrop"]
    assert jobs.get("a").stage == "backdrop"
    claims.report(first[1], 1, 0.5)
    halfway = jobs.get("a").progress
    assert 0.0 < halfway < 0.1
    claims.hand_back(first[1], counted=False)
    again = _claim(claims)
    assert again.name == "0/speech"
    claims.report(again, 1, 0.1)
    assert (jobs.get("a").progress, jobs.get("a").stage) == (halfway, "backdrop")
    claims.finish(again, 1, {}, 1.0)
    assert jobs.get("a").progress > halfway


def test_a_job_goes_from_step_to_step_to_its_end(claims: Claims, jobs: Jobs) -> None:
    assert claims.open(new_job("a", "{}"), 1, {"segment": "gpu"}) == ["cpu"] * 3
    done: list[str] = []
    progress = []
    while jobs.state("a") != "completed":
        claim = claims.claim(["cpu", "gpu"], "w", LEASE)
        assert claim is not None
        claims.finish(claim, 1, {"segment": "gpu"}, 0.5, segments=2 if claim.name == "0/face" else None)
        done.append(claim.name)
        progress.append(jobs.get("a").progress)
    assert done[-5:] == ["0/face", "0/draft", "0/segment/0", "0/segment/1", "join"]
    assert progress == sorted(progress)
    assert jobs.get("a").progress == 1.0
    assert claims.claim(["cpu", "gpu"], "w", LEASE) is None
    assert claims.seconds_by_kind("a")["segment"] == 1.0


def test_a_step_has_one_worker(claims: Claims) -> None:
    for number in range(4):
        claims.open(new_job(f"job{number}", "{}"), 1, {})
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda number: claims.claim(["cpu"], f"w{number}", LEASE), range(16)))
    taken = [(claim.job, claim.name) for claim in claims if claim]
    assert len(taken) == len(set(taken)) == 12


def test_owners_take_turns_and_priority_goes_first(claims: Claims) -> None:
    for number in range(3):
        claims.open(new_job(f"a{number}", "{}", "ann"), 1, {})
    claims.open(new_job("b", "{}", "bob"), 1, {})
    assert [_claim(claims).job for _ in range(4)] == ["a0", "b", "a0", "b"]
    claims.open(new_job("urgent", "{}", "ann", priority=5), 1, {})
    assert _claim(claims).job == "urgent"


def test_what_a_dead_worker_held_is_free_again_and_the_job_fails_in_the_end(
    claims: Claims, jobs: Jobs, engine: Engine
) -> None:
    claims.open(new_job("a", "{}"), 1, {})
    for attempt in range(1, MOST_TRIES + 1):
        with engine.begin() as connection:
            connection.execute(update(STEPS).where(STEPS.c.name != "0/speech").values(state="done"))
        claim = _claim(claims, f"w{attempt}")
        assert (claim.name, claim.tries) == ("0/speech", attempt)
        assert claims.recover() == 0
        with engine.begin() as connection:
            connection.execute(update(STEPS).where(STEPS.c.state == "running").values(leased_until=time.time() - 1))
        assert claims.recover() == 1
        assert not claims.renew(claim, LEASE)
        assert claims.finish(claim, 1, {}, 1.0) == []
    job = jobs.get("a")
    assert (job.state, job.error_code) == ("failed", "worker_lost")
    assert "speech" in job.error_message
    assert coded(job.failure) == {"reason": "step_lost", "params": {"stage": "speech", "n": 3}}
    assert claims.claim(["cpu"], "w", LEASE) is None


def test_only_whoever_has_the_step_may_fail_the_job(claims: Claims, jobs: Jobs) -> None:
    claims.open(new_job("a", "{}"), 1, {})
    claim = _claim(claims)
    assert not claims.fail(replace(claim, worker="late"), "engine_failed", "Broken.")
    assert jobs.get("a").state == "in_progress"
    assert claims.fail(claim, "engine_failed", "Broken.")
    assert (jobs.get("a").state, jobs.get("a").failure) == ("failed", "Broken.")
    assert claims.running("a") == 0


def test_a_step_handed_back_waits_only_if_it_failed(claims: Claims) -> None:
    claims.open(new_job("a", "{}"), 1, {"speech": "gpu"})
    claim = _claim(claims, queue="gpu")
    claims.hand_back(claim, counted=False)
    again = _claim(claims, queue="gpu")
    assert again.tries == 1
    claims.hand_back(again, counted=True)
    assert claims.claim(["gpu"], "w", LEASE) is None


def test_a_cancelled_job_lets_its_workers_go(claims: Claims, jobs: Jobs) -> None:
    claims.open(new_job("a", "{}"), 1, {})
    claim = _claim(claims)
    assert claims.running("a") == 1
    assert claims.renew(claim, LEASE)
    jobs.cancel("a")
    assert not claims.renew(claim, LEASE)
    assert claims.claim(["cpu"], "w", LEASE) is None


def test_work_that_nobody_announced_is_called_once_a_while(claims: Claims, engine: Engine) -> None:
    claims.open(new_job("a", "{}"), 1, {})
    assert claims.calls(["cpu"], 3.0, 10) == []
    with engine.begin() as connection:
        connection.execute(update(STEPS).values(called_at=time.time() - 5))
    assert claims.calls(["cpu"], 3.0, 2) == [("cpu", "a")] * 2
    assert claims.calls(["gpu"], 3.0, 10) == []
    assert claims.calls(["cpu"], 3.0, 10) == [("cpu", "a")]
    assert claims.calls(["cpu"], 3.0, 10) == []
    assert claims.depth() == {("cpu", "ready"): 3}
