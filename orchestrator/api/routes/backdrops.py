"""``/v1/backdrops``: what a background can be, and how it looks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from avatar.core.artefacts import appearing
from motion.backdrop import choose
from orchestrator.api.access import Asker, Caller
from orchestrator.api.errors import ApiError
from orchestrator.api.form.json_body import body_of
from orchestrator.api.form.names import check_backdrop
from orchestrator.api.form.refusal import FieldError
from orchestrator.api.form.schema import BINARY, described
from orchestrator.api.waiting import quick_answer, quick_file
from orchestrator.previews.asked import PREVIEW_SIDE, BackdropAsked
from orchestrator.probes import installed
from orchestrator.version import __version__
from orchestrator.video.request import DEFAULT_BACKDROP, parse_size

__all__ = ["router"]

router = APIRouter(tags=["backdrops"])
_SAMPLE_SIZE = "240x136"
_LAST = -100  # whoever waits for a preview or a video comes first
_LASTING = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
_MOVING: dict[int | str, dict[str, Any]] = {
    200: {"description": "An animated picture that repeats", "content": {"image/webp": BINARY}},
    503: {"description": "No worker came to it; see Retry-After"},
}
_FORMS = (
    {"form": "none", "meaning": "a plain light studio"},
    {"form": "photo", "meaning": "the photo keeps its own background"},
    {"form": "#rrggbb", "meaning": "a plain colour"},
    {"form": "backdrop_image", "meaning": "an uploaded picture"},
    {"form": "a description", "meaning": "a place in a few words, English or Russian, which drifts slowly"},
)


@router.get("/v1/backdrops", summary="List what a backdrop can be")
async def list_backdrops(who: Asker) -> dict[str, Any]:
    """`places` are rendered as rooms: title, numbered rooms and hours, each with a prompt in English and Russian that
    leads there, for a gallery; `POST /v1/backdrops/preview` with that prompt and `frames` 1 is its thumbnail.
    `families` are painted, with an example of each; `engines` who draws them."""
    places = await run_in_threadpool(installed.rooms)
    families = await run_in_threadpool(installed.places)
    engines = [one for one in await run_in_threadpool(installed.engines) if one["stage"] == "backdrop"]
    return {
        "object": "list",
        "data": families,
        "places": places,
        "families": families,
        "engines": engines,
        "forms": list(_FORMS),
        "default": DEFAULT_BACKDROP,
    }


@router.get("/v1/backdrops/places", summary="List the places that are rendered as rooms")
async def list_places(who: Asker) -> dict[str, Any]:
    """The `places` of `GET /v1/backdrops` alone, which are told at once: no engine is looked at."""
    return {"object": "list", "data": await run_in_threadpool(installed.rooms)}


@router.get(
    "/v1/backdrops/{family}/sample", summary="See a place drift, in small", response_class=Response,
    responses=_MOVING,
)  # fmt: skip
async def sample_backdrop(
    family: str,
    request: Request,
    who: Asker,
    room: Annotated[int | None, Query(ge=1, description="the number of one of the rooms of a place")] = None,
    hour: Annotated[str | None, Query(max_length=20, description="the name of one of its hours")] = None,
) -> Response:
    """A small animated WebP of one of the `families` or `places`. It is drawn once, when nothing else waits, and then
    kept."""
    known = await run_in_threadpool(_example, family, room, hour)
    if known is None:
        raise ApiError(404, "There is no such place: GET /v1/backdrops lists them.", "not_found", "family")
    asked = BackdropAsked(backdrop=known, size=_SAMPLE_SIZE, frames=12, sample=True)
    kept = request.app.state.service.settings.cache / "samples" / f"{_mark(asked)}.webp"
    if not await run_in_threadpool(kept.is_file):
        last = Caller(who.owner, who.open_jobs, _LAST)
        await run_in_threadpool(_keep, kept, await quick_file(request, last, asked))
    return FileResponse(kept, media_type="image/webp", headers=_LASTING)


def _example(name: str, room: int | None, hour: str | None) -> str | None:
    """The prompt of a family or of a place, one of its rooms at one of its hours; None where there is none such."""
    place = next((one for one in installed.rooms() if one["name"] == name), None)
    if place is None:
        example = next((one["example"] for one in installed.places() if one["name"] == name), None)
        return example if room is None and hour is None else None
    usual = str(place["prompt"]["en"])
    rooms = {None: usual} | {one["number"]: one["prompt"]["en"] for one in place["rooms"]}
    hours = {None: ""} | {one["name"]: one["prompt"]["en"].removeprefix(usual) for one in place["hours"]}
    return f"{rooms[room]}{hours[hour]}" if room in rooms and hour in hours else None


def _mark(asked: BackdropAsked) -> str:
    return hashlib.sha256(f"{__version__} {asked.model_dump_json()}".encode()).hexdigest()[:32]


def _keep(target: Path, chunks: Iterator[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with appearing(target) as partial:
        partial.write_bytes(b"".join(chunks))


def _drawn(value: str) -> str:
    text = check_backdrop(value.strip())
    if text == "photo":
        raise FieldError("The backdrop photo is the photo's own: there is nothing to draw.")
    return text


def _small(value: str) -> str:
    size = parse_size(value)
    if max(size.width, size.height) > PREVIEW_SIDE[1]:
        raise ValueError(f"at most {PREVIEW_SIDE[1]} pixels a side")
    return str(size)


class Preview(BaseModel):
    """A backdrop to look at."""

    model_config = ConfigDict(extra="forbid")

    prompt: Annotated[str, AfterValidator(_drawn)] = Field(
        min_length=1, max_length=2000, description="A place in words, none or #rrggbb."
    )
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    size: Annotated[str, AfterValidator(_small)] = Field(
        default="320x180", max_length=11, description="WIDTHxHEIGHT, even, 128 to 640 pixels a side."
    )
    frames: int = Field(default=16, ge=1, le=24)
    engine: Literal["embedded", "painted", "rooms", "solid"] | None = None


@router.post(
    "/v1/backdrops/preview",
    summary="See a backdrop drift",
    response_class=Response,
    responses=_MOVING,
    openapi_extra=described(Preview, {"prompt": "calm ocean at dusk", "seed": 0, "size": "320x180"}),
)
async def preview_backdrop(request: Request, who: Asker) -> Response:
    """A small animated WebP: one turn of the drift in two seconds."""
    body = await body_of(request, Preview)
    asked = await run_in_threadpool(_asked, body)
    return await quick_answer(request, who, asked, "image/webp", **{"Cache-Control": "private, max-age=3600"})


def _asked(body: Preview) -> BackdropAsked:
    """OptionError for a place that cannot be drawn."""
    choose(body.prompt)
    return BackdropAsked(backdrop=body.prompt, seed=body.seed, size=body.size, frames=body.frames, engine=body.engine)
