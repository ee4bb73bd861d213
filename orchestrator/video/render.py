"""One video from request to files, in this process and the rendering processes that it starts.

    check at the door ─► photo ∥ speech ─► face ∥ backdrop ─► segments side by side ─► join

The order is that of the table in :mod:`orchestrator.video.steps`.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

from avatar.core.errors import Cancelled
from avatar.core.progress import Progress
from orchestrator.provenance.embedding import check_certificate
from orchestrator.provenance.signing import Signing
from orchestrator.settings import Settings, load_settings
from orchestrator.video.cache import prune_caches, sweep_work, work_folder
from orchestrator.video.checks import check_scenes, spoken_minutes
from orchestrator.video.device import has_gpu, keep_to_one_thread, resolve_device, single_threaded
from orchestrator.video.draw import forget_clips
from orchestrator.video.finish import load_ahead
from orchestrator.video.folder import SEGMENT_FRAMES, WorkFolder, segments_of
from orchestrator.video.outputs import Outputs, check_inputs, check_output, check_room, outputs_of
from orchestrator.video.place import Place, Step
from orchestrator.video.render_crew import Crew, hired, render_side_by_side
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import tuple_of_scenes
from orchestrator.video.standby import sent_away
from orchestrator.video.steps import JOIN, PREPARING, STEPS, first_steps, run_step

__all__ = ["RenderResult", "Report", "render_video"]

_PATIENCE = 1.0
_QUICKEST = 0.6  # of the time that a script is thought to take, the voices that speak fast need this
_AT_ONCE = 2  # steps of a scene side by side: each is busy on about one core


class Report(Protocol):
    """Hears how far a stage is; raises Cancelled to stop the work."""

    def __call__(self, stage: str, fraction: float, message: str) -> None:
        """``fraction`` of ``stage``, 0..1."""
        ...


@dataclass(frozen=True)
class RenderResult:
    """What came out. ``seconds``: length of the video; ``stage_seconds``: wall-clock time of each stage; ``voices``:
    who spoke in which language; ``captions`` and ``transparent``: files beside the video, by kind."""

    path: Path
    seconds: float
    frames: int
    sidecar: Path
    captions: dict[str, Path]
    stage_seconds: dict[str, float]
    notes: tuple[str, ...]
    voices: tuple[tuple[str, str], ...] = ()
    transparent: dict[str, Path] = field(default_factory=dict)


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
    alone: bool = False,
) -> RenderResult:
    """Make ``output`` (MP4), its sidecar and captions; a GovorunError says in one sentence why not.

    ``scenes``: one or more, of one size and frame rate, shown in their order; captions files as the first one wishes.
    ``report(stage, fraction, message)`` hears the progress, also from other threads, and may raise Cancelled.
    ``alone``: this process makes nothing else, so where there is a core for it another one loads at once what draws,
    while this one speaks; a process that makes several videos loads it once for all of them.
    """
    settings = settings or load_settings()
    requests = tuple_of_scenes(scenes)
    check_output(output)
    check_scenes(requests)
    outputs = outputs_of(output, requests[0].captions, alpha=requests[0].alpha)
    check_inputs(outputs, (path for request in requests for path in request.files()))
    signing = Signing.of(settings)
    check_certificate(signing)
    sweep_work(settings.work)
    run = _Run(report or _nobody)
    with work_folder(settings.work) as folder:
        try:
            works = [
                WorkFolder.create(folder / str(number), request, (number, len(requests)))
                for number, request in enumerate(requests)
            ]
            place = Place(
                folder,
                tuple(work.request for work in works),
                settings.device,
                settings.portraits,
                settings.backdrops,
                outputs,
                spent=lambda: run.seconds,
                signing=signing,
                segments=settings.segments,
                cores=settings.worker_count(),
            )
            leads = alone and "torch" not in sys.modules and settings.worker_count() > 1 and _on_cpu(place)
            with hired(place, max(int(leads), _hands(place, settings.worker_count())), leads) as crew:
                sent_away()
                result = _render(place, outputs, settings, run, crew)
        finally:
            run.stop.set()
            forget_clips()
    prune_caches(settings)
    return result


def _render(place: Place, outputs: Outputs, settings: Settings, run: _Run, crew: Crew) -> RenderResult:
    scenes, frames = place.scenes, []
    if crew.leads:
        keep_to_one_thread()
    with nullcontext() if crew.leads else single_threaded():
        for scene in range(len(scenes)):
            frames.append(_prepare(scene, place, run, crew))
    check_room((outputs.video.parent, place.folder), scenes[0].size, sum(frames), scenes[0].alpha)
    steps = {
        Step("segment", scene, segment.index): segment.stop - segment.start
        for scene, count in enumerate(frames)
        for segment in segments_of(count)
    }
    workers = settings.worker_count() if resolve_device(place.device_of(0)) == "cpu" else 1
    with run.timed("video") as progress, ThreadPoolExecutor(1, thread_name_prefix="ahead") as ahead:
        if crew.draws_all(workers, len(steps)):
            ahead.submit(load_ahead, scenes[0].shows_person and scenes[0].measure != "none")
        render_side_by_side(place, steps, workers, progress, crew)
    with run.timed("join") as progress:
        finished = run_step(Step(JOIN), place, progress)
    return RenderResult(
        path=outputs.video,
        seconds=sum(frames) / scenes[0].fps,
        frames=sum(frames),
        sidecar=outputs.sidecar,
        captions=outputs.captions,
        stage_seconds=dict(run.seconds),
        notes=finished.notes,
        voices=_voices(place),
        transparent=outputs.transparent,
    )


def _hands(place: Place, workers: int) -> int:
    """How many processes will draw beside this one, as far as that is sure from the scripts: they start at once, and
    load what they need while the speech is spoken."""
    if not _on_cpu(place):
        return 0
    frames = [60.0 * spoken_minutes([scene]) * _QUICKEST * scene.fps for scene in place.scenes]
    return min(workers, sum(max(1, math.ceil(count / SEGMENT_FRAMES)) for count in frames)) - 1


def _on_cpu(place: Place) -> bool:
    """Whether it is sure, without torch, that a CPU draws."""
    return place.device_of(0) == "cpu" or (place.device_of(0) == "auto" and not has_gpu())


def _voices(place: Place) -> tuple[tuple[str, str], ...]:
    """(voice, language) of every speaker, each once."""
    spoken = [work.load_speech() for work in place.works()]
    pairs = ((voice or engine, speech.language) for speech in spoken for engine, voice in speech.speakers)
    return tuple(dict.fromkeys(pairs))


def _prepare(scene: int, place: Place, run: _Run, crew: Crew) -> int:
    """Do the steps of a scene that come before its pictures, each as soon as what it needs is there; returns how many
    frames it has. The first failure stops the others and is raised."""
    from speech.sound.level import load_filters

    part = (scene, len(place.scenes))
    load_filters()

    def one(kind: str) -> int:
        with run.timed(STEPS[kind].shown_as, part) as progress:
            return crew.run(Step(kind, scene), progress).frames

    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="step")
    futures: dict[str, Future[int]] = {}
    try:
        while len(done := _done(futures)) < len(PREPARING):
            for kind in first_steps(done, place.scenes[scene].moves_photo_background):
                if kind not in futures:
                    futures[kind] = pool.submit(one, kind)
            wait([future for future in futures.values() if not future.done()], return_when=FIRST_COMPLETED)
    except BaseException as error:
        run.stop.set()
        wait(futures.values(), timeout=_PATIENCE if isinstance(error, (KeyboardInterrupt, Cancelled)) else None)
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return max(future.result() for future in futures.values())


def _done(futures: Mapping[str, Future[int]]) -> list[str]:
    """Kinds that are done; raises the failure of one that failed."""
    done = [kind for kind, future in futures.items() if future.done()]
    for kind in done:
        futures[kind].result()
    return done


def _nobody(stage: str, fraction: float, message: str) -> None:
    return None
