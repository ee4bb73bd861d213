"""``/v1/backdrops``: what a background can be, and how it looks."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from motion.backdrop import choose
from orchestrator.api.access import Asker
from orchestrator.api.errors import ApiError
from orchestrator.api.form.json_body import body_of, described
from orchestrator.api.form.names import check_name
from orchestrator.api.waiting import quick_answer
from orchestrator.previews.asked import PREVIEW_SIDE, BackdropAsked
from orchestrator.probes import installed
from orchestrator.video.request import DEFAULT_BACKDROP, parse_size

__all__ = ["router"]

router = APIRouter(tags=["backdrops"])
_FORMS = (
    {"form": "none", "meaning": "a plain light studio"},
    {"form": "photo", "meaning": "the photo keeps its own background"},
    {"form": "#rrggbb", "meaning": "a plain colour"},
    {"form": "backdrop_image", "meaning": "an uploaded picture"},
    {"form": "a description", "meaning": "a place in a few words, English or Russian, which drifts slowly"},
)


@router.get("/v1/backdrops", summary="List what a backdrop can be")
async def list_backdrops(who: Asker) -> dict[str, Any]:
    """`families` are the places that the default engine knows, with an example of each; `engines` who draws them."""
    families = await run_in_threadpool(installed.places)
    engines = [one for one in await run_in_threadpool(installed.engines) if one["stage"] == "backdrop"]
    return {
        "object": "list",
        "data": families,
        "families": families,
        "engines": engines,
        "forms": list(_FORMS),
        "default": DEFAULT_BACKDROP,
    }


class Preview(BaseModel):
    """A backdrop to look at."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(min_length=1, max_length=2000, description="A place in words, none or #rrggbb.")
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    size: str = Field(default="320x180", max_length=11, description="WIDTHxHEIGHT, even, 128 to 640 pixels a side.")
    frames: int = Field(default=16, ge=1, le=24)
    engine: Literal["embedded", "painted", "solid"] | None = None


@router.post(
    "/v1/backdrops/preview",
    summary="See a backdrop drift",
    response_class=Response,
    responses={
        200: {"description": "An animated picture that repeats", "content": {"image/webp": {}}},
        503: {"description": "No worker came to it; see Retry-After"},
    },
    openapi_extra=described(Preview, {"prompt": "calm ocean at dusk", "seed": 0, "size": "320x180"}),
)
async def preview(request: Request, who: Asker) -> Response:
    """A small animated WebP: one turn of the drift in two seconds."""
    body = await body_of(request, Preview)
    asked = await run_in_threadpool(_asked, body)
    return await quick_answer(request, who, asked, "image/webp", **{"Cache-Control": "private, max-age=3600"})


def _asked(body: Preview) -> BackdropAsked:
    """ApiError or OptionError for what cannot be drawn."""
    text = body.prompt.strip()
    check_name("backdrop", text, "prompt")
    if text == "photo":
        raise ApiError(
            400, "The backdrop photo is the photo's own: there is nothing to draw.", "invalid_value", "prompt"
        )
    try:
        size = parse_size(body.size)
    except ValueError as error:
        raise ApiError(400, f"size: {error}.", "invalid_value", "size") from None
    if max(size.width, size.height) > PREVIEW_SIDE[1]:
        raise ApiError(400, f"size: at most {PREVIEW_SIDE[1]} pixels a side.", "invalid_value", "size")
    choose(text)
    return BackdropAsked(backdrop=text, seed=body.seed, size=str(size), frames=body.frames, engine=body.engine)
