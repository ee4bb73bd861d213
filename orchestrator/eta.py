"""How long a job will still take, from what its own pieces and those of earlier jobs took and from who waits before it.

Every piece costs ``fixed + each * amount`` seconds of one worker. The amount is the length of the video for speech,
face and join, megapixels times frames for what is drawn, and 1 for a backdrop that is described in words, else 0. The
lines are fitted through the latest finished videos; what the job's own pieces took counts more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from orchestrator.graph import Piece
from orchestrator.jobs import OPEN, Job
from orchestrator.ledger import Entry, Ledger, SceneFacts, ledger_of
from orchestrator.service import Service
from orchestrator.work import segments_of

__all__ = ["Line", "eta", "fit", "forecast"]

_PLANS = ("portrait", "speech", "face", "backdrop")
_DRAWN = ("segment", "draft")
_SPREAD = 0.2  # amounts that differ less tell nothing of how the cost grows
_FIXED_SHARE = {"join": 0.7, "speech": 0.3, "face": 0.3}  # of the cost, where amounts do not differ
_JOIN_GUESS = 0.05  # of the drawing, where no video was finished yet
_OWN_FRAMES = 50  # drawn frames after which a job's own speed counts
_told: WeakKeyDictionary[Engine, tuple[Ledger, dict[str, float]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Line:
    """Seconds of a piece of some amount: ``fixed + each * amount``."""

    fixed: float
    each: float

    def at(self, amount: float) -> float:
        """Seconds for ``amount``."""
        return self.fixed + self.each * amount


_USUALLY = {
    "portrait": Line(5.0, 0.0), "speech": Line(3.0, 0.1), "face": Line(3.0, 0.05), "backdrop": Line(0.5, 10.0),
    "segment": Line(0.0, 0.11), "join": Line(1.5, 0.15),
}  # fmt: skip
"""Measured with the engines of the package on one core of a server, the libraries loaded first: for a machine that has
finished no video yet."""


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


def eta(service: Service, job: Job, now: float) -> float | None:
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


def forecast(ledger: Ledger) -> dict[str, float]:
    """Job -> seconds that are left, from the figures alone; jobs of which nothing is known are not in it."""
    lines = _lines(ledger.finished)
    queue = [(entry.job, _left(entry, _own_lines(entry, lines), ledger.pace)) for entry in _in_order(ledger.open)]
    costs = [left.worker_seconds() for _, left in queue if left]
    typical = sum(costs) / len(costs) if costs else 0.0
    waiting, found = 0.0, {}
    for job, left in queue if ledger.workers else ():
        if left:
            found[job] = waiting / ledger.workers + left.seconds(ledger.workers)
        waiting += left.worker_seconds() if left else typical
    return found


@dataclass(frozen=True)
class _Left:
    """Seconds that the pieces of a job still take: ``plans`` a scene by stage, ``drawn`` every piece, ``join``."""

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
        drawing = max([sum(self.drawn) / workers, *self.drawn], default=0.0)
        return planning + drawing + self.join


def _longest(plan: Mapping[str, float]) -> float:
    return max(max(plan["portrait"], plan["speech"]) + plan["face"], plan["backdrop"])


def _lines(finished: Iterable[Entry]) -> dict[str, Line]:
    points: dict[str, list[tuple[float, float]]] = {}
    for entry in finished:
        for name, piece in entry.pieces.items():
            amount = _amount(Piece.of(name), entry.scenes, piece.frames)
            if piece.done and amount is not None:
                points.setdefault(_kind(name), []).append((amount, piece.seconds))
    return {stage: fit(found, _FIXED_SHARE.get(stage, 0.0)) for stage, found in points.items()}


def _kind(name: str) -> str:
    stage = Piece.of(name).stage
    return "segment" if stage == "draft" else stage


def _own_lines(entry: Entry, lines: Mapping[str, Line]) -> Mapping[str, Line]:
    """``lines`` with the speed at which this job is drawn, once that is known."""
    drawn = [(name, piece) for name, piece in entry.pieces.items() if piece.done and Piece.of(name).stage in _DRAWN]
    if sum(piece.frames for _, piece in drawn) < _OWN_FRAMES:
        return lines
    amount = sum(_amount(Piece.of(name), entry.scenes, piece.frames) or 0.0 for name, piece in drawn)
    return {**lines, "segment": Line(0.0, sum(piece.seconds for _, piece in drawn) / amount)}


def _amount(piece: Piece, scenes: Sequence[SceneFacts], frames: int) -> float | None:
    if piece.stage in _DRAWN:
        return frames * scenes[piece.scene].megapixels
    if piece.stage in ("speech", "face"):
        return scenes[piece.scene].seconds
    if piece.stage == "join":
        return sum(scene.seconds or 0.0 for scene in scenes)
    return float(piece.stage == "backdrop" and scenes[piece.scene].described)


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
    join = lines["join"].at(length) if "join" in lines else _JOIN_GUESS * sum(drawn)
    return _Left(plans, drawn, join * entry.rest("join"))


def _plans_left(entry: Entry, number: int, scene: SceneFacts, lines: Mapping[str, Line]) -> dict[str, float]:
    rests = {stage: entry.rest(f"{number}/{stage}") for stage in _PLANS}
    amounts = {"speech": scene.seconds or 0.0, "face": scene.seconds or 0.0, "backdrop": float(scene.described)}
    return {
        stage: rest * lines[stage].at(amounts.get(stage, 0.0)) if rest > 0.0 else 0.0 for stage, rest in rests.items()
    }


def _drawing_left(entry: Entry, number: int, scene: SceneFacts, lines: Mapping[str, Line]) -> list[float]:
    frames = max(1, round((scene.seconds or 0.0) * scene.fps))
    rests = ((entry.rest(f"{number}/segment/{s.index}"), s.stop - s.start) for s in segments_of(frames))
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
