"""A step of a job, done in the process of a worker: in the job's folder, with what this machine keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from avatar.core.progress import Progress
from orchestrator.jobs.folder import DRAFT, PIECES, POSTER, SHEET
from orchestrator.jobs.reuse import KEPT, cut_again, keep
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job
from orchestrator.previews.make import make
from orchestrator.provenance.signing import Signing
from orchestrator.video.cache import prune_caches
from orchestrator.video.outputs import outputs_of
from orchestrator.video.place import Outcome, Place, Step
from orchestrator.video.request import CAPTION_FILES, RenderRequest
from orchestrator.video.scenes import like_from_json
from orchestrator.video.steps import JOIN, QUICK, STEPS, run_step
from orchestrator.video.timeline import lay_out

__all__ = ["do_step", "place_of"]


def place_of(job: Job, scenes: Sequence[RenderRequest], service: Service) -> Place:
    """Where the steps of ``job`` work on this machine."""
    folder, settings = service.folder(job.id), service.settings
    like = like_from_json(job.request)
    place = Place(
        folder.work,
        tuple(folder.placed(scene) for scene in scenes),
        settings.device,
        settings.portraits,
        settings.backdrops,
        outputs_of(folder.video, CAPTION_FILES, folder.folder / SHEET, scenes[0].alpha if scenes else ()),
        folder.folder / POSTER,
        folder.folder / DRAFT,
        folder.folder / PIECES,
        spent=partial(_spent, service, job.id),
        facts={"consent": job.details["consent"]} if "consent" in job.details else {},
        signing=Signing.of(settings),
    )
    return place if like is None else replace(place, cut=partial(cut_again, service.folder(like)))


def do_step(step: Step, job: Job, scenes: Sequence[RenderRequest], service: Service, progress: Progress) -> Outcome:
    """Do the step; a GovorunError says why it cannot be done."""
    if step.kind == QUICK:
        make(job, service.folder(job.id), progress)
        return Outcome()
    place = place_of(job, scenes, service)
    outcome = run_step(step, place, progress)
    if step.kind == JOIN:
        keep(lay_out(place.works()), service.folder(job.id).folder / KEPT)
        prune_caches(service.settings)
    return outcome


def _spent(service: Service, job_id: str) -> Mapping[str, float]:
    """Stage -> seconds of all workers so far."""
    spent: dict[str, float] = {}
    for kind, seconds in service.claims.seconds_by_kind(job_id).items():
        if kind != JOIN:
            stage = STEPS[kind].shown_as
            spent[stage] = spent.get(stage, 0.0) + seconds
    return spent
