"""What a worker does for each piece of a job: stages over the work folder of a scene, and the files that come out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from avatar.core.progress import Progress
from orchestrator import stages
from orchestrator.cache import prune_caches
from orchestrator.graph import JOIN, QUICK, Piece
from orchestrator.jobs import Job
from orchestrator.output import check_room, outputs_of
from orchestrator.publish import draft_frames, make_poster_of, publish, publish_draft
from orchestrator.remake import KEPT, cut_again, keep
from orchestrator.request import CAPTION_FILES, RenderRequest
from orchestrator.scenes import like_from_json, naming_scene
from orchestrator.service import Service
from orchestrator.stages import Clips
from orchestrator.timeline import lay_out
from orchestrator.work import Segment, WorkFolder, segments_of

__all__ = ["DRAFT", "POSTER", "SHEET", "Outcome", "do_piece", "forget_clips"]

DRAFT, POSTER, SHEET = "draft.mp4", "poster.jpg", "spritesheet.jpg"
_STAGES = {"portrait": "photo", "segment": "video", "draft": "video"}


@dataclass(frozen=True)
class Outcome:
    """``frames`` that were planned or drawn; ``segments`` of the scene where its face was planned."""

    frames: int = 0
    segments: int | None = None


def do_piece(piece: Piece, job: Job, service: Service, progress: Progress) -> Outcome:
    """Do the piece in this process; a GovorunError says why it cannot be done."""
    if piece.stage == JOIN:
        return _join(job, service, progress)
    if piece.stage == QUICK:
        return _make_quickly(job, service, progress)
    with naming_scene(piece.scene, len(service.scenes(job))):
        return _do_stage(piece, job, service, progress)


def _do_stage(piece: Piece, job: Job, service: Service, progress: Progress) -> Outcome:
    work = _work(job, service, piece.scene)
    if piece.stage == "portrait":
        stages.prepare_photo(work, service.settings.portraits, progress)
    elif piece.stage == "speech":
        stages.speak_script(work, progress)
    elif piece.stage == "backdrop":
        stages.plan_backdrop(work, progress, service.device(work.request), service.settings.backdrops)
    elif piece.stage == "face":
        return _plan_face(work, progress)
    elif piece.stage == "draft":
        return _draft(work, job, service, progress)
    else:
        return _render(work, piece, job, service, progress)
    return Outcome()


def forget_clips() -> None:
    """Give back the memory, perhaps of the GPU, of what segments are drawn from."""
    _clips.cache_clear()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def _make_quickly(job: Job, service: Service, progress: Progress) -> Outcome:
    from orchestrator import quick

    quick.make(job, service.folder(job.id), progress)
    return Outcome()


def _work(job: Job, service: Service, scene: int) -> WorkFolder:
    folder = service.folder(job.id)
    return WorkFolder.of(folder.work / str(scene), folder.placed(service.scenes(job)[scene]))


def _plan_face(work: WorkFolder, progress: Progress) -> Outcome:
    stages.plan_face(work, progress)
    frames = work.load_face().frames
    check_room((work.folder,), work.request.size, frames)
    return Outcome(frames, len(segments_of(frames)))


def _draft(work: WorkFolder, job: Job, service: Service, progress: Progress) -> Outcome:
    folder = service.folder(job.id).folder
    draft = Segment(0, 0, draft_frames(work))
    with TemporaryDirectory(dir=work.folder, prefix=".draft-") as scratch:
        pictures = Path(scratch) / "draft.mp4"
        if not _cut_again(work, job, service, draft, pictures):
            with stages.single_threaded():
                clips = _clips(work.folder, work.keys.segment, service.device(work.request))
                stages.make_poster(work, clips, folder / POSTER)
                stages.render_frames(work, clips, draft, pictures, progress)
        make_poster_of(pictures, folder / POSTER)
        publish_draft(work, pictures, draft.stop, folder / DRAFT)
    return Outcome(draft.stop)


def _render(work: WorkFolder, piece: Piece, job: Job, service: Service, progress: Progress) -> Outcome:
    segment = segments_of(work.load_face().frames)[piece.segment]
    path, poster = work.segment_path(segment), service.folder(job.id).folder / POSTER
    first = (piece.scene, piece.segment) == (0, 0)
    if not path.exists() and not _cut_again(work, job, service, segment, path):
        with stages.single_threaded():
            clips = _clips(work.folder, work.keys.segment, service.device(work.request))
            if first:
                stages.make_poster(work, clips, poster)
            stages.render_segment(work, clips, segment, progress)
    if first:
        make_poster_of(path, poster)
    return Outcome(segment.stop - segment.start)


def _cut_again(work: WorkFolder, job: Job, service: Service, segment: Segment, path: Path) -> bool:
    """Whether an earlier job had the same frames, which then are at ``path``."""
    like = like_from_json(job.request)
    return like is not None and cut_again(service.folder(like), work, segment, path)


@lru_cache(maxsize=1)
def _clips(folder: Path, key: str, device: str) -> Clips:
    """Opened once in a process for all segments of a scene."""
    return stages.open_clips(WorkFolder.open(folder), device)


def _join(job: Job, service: Service, progress: Progress) -> Outcome:
    folder, scenes = service.folder(job.id), service.scenes(job)
    works = [_work(job, service, number) for number in range(len(scenes))]
    outputs = outputs_of(folder.video, CAPTION_FILES, folder.folder / SHEET)
    publish(works, outputs, _drawn_on(service, scenes[0]), _spent(service, job.id), progress, _facts(job))
    keep(lay_out(works), folder.folder / KEPT)
    prune_caches(service.settings)
    return Outcome(sum(work.load_face().frames for work in works))


def _drawn_on(service: Service, request: RenderRequest) -> str:
    """The device, for the sidecar; the GPU that drew may be one of another machine."""
    wanted = service.settings.device if request.device == "auto" else request.device
    return wanted if wanted.startswith("cuda") else service.device(request)


def _facts(job: Job) -> dict[str, object]:
    """What the sidecar keeps of the job's details."""
    return {"consent": job.details["consent"]} if "consent" in job.details else {}


def _spent(service: Service, job_id: str) -> Mapping[str, float]:
    """Stage -> seconds of all workers, named as the sidecar names them."""
    spent: dict[str, float] = {}
    for stage, seconds in service.pieces.stage_seconds(job_id).items():
        if stage != JOIN:
            spent[_STAGES.get(stage, stage)] = spent.get(_STAGES.get(stage, stage), 0.0) + seconds
    return spent
