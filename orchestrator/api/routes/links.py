"""Links that show one video to everybody: made and taken back by its owner, opened by whoever has one.

Only where ``GOVORUN_PUBLIC_LINKS`` says so. Whoever opens one sees the video, its picture and its captions, and nothing
else of the service; searchers are told to leave it alone.
"""

from __future__ import annotations

from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from orchestrator.api import content
from orchestrator.api.access import Asker
from orchestrator.api.errors import ApiError
from orchestrator.api.form.schema import ERRORS
from orchestrator.api.routes.page import POLICY
from orchestrator.api.routes.videos import find_job
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job

__all__ = ["router"]

router = APIRouter(tags=["links"])
_FILES = {"video": "video", "poster": "thumbnail", "captions": "vtt"}
_HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
_PAGE = """\
<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Govorun</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/web/base.css">
<link rel="stylesheet" href="/web/public.css"></head><body class="public"><main>
<video controls playsinline preload="metadata" src="/p/{token}/video" poster="/p/{token}/poster" aria-label="{said}">
{track}</video><p>{said}</p></main></body></html>
"""
_SAID = {
    "en": "This video was made by a program: face and voice are synthetic.",
    "ru": "Это видео создано программой: лицо и голос синтетические.",
}


class Link(BaseModel):
    """Whether a video can be seen by a link. ``path``: of the link, told when it is made and never again."""

    object: Literal["video.link"] = "video.link"
    video: str
    active: bool
    path: str | None = Field(default=None, description="add it to the address of the service")


@router.get("/v1/videos/{video_id}/link", summary="Whether a video has a public link", responses=ERRORS)
def look_at_link(request: Request, video_id: str, by: Asker) -> Link:
    service = _allowing(request)
    job = find_job(service, video_id, by)
    return Link(video=job.id, active=service.links.exists(job.id))


@router.post("/v1/videos/{video_id}/link", summary="Show a video to everybody by a link", responses=ERRORS)
def make_link(request: Request, video_id: str, by: Asker) -> Link:
    """An earlier link of the video opens nothing any more."""
    service = _allowing(request)
    job = find_job(service, video_id, by)
    if job.state != "completed":
        raise ApiError(409, "The video is not done: a link needs one that is.", "video_not_ready")
    return Link(video=job.id, active=True, path=f"/p/{service.links.make(job.id)}")


@router.delete("/v1/videos/{video_id}/link", summary="Take a public link back", responses=ERRORS)
def revoke_link(request: Request, video_id: str, by: Asker) -> Link:
    service: Service = request.app.state.service
    job = find_job(service, video_id, by)
    service.links.revoke(job.id)
    return Link(video=job.id, active=False)


def _public(request: Request, token: str) -> Job:
    service: Service = request.app.state.service
    job_id = service.links.job_of(token) if service.settings.public_links else None
    if job_id is None:
        raise ApiError(404, "There is nothing here: the link was taken back, or a letter of it is wrong.", "not_found")
    return service.jobs.get(job_id)


Shown = Annotated[Job, Depends(_public)]


@router.get("/p/{token}", include_in_schema=False)
async def _show(request: Request, token: str, job: Shown) -> HTMLResponse:
    service: Service = request.app.state.service
    lang = "ru" if request.headers.get("accept-language", "").lower().startswith("ru") else "en"
    captions = await run_in_threadpool(service.storage.size, job.id, "video.vtt")
    track = f'<track kind="captions" src="/p/{escape(token)}/captions" label="CC">' if captions else ""
    text = _PAGE.format(lang=lang, token=escape(token), said=_SAID[lang], track=track)
    return HTMLResponse(text, headers={**_HEADERS, "Content-Security-Policy": POLICY, "X-Frame-Options": "DENY"})


@router.head("/p/{token}/{part}", include_in_schema=False)
@router.get("/p/{token}/{part}", include_in_schema=False)
def _part(request: Request, part: str, job: Shown) -> Response:
    if part not in _FILES:
        raise ApiError(404, "There is nothing here.", "not_found")
    answer = content.answer(request, request.app.state.service, job, _FILES[part], named=False)
    for name, value in _HEADERS.items():
        answer.headers[name] = value
    return answer


def _allowing(request: Request) -> Service:
    service: Service = request.app.state.service
    if not service.settings.public_links:
        raise ApiError(403, "Public links are not allowed here: see GOVORUN_PUBLIC_LINKS.", "public_links_off")
    return service
