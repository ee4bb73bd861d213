"""How long a job will still take, from what its own steps and those of earlier jobs took and from who waits before it.

Every step costs ``fixed + each * amount`` seconds of one worker. Its row in :mod:`orchestrator.video.steps` says what
the amount is: the length of the video, megapixels times frames, or 1 for a backdrop that is described in words. The
lines are fitted through the latest finished videos; what the job's own steps took counts more. How far the steps lay
from their lines says how sure the time is (:mod:`orchestrator.jobs.certainty`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from orchestrator.jobs.certainty import Spread, spread_of, within
from orchestrator.jobs.ledger import Entry, Ledger, SceneFacts, StepFacts, ledger_of
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import OPEN, Job
from orchestrator.video.finish import DRAFT_SECONDS
from orchestrator.video.folder import segments_of
from orchestrator.video.pieces import piecemeal
from orchestrator.video.place import Step
from orchestrator.video.steps import JOIN, PREPARING, STEPS, first_steps, step_of

__all__ = ["Line", "TimeLeft", "eta", "fit", "forecast"]

_SPREAD = 0.2  # amounts that differ less tell nothing of how the cost grows
_JOIN_GUESS = 0.05  # of the drawing, where no video was finished yet
_OWN_FRAMES = 50  # drawn frames after which a job's own speed counts
_OWN_STEPS = 4  # drawn steps after which its own spread counts
_FIRST_TENTH, _SURE = 0.1, 0.3
_told: WeakKeyDictionary[Engine, tuple[Ledger, dict[str, TimeLeft]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Line:
    """Seconds of a step of some amount: ``fixed + each * amount``."""

    fixed: float
    each: float

    def at(self, amount: float) -> float:
        """Seconds for ``amount``."""
        return self.fixed + self.each * amount


@dataclass(frozen=True)
class TimeLeft:
    """``sure``: whether it is known to within 30 %: a tenth of the work is done, nothing else is, and the steps of
    earlier videos and of this one took what was expected."""

    seconds: float
    sure: bool = False


_USUALLY = {row.name: Line(*row.usually) for row in STEPS.values() if row.usually is not None}


def fit(points: Sequence[tuple[float, float]], fixed_share: float = 0.0) -> Line:
    """The line through (amount, seconds) that falls nowhere and is never negative; at least one point.

    ``fixed_share``: of the cost, where the amounts differ too little to tell.
    """
    count = len(points)
    x, y = (sum(values) / count for values in zip(*points, strict=True))
    if x <= 0.0:
        return Line(y, 0.0)
    spread = sum((amount - x) ** 2 for amount, _ in points) / count
    if spread < (_SPREAD * x) ** 2:
        return Line(fixed_share * y, (1.0 - fixed_share) * y / x)
    slope = sum((amount - x) * (seconds - y) for amount, seconds in points) / count / spread
    each = min(max(slope, 0.0), y / x)
    return Line(y - each * x, each)


def eta(service: Service, job: Job, now: float) -> TimeLeft | None:
    """Seconds from ``now`` (unix time) until the video is there; None where nothing is known, or where it has ended.

    Reads the tables at most once in two seconds, whoever asks.
    """
    if job.state not in OPEN or job.kind != "video":
        return None
    ledger = ledger_of(service, now)
    known = _told.get(service.engine)
    if known is None or known[0] is not ledger:
        known = _told[service.engine] = (ledger, forecast(ledger))
    return known[1].get(job.id)


def forecast(ledger: Ledger) -> dict[str, TimeLeft]:
    """Job -> what is left, from the figures alone; jobs of which nothing is known are not in it."""
    points = _points(ledger.finished)
    lines = {kind: fit(found, STEPS[kind].fixed_share) for kind, found in points.items()}
    queue = [(entry.job, _left(entry, _own_lines(entry, lines), ledger.pace)) for entry in _in_order(ledger.open)]
    costs = [left.worker_seconds() for _, left in queue if left]
    typical = sum(costs) / len(costs) if costs else 0.0
    waiting, found = 0.0, {}
    for job, left in queue if ledger.workers else ():
        if left:
            found[job] = TimeLeft(waiting / ledger.workers + left.seconds(ledger.workers))
        waiting += left.worker_seconds() if left else typical
    if len(ledger.open) == 1:  # beside others nobody knows who comes next
        entry, left = ledger.open[0], queue[0][1]
        found = {job: replace(told, sure=_is_sure(entry, left, points, lines)) for job, told in found.items()}
    return found


def _is_sure(entry: Entry, left: _Left | None, points: Mapping[str, _Points], lines: Mapping[str, Line]) -> bool:
    """Whether the time left of a job that is alone is known to within 30 %."""
    spent = sum(step.seconds for step in entry.steps.values() if step.done)
    known = all(scene.seconds is not None for scene in entry.scenes)
    if left is None or not known or spent < _FIRST_TENTH * (spent + left.worker_seconds()):
        return False
    spreads = {kind: _spread(found, lines[kind]) for kind, found in points.items()}
    return within(left.by_kind(), _own_spread(entry, lines, spreads)) <= _SURE


def _spread(points: _Points, line: Line) -> Spread:
    return spread_of([(line.at(amount), seconds) for amount, seconds in points], 2 if line.each else 1)


def _own_spread(entry: Entry, lines: Mapping[str, Line], spreads: Mapping[str, Spread]) -> Mapping[str, Spread]:
    """``spreads`` with that of this job's own drawing; of few steps its speed, and the spread of earlier videos. Before
    it drew anything nothing is known of its drawing: another photo or another backdrop may cost more."""
    drawn = _drawn(entry)
    own = _own_lines(entry, lines)
    if own is lines:
        return {kind: spread for kind, spread in spreads.items() if kind != "segment"}
    points = [(own["segment"].at(amount), step.seconds) for amount, step in drawn]
    if len(points) >= _OWN_STEPS:
        return {**spreads, "segment": spread_of(points, 1)}
    if "segment" not in spreads:
        return spreads
    told = sum(lines["segment"].at(amount) for amount, _ in drawn)
    doubt = abs(sum(step.seconds for _, step in drawn) / told - 1.0) if told else 1.0
    return {**spreads, "segment": replace(spreads["segment"], doubt=doubt)}


@dataclass(frozen=True)
class _Left:
    """Seconds that the steps of a job still take: ``plans`` a scene by kind of step, ``drawn`` every step, ``join``."""

    plans: tuple[Mapping[str, float], ...]
    drawn: tuple[float, ...]
    join: float

    def worker_seconds(self) -> float:
        """Of all workers together."""
        return sum(sum(plan.values()) for plan in self.plans) + sum(self.drawn) + self.join

    def seconds(self, workers: int) -> float:
        """From now on, where all ``workers`` work on this job."""
        total = sum(sum(plan.values()) for plan in self.plans)
        planning = max([total / workers, *(_longest(plan) for plan in self.plans)])
        return planning + _side_by_side(self.drawn, workers) + self.join

    def by_kind(self) -> dict[str, list[float]]:
        """Kind of step -> seconds of each that is left; what is drawn is of one kind."""
        found = {"segment": [seconds for seconds in self.drawn if seconds > 0.0], JOIN: [self.join]}
        for plan in self.plans:
            for kind, seconds in plan.items():
                found.setdefault(kind, []).extend([seconds] if seconds > 0.0 else [])
        return found


def _side_by_side(steps: Sequence[float], workers: int) -> float:
    """Seconds until all are done, where whoever is free takes the next."""
    free = [0.0] * workers
    for seconds in steps:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def _longest(plan: Mapping[str, float]) -> float:
    """Seconds of the longest chain of steps that wait for one another."""
    ends: dict[str, float] = {}
    while len(ends) < len(plan):
        for kind in first_steps(ends):
            ends[kind] = plan[kind] + max((ends[need] for need in STEPS[kind].needs), default=0.0)
    return max(ends.values())


_Points = list[tuple[float, float]]


def _points(finished: Iterable[Entry]) -> dict[str, _Points]:
    """Kind of step -> (amount, seconds) of each that is done."""
    points: dict[str, _Points] = {}
    for entry in finished:
        for name, step in entry.steps.items():
            amount = _amount(step_of(name), entry.scenes, step.frames)
            if step.done and amount is not None:
                points.setdefault(_kind(name), []).append((amount, step.seconds))
    return points


def _kind(name: str) -> str:
    stage = step_of(name).kind
    return "segment" if stage == "draft" else stage


def _own_lines(entry: Entry, lines: Mapping[str, Line]) -> Mapping[str, Line]:
    """``lines`` with the speed at which this job is drawn, once that is known."""
    drawn = _drawn(entry)
    if sum(step.frames for _, step in drawn) < _OWN_FRAMES:
        return lines
    amount = sum(amount for amount, _ in drawn)
    return {**lines, "segment": Line(0.0, sum(step.seconds for _, step in drawn) / amount)}


def _drawn(entry: Entry) -> list[tuple[float, StepFacts]]:
    """(megapixels times frames, step) of what is drawn already."""
    found = [(step_of(name), step) for name, step in entry.steps.items() if step.done]
    drawn = [(step, facts) for step, facts in found if STEPS[step.kind].grows_with == "pixels"]
    return [(_amount(step, entry.scenes, facts.frames) or 0.0, facts) for step, facts in drawn]


def _amount(step: Step, scenes: Sequence[SceneFacts], frames: int) -> float | None:
    """What the cost of a step grows with, see the table; None where it is not known yet."""
    grows_with = STEPS[step.kind].grows_with
    if grows_with == "pixels":
        return frames * scenes[step.scene].megapixels
    if grows_with == "seconds":
        return sum(s.seconds or 0.0 for s in scenes) if step.kind == JOIN else scenes[step.scene].seconds
    return float(grows_with == "words" and scenes[step.scene].described)


def _left(entry: Entry, lines: Mapping[str, Line], pace: float) -> _Left | None:
    """What is left of a job; None where the length or the cost of something cannot be told."""
    scenes = [scene.guessed(pace) for scene in entry.scenes]
    if all(scene.usual for scene in scenes):
        lines = {**_USUALLY, **lines}
    if any(scene.seconds is None for scene in scenes):
        return None
    try:
        plans = tuple(_plans_left(entry, number, scene, lines) for number, scene in enumerate(scenes))
        drawn = tuple(s for number, scene in enumerate(scenes) for s in _drawing_left(entry, number, scene, lines))
    except KeyError:
        return None
    length = sum(scene.seconds or 0.0 for scene in scenes)
    join = lines[JOIN].at(length) if JOIN in lines else _JOIN_GUESS * sum(drawn)
    return _Left(plans, drawn, join * entry.rest(JOIN))


def _plans_left(entry: Entry, number: int, scene: SceneFacts, lines: Mapping[str, Line]) -> dict[str, float]:
    left = {}
    for kind in PREPARING:
        rest = entry.rest(f"{number}/{kind}")
        amount = _amount(Step(kind), (scene,), 0) or 0.0
        left[kind] = rest * lines[kind].at(amount) if rest > 0.0 else 0.0
    return left


def _drawing_left(entry: Entry, number: int, scene: SceneFacts, lines: Mapping[str, Line]) -> list[float]:
    frames = max(1, round((scene.seconds or 0.0) * scene.fps))
    segments = segments_of(frames)
    rests = [(entry.rest(f"{number}/segment/{s.index}"), s.stop - s.start) for s in segments]
    if number == 0 and piecemeal(len(entry.scenes), len(segments)):
        rests.insert(0, (entry.rest("0/draft"), min(frames, round(DRAFT_SECONDS * scene.fps))))
    return [rest * lines["segment"].at(count * scene.megapixels) for rest, count in rests if rest > 0.0]


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    """As they are served: by priority, then everybody's first, everybody's second, and so on."""
    turns: dict[tuple[int, str], int] = {}
    places = []
    for entry in sorted(entries, key=lambda entry: (entry.created_at, entry.job)):
        whose = (entry.priority, entry.owner)
        turns[whose] = turns.get(whose, 0) + 1
        places.append(((-entry.priority, turns[whose], entry.created_at, entry.job), entry))
    return [entry for _, entry in sorted(places, key=lambda placed: placed[0])]
