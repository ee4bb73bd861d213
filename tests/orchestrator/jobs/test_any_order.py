"""Whatever clients and workers do to a job, in whatever order: its state is legal, and what ended stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.api.app import create_app
from orchestrator.jobs.claims import Claim
from orchestrator.jobs.folder import FILES
from orchestrator.jobs.table import FINAL, OPEN, Job, new_job, new_job_id
from orchestrator.settings import Settings
from orchestrator.video.request import request_of
from orchestrator.video.scenes import scenes_to_json
from orchestrator.video.steps import JOIN
from tests.service.doors import Door
from tests.service.live import FAKES

_REQUEST = scenes_to_json([request_of(photo="me.png", text="Hello.", **FAKES)])
_NEXT = {
    "queued": {"queued", "in_progress", "cancelled", "failed"},
    "in_progress": {"in_progress", *FINAL},
    **{state: {state} for state in FINAL},
}
_CLIENTS = ["look", "list", "content", "cancel", "cancel", "remove"]
_WORKERS = ["claim"] * 5 + ["finish"] * 6 + ["report", "renew", "hand back", "try again", "fail", "recover"]
_MOVES = st.lists(st.tuples(st.sampled_from(_CLIENTS + 2 * _WORKERS), st.integers(0, 7)), min_size=1, max_size=28)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    made = Door(create_app(Settings(data_dir=tmp_path_factory.mktemp("data"))))
    yield made
    made.service.jobs.close()


@dataclass
class _Life:
    """A job, what workers hold of it, and what was seen of it so far."""

    door: Door
    job: Job
    held: list[Claim] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    seen: Job | None = None

    def move(self, what: str, which: int) -> None:
        claims, path = self.door.service.claims, f"/v1/videos/{self.job.id}"
        mine = self.held[which % len(self.held)] if self.held else None
        if what == "claim":
            self.held += [one for one in [claims.claim(["cpu"], f"worker{which}{len(self.held)}", 60.0)] if one]
        elif what == "recover":
            assert claims.recover() == 0  # every lease is long
        elif what in ("look", "list", "content"):
            asked = {"look": path, "list": "/v1/videos", "content": f"{path}/content?variant={list(FILES)[which % 7]}"}
            assert self.door.ask("GET", asked[what]).status_code in (200, 404)
        elif what == "cancel":
            assert self.door.ask("POST", f"{path}/cancel").status_code in (200, 404, 409)
        elif what == "remove":
            assert self.door.ask("DELETE", path).status_code in (200, 404, 409)
        elif mine is not None:
            self._work(what, mine)

    def _work(self, what: str, mine: Claim) -> None:
        claims = self.door.service.claims
        if what == "report":
            claims.report(mine, 1, 0.5)
        elif what == "renew":
            claims.renew(mine, 60.0)
        else:
            self.held.remove(mine)
        if what == "finish":
            claims.finish(mine, 1, {}, 1.0, 2 if mine.step.kind == "face" else None)
            self.finished.append(mine.name)
        elif what == "fail":
            claims.fail(mine, "engine_failed", "It broke.")
        elif what in ("hand back", "try again"):
            claims.hand_back(mine, counted=what == "try again")

    def check(self) -> None:
        """The job as it is now, against what it was."""
        assert len({(one.job, one.name) for one in self.held}) == len(self.held)
        answer = self.door.ask("GET", f"/v1/videos/{self.job.id}")
        if answer.status_code == 404:
            assert self.seen is None or self.seen.state in FINAL or not self.held
            assert self.door.service.jobs.state(self.job.id) == ""
            return
        now, before = self.door.service.jobs.get(self.job.id), self.seen
        assert answer.json()["status"] == now.state
        assert 0.0 <= now.progress <= 1.0
        assert (now.ended_at is not None) == (now.state in FINAL)
        assert (now.state == "completed") == (JOIN in self.finished and now.progress == 1.0)
        assert bool(now.error_code) == (now.state == "failed")
        if before is not None:
            assert now.state in _NEXT[before.state]
            assert now.progress >= before.progress
            assert before.state in OPEN or (now.ended_at, now.error_code) == (before.ended_at, before.error_code)
        self.seen = now


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_MOVES)
def test_any_order_of_calls_leaves_a_legal_state(door: Door, moves: list[tuple[str, int]]) -> None:
    job = new_job(new_job_id(), _REQUEST)
    door.service.claims.open(job, 1, {})
    life = _Life(door, job)
    try:
        life.check()
        for what, which in moves:
            life.move(what, which)
            life.check()
    finally:
        door.service.cancel(job.id)
        door.service.remove(job.id)


def test_a_job_whose_steps_are_all_done_is_complete(door: Door, tmp_path: Path) -> None:
    """The moves can reach every end: else the property would say little."""
    job = new_job(new_job_id(), _REQUEST)
    door.service.claims.open(job, 1, {})
    life = _Life(door, job)
    for _ in range(12):
        life.move("claim", 0)
        life.move("finish", 0)
        life.check()
    assert life.seen is not None
    assert life.seen.state == "completed"
    assert set(life.finished[:4]) == {"0/portrait", "0/speech", "0/face", "0/backdrop"}
    assert life.finished[-1] == JOIN
    door.service.remove(job.id)
