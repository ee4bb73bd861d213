"""One piece of a job, worked on in this process under a lease.

A thread beside the work renews the lease, looks whether the job is still wanted, and ends the process where a stage
neither finishes nor reports: a task that hangs in foreign code cannot be stopped in any other way.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from threading import Event, Thread

from sqlalchemy.exc import DBAPIError

from avatar.core.errors import Cancelled, GovorunError
from avatar.core.progress import Progress
from orchestrator import stages
from orchestrator.database import insistently
from orchestrator.graph import JOIN
from orchestrator.jobs import OPEN, Job
from orchestrator.output import check_room, outputs_of
from orchestrator.pieces import MOST_TRIES, Claim
from orchestrator.publish import publish
from orchestrator.request import CAPTION_FILES
from orchestrator.service import Service
from orchestrator.stages import Clips
from orchestrator.stopping import stopping
from orchestrator.travel import at_hand
from orchestrator.work import WorkFolder, segments_of

__all__ = ["HUNG", "work_on"]

_LOG = logging.getLogger(__name__)
HUNG = 75
_LOOK_EVERY, _GRACE = 0.5, 1.2
_STAGES = {"portrait": "photo", "segment": "video"}


def work_on(claim: Claim, service: Service) -> list[str]:
    """Do the piece; returns the queues that have new work.

    A wrong input fails the job at once, anything unexpected after three tries. Nothing is raised but what ends the
    process.
    """
    job = insistently(lambda: service.jobs.get(claim.job))
    started = time.perf_counter()
    with _watched(claim, service) as progress:
        try:
            with at_hand(service.folder(job.id), claim.piece, service.scenes(job)):
                segments = _do(claim, job, service, progress)
        except Cancelled:
            _LOG.info("%s of %s was stopped", claim.name, claim.job)
            insistently(lambda: service.pieces.hand_back(claim, counted=False))
            _clear_away(claim, service)
            return []
        except GovorunError as error:
            _fail(service, claim, error.code, str(error))
            return []
        except Exception as error:  # noqa: BLE001 - an engine may raise anything; it is tried again
            _LOG.exception("%s of %s failed", claim.name, claim.job)
            _try_again(service, claim, f"{type(error).__name__}: {error}")
            return []
    seconds = time.perf_counter() - started
    scenes = len(service.scenes(job))
    queues = insistently(lambda: service.pieces.finish(claim, scenes, service.queues_of(job), seconds, segments))
    if not queues:
        _clear_away(claim, service)
    return queues


def _do(claim: Claim, job: Job, service: Service, progress: Progress) -> int | None:
    """Run the stage; the number of segments where it planned the face."""
    piece = claim.piece
    if piece.stage == JOIN:
        _join(job, service, progress)
        return None
    work = _work(job, service, piece.scene)
    if piece.stage == "portrait":
        stages.prepare_photo(work, service.settings.portraits, progress)
    elif piece.stage == "speech":
        stages.speak_script(work, progress)
    elif piece.stage == "backdrop":
        stages.plan_backdrop(work, progress, service.device(work.request))
    elif piece.stage == "face":
        return _plan_face(work, progress)
    else:
        _render(work, piece.segment, service, progress)
    return None


def _work(job: Job, service: Service, scene: int) -> WorkFolder:
    folder = service.folder(job.id)
    return WorkFolder.of(folder.work / str(scene), folder.placed(service.scenes(job)[scene]))


def _plan_face(work: WorkFolder, progress: Progress) -> int:
    stages.plan_face(work, progress)
    segments = segments_of(work.load_face().frames)
    check_room((work.folder,), work.request.size, segments[-1].stop)
    return len(segments)


def _render(work: WorkFolder, number: int, service: Service, progress: Progress) -> None:
    segment = segments_of(work.load_face().frames)[number]
    with stages.single_threaded():
        clips = _clips(work.folder, work.keys.segment, service.device(work.request))
        stages.render_segment(work, clips, segment, progress)


@lru_cache(maxsize=1)
def _clips(folder: Path, key: str, device: str) -> Clips:
    """Opened once in a process for all segments of a job."""
    return stages.open_clips(WorkFolder.open(folder), device)


def _join(job: Job, service: Service, progress: Progress) -> None:
    folder, scenes = service.folder(job.id), service.scenes(job)
    works = [_work(job, service, number) for number in range(len(scenes))]
    spent = {_STAGES.get(stage, stage): seconds for stage, seconds in _spent(service, job.id).items()}
    device = service.device(scenes[0])
    publish(works, outputs_of(folder.video, CAPTION_FILES), device, spent, progress, _facts(job))


def _facts(job: Job) -> dict[str, object]:
    """What the sidecar keeps of the job's details."""
    return {"consent": job.details["consent"]} if "consent" in job.details else {}


def _spent(service: Service, job_id: str) -> Mapping[str, float]:
    return {stage: seconds for stage, seconds in service.pieces.stage_seconds(job_id).items() if stage != JOIN}


def _fail(service: Service, claim: Claim, code: str, message: str) -> None:
    insistently(lambda: service.jobs.fail(claim.job, code, message))
    insistently(lambda: service.pieces.hand_back(claim, counted=True))
    _clear_away(claim, service)


def _try_again(service: Service, claim: Claim, reason: str) -> None:
    if claim.tries >= MOST_TRIES:
        _fail(service, claim, GovorunError.code, f"{reason} (tried {claim.tries} times)")
    else:
        insistently(lambda: service.pieces.hand_back(claim, counted=True))


def _clear_away(claim: Claim, service: Service) -> None:
    if insistently(lambda: service.tidy(claim.job)):
        _clips.cache_clear()


@contextmanager
def _watched(claim: Claim, service: Service) -> Iterator[Progress]:
    """A progress for the work, and a thread that renews the lease as long as the work reports."""
    watch = _Watch(claim, service)
    thread = Thread(target=watch.run, name="lease", daemon=True)
    thread.start()
    try:
        yield Progress(watch.heard)
    finally:
        watch.over.set()
        thread.join()


class _Watch:
    """What the work and the watching thread share."""

    def __init__(self, claim: Claim, service: Service, leave: Callable[[int], object] = os._exit) -> None:
        self._claim, self._service, self._leave = claim, service, leave
        self._reported = self._renewed = time.monotonic()
        self._unwanted = Event()
        self.over = Event()

    def heard(self, fraction: float, message: str) -> None:
        """The work reports; Cancelled where nobody wants it any more."""
        self._reported = time.monotonic()
        if self._unwanted.is_set():
            raise Cancelled(f"Job {self._claim.job} was stopped.")

    def run(self) -> None:
        """Look twice a second; leave the process where the work does not hear."""
        stop_at = None
        while not self.over.wait(_LOOK_EVERY):
            now = time.monotonic()
            if stop_at is None and not self._wanted(now):
                self._unwanted.set()
                stop_at = now + _GRACE
            hung = now - self._reported > self._service.settings.stall_seconds
            if hung or (stop_at is not None and now > stop_at):
                _LOG.warning("%s of %s does not stop: ending this process", self._claim.name, self._claim.job)
                self._give_up()
                self._leave(HUNG)

    def _give_up(self) -> None:
        """A worker that was asked to stop leaves the piece to the next one at once."""
        if stopping.is_set():
            with suppress(DBAPIError):
                self._service.pieces.hand_back(self._claim, counted=False)

    def _wanted(self, now: float) -> bool:
        lease = self._service.settings.lease_seconds
        if stopping.is_set():
            return False
        try:
            if self._service.jobs.state(self._claim.job) not in OPEN:
                return False
            if now - self._renewed > lease / 4:
                if not self._service.pieces.renew(self._claim, lease):
                    return False
                self._renewed = now
        except DBAPIError:  # the database is away: the work goes on, and the lease decides
            _LOG.warning("the lease of %s cannot be renewed now", self._claim.job)
        return True
