"""The time that is left, against histories of which the outcome is known."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from orchestrator.jobs.eta import Line, _own_spread, _points, _spread, fit, forecast
from orchestrator.jobs.ledger import Entry, Ledger, SceneFacts, StepFacts
from orchestrator.video.folder import segments_of
from orchestrator.video.steps import ready, step_of

FPS = 25.0
PIXELS = 0.25
COSTS = {"portrait": 2.0, "backdrop": 9.0}


def _cost(name: str, seconds: float) -> tuple[float, int]:
    """Seconds of a worker and frames of a step, as a machine might have it."""
    step, frames = step_of(name), round(seconds * FPS)
    if step.kind == "speech":
        return 1.5 + 0.1 * seconds, 0
    if step.kind == "face":
        return 0.5 + 0.01 * seconds, frames
    if step.kind == "draft":
        return 50 * PIXELS * 0.16, 50
    if step.kind == "segment":
        segment = segments_of(frames)[step.segment]
        return (segment.stop - segment.start) * PIXELS * 0.16, segment.stop - segment.start
    return (1.0 + 0.02 * seconds if step.kind == "join" else COSTS[step.kind]), 0


Costs = Callable[[str, float], tuple[float, int]]


def _uneven(seed: int, spread: float, pace: float = 1.0) -> Costs:
    """A machine whose steps scatter by ``spread``, and that draws ``pace`` times as long as usual."""

    def cost(name: str, seconds: float) -> tuple[float, int]:
        usual, frames = _cost(name, seconds)
        chance = np.random.default_rng([seed, *name.encode(), round(100 * seconds)]).normal()
        slower = pace if "segment" in name or "draft" in name else 1.0
        return usual * slower * math.exp(spread * chance), frames

    return cost


def _entry(
    job: str, seconds: float, done: set[str], fractions: dict[str, float], costs: Costs = _cost, **more: object
) -> Entry:
    known = round(seconds * FPS) / FPS if "0/face" in done else None
    steps = {name: StepFacts(True, *costs(name, seconds), 1.0) for name in done}
    steps |= {name: StepFacts(False, 0.0, 0, share) for name, share in fractions.items()}
    fields = {"owner": "", "priority": 0, "created_at": 1.0, **more}
    return Entry(job, scenes=(SceneFacts(PIXELS, FPS, round(14 * seconds), True, known),), steps=steps, **fields)  # type: ignore[arg-type]


def _names(seconds: float) -> set[str]:
    count = len(segments_of(round(seconds * FPS)))
    drawn = {f"0/segment/{k}" for k in range(count)} | ({"0/draft"} if count > 1 else set())
    return {"0/portrait", "0/speech", "0/face", "0/backdrop", "join"} | drawn


def _forecast(ledger: Ledger) -> dict[str, float]:
    return {job: left.seconds for job, left in forecast(ledger).items()}


def _history(*lengths: float, costs: Costs = _cost) -> tuple[Entry, ...]:
    return tuple(_entry(f"old{k}", seconds, _names(seconds), {}, costs) for k, seconds in enumerate(lengths))


Moment = tuple[float, set[str], dict[str, tuple[float, float]]]


def _simulated(seconds: float, workers: int, costs: Costs = _cost) -> list[Moment]:
    """What is done and what runs (name -> begin, end) each time a worker takes a step, and at the end."""
    segments = {0: len(segments_of(round(seconds * FPS)))}
    done: set[str] = set()
    running: list[tuple[float, float, str]] = []
    now, moments = 0.0, []
    while "join" not in done:
        waiting = [name for name in ready(1, done, segments) if name not in {name for *_, name in running}]
        if "join" in waiting and running:
            waiting = []
        for name in waiting[: workers - len(running)]:
            heapq.heappush(running, (now + costs(name, seconds)[0], now, name))
        moments.append((now, set(done), {name: (begin, end) for end, begin, name in running}))
        now, _, name = heapq.heappop(running)
        done.add(name)
    return [*moments, (now, done, {})]


def test_a_line_is_found_and_never_falls() -> None:
    assert fit([(0.0, 4.0), (0.0, 6.0)]) == Line(5.0, 0.0)
    line = fit([(1.0, 3.0), (2.0, 5.0), (10.0, 21.0)])
    assert (line.fixed, line.each) == (pytest.approx(1.0), pytest.approx(2.0))
    assert fit([(10.0, 5.0)], 0.4) == Line(2.0, pytest.approx(0.3))
    assert fit([(1.0, 9.0), (9.0, 1.0)]).each == 0.0


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("seconds", [3.0, 45.0, 400.0])
def test_the_time_left_is_near_what_a_simulated_machine_takes(seconds: float, workers: int) -> None:
    history = _history(2.0, 8.0, 30.0, 120.0)
    moments = _simulated(seconds, workers)
    total = moments[-1][0]
    for now, done, running in moments[:-1]:
        fractions = {name: (now - begin) / (end - begin) for name, (begin, end) in running.items()}
        left = _forecast(Ledger((_entry("a", seconds, done, fractions),), history, workers)).get("a")
        assert left == pytest.approx(total - now, rel=0.2, abs=0.15 * total)


Told = tuple[float, bool, bool, float]


def _told(seconds: float, workers: int, costs: Costs, lengths: Sequence[float]) -> list[Told]:
    """(share of the time that is gone, whether it drew anything yet, whether the time left is told as sure, by how much
    of itself it is wrong)."""
    moments = _simulated(seconds, workers, costs)
    total = moments[-1][0]
    history, found = _history(*lengths, costs=costs), []
    for now, done, running in moments[:-1]:
        fractions = {name: (now - begin) / (end - begin) for name, (begin, end) in running.items()}
        left = forecast(Ledger((_entry("a", seconds, done, fractions, costs),), history, workers))["a"]
        found.append((now / total, "0/draft" in done, left.sure, abs(left.seconds / (total - now) - 1.0)))
    return found


LENGTHS = (4.0, 12.0, 20.0, 33.0, 60.0, 90.0)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("seconds", [15.0, 45.0, 200.0])
def test_on_a_quiet_machine_the_time_is_sure_once_a_draft_is_drawn_and_right(seconds: float, workers: int) -> None:
    told = [moment for seed in range(5) for moment in _told(seconds, workers, _uneven(seed, 0.04), LENGTHS)]
    drawn = [sure for gone, drew, sure, _ in told if drew and gone > 0.1]
    assert sum(drawn) > 0.9 * len(drawn)
    assert not any(sure for gone, drew, sure, _ in told if not drew or gone < 0.1)
    assert max(wrong for *_, sure, wrong in told if sure) <= 0.3


def test_of_a_long_video_the_time_is_sure_after_the_first_tenth() -> None:
    for workers in (1, 2):
        told = [moment for seed in range(5) for moment in _told(400.0, workers, _uneven(seed, 0.04), LENGTHS)]
        begun = [sure for gone, _, sure, _ in told if gone > 0.1]
        assert sum(begun) > 0.9 * len(begun)


@pytest.mark.parametrize(("spread", "pace"), [(0.15, 1.0), (0.4, 1.0), (0.8, 1.0), (0.04, 2.5), (0.2, 0.5)])
def test_what_is_told_as_sure_is_right_on_machines_that_are_not_even(spread: float, pace: float) -> None:
    told = []
    for seed in range(6):
        moments = _simulated(60.0, 2, _uneven(seed, spread, pace))
        history, total = _history(*LENGTHS, costs=_uneven(seed, spread)), moments[-1][0]
        for now, done, running in moments[:-1]:
            fractions = {name: (now - begin) / (end - begin) for name, (begin, end) in running.items()}
            entry = _entry("a", 60.0, done, fractions, _uneven(seed, spread, pace))
            left = forecast(Ledger((entry,), history, 2))["a"]
            told.append((left.sure, abs(left.seconds / (total - now) - 1.0)))
    wrong = [wrong for sure, wrong in told if sure]
    assert sum(one > 0.3 for one in wrong) <= 0.05 * len(told)


def test_little_is_known_is_told_as_about() -> None:
    even = _uneven(1, 0.02)
    assert not any(sure for *_, sure, _ in _told(60.0, 2, even, LENGTHS[:1]))
    moments = _simulated(60.0, 2, even)
    now, done, running = moments[len(moments) // 2]
    fractions = {name: (now - begin) / (end - begin) for name, (begin, end) in running.items()}
    mine = _entry("a", 60.0, done, fractions, even)
    history = _history(*LENGTHS, costs=even)
    assert forecast(Ledger((mine,), history, 2))["a"].sure
    other = _entry("b", 60.0, set(), {}, even, created_at=2.0)
    assert not any(left.sure for left in forecast(Ledger((mine, other), history, 2)).values())


def test_nothing_is_said_where_nothing_is_known() -> None:
    fresh = _entry("a", 30.0, set(), {})
    assert _forecast(Ledger((fresh,), (), 2)).get("a") is None
    assert _forecast(Ledger((fresh,), _history(5.0), 0)).get("a") is None
    assert _forecast(Ledger((), _history(5.0), 2)).get("a") is None
    recording = replace(fresh, scenes=(SceneFacts(PIXELS, FPS, 0),))
    assert _forecast(Ledger((recording,), _history(5.0), 2)).get("a") is None


def test_the_first_video_of_all_is_guessed_where_the_engines_are_known() -> None:
    fresh = _entry("a", 30.0, set(), {})
    fresh = replace(fresh, scenes=(replace(fresh.scenes[0], usual=True),))
    guessed = _forecast(Ledger((fresh,), (), 2)).get("a")
    assert guessed is not None
    assert 20.0 < guessed < 60.0
    learned = _forecast(Ledger((fresh,), _history(5.0, 30.0), 2)).get("a")
    assert learned is not None
    assert learned != pytest.approx(guessed, rel=0.02)


def test_the_first_video_of_all_is_told_from_its_own_draft() -> None:
    planned = {"0/portrait", "0/speech", "0/face", "0/backdrop", "0/draft"}
    left = _forecast(Ledger((_entry("a", 60.0, planned, {}),), (), 1)).get("a")
    assert left == pytest.approx(60 * FPS * PIXELS * 0.16, rel=0.1)


def test_those_who_are_served_first_are_waited_for_and_owners_take_turns() -> None:
    history = _history(2.0, 8.0, 30.0)

    def left(mine: Entry, *others: Entry) -> float:
        found = _forecast(Ledger((*others, mine), history, 1)).get(mine.job)
        assert found is not None
        return found

    anns = [_entry(f"ann{k}", 10.0, set(), {}, owner="ann", created_at=float(k)) for k in range(10)]
    bobs = _entry("bob", 10.0, set(), {}, owner="bob", created_at=50.0)
    alone = left(bobs)
    assert left(bobs, *anns) == pytest.approx(2 * alone, rel=0.2)
    assert left(anns[9], *anns[:9], bobs) == pytest.approx(11 * alone, rel=0.2)
    urgent = replace(bobs, priority=5)
    assert left(urgent, *anns) == pytest.approx(alone)


def test_the_spread_of_a_machine_that_draws_slower_than_it_did_is_in_doubt() -> None:
    """By how much of itself the line was wrong, until enough was drawn to know it anew."""
    points = _points(_history(*LENGTHS, costs=_uneven(1, 0.04)))
    lines = {kind: fit(found) for kind, found in points.items()}
    spreads = {kind: _spread(found, lines[kind]) for kind, found in points.items()}
    begun = {"0/portrait", "0/speech", "0/backdrop", "0/face", "0/draft"}
    doubts = {}
    for pace in (1.0, 3.0):
        entry = _entry("a", 60.0, begun, {}, _uneven(2, 0.0, pace))
        own = _own_spread(entry, lines, spreads)
        assert {kind: own[kind] for kind in own if kind != "segment"} == {
            kind: spreads[kind] for kind in spreads if kind != "segment"
        }
        assert replace(own["segment"], doubt=0.0) == spreads["segment"]
        doubts[pace] = own["segment"].doubt
    assert doubts[1.0] < 0.1
    assert doubts[3.0] == pytest.approx(2.0, abs=0.3)
    nothing = _own_spread(_entry("a", 60.0, begun - {"0/draft"}, {}), lines, spreads)
    assert "segment" not in nothing
