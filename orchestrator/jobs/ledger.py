"""What the tables tell about work that is done and work that waits, read at most once in two seconds in a process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, select

from orchestrator.jobs.database import JOBS, READING, STEPS
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import OPEN

__all__ = ["Entry", "Ledger", "SceneFacts", "StepFacts", "ledger_of"]

_KEPT_SECONDS = 2.0
_FINISHED_JOBS = 30
_PACE = 14.0  # characters a second, before a video was finished
_IN_THE_PACKAGE = {
    "speech": (None, "piper", "espeak", "recorded"), "face": ("embedded",),
    "backdrop": (None, "embedded", "painted", "rooms"),
}  # fmt: skip


@dataclass(frozen=True)
class SceneFacts:
    """``seconds``: its length, None where it is not known yet; ``letters`` of its script, 0 where it has none;
    ``described``: whether its backdrop is a place in words; ``usual``: whether the engines of the package make it."""

    megapixels: float
    fps: float
    letters: int
    described: bool = True
    seconds: float | None = None
    usual: bool = False

    def guessed(self, pace: float) -> SceneFacts:
        """With a length guessed from ``pace``, characters a second, where none is known."""
        if self.seconds is not None or not self.letters:
            return self
        return replace(self, seconds=self.letters / pace)


@dataclass(frozen=True)
class StepFacts:
    """``seconds`` that it took, ``frames`` that it planned or drew, ``fraction`` of it that is done."""

    done: bool
    seconds: float
    frames: int
    fraction: float


@dataclass(frozen=True)
class Entry:
    """One job; ``steps`` by name, as far as they are laid out."""

    job: str
    owner: str
    priority: int
    created_at: float
    scenes: tuple[SceneFacts, ...]
    steps: Mapping[str, StepFacts]

    def rest(self, name: str) -> float:
        """How much of a step is still to be done, 0..1."""
        step = self.steps.get(name)
        return 1.0 if step is None else 0.0 if step.done else 1.0 - min(step.fraction, 1.0)


@dataclass(frozen=True)
class Ledger:
    """``open`` and recently ``finished`` jobs, the number of ``workers``, and how many characters are spoken a
    second."""

    open: tuple[Entry, ...]
    finished: tuple[Entry, ...]
    workers: int
    pace: float = _PACE


_kept: WeakKeyDictionary[Engine, tuple[float, Ledger]] = WeakKeyDictionary()
_reading = Lock()


def ledger_of(service: Service, now: float) -> Ledger:
    """The ledger, not older than two seconds at ``now`` (unix time)."""
    with _reading:
        read_at, ledger = _kept.get(service.engine, (0.0, None))
        if ledger is None or not 0.0 <= now - read_at < _KEPT_SECONDS:
            ledger = _read(service)
            _kept[service.engine] = (now, ledger)
        return ledger


def _read(service: Service) -> Ledger:
    recent = select(JOBS.c.id).where(JOBS.c.state == "completed", JOBS.c.kind == "video")
    recent = recent.order_by(JOBS.c.ended_at.desc()).limit(_FINISHED_JOBS)
    with service.engine.connect().execution_options(**READING) as connection:
        finished = _entries(connection.execute(_pieces().where(JOBS.c.id.in_(recent))).all())
        waiting = _pieces().where(JOBS.c.state.in_(OPEN), JOBS.c.kind == "video")
        entries = _entries(connection.execute(waiting).all())
    workers = sum(worker.processes for worker in service.presence.alive() if set(worker.queues) & {"cpu", "gpu"})
    return Ledger(entries, finished, workers, _pace(finished))


def _pieces() -> Select[Any]:
    columns = (JOBS.c.id, JOBS.c.owner, JOBS.c.priority, JOBS.c.created_at, JOBS.c.request)
    work = (STEPS.c.name, STEPS.c.state, STEPS.c.seconds, STEPS.c.frames, STEPS.c.fraction)
    return select(*columns, *work).join(STEPS, STEPS.c.job == JOBS.c.id)


def _entries(rows: Sequence[Any]) -> tuple[Entry, ...]:
    by_job: dict[str, list[Any]] = {}
    for row in rows:
        by_job.setdefault(row.id, []).append(row)
    return tuple(_entry(found) for found in by_job.values())


def _entry(rows: Sequence[Any]) -> Entry:
    steps = {row.name: StepFacts(row.state == "done", row.seconds, row.frames, row.fraction) for row in rows}
    job = rows[0]
    scenes = tuple(_scene(scene, steps.get(f"{k}/face")) for k, scene in enumerate(json.loads(job.request)["scenes"]))
    return Entry(job.id, job.owner, job.priority, job.created_at, scenes, steps)


def _scene(request: Mapping[str, Any], face: StepFacts | None) -> SceneFacts:
    width, height = (int(side) for side in request["size"].split("x"))
    letters = len(request.get("text") or request.get("transcript") or "")
    seconds = face.frames / request["fps"] if face is not None and face.done else None
    backdrop = request["backdrop"]
    described = backdrop not in ("photo", "none") and backdrop[0] not in "#@"
    usual = all(request.get(f"{stage}_engine") in engines for stage, engines in _IN_THE_PACKAGE.items())
    return SceneFacts(width * height / 1e6, request["fps"], letters, described, seconds, usual)


def _pace(finished: Sequence[Entry]) -> float:
    told = [scene for entry in finished for scene in entry.scenes if scene.letters and scene.seconds]
    seconds = sum(scene.seconds or 0.0 for scene in told)
    return sum(scene.letters for scene in told) / seconds if seconds else _PACE
