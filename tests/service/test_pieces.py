"""Which piece of work is next, and what becomes of it when its worker is gone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, update

from orchestrator.database import PIECES
from orchestrator.graph import ready, share_done
from orchestrator.jobs import Jobs, new_job
from orchestrator.pieces import MOST_TRIES, Claim, Pieces

LEASE = 30.0


@pytest.fixture
def pieces(engine: Engine) -> Pieces:
    return Pieces(engine)


@pytest.fixture
def jobs(engine: Engine) -> Jobs:
    return Jobs(engine)


def _claim(pieces: Pieces, worker: str = "w", queue: str = "cpu") -> Claim:
    claim = pieces.claim([queue], worker, LEASE)
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


def test_the_share_that_is_done_follows_the_pieces() -> None:
    planned = dict.fromkeys(("0/portrait", "0/speech", "0/face", "0/backdrop"), 1.0)
    assert share_done(1, {}, {}) == 0.0
    assert share_done(1, {"0/speech": 0.5}, {}) == pytest.approx(0.25 / 8)
    assert share_done(1, {**planned, "0/segment/0": 0.5}, {0: 2}) == pytest.approx(0.25 + 0.7 / 4)
    drawn = {**planned, "0/segment/0": 1.0, "0/segment/1": 1.0}
    assert share_done(1, drawn, {0: 2}) == pytest.approx(0.95)
    assert share_done(1, {**drawn, "join": 1.0}, {0: 2}) == pytest.approx(1.0)


def test_progress_moves_within_a_piece_and_the_stage_never_goes_back(pieces: Pieces, jobs: Jobs) -> None:
    pieces.open(new_job("a", "{}"), 1, {})
    claims = [_claim(pieces) for _ in range(3)]
    assert [claim.name for claim in claims] == ["0/portrait", "0/speech", "0/backdrop"]
    assert jobs.get("a").stage == "backdrop"
    pieces.report(claims[1], 1, 0.5)
    halfway = jobs.get("a").progress
    assert 0.0 < halfway < 0.1
    pieces.hand_back(claims[1], counted=False)
    again = _claim(pieces)
    assert again.name == "0/speech"
    pieces.report(again, 1, 0.1)
    assert (jobs.get("a").progress, jobs.get("a").stage) == (halfway, "backdrop")
    pieces.finish(again, 1, {}, 1.0)
    assert jobs.get("a").progress > halfway


def test_a_job_goes_from_piece_to_piece_to_its_end(pieces: Pieces, jobs: Jobs) -> None:
    assert pieces.open(new_job("a", "{}"), 1, {"segment": "gpu"}) == ["cpu"] * 3
    done: list[str] = []
    progress = []
    while jobs.state("a") != "completed":
        claim = pieces.claim(["cpu", "gpu"], "w", LEASE)
        assert claim is not None
        pieces.finish(claim, 1, {"segment": "gpu"}, 0.5, segments=2 if claim.name == "0/face" else None)
        done.append(claim.name)
        progress.append(jobs.get("a").progress)
    assert done[-5:] == ["0/face", "0/draft", "0/segment/0", "0/segment/1", "join"]
    assert progress == sorted(progress)
    assert jobs.get("a").progress == 1.0
    assert pieces.claim(["cpu", "gpu"], "w", LEASE) is None
    assert pieces.stage_seconds("a")["segment"] == 1.0


def test_a_piece_has_one_worker(pieces: Pieces) -> None:
    for number in range(4):
        pieces.open(new_job(f"job{number}", "{}"), 1, {})
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda number: pieces.claim(["cpu"], f"w{number}", LEASE), range(16)))
    taken = [(claim.job, claim.name) for claim in claims if claim]
    assert len(taken) == len(set(taken)) == 12


def test_owners_take_turns_and_priority_goes_first(pieces: Pieces) -> None:
    for number in range(3):
        pieces.open(new_job(f"a{number}", "{}", "ann"), 1, {})
    pieces.open(new_job("b", "{}", "bob"), 1, {})
    assert [_claim(pieces).job for _ in range(4)] == ["a0", "b", "a0", "b"]
    pieces.open(new_job("urgent", "{}", "ann", priority=5), 1, {})
    assert _claim(pieces).job == "urgent"


def test_what_a_dead_worker_held_is_free_again_and_the_job_fails_in_the_end(
    pieces: Pieces, jobs: Jobs, engine: Engine
) -> None:
    pieces.open(new_job("a", "{}"), 1, {})
    for attempt in range(1, MOST_TRIES + 1):
        with engine.begin() as connection:
            connection.execute(update(PIECES).where(PIECES.c.name != "0/speech").values(state="done"))
        claim = _claim(pieces, f"w{attempt}")
        assert (claim.name, claim.tries) == ("0/speech", attempt)
        assert pieces.recover() == 0
        with engine.begin() as connection:
            connection.execute(update(PIECES).where(PIECES.c.state == "running").values(leased_until=time.time() - 1))
        assert pieces.recover() == 1
        assert not pieces.renew(claim, LEASE)
        assert pieces.finish(claim, 1, {}, 1.0) == []
    job = jobs.get("a")
    assert (job.state, job.error_code) == ("failed", "worker_lost")
    assert "speech" in job.error_message
    assert pieces.claim(["cpu"], "w", LEASE) is None


def test_only_whoever_has_the_piece_may_fail_the_job(pieces: Pieces, jobs: Jobs) -> None:
    pieces.open(new_job("a", "{}"), 1, {})
    claim = _claim(pieces)
    assert not pieces.fail(replace(claim, worker="late"), "engine_failed", "Broken.")
    assert jobs.get("a").state == "in_progress"
    assert pieces.fail(claim, "engine_failed", "Broken.")
    assert (jobs.get("a").state, jobs.get("a").error_message) == ("failed", "Broken.")
    assert pieces.running("a") == 0


def test_a_piece_handed_back_waits_only_if_it_failed(pieces: Pieces) -> None:
    pieces.open(new_job("a", "{}"), 1, {"speech": "gpu"})
    claim = _claim(pieces, queue="gpu")
    pieces.hand_back(claim, counted=False)
    again = _claim(pieces, queue="gpu")
    assert again.tries == 1
    pieces.hand_back(again, counted=True)
    assert pieces.claim(["gpu"], "w", LEASE) is None


def test_a_cancelled_job_lets_its_workers_go(pieces: Pieces, jobs: Jobs) -> None:
    pieces.open(new_job("a", "{}"), 1, {})
    claim = _claim(pieces)
    assert pieces.running("a") == 1
    assert pieces.renew(claim, LEASE)
    jobs.cancel("a")
    assert not pieces.renew(claim, LEASE)
    assert pieces.claim(["cpu"], "w", LEASE) is None


def test_work_that_nobody_announced_is_called_once_a_while(pieces: Pieces, engine: Engine) -> None:
    pieces.open(new_job("a", "{}"), 1, {})
    assert pieces.calls(["cpu"], 3.0, 10) == []
    with engine.begin() as connection:
        connection.execute(update(PIECES).values(called_at=time.time() - 5))
    assert pieces.calls(["cpu"], 3.0, 2) == [("cpu", "a")] * 2
    assert pieces.calls(["gpu"], 3.0, 10) == []
    assert pieces.calls(["cpu"], 3.0, 10) == [("cpu", "a")]
    assert pieces.calls(["cpu"], 3.0, 10) == []
    assert pieces.depth() == {("cpu", "ready"): 3}
