"""The pieces of a video on its way: what of its beginning can be played already."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from orchestrator.jobs.database import READING, STEPS
from orchestrator.jobs.folder import PIECES
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job
from orchestrator.video.pieces import piece_name, piecemeal

__all__ = ["Piece", "pieces_of"]


@dataclass(frozen=True)
class Piece:
    """One segment with its sound. ``name``: of its file in the job's folder; ``start``, ``stop``: frames of the whole
    video."""

    name: str
    start: int
    stop: int


def pieces_of(service: Service, job: Job) -> tuple[Piece, ...]:
    """The pieces that can be played one after another from the beginning; none before or after the job is at work."""
    segments = {int(scene): count for scene, count in job.segments.items()}
    if job.state != "in_progress" or not segments or not piecemeal(len(service.scenes(job)), segments.get(0, 1)):
        return ()
    drawn = _drawn(service, job.id)
    found: list[Piece] = []
    start = 0
    for scene in range(len(segments)):
        for number in range(segments.get(scene, 0)):
            frames = drawn.get(f"{scene}/segment/{number}")
            if frames is None:
                return tuple(found)
            found.append(Piece(f"{PIECES}/{piece_name(scene, number)}", start, start + frames))
            start += frames
    return tuple(found)


def _drawn(service: Service, job_id: str) -> dict[str, int]:
    """Name of a step that is done -> its frames."""
    query = select(STEPS.c.name, STEPS.c.frames).where(STEPS.c.job == job_id, STEPS.c.state == "done")
    with service.engine.connect().execution_options(**READING) as connection:
        return {row.name: row.frames for row in connection.execute(query)}
