"""The stages as Celery tasks. A message carries one string, the job's id; a segment's adds its number: ``ID/3``.

speak ──► (plan_face ∥ plan_backdrop) ──► compose: (segment 0 ∥ segment 1 ∥ ...) ──► join
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from celery import Task, chain, chord, group
from celery.canvas import Signature

from avatar.core.errors import Cancelled, GovorunError
from avatar.core.progress import Progress
from orchestrator import stages
from orchestrator.jobs import FINAL, Jobs
from orchestrator.output import check_room, outputs_of
from orchestrator.publish import publish
from orchestrator.queue import app
from orchestrator.request import RenderRequest
from orchestrator.settings import Settings, load_settings
from orchestrator.stages import Clips
from orchestrator.storage import JobFolder
from orchestrator.work import Segment, WorkFolder, segments_of

__all__ = ["canvas", "compose", "join_segments", "plan_backdrop", "plan_face", "render_segment", "speak"]

_WRITE_EVERY = 0.5
_SPANS = {"speech": (0.0, 0.1), "face": (0.1, 0.18), "backdrop": (0.1, 0.2), "video": (0.2, 0.97), "join": (0.97, 0.99)}


def canvas(job_id: str) -> Signature:
    """All of a job's work, ready to be sent."""
    side_by_side = group(plan_face.si(job_id), plan_backdrop.si(job_id))
    return chain(speak.si(job_id), side_by_side, compose.si(job_id))


@app.task(throws=(GovorunError,))
def speak(job_id: str) -> None:
    """Script → sound with its timing."""
    with _stage(job_id, "speech") as (work, progress):
        stages.speak_script(work, progress)


@app.task(throws=(GovorunError,))
def plan_face(job_id: str) -> None:
    """Photo and sound → the plan of the face."""
    with _stage(job_id, "face") as (work, progress):
        stages.prepare_photo(work, _settings().portraits, progress.part(0.0, 0.7))
        stages.plan_face(work, progress.part(0.7, 1.0))


@app.task(throws=(GovorunError,))
def plan_backdrop(job_id: str) -> None:
    """Prompt → the plan of the backdrop."""
    with _stage(job_id, "backdrop") as (work, progress):
        stages.plan_backdrop(work, progress)


@app.task(bind=True, throws=(GovorunError,))
def compose(self: Task, job_id: str) -> None:
    """Put one task a segment in the place of this one, and the join behind them."""
    with _stage(job_id, "video") as (work, _):
        segments = _segments(work)
        check_room((work.folder,), work.request.size, segments[-1].stop)
    fan = group(render_segment.si(f"{job_id}/{segment.index}") for segment in segments)
    raise self.replace(chord(fan, join_segments.si(job_id)))


@app.task(throws=(GovorunError,))
def render_segment(segment_id: str) -> None:
    """Draw, blend and encode one segment; ``segment_id`` is the job's id, a slash and the segment's number."""
    job_id, _, index = segment_id.partition("/")
    with _stage(job_id, "video") as (work, progress):
        segments = _segments(work)
        segment = segments[int(index)]
        device = _device(work.request)
        with stages.single_threaded():
            clips = _clips(work.folder, work.keys.segment, device)
            stages.render_segment(work, clips, segment, _silent_about_fractions(progress))
        progress(sum(work.segment_path(each).exists() for each in segments) / len(segments))


@app.task(throws=(GovorunError,))
def join_segments(job_id: str) -> None:
    """Segments and sound → the video; the job is complete."""
    with _stage(job_id, "join") as (work, progress):
        job = _folder(job_id)
        publish(work, outputs_of(job.video, work.request.captions), _device(work.request), {}, progress)
        job.drop_work()
        with _jobs() as jobs:
            jobs.complete(job_id)


@contextmanager
def _stage(job_id: str, stage: str) -> Iterator[tuple[WorkFolder, Progress]]:
    """Work folder of the job and a progress that writes to the job table; an error ends the job."""
    with _jobs() as jobs:
        job = jobs.get(job_id)
        if job.state in FINAL:
            raise Cancelled(f"Job {job_id} is {job.state}.")
        try:
            folder = _folder(job_id).work
            yield (
                WorkFolder.of(folder, RenderRequest.model_validate_json(job.request)),
                Progress(_sink(jobs, job_id, stage)),
            )
        except Cancelled:
            _folder(job_id).drop_work()
            raise
        except GovorunError as error:
            jobs.fail(job_id, error.code, str(error))
            raise
        except Exception as error:
            jobs.fail(job_id, GovorunError.code, f"{type(error).__name__}: {error}")
            raise


def _sink(jobs: Jobs, job_id: str, stage: str) -> Callable[[float, str], None]:
    start, end = _SPANS[stage]
    written = 0.0

    def sink(fraction: float, message: str) -> None:
        nonlocal written
        if fraction < 1.0 and time.monotonic() - written < _WRITE_EVERY:
            return
        written = time.monotonic()
        if not jobs.advance(job_id, stage, start + (end - start) * fraction):
            raise Cancelled(f"Job {job_id} was stopped.")

    return sink


def _silent_about_fractions(progress: Progress) -> Progress:
    """One segment's progress is not the video's: it only asks whether to go on."""
    return Progress(lambda fraction, message: progress(0.0, message))


def _segments(work: WorkFolder) -> tuple[Segment, ...]:
    return segments_of(work.load_face().frames)


@lru_cache(maxsize=1)
def _clips(folder: Path, key: str, device: str) -> Clips:
    """Opened once in a process for all segments of a job."""
    return stages.open_clips(WorkFolder.open(folder), device)


def _device(request: RenderRequest) -> str:
    return stages.resolve_device(_settings().device if request.device == "auto" else request.device)


def _settings() -> Settings:
    return load_settings()


def _folder(job_id: str) -> JobFolder:
    return JobFolder(_settings().data_dir, job_id)


@contextmanager
def _jobs() -> Iterator[Jobs]:
    jobs = Jobs(_settings().data_dir / "jobs.sqlite")
    try:
        yield jobs
    finally:
        jobs.close()
