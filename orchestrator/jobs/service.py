"""Jobs from the outside: submit, look, cancel. Every door of the service is a thin layer over these."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from avatar.core.errors import OutputError
from orchestrator.jobs.api_keys import Keys
from orchestrator.jobs.batches import Batches
from orchestrator.jobs.celery_app import call_workers
from orchestrator.jobs.claims import Claims
from orchestrator.jobs.database import open_database
from orchestrator.jobs.folder import JobFolder
from orchestrator.jobs.links import Links
from orchestrator.jobs.presets import Presets
from orchestrator.jobs.reuse import use_again
from orchestrator.jobs.room import check_room
from orchestrator.jobs.sealing import seal_of
from orchestrator.jobs.storage import Storage, open_storage
from orchestrator.jobs.table import OPEN, Job, Jobs, new_job, new_job_id
from orchestrator.jobs.workers import Presence
from orchestrator.settings import Settings, load_settings
from orchestrator.video.checks import check_scenes
from orchestrator.video.folder import WorkFolder
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import scenes_from_json, scenes_to_json, tuple_of_scenes
from orchestrator.video.steps import ON_DEVICE, moved_scenes

__all__ = ["Service", "forget_connections", "service_of"]

_LOG = logging.getLogger(__name__)
Check = Callable[[Sequence[RenderRequest]], None]
Call = Callable[[str, Iterable[str]], None]


class Service:
    """The jobs, their steps and their folders under one set of settings.

    ``check``: what refuses wrong scenes. ``call``: sends a message for each of the queues that have new work of a job.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        storage: Storage,
        check: Check = check_scenes,
        call: Call | None = None,
    ) -> None:
        self.settings = settings
        self.storage = storage
        self.engine = engine
        self.check = check
        self.call = call or call_workers
        self.jobs = Jobs(engine)
        self.claims = Claims(engine)
        self.presence = Presence(engine)
        self.keys = Keys(engine, seal_of(settings))
        self.links = Links(engine)
        self.presets = Presets(engine)
        self.batches = Batches(engine)

    def folder(self, job_id: str) -> JobFolder:
        """Where the job's files lie."""
        return JobFolder(self.settings.data_dir, job_id, self.storage)

    def submit(
        self,
        scenes: RenderRequest | Sequence[RenderRequest],
        owner: str = "",
        priority: int = 0,
        details: Mapping[str, Any] | None = None,
        like: str | None = None,
    ) -> Job:
        """Keep one or more scenes and their files, and call for workers; a GovorunError says what is wrong with them.

        ``like``: an earlier job of which whatever did not change is used again.
        """
        wanted = tuple_of_scenes(scenes)
        check_room(self.settings)
        self.check(wanted)
        folder = self.folder(new_job_id())
        try:
            kept = folder.take_in(wanted)
            self._take_keys(folder, kept, like)
            job = new_job(folder.folder.name, scenes_to_json(kept, like), owner, priority, details)
            queues = self.claims.open(job, len(kept), self.queues_of(kept), moved_scenes(kept))
        except BaseException:
            folder.remove()
            raise
        self.call(job.id, queues)
        return job

    def _take_keys(self, folder: JobFolder, scenes: Sequence[RenderRequest], like: str | None) -> None:
        """Name the artefacts here, once, whatever machine will make them; put in place what the job ``like`` kept."""
        works = [
            WorkFolder.create(folder.work / str(k), folder.placed(scene), (k, len(scenes)))
            for k, scene in enumerate(scenes)
        ]
        if like is not None:
            use_again(self.storage, like, works)
        folder.store("work/*/*")
        folder.drop_copy()

    def scenes(self, job: Job) -> tuple[RenderRequest, ...]:
        """What the job renders, in order."""
        return scenes_from_json(job.request)

    def cancel(self, job_id: str) -> bool:
        """Stop a job: what waits is dropped, what runs stops within two seconds. False where it had ended."""
        stopped = self.jobs.cancel(job_id)
        if stopped:
            try:
                self.tidy(job_id)
            except OutputError as error:  # a sweeper does it later
                _LOG.warning("the work of %s is dropped later (%s)", job_id, error)
        return stopped

    def tidy(self, job_id: str) -> bool:
        """Drop the work of a job that has ended, everything of one that was removed; False where it is open, or where
        somebody still works on it."""
        state = self.jobs.state(job_id)
        if state in OPEN or self.claims.running(job_id):
            return False
        if state:
            self.folder(job_id).drop_work()
            self.jobs.tidied(job_id)
        else:
            self.folder(job_id).remove()
        return True

    def remove(self, job_id: str) -> bool:
        """Forget a job that has ended, and its files. False where it is open."""
        gone = self.jobs.remove(job_id)
        if gone:
            try:
                self.folder(job_id).remove()
            except OutputError as error:  # the keeper finds what belongs to no job
                _LOG.warning("the files of %s are removed later (%s)", job_id, error)
        return gone

    def queues_of(self, scenes: Sequence[RenderRequest]) -> dict[str, str]:
        """Kind of step -> queue; what computes on a GPU goes to ``gpu``, the rest to ``cpu``."""
        devices = {scene.device for scene in scenes}
        wanted = {self.settings.device if device == "auto" else device for device in devices}
        return dict.fromkeys(ON_DEVICE, "gpu") if any(device.startswith("cuda") for device in wanted) else {}


@lru_cache(maxsize=4)
def _engine(url: str, data_dir: Path) -> Engine:
    return open_database(url, data_dir)


@lru_cache(maxsize=4)
def _storage(place: str, endpoint: str, data_dir: Path, hasty: bool) -> Storage:
    return open_storage(place, endpoint, data_dir, hasty)


def service_of(
    settings: Settings | None = None, check: Check = check_scenes, call: Call | None = None, hasty: bool = False
) -> Service:
    """The service of ``settings``; the connections are shared in a process. ``hasty``: see :func:`open_storage`."""
    settings = settings or load_settings()
    storage = _storage(settings.storage, settings.s3_endpoint, settings.data_dir, hasty)
    return Service(settings, _engine(settings.database, settings.data_dir), storage, check, call)


def forget_connections() -> None:
    """Leave the connections to the process that made them; the next use opens new ones."""
    _engine.cache_clear()
    _storage.cache_clear()
