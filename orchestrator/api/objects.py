"""What the API answers with: the video object of OpenAI's API with fields of our own, and lists of them."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Mapping
from functools import lru_cache
from itertools import zip_longest
from pathlib import PurePath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.config import JsonDict

from avatar.core.errors import OutputError, StorageAway
from avatar.core.reasons import Message, coded, uncoded
from orchestrator.api.form.fields import LOOKS
from orchestrator.api.restated import restated
from orchestrator.jobs.eta import eta
from orchestrator.jobs.folder import FILES, FILM, told_by_kind
from orchestrator.jobs.pieces import pieces_of
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import FINAL, Job
from orchestrator.video.request import FILMS, RenderRequest
from orchestrator.video.steps import STAGES

__all__ = ["Deleted", "Piece", "Provenance", "Scene", "Video", "VideoError", "VideoList", "delay_of", "video_of"]

_LOG = logging.getLogger(__name__)
_EARLY = ("thumbnail", "draft")
_LETTERS_A_SECOND = 15.0
_SHORT = 1000


class VideoError(BaseModel):
    """Why a video failed. ``reason``: finer than the code; ``params``: the numbers and names of the message."""

    code: str
    message: str
    reason: str | None = None
    params: dict[str, str | int | float] = {}


class Reason(BaseModel):
    """The code of a note, for who says it in other words, and its numbers and names."""

    reason: str | None = None
    params: dict[str, str | int | float] = {}


class _Scene(BaseModel):
    """One scene as it was asked for; files are told by whether they are there."""

    prompt: str | None = None
    backdrop: str | None = Field(None, description="null where an uploaded picture is the backdrop")
    backdrop_image: bool = False
    backdrop_film: bool = False
    logo: bool = False
    influence: bool = False
    music: bool = False
    audio: bool = False


def _shown() -> dict[str, Any]:
    """Options as they are shown: by their plain type, since what was asked for once may be beyond a limit of today."""
    asked = {name: RenderRequest.model_fields[name] for name in LOOKS if name not in _Scene.model_fields}
    return {
        name: (field.annotation, Field(field.default, description=field.description)) for name, field in asked.items()
    }


Scene: type[_Scene] = create_model("Scene", __base__=_Scene, __doc__=_Scene.__doc__, **_shown())


_EXAMPLE: JsonDict = {
    "id": "video_0b6c1f5e2a7d4c0f9e8b7a6d5c4b3a29",
    "object": "video",
    "model": "govorun",
    "status": "in_progress",
    "progress": 42,
    "created_at": 1767225600,
    "size": "720x1280",
    "seconds": "12.4",
    "prompt": "Hello! [pause] I am glad that you are here.",
    "stage": "video",
    "eta_seconds": 31.5,
    "eta_sure": True,
    "fps": 25.0,
    "title": "Welcome",
    "urls": {"thumbnail": "/v1/videos/video_0b6c1f5e2a7d4c0f9e8b7a6d5c4b3a29/content?variant=thumbnail"},
}


class Provenance(BaseModel):
    """Who signed a finished video; the manifest itself is in the file (C2PA)."""

    signed_by: str = Field(description="the name in the certificate")
    self_made: bool = Field(description="whether the service made the certificate itself: nobody vouches for it")
    digital_source_type: str = Field(description="what kind of work it is, a term of IPTC's vocabulary")


class Piece(BaseModel):
    """A stretch of a video on its way that can be played already: a fragmented MP4 for Media Source Extensions, whose
    first frame lies at 1 s in the time of the file, and whose sound begins earlier and ends later."""

    url: str
    start: float = Field(description="seconds from the beginning of the video")
    seconds: float


class Video(BaseModel):
    """A video and the job that makes it."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: str
    object: Literal["video"] = "video"
    model: str
    status: Literal["queued", "in_progress", "completed", "failed", "cancelled"]
    progress: int = Field(description="percent of the whole, 0 to 100")
    created_at: int = Field(description="unix seconds")
    completed_at: int | None = None
    expires_at: int | None = None
    size: str
    seconds: str = Field(description="length of the video; estimated until it is completed")
    prompt: str | None = Field(None, description="the script; its beginning in lists")
    remixed_from_video_id: str | None = None
    error: VideoError | None = None
    stage: str | None = Field(None, description=f"what is being done: {', '.join(STAGES)}")
    eta_seconds: float | None = Field(None, description="seconds until it is done, null where nobody knows")
    eta_sure: bool = Field(False, description="whether eta_seconds is known to within 30 percent")
    fps: float
    scenes: list[Scene] | None = Field(  # type: ignore[valid-type]
        None, description="what was asked for, scene by scene; null in lists"
    )
    notes: list[str] = Field([], description="what the engines remarked")
    note_reasons: list[Reason] = Field([], description="the code of each note, in the same order")
    title: str | None = None
    metadata: dict[str, str] = {}
    captions: list[str] = Field([], description="captions in the picture")
    consent: bool | None = None
    provenance: Provenance | None = Field(None, description="who signed the finished video; null where nobody did")
    has_draft: bool = False
    pieces: list[Piece] = Field(
        [], description="while it is made: what follows from its beginning and can be played already; [] in lists"
    )
    urls: dict[str, str] = Field({}, description="what can be fetched now, by variant")


class VideoList(BaseModel):
    """One page of videos."""

    object: Literal["list"] = "list"
    data: list[Video]
    first_id: str | None
    last_id: str | None
    has_more: bool


class Deleted(BaseModel):
    """A video that is no more."""

    id: str
    object: Literal["video.deleted"] = "video.deleted"
    deleted: bool = True


def video_of(service: Service, job: Job, whole: bool = True, now: float | None = None) -> Video:
    """``job`` as clients see it. ``whole``: False shortens the script and leaves the scenes out, for lists."""
    scenes = json.loads(job.request)["scenes"]
    completed = job.state == "completed"
    details, facts = job.details, _facts(service, job.id) if completed else {}
    files = _files(service, job)
    left = eta(service, job, time.time()) if whole and job.state not in FINAL else None
    prompt = details.get("prompt") or _prompt(scenes)
    notes = [*(restated(told_by_kind(note)) for note in facts.get("notes", ())), *_remarks(details)]
    return Video(
        id=job.id,
        model=details.get("model") or "govorun",
        status=job.state,  # type: ignore[arg-type]
        progress=100 if completed else min(99, math.floor(100 * job.progress)),
        created_at=int(job.created_at),
        completed_at=int(job.ended_at) if completed and job.ended_at else None,
        expires_at=int(job.expires_at) if job.expires_at else None,
        size=str(scenes[0]["size"]),
        seconds=facts.get("seconds") or _estimated(scenes, details),
        prompt=prompt if whole or prompt is None else prompt[:_SHORT],
        remixed_from_video_id=details.get("remixed_from"),
        error=_error(job) if job.state == "failed" else None,
        stage=job.stage or None if job.state == "in_progress" else None,
        eta_seconds=None if left is None else round(left.seconds, 1),
        eta_sure=left is not None and left.sure,
        fps=scenes[0]["fps"],
        scenes=[_scene(scene) for scene in scenes] if whole else None,
        notes=[str(note) for note in notes],
        note_reasons=[Reason(**coded(note)) for note in notes],
        title=details.get("title"),
        metadata=details.get("metadata") or {},
        captions=list(scenes[0]["captions"]),
        consent=details.get("consent"),
        provenance=_provenance(facts),
        has_draft="draft" in files,
        pieces=_pieces(service, job, float(scenes[0]["fps"])) if whole else [],
        urls={name: f"/v1/videos/{job.id}/content?variant={name}" for name in files},
    )


def _provenance(facts: Mapping[str, Any]) -> Provenance | None:
    told = facts.get("provenance") or {}
    return Provenance.model_validate(told) if told.get("signed_by") else None


def _error(job: Job) -> VideoError:
    return VideoError(code=job.error_code, message=job.error_message, **coded(job.failure))


def _pieces(service: Service, job: Job, fps: float) -> list[Piece]:
    return [
        Piece(url=f"/v1/videos/{job.id}/pieces/{number}", start=one.start / fps, seconds=(one.stop - one.start) / fps)
        for number, one in enumerate(pieces_of(service, job))
    ]


def delay_of(video: Video) -> int:
    """Milliseconds after which it is worth to ask for an open video again."""
    if video.eta_seconds is None:
        return 1000
    return int(min(5000.0, max(500.0, 250.0 * video.eta_seconds)))


def _scene(scene: Mapping[str, Any]) -> _Scene:
    shown = {name: scene[name] for name in LOOKS if scene.get(name) is not None}
    uploaded = str(shown.get("backdrop", "")).startswith("@")
    if uploaded:
        del shown["backdrop"]
    film = uploaded and PurePath(str(scene["backdrop"])).suffix.lower() in (FILM, *FILMS)
    files = {"backdrop_image": uploaded and not film, "backdrop_film": film, "audio": scene.get("audio") is not None}
    files |= {name: scene.get(name) is not None for name in ("influence", "logo", "music")}
    return Scene.model_validate({**shown, **files, "prompt": scene.get("text")})


def _prompt(scenes: list[Mapping[str, Any]]) -> str | None:
    words = [scene.get("text") or scene.get("transcript") for scene in scenes]
    return "\n\n".join(text for text in words if text) or None


def _estimated(scenes: list[Mapping[str, Any]], details: Mapping[str, Any]) -> str:
    letters = sum(len(scene.get("text") or scene.get("transcript") or "") for scene in scenes)
    return f"{letters / _LETTERS_A_SECOND:.1f}" if letters else str(details.get("seconds") or "0")


def _remarks(details: Mapping[str, Any]) -> list[str]:
    asked = details.get("seconds")
    return [Message("seconds_not_applied", seconds=asked)] if asked else []


def _files(service: Service, job: Job) -> list[str]:
    try:
        return _found(service, job)
    except StorageAway:  # what the tables know is told all the same
        return []


def _facts(service: Service, job_id: str) -> Mapping[str, Any]:
    try:
        return _sidecar_facts(service, job_id)
    except StorageAway:
        return {}


def _found(service: Service, job: Job) -> list[str]:
    if job.state == "completed":
        return list(_published(service, job.id))
    early = job.state == "in_progress" or job.state in FINAL
    return [name for name in _EARLY if early and service.storage.size(job.id, FILES[name][0]) is not None]


@lru_cache(maxsize=4096)
def _published(service: Service, job_id: str) -> tuple[str, ...]:
    """The variants of a finished video, which do not change any more."""
    return tuple(name for name, (file, _) in FILES.items() if service.storage.size(job_id, file) is not None)


@lru_cache(maxsize=4096)
def _sidecar_facts(service: Service, job_id: str) -> Mapping[str, Any]:
    try:
        sidecar = json.loads(b"".join(service.storage.read(job_id, FILES["sidecar"][0])))
    except StorageAway:
        raise  # and is not remembered
    except OutputError:
        return {}
    seconds = sidecar["frames"] / sidecar["fps"]
    coded_notes = zip_longest(sidecar.get("notes", ()), sidecar.get("note_reasons", ()))
    notes = tuple(uncoded(text, facts) for text, facts in coded_notes)
    return {"seconds": f"{seconds:.2f}", "notes": notes, "provenance": sidecar.get("provenance")}
