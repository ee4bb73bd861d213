"""``GET /v1/backdrops``: what a background can be."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from orchestrator import listing
from orchestrator.api.access import Asker
from orchestrator.request import DEFAULT_BACKDROP

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
    families = await run_in_threadpool(listing.places)
    engines = [one for one in await run_in_threadpool(listing.engines) if one["stage"] == "backdrop"]
    return {
        "object": "list",
        "data": families,
        "families": families,
        "engines": engines,
        "forms": list(_FORMS),
        "default": DEFAULT_BACKDROP,
    }
