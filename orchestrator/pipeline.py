"""One video from request to files, in this process and the rendering processes that it starts.

    check at the door ─► photo ─► speech ─► face ∥ backdrop ─► video (segments) ─► join

The photo is prepared first: a picture that cannot be animated is refused before anything long begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Protocol

from avatar.core.errors import Cancelled
from avatar.core.progress import Progress
from orchestrator import stages
from orchestrator.cache import prune_caches, sweep_work, work_folder
from orchestrator.output import check_output, check_room, outputs_of
from orchestrator.publish import publish
from orchestrator.request import RenderRequest
from orchestrator.scenes import check_scenes, naming_scene, tuple_of_scenes
from orchestrator.settings import Settings, load_settings
from orchestrator.work import Task, WorkFolder, segments_of
from orchestrator.workers import render_side_by_side

__all__ = ["STAGES", "RenderResult", "Report", "render_video"]

_PATIENCE = 1.0
STAGES = ("photo", "speech", "face", "backdrop", "video", "join")


class Report(Protocol):
    """Hears how far a stage is; raises Cancelled to stop the work."""

    def __call__(self, stage: str, fraction: float, message: str) -> None:
        """``fraction`` of ``stage``, 0..1."""
        ...


@dataclass(frozen=True)
class RenderResult:
    """What came out. ``seconds``: length of the video; ``stage_seconds``: wall-clock time of each stage."""

    path: Path
    seconds: float
    frames: int
    sidecar: Path
    captions: dict[str, Path]
    stage_seconds: dict[str, float]
    notes: tuple[str, ...]


class _Run:
    """The clock, the listener and the stop signal of one video."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.stop = Event()
        self.seconds: dict[str, float] = {}

    def progress(self, stage: str) -> Progress:
        """Progress of ``stage``, which ends the work once the stop signal is given."""

        def sink(fraction: float, message: str) -> None:
            if self.stop.is_set():
                raise Cancelled("The work was stopped.")
            self.report(stage, fraction, message)

        return Progress(sink)

    @contextmanager
    def timed(self, stage: str, part: tuple[int, int] = (0, 1)) -> Iterator[Progress]:
        """Run a stage, or ``part`` k of n of it: its progress from 0 to 1, its time into ``seconds``."""
        number, parts = part
        started = time.perf_counter()
        progress = self.progress(stage).part(number / parts, (number + 1) / parts)
        progress(0.0)
        yield progress
        progress(1.0)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started


def render_video(
    scenes: RenderRequest | Sequence[RenderRequest],
    output: Path,
    settings: Settings | None = None,
    report: Report | None = None,
) -> RenderResult:
    """Make ``output`` (MP4), its sidecar and captions; a GovorunError says in one sentence why not.

    ``scenes``: one or more, of one size and frame rate, shown in their order; captions files as the first one wishes.
    ``report(stage, fraction, message)`` hears the progress, also from other threads, and may raise Cancelled.
    """
    settings = settings or load_settings()
    requests = tuple_of_scenes(scenes)
    check_output(output)
    check_scenes(requests)
    sweep_work(settings.work)
    run = _Run(report or _nobody)
    with work_folder(settings.work) as folder:
        try:
            works = [WorkFolder.create(folder / str(number), request) for number, request in enumerate(requests)]
            result = _render(folder, works, output, settings, run)
        finally:
            run.stop.set()
    prune_caches(settings)
    return result


def _render(folder: Path, works: Sequence[WorkFolder], output: Path, settings: Settings, run: _Run) -> RenderResult:
    for number, work in enumerate(works):
        with naming_scene(number, len(works)):
            _prepare(work, settings, run, (number, len(works)))
    request, frames = works[0].request, [work.load_face().frames for work in works]
    check_room((output.parent, folder), request.size, sum(frames))
    device = stages.resolve_device(_device(request, settings))
    with run.timed("video") as progress:
        tasks = [Task(k, segment) for k, work in enumerate(works) for segment in segments_of(frames[k])]
        workers = settings.worker_count() if device == "cpu" else 1
        render_side_by_side(folder, device, tasks, workers, progress)
    outputs = outputs_of(output, request.captions)
    with run.timed("join") as progress:
        notes = publish(works, outputs, device, run.seconds, progress)
    return RenderResult(
        path=output,
        seconds=sum(frames) / request.fps,
        frames=sum(frames),
        sidecar=outputs.sidecar,
        captions=outputs.captions,
        stage_seconds=dict(run.seconds),
        notes=notes,
    )


def _prepare(work: WorkFolder, settings: Settings, run: _Run, part: tuple[int, int]) -> None:
    def photo(progress: Progress) -> None:
        stages.prepare_photo(work, settings.portraits, progress)

    def speech(progress: Progress) -> None:
        stages.speak_script(work, progress)

    def face(progress: Progress) -> None:
        stages.plan_face(work, progress)

    def backdrop(progress: Progress) -> None:
        stages.plan_backdrop(work, progress, settings.device, settings.backdrops)

    _side_by_side(run, {"photo": photo, "speech": speech}, part)
    _side_by_side(run, {"face": face, "backdrop": backdrop}, part)


def _side_by_side(run: _Run, work: dict[str, Callable[[Progress], None]], part: tuple[int, int]) -> None:
    """Run stages in threads; the first failure stops the others and is raised."""

    def one(stage: str, function: Callable[[Progress], None]) -> None:
        with run.timed(stage, part) as progress:
            function(progress)

    pool = ThreadPoolExecutor(len(work), thread_name_prefix="stage")
    futures = [pool.submit(one, stage, function) for stage, function in work.items()]
    try:
        _first_failure(futures)
    except BaseException as error:
        run.stop.set()
        wait(futures, timeout=_PATIENCE if isinstance(error, (KeyboardInterrupt, Cancelled)) else None)
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _first_failure(futures: list[Future[None]]) -> None:
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in futures:
        if future in done:
            future.result()


def _device(request: RenderRequest, settings: Settings) -> str:
    return settings.device if request.device == "auto" else request.device


def _nobody(stage: str, fraction: float, message: str) -> None:
    return None
