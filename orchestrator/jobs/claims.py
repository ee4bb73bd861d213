"""The steps of every job, and who works on them: claims with a lease, so that nothing is lost or done twice.

    ready ──► running ──► done
      ▲          │
      └──────────┘  handed back, failed for now, or the lease ran out

A message of the queue only says that there is work; which step a worker takes is decided here, in one statement. So a
message that is lost, late or doubled does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from avatar.core.reasons import Message
from orchestrator.jobs.database import JOBS, READING, STEPS
from orchestrator.jobs.table import OPEN, Job, add_job, change_job, fail_job
from orchestrator.video.place import Step
from orchestrator.video.steps import JOIN, QUICK, STAGES, ready, share_done, stage_of, step_of

__all__ = ["MOST_TRIES", "Claim", "Claims"]

MOST_TRIES = 3
_PAUSE_AFTER_FAILURE = 2.0
_SPAN = 0.98


@dataclass(frozen=True)
class Claim:
    """The right of ``worker`` to work on step ``name`` of ``job`` until the lease ends; ``tries`` counts this one."""

    job: str
    name: str
    worker: str
    tries: int

    @property
    def step(self) -> Step:
        """The name, parsed."""
        return step_of(self.name)

    @property
    def stage(self) -> str:
        """What people are told that the step belongs to."""
        return _told_stage(self.name)


class Claims:
    """The table of steps; safe to use from many processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, job: Job, scenes: int, queues: Mapping[str, str], moved: Collection[int] = ()) -> list[str]:
        """Keep a new job and lay out its first steps; returns the queues that have new work.

        ``scenes``: 0 for a quick job. ``queues``: kind of step -> queue, ``cpu`` for one that is not in it. ``moved``:
        scenes whose photo's background is set in motion.
        """
        with self._engine.begin() as connection:
            add_job(connection, job)
            names = ready(scenes, (), {}, moved) if scenes else [QUICK]
            return _add(connection, job.id, names, queues)

    def claim(self, queues: Collection[str], worker: str, lease: float) -> Claim | None:
        """Take the next step: highest priority, then the owner with the fewest steps running, then the oldest job."""
        with self._engine.begin() as connection:
            found = connection.execute(_next(connection, queues)).first()
            if found is None:
                return None
            values = {"state": "running", "worker": worker, "leased_until": time.time() + lease}
            mine = (STEPS.c.job == found.job, STEPS.c.name == found.name, STEPS.c.state == "ready")
            taken = connection.execute(update(STEPS).where(*mine).values(tries=STEPS.c.tries + 1, **values))
            if taken.rowcount != 1:
                return None
            change_job(connection, found.job, OPEN, {"state": "in_progress"})
            _show_stage(connection, found.job, found.name)
        return Claim(found.job, found.name, worker, found.tries + 1)

    def renew(self, claim: Claim, lease: float) -> bool:
        """Hold the step longer. False where it is not this worker's any more, or where the job has ended."""
        with self._engine.begin() as connection:
            held = (*_held(claim), STEPS.c.job.in_(select(JOBS.c.id).where(JOBS.c.state.in_(OPEN))))
            values = {"leased_until": time.time() + lease}
            return connection.execute(update(STEPS).where(*held).values(**values)).rowcount == 1

    def finish(
        self,
        claim: Claim,
        scenes: int,
        queues: Mapping[str, str],
        seconds: float,
        segments: int | None = None,
        frames: int = 0,
        moved: Collection[int] = (),
    ) -> list[str]:
        """The step is done: lay out what it made possible, or end the job. Returns the queues that have new work.

        ``segments``: how many segments the scene has, said by the step that planned its face; ``frames``: how many it
        planned or drew; ``moved``: as it was opened with. A worker that lost its lease changes nothing.
        """
        with self._engine.begin() as connection:
            values = {"state": "done", "seconds": seconds, "frames": frames, "fraction": 1.0}
            if connection.execute(update(STEPS).where(*_held(claim)).values(**values)).rowcount != 1:
                return []
            if claim.name in (JOIN, QUICK):
                change_job(connection, claim.job, OPEN, {"state": "completed", "stage": "", "progress": 1.0})
                return []
            return _go_on(connection, claim, scenes, queues, segments, moved)

    def report(self, claim: Claim, scenes: int, fraction: float) -> None:
        """So much of the step is done, 0..1; the progress of the job follows."""
        with self._engine.begin() as connection:
            mine = update(STEPS).where(*_held(claim)).values(fraction=fraction)
            if connection.execute(mine).rowcount == 1 and scenes:
                segments = connection.execute(select(JOBS.c.segments).where(JOBS.c.id == claim.job)).scalar_one()
                _show_progress(connection, claim.job, scenes, _counts(segments))

    def hand_back(self, claim: Claim, counted: bool, pause: float = 0.0) -> None:
        """Give the step up, for another worker to take ``pause`` seconds later; it counts as a try where ``counted``,
        and waits longer each time."""
        later = time.time() + (_PAUSE_AFTER_FAILURE * 2**claim.tries if counted else pause)
        tries = claim.tries if counted else claim.tries - 1
        values = {"state": "ready", "worker": "", "fraction": 0.0, "not_before": later, "tries": tries}
        with self._engine.begin() as connection:
            connection.execute(update(STEPS).where(*_held(claim)).values(**values))

    def fail(self, claim: Claim, code: str, message: str) -> bool:
        """Give the step up and end its job with an error. False where another worker has the step by now."""
        with self._engine.begin() as connection:
            mine = update(STEPS).where(*_held(claim)).values(state="ready", worker="")
            held = connection.execute(mine).rowcount == 1
            return held and fail_job(connection, claim.job, code, message)

    def recover(self) -> int:
        """Free the steps whose lease ran out; a job whose step was tried too often fails. Returns how many."""
        late = (STEPS.c.state == "running", STEPS.c.leased_until < time.time())
        with self._engine.begin() as connection:
            rows = connection.execute(select(STEPS.c.job, STEPS.c.name, STEPS.c.tries).where(*late)).all()
            for row in rows:
                mine = (*late, STEPS.c.job == row.job, STEPS.c.name == row.name)
                connection.execute(update(STEPS).where(*mine).values(state="ready", worker="", fraction=0.0))
                if row.tries >= MOST_TRIES:
                    lost = Message("step_lost", stage=_told_stage(row.name), n=MOST_TRIES)
                    fail_job(connection, row.job, "worker_lost", lost)
        return len(rows)

    def calls(self, queues: Collection[str], quiet: float, most: int) -> list[tuple[str, str]]:
        """(queue, job) of at most ``most`` ready steps for which no message was sent for ``quiet`` seconds; they count
        as announced from now on."""
        now = time.time()
        open_job = STEPS.c.job.in_(select(JOBS.c.id).where(JOBS.c.state.in_(OPEN)))
        silent = (STEPS.c.state == "ready", STEPS.c.called_at < now - quiet, STEPS.c.not_before <= now, open_job)
        query = select(STEPS.c.queue, STEPS.c.job, STEPS.c.name).where(STEPS.c.queue.in_(queues), *silent)
        with self._engine.begin() as connection:
            rows = connection.execute(query.order_by(STEPS.c.called_at).limit(most)).all()
            for row in rows:
                step = (STEPS.c.job == row.job, STEPS.c.name == row.name)
                connection.execute(update(STEPS).where(*step).values(called_at=now))
        return [(row.queue, row.job) for row in rows]

    def running(self, job_id: str) -> int:
        """How many steps of a job are being worked on."""
        query = select(func.count()).where(STEPS.c.job == job_id, STEPS.c.state == "running")
        with self._engine.connect().execution_options(**READING) as connection:
            return int(connection.execute(query).scalar_one())

    def depth(self) -> dict[tuple[str, str], int]:
        """(queue, state) -> number of steps of open jobs that are ready or running."""
        query = select(STEPS.c.queue, STEPS.c.state, func.count()).join(JOBS, JOBS.c.id == STEPS.c.job)
        query = query.where(JOBS.c.state.in_(OPEN), STEPS.c.state != "done").group_by(STEPS.c.queue, STEPS.c.state)
        with self._engine.connect().execution_options(**READING) as connection:
            return {(queue, state): count for queue, state, count in connection.execute(query)}

    def seconds_by_kind(self, job_id: str) -> dict[str, float]:
        """Kind of step -> seconds that workers spent on it."""
        query = select(STEPS.c.name, STEPS.c.seconds).where(STEPS.c.job == job_id)
        found: dict[str, float] = {}
        with self._engine.connect().execution_options(**READING) as connection:
            for name, seconds in connection.execute(query):
                kind = step_of(name).kind
                found[kind] = found.get(kind, 0.0) + seconds
        return found


def _next(connection: Connection, queues: Collection[str]):  # type: ignore[no-untyped-def]
    busy = (
        select(JOBS.c.owner, func.count().label("running"))
        .join(STEPS, STEPS.c.job == JOBS.c.id)
        .where(STEPS.c.state == "running")
        .group_by(JOBS.c.owner)
        .subquery()
    )
    order = (JOBS.c.priority.desc(), func.coalesce(busy.c.running, 0), JOBS.c.created_at, JOBS.c.id, STEPS.c.place)
    query = (
        select(STEPS.c.job, STEPS.c.name, STEPS.c.tries)
        .join(JOBS, JOBS.c.id == STEPS.c.job)
        .outerjoin(busy, busy.c.owner == JOBS.c.owner)
        .where(STEPS.c.state == "ready", STEPS.c.queue.in_(queues), STEPS.c.not_before <= time.time())
        .where(JOBS.c.state.in_(OPEN))
        .order_by(*order)
        .limit(1)
    )
    return query.with_for_update(of=STEPS, skip_locked=True) if connection.dialect.name != "sqlite" else query


def _go_on(
    connection: Connection,
    claim: Claim,
    scenes: int,
    queues: Mapping[str, str],
    segments: int | None,
    moved: Collection[int],
) -> list[str]:
    """Lay out what is ready now; how far the job is follows from how many steps are done."""
    locked = select(JOBS.c.segments).where(JOBS.c.id == claim.job).with_for_update()
    known = _counts(connection.execute(locked).scalar_one())
    if segments is not None:
        known[claim.step.scene] = segments
    names = select(STEPS.c.name, STEPS.c.state).where(STEPS.c.job == claim.job)
    states = {row.name: row.state for row in connection.execute(names)}
    done = {name for name, state in states.items() if state == "done"}
    fresh = [name for name in ready(scenes, done, known, moved) if name not in states]
    added = _add(connection, claim.job, fresh, queues, len(states))
    change_job(connection, claim.job, OPEN, {"segments": {str(scene): count for scene, count in known.items()}})
    _show_progress(connection, claim.job, scenes, known)
    return added


def _counts(segments: Mapping[str, int]) -> dict[int, int]:
    return {int(scene): count for scene, count in segments.items()}


def _show_progress(connection: Connection, job_id: str, scenes: int, segments: Mapping[int, int]) -> None:
    query = select(STEPS.c.name, STEPS.c.fraction).where(STEPS.c.job == job_id)
    fractions = {row.name: row.fraction for row in connection.execute(query)}
    share = _SPAN * share_done(scenes, fractions, segments)
    change_job(connection, job_id, OPEN, {"progress": share}, JOBS.c.progress <= share)


def _show_stage(connection: Connection, job_id: str, name: str) -> None:
    """A job's stage never goes back, whatever is done side by side."""
    stage = stage_of(name)
    if stage:
        earlier = ("", *STAGES[: STAGES.index(stage)])
        change_job(connection, job_id, OPEN, {"stage": stage}, JOBS.c.stage.in_(earlier))


def _told_stage(name: str) -> str:
    return stage_of(name) or QUICK


def _add(
    connection: Connection, job_id: str, names: Sequence[str], queues: Mapping[str, str], first: int = 0
) -> list[str]:
    rows = [
        {"job": job_id, "name": name, "place": first + i, "queue": queues.get(step_of(name).kind, "cpu"),
         "state": "ready", "called_at": time.time()}
        for i, name in enumerate(names)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(STEPS), rows)
    return [str(row["queue"]) for row in rows]


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        STEPS.c.job == claim.job,
        STEPS.c.name == claim.name,
        STEPS.c.state == "running",
        STEPS.c.worker == claim.worker,
    )
