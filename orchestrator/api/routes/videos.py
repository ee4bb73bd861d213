"""``/v1/videos``: make, look at, list, cancel, remix and delete videos; OpenAI's resource and what we add to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from avatar.core.errors import OptionError
from avatar.core.reasons import Message
from orchestrator.api import content
from orchestrator.api.access import Asker, Caller
from orchestrator.api.errors import ApiError
from orchestrator.api.events import events
from orchestrator.api.form.fields import Title
from orchestrator.api.form.json_body import body_of
from orchestrator.api.form.orders import Order, order_of, remix_of
from orchestrator.api.form.parse import Form, form_of
from orchestrator.api.form.productions import NOT_BESIDE, ProductionFields, order_of_production
from orchestrator.api.form.schema import BINARY, CONTENT, ERRORS, FORM, STREAM, described, form_of_fields
from orchestrator.api.form.slides import OF_SLIDES, PresentationFields, order_of_slides
from orchestrator.api.form.story import OF_STORY, StoryFields, order_of_story
from orchestrator.api.objects import Deleted, Video, VideoList, delay_of, video_of
from orchestrator.api.searching import Wanted, found
from orchestrator.api.taking import answered_once, aside, check_quota, submit
from orchestrator.jobs.folder import FILES, JobFolder
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import FINAL, OPEN, STATES, Job
from orchestrator.productions.schema import written_schema

__all__ = ["find_job", "router"]

router = APIRouter(tags=["videos"], responses=ERRORS)
_SCHEMA = {200: {"description": "The schema", "content": {"application/schema+json": {"schema": {"type": "object"}}}}}


def _mine(request: Request, video_id: str, by: Asker) -> Job:
    return find_job(request.app.state.service, video_id, by)


Mine = Annotated[Job, Depends(_mine)]
Variant = Annotated[str, Query(description=f"one of {', '.join(FILES)}", json_schema_extra={"enum": list(FILES)})]


@router.post("/v1/videos", response_model=Video, summary="Make a video from a script and a photo", openapi_extra=FORM)
async def create_video(request: Request, response: Response, by: Asker) -> Video:
    service = _service(request)
    async with form_of(request, service.settings) as form:
        return await aside(request, _ordered, request, response, by, form, order_of, None)


@router.post(
    "/v1/videos/{video_id}/remix", response_model=Video, summary="Make a video again with changes", openapi_extra=FORM
)
async def remix_video(request: Request, response: Response, video_id: str, by: Asker) -> Video:
    service = _service(request)
    async with form_of(request, service.settings) as form:
        return await aside(request, _remixed, request, response, by, form, video_id)


@router.post(
    "/v1/presentations", response_model=Video, summary="Make a video of slides",
    openapi_extra=form_of_fields(PresentationFields, OF_SLIDES, ("slides",)),
)  # fmt: skip
async def create_presentation(request: Request, response: Response, by: Asker) -> Video:
    """One scene a slide: its picture behind, its speaker notes spoken, the person in a circle at the lower right."""
    service = _service(request)
    async with form_of(request, service.settings) as form:
        return await aside(request, _ordered, request, response, by, form, order_of_slides, None)


@router.post(
    "/v1/stories", response_model=Video, summary="Make a short film of a story",
    openapi_extra=form_of_fields(StoryFields, OF_STORY, ("prompt",)),
)  # fmt: skip
async def create_story(request: Request, response: Response, by: Asker) -> Video:
    """One scene a place that the paragraphs of the prompt tell of; with a photo the narrator stands in front, without
    one a voice is heard."""
    service = _service(request)
    async with form_of(request, service.settings) as form:
        return await aside(request, _ordered, request, response, by, form, order_of_story, None)


@router.post(
    "/v1/productions", response_model=Video, summary="Make a video of a production document",
    openapi_extra=form_of_fields(ProductionFields, NOT_BESIDE, ("production",)),
)  # fmt: skip
async def create_production(request: Request, response: Response, by: Asker) -> Video:
    """Its scenes in their order; the files that it names are parts of the request. With data, see `/v1/batches`."""
    service = _service(request)
    async with form_of(request, service.settings) as form:
        return await aside(request, _ordered, request, response, by, form, order_of_production, None)


@router.get(
    "/v1/production.schema.json", summary="The JSON Schema of production documents", response_class=Response,
    responses=_SCHEMA, openapi_extra={"security": []},  # type: ignore[arg-type]
)  # fmt: skip
def production_schema() -> Response:
    """For editors and programs; it needs no key."""
    return Response(written_schema(), media_type="application/schema+json")


@router.get("/v1/videos", response_model=VideoList, summary="List videos, newest first")
def list_videos(
    request: Request,
    by: Asker,
    after: Annotated[str | None, Query(max_length=64, description="the last video of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="videos in a page")] = 20,
    order: Annotated[Literal["asc", "desc"], Query(description="by time of creation")] = "desc",
    status: Annotated[Literal[STATES] | None, Query(description="only these")] = None,  # type: ignore[valid-type]
    search: Annotated[str, Query(max_length=200, description="words of the title or the script")] = "",
) -> VideoList:
    service = _service(request)
    if after is not None:
        find_job(service, after, by)
    jobs = found(service.jobs, Wanted(by.owner, (status,) if status else (), search, order == "asc"), after, limit + 1)
    data = [video_of(service, job, whole=False) for job in jobs[:limit]]
    first, last = (data[0].id, data[-1].id) if data else (None, None)
    return VideoList(data=data, first_id=first, last_id=last, has_more=len(jobs) > limit)


@router.get("/v1/videos/{video_id}", response_model=Video, summary="Look at a video")
def retrieve_video(request: Request, response: Response, job: Mine) -> Video:
    return _shown(response, video_of(_service(request), job))


class Renamed(BaseModel):
    """What may be changed of a video that is made already."""

    model_config = ConfigDict(extra="forbid")

    title: Title = Field(description="a name for the video and its files; empty for none")


@router.patch(
    "/v1/videos/{video_id}", response_model=Video, summary="Rename a video",
    openapi_extra=described(Renamed, {"title": "Welcome"}),
)  # fmt: skip
async def rename_video(request: Request, job: Mine, by: Asker) -> Video:
    body, service = await body_of(request, Renamed), _service(request)
    await to_thread.run_sync(service.jobs.rename, job.id, body.title)
    return await to_thread.run_sync(lambda: video_of(service, find_job(service, job.id, by)))


@router.get(
    "/v1/videos/{video_id}/photo",
    summary="See the photo of a scene",
    response_class=Response,
    responses={200: {"description": "The photo as it was sent", "content": {"image/*": BINARY}}},
)
def scene_photo(
    request: Request, job: Mine, scene: Annotated[int, Query(ge=0, description="its number, from 0")] = 0
) -> Response:
    return content.photo(_service(request), job, scene)


@router.delete("/v1/videos/{video_id}", response_model=Deleted, summary="Delete a video that has ended")
def delete_video(request: Request, job: Mine) -> Deleted:
    if job.state not in FINAL or not _service(request).remove(job.id):
        raise ApiError(409, Message("video_open", video=job.id), "video_open")
    return Deleted(id=job.id)


@router.post("/v1/videos/{video_id}/cancel", response_model=Video, summary="Stop a video")
def cancel_video(request: Request, video_id: str, by: Asker) -> Video:
    service = _service(request)
    job = find_job(service, video_id, by)
    if not service.cancel(video_id) and job.state != "cancelled":
        job = find_job(service, video_id, by)
        if job.state != "cancelled":
            raise ApiError(409, Message("video_ended", video=video_id, state=job.state), "video_ended")
    return video_of(service, find_job(service, video_id, by))


@router.get(
    "/v1/videos/{video_id}/events",
    summary="Hear what happens to a video",
    response_class=StreamingResponse,
    responses=STREAM,
)
async def follow_video(request: Request, mine: Mine, by: Asker) -> StreamingResponse:
    service = _service(request)

    def look() -> Video | None:
        try:
            return video_of(service, find_job(service, mine.id, by))
        except ApiError:
            return None

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = events(request.app.state.watches, mine.id, look)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@router.head("/v1/videos/{video_id}/content", include_in_schema=False)
@router.get("/v1/videos/{video_id}/content", summary="Fetch a file of a video", response_class=Response,
            responses=CONTENT)  # fmt: skip
def download_content(request: Request, job: Mine, variant: Variant = "video") -> Response:
    return content.answer(request, _service(request), job, variant)


@router.get(
    "/v1/videos/{video_id}/pieces/{number}",
    summary="Fetch what can be played already",
    response_class=Response,
    responses={200: {"description": "A stretch of the video", "content": {"video/mp4": BINARY}}},
)
def download_piece(
    request: Request, job: Mine, number: Annotated[int, Path(ge=0, lt=100_000, description="its place in `pieces`")]
) -> Response:
    """One of the `pieces` of a video that is being made; they are gone when it is done."""
    return content.piece(request, _service(request), job, number)


def find_job(service: Service, video_id: str, by: Caller) -> Job:
    """The caller's own video; ApiError 404 for any other."""
    try:
        job = service.jobs.get(video_id) if "\0" not in video_id else None
    except OptionError:
        job = None
    if job is None or job.kind != "video" or job.owner != by.owner:
        raise ApiError(404, Message("video_not_found", video=video_id[:80]), "video_not_found", "video_id")
    return job


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _ordered(
    request: Request, response: Response, by: Caller, form: Form, order: Callable[[Form], Order], like: str | None
) -> Video:
    """Submit what the form asks for, once for an Idempotency-Key."""
    service = _service(request)

    def begin() -> str:
        check_quota(service, by)
        return submit(service, by, form, order(form), like)

    job_id = answered_once(request, by, f"{like or ''}{form.fingerprint()}", begin)
    return _shown(response, video_of(service, find_job(service, job_id, by)))


def _remixed(request: Request, response: Response, by: Caller, form: Form, video_id: str) -> Video:
    service = _service(request)
    earlier = find_job(service, video_id, by)
    place = form.folder if service.storage.copies else service.settings.data_dir
    folder = JobFolder(place, earlier.id, service.storage)

    def order(form: Form) -> Order:
        folder.fetch("inputs/*")
        return remix_of(form, tuple(map(folder.placed, service.scenes(earlier))), earlier.details)

    return _ordered(request, response, by, form, order, earlier.id)


def _shown(response: Response, video: Video) -> Video:
    if video.status in OPEN:
        response.headers["openai-poll-after-ms"] = str(delay_of(video))
    return video
