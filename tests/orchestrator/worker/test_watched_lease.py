"""The thread beside the work, on a clock of the test's own: when it renews, tells, gives up and ends the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from avatar.core.errors import Cancelled
from orchestrator.jobs.claims import Claim
from orchestrator.worker import lease
from orchestrator.worker.lease import HUNG, Watch
from orchestrator.worker.stop import stopping

CLAIM = Claim("video_1", "0/speech", "here:1", 1)
AWAY = OperationalError("SELECT", {}, Exception("gone"))


class Clock:
    """Time that passes where somebody waits; ``at`` has what happens at which look. It ends at ``ends``."""

    def __init__(self, ends: float) -> None:
        self.now, self.ends = 1000.0, 1000.0 + ends
        self.at: dict[int, Callable[[], object]] = {}
        self.looks = 0

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        self.looks += 1
        self.at.get(self.looks, lambda: None)()
        return self.now > self.ends


class Tables:
    """A service of which every call is written down."""

    def __init__(self, clock: Clock, stall: float = 60.0, hold: float = 8.0) -> None:
        self.said: list[tuple[Any, ...]] = []
        self.state, self.renews, self.clock = "in_progress", True, clock
        self.away = False
        self.settings = SimpleNamespace(stall_seconds=stall, lease_seconds=hold)

    def _told(self, *what: Any) -> None:
        if self.away:
            raise AWAY
        self.said.append((what[0], round(self.clock.now - 1000.0, 1), *what[1:]))

    def state_of(self, job: str) -> str:
        return self.state

    def renew(self, claim: Claim, seconds: float) -> bool:
        self._told("renew", claim.name, seconds)
        return self.renews

    def report(self, claim: Claim, scenes: int, fraction: float) -> None:
        self._told("report", claim.name, scenes, fraction)

    def hand_back(self, claim: Claim, counted: bool, pause: float = 0.0) -> None:
        self._told("hand back", claim.name, counted)

    def fail(self, claim: Claim, code: str, message: str) -> None:
        self._told("fail", claim.name, code, message)


class Left(Exception):  # noqa: N818 - an end, not a failure
    """The process was ended."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    found = Clock(ends=20.0)
    monkeypatch.setattr(lease.time, "monotonic", lambda: found.now)
    yield found
    stopping.clear()


def watching(clock: Clock, claim: Claim = CLAIM, **settings: float) -> tuple[Watch, Tables]:
    tables = Tables(clock, **settings)
    service = SimpleNamespace(
        settings=tables.settings, claims=tables, jobs=SimpleNamespace(state=tables.state_of),
        folder=lambda job: SimpleNamespace(folder="/jobs"),
    )  # fmt: skip

    def leave(status: int) -> None:
        tables.said.append(("left", round(clock.now - 1000.0, 1), status))
        raise Left

    watch = Watch(claim, service, 3, leave)  # type: ignore[arg-type]
    watch.over = clock  # type: ignore[assignment]
    return watch, tables


def test_a_lease_is_renewed_each_quarter_of_its_length(clock: Clock) -> None:
    clock.ends = 1007.0
    watch, tables = watching(clock)
    watch.run()
    assert tables.said == [("renew", 2.5, "0/speech", 8.0), ("renew", 5.0, "0/speech", 8.0)]
    assert clock.looks == 15


def test_how_far_the_work_is_is_told_where_it_went_on_but_not_at_every_look(clock: Clock) -> None:
    clock.ends = 1006.0
    watch, tables = watching(clock, hold=1000.0)
    clock.at = {1: lambda: watch.heard(0.25, ""), 4: lambda: watch.heard(0.5, ""), 7: lambda: watch.heard(0.5, "")}
    watch.run()
    assert tables.said == [("report", 1.5, "0/speech", 3, 0.25), ("report", 3.0, "0/speech", 3, 0.5)]


def test_work_without_progress_is_not_told(clock: Clock) -> None:
    clock.ends = 1004.0
    watch, tables = watching(clock, hold=1000.0)
    watch.run()
    assert tables.said == []


@pytest.mark.parametrize("state", ["cancelled", "failed", "completed", ""])
def test_work_that_nobody_wants_hears_of_it_and_has_a_moment_to_stop(clock: Clock, state: str) -> None:
    watch, tables = watching(clock)
    watch.heard(0.1, "")
    tables.state = state
    with pytest.raises(Left):
        watch.run()
    assert tables.said == [("hand back", 2.0, "0/speech", False), ("left", 2.0, HUNG)]
    with pytest.raises(Cancelled, match="Job video_1 was stopped"):
        watch.heard(0.2, "")


def test_a_job_that_waits_again_is_wanted(clock: Clock) -> None:
    clock.ends = 1003.0
    watch, tables = watching(clock, hold=1000.0)
    tables.state = "queued"
    watch.run()
    watch.heard(0.2, "")
    assert tables.said == []


def test_a_lease_that_is_another_worker_s_ends_the_work(clock: Clock) -> None:
    watch, tables = watching(clock)
    tables.renews = False
    with pytest.raises(Left):
        watch.run()
    assert tables.said[:2] == [("renew", 2.5, "0/speech", 8.0), ("hand back", 4.0, "0/speech", False)]
    with pytest.raises(Cancelled):
        watch.heard(0.2, "")


def test_a_worker_that_is_asked_to_stop_hands_its_work_back(clock: Clock) -> None:
    watch, tables = watching(clock)
    clock.at = {2: stopping.set}
    with pytest.raises(Left):
        watch.run()
    assert tables.said == [("hand back", 2.5, "0/speech", False), ("left", 2.5, HUNG)]


@pytest.mark.parametrize(
    ("name", "asked", "seconds"), [("quick", False, 30.0), ("quick", True, 1.2), ("0/face", False, 1.2)]
)
def test_a_preview_has_half_a_minute_to_hear_unless_the_worker_stops(
    clock: Clock, name: str, asked: bool, seconds: float
) -> None:
    watch, _ = watching(clock, Claim("video_1", name, "here:1", 1))
    if asked:
        stopping.set()
    assert watch._grace() == seconds


def test_work_that_is_silent_too_long_is_tried_again_elsewhere(clock: Clock) -> None:
    watch, tables = watching(clock, stall=5.0, hold=1000.0)
    clock.at = {4: lambda: watch.heard(0.0, "")}
    with pytest.raises(Left):
        watch.run()
    assert tables.said == [("hand back", 7.5, "0/speech", True), ("left", 7.5, HUNG)]


def test_work_that_was_silent_three_times_fails_with_its_stage_and_the_seconds(clock: Clock) -> None:
    watch, tables = watching(clock, Claim("video_1", "0/speech", "here:1", 3), stall=5.0, hold=1000.0)
    with pytest.raises(Left):
        watch.run()
    (failed, when, name, code, message), left = tables.said
    assert (failed, when, name, code, left) == ("fail", 5.5, "0/speech", "engine_failed", ("left", 5.5, HUNG))
    assert message == "The stage speech hung: it said nothing for 5 seconds (tried 3 times)."


def test_work_goes_on_while_the_tables_are_away(clock: Clock) -> None:
    watch, tables = watching(clock, hold=4.0)
    tables.away = True
    clock.at = {8: lambda: setattr(tables, "away", False)}
    clock.ends = 1005.0
    watch.run()
    watch.heard(0.5, "")
    assert tables.said == [("renew", 4.0, "0/speech", 4.0)]


def test_what_hangs_is_left_also_where_the_tables_are_away(clock: Clock) -> None:
    watch, tables = watching(clock, stall=5.0, hold=1000.0)
    clock.at = {10: lambda: setattr(tables, "away", True)}
    with pytest.raises(Left):
        watch.run()
    assert tables.said == [("left", 5.5, HUNG)]


def test_the_thread_lives_as_long_as_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_LOOK_EVERY", 0.005)
    tables = Tables(Clock(1.0))
    looked = threading.Event()

    def state(job: str) -> str:
        looked.set()
        return tables.state

    service = SimpleNamespace(settings=tables.settings, claims=tables, jobs=SimpleNamespace(state=state))
    with lease.watched(CLAIM, service, 2) as progress:  # type: ignore[arg-type]
        progress(0.5, "half")
        assert looked.wait(60.0)
        (thread,) = [one for one in threading.enumerate() if one.name == "lease"]
        assert thread.daemon
        tables.state = "cancelled"
        with pytest.raises(Cancelled):
            for _ in range(1000):
                progress(0.6, "more")
                threading.Event().wait(0.005)
    assert not thread.is_alive()
