"""``GET /v1/models``: the engines, as the OpenAI client lists models."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from orchestrator.api.access import Asker
from orchestrator.api.errors import ApiError
from orchestrator.probes import installed
from orchestrator.version import __version__

__all__ = ["MODEL", "model_list", "router"]

router = APIRouter(tags=["models"])
MODEL = "govorun"
"""The model of every video: the stages with their default engines."""
_OWNER, _SINCE = "govorun", 1_767_225_600
_EXAMPLE = {
    "id": "speech/piper", "object": "model", "created": _SINCE, "owned_by": _OWNER, "stage": "speech",
    "engine": "piper", "available": True, "reason": "", "version": "1.8.0", "licence": "GPL-3.0-or-later",
    "weights_licence": "CC0-1.0",
}  # fmt: skip


@router.get(
    "/v1/models",
    summary="List the engines",
    responses={200: {"content": {"application/json": {"example": {"object": "list", "data": [_EXAMPLE]}}}}},
)
async def list_models(who: Asker) -> dict[str, Any]:
    """`govorun` makes videos; `STAGE/ENGINE` are the engines of its stages, with what they lack in `reason`."""
    return {"object": "list", "data": await run_in_threadpool(model_list)}


@router.get(
    "/v1/models/{model:path}",
    summary="One engine",
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}, 404: {"description": "No such model"}},
)
async def get_model(model: str, who: Asker) -> dict[str, Any]:
    """One entry of the list."""
    for entry in await run_in_threadpool(model_list):
        if entry["id"] == model:
            return entry
    raise ApiError(404, f"There is no model {model[:100]!r}: GET /v1/models lists them.", "model_not_found", "model")


def model_list() -> list[dict[str, Any]]:
    """The entries; slow the first time."""
    whole = {"stage": "video", "available": True, "reason": "", "version": __version__, "licence": "Apache-2.0"}
    return [_entry(MODEL, whole), *(_engine(one) for one in installed.engines())]


def _engine(listed: dict[str, Any]) -> dict[str, Any]:
    described = {key: value for key, value in listed.items() if key != "name"}
    return _entry(f"{listed['stage']}/{listed['name']}", {**described, "engine": listed["name"]})


def _entry(name: str, described: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _SINCE, "owned_by": _OWNER, **described}
