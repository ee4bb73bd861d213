"""Numbers about jobs that outlive them: what is counted never falls, also when jobs are deleted.

What a job adds to the counts is written down in the transaction that deletes it. A count is that and what the jobs
give that are still kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, Select, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from orchestrator.jobs.database import JOBS, PAST, STEPS

__all__ = ["STAGE_BUCKETS", "ended_jobs", "outlive", "stage_seconds"]

STAGE_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Upper bounds in seconds of the histogram of stages."""
_FINAL = ("completed", "failed", "cancelled")
_ENDED, _SUM, _COUNT, _WITHIN = "ended", "sum", "count", "within"
Counts = Mapping[tuple[str, str], float]


def outlive(connection: Connection, job_id: str) -> None:
    """Write down what the job has added to the counts; it is deleted in the same transaction."""
    mine = JOBS.c.id == job_id
    jobs = connection.execute(select(JOBS.c.kind, JOBS.c.state).where(mine)).all()
    done = select(STEPS.c.name, STEPS.c.seconds).where(STEPS.c.state == "done", STEPS.c.job == job_id)
    steps = connection.execute(done).all()
    counts = _counts(((row.kind, row.state) for row in jobs), ((row.name, row.seconds) for row in steps))
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for (what, label), number in sorted(counts.items()):
        row = insert(PAST).values(what=what, label=label, number=number)
        more = {"number": PAST.c.number + row.excluded.number}
        connection.execute(row.on_conflict_do_update(index_elements=[PAST.c.what, PAST.c.label], set_=more))


def ended_jobs(connection: Connection) -> dict[tuple[str, str], float]:
    """(kind, state) -> how many jobs ever ended so."""
    query = select(JOBS.c.kind, JOBS.c.state, func.count()).where(JOBS.c.state.in_(_FINAL))
    rows = connection.execute(query.group_by(JOBS.c.kind, JOBS.c.state))
    found: Counter[tuple[str, str]] = Counter({(kind, state): count for kind, state, count in rows})
    for (what, label), number in _past(connection).items():
        if what == _ENDED:
            kind, _, state = label.partition("/")
            found[kind, state] += number  # type: ignore[assignment]
    return dict(found)


def stage_seconds(connection: Connection, kinds: Collection[str]) -> dict[str, tuple[tuple[float, ...], float, float]]:
    """Kind of step -> (how many took at most each of STAGE_BUCKETS, how many there were, their seconds).

    ``kinds``: those that scenes have; a step of the whole job is called by its kind.
    """
    found = Counter(_past(connection))
    for stage, count, seconds, *within in connection.execute(_now(kinds)):
        found.update({(_COUNT, stage): count, (_SUM, stage): seconds})
        found.update({(f"{_WITHIN} {bound}", stage): n for bound, n in zip(STAGE_BUCKETS, within, strict=True)})
    stages = sorted(label for what, label in found if what == _COUNT)
    return {
        stage: (
            tuple(found[f"{_WITHIN} {bound}", stage] for bound in STAGE_BUCKETS),
            found[_COUNT, stage],
            found[_SUM, stage],
        )
        for stage in stages
    }


def _now(kinds: Collection[str]) -> Select:
    """Kind, number and seconds of the steps that are kept, and how many took at most each of STAGE_BUCKETS."""
    whens = [(STEPS.c.name.like(f"%/{kind}%"), kind) for kind in kinds]
    stage = case(*whens, else_=STEPS.c.name)
    within = [func.sum(case((STEPS.c.seconds <= bound, 1), else_=0)) for bound in STAGE_BUCKETS]
    return (
        select(stage, func.count(), func.sum(STEPS.c.seconds), *within).where(STEPS.c.state == "done").group_by(stage)
    )


def _counts(jobs: Iterable[tuple[str, str]], steps: Iterable[tuple[str, float]]) -> Counts:
    counts: Counter[tuple[str, str]] = Counter()
    for kind, state in jobs:
        counts[_ENDED, f"{kind}/{state}"] += 1
    for name, seconds in steps:
        stage = name.split("/")[1] if "/" in name else name
        counts[_COUNT, stage] += 1
        counts[_SUM, stage] += seconds  # type: ignore[assignment]
        for bound in STAGE_BUCKETS:
            counts[f"{_WITHIN} {bound}", stage] += seconds <= bound
    return counts


def _past(connection: Connection) -> Counts:
    return {(row.what, row.label): row.number for row in connection.execute(select(PAST))}
