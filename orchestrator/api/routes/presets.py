"""``/v1/presets``: choices for videos, kept under a name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from avatar.core.errors import OptionError
from orchestrator.api.access import Asker
from orchestrator.api.errors import ApiError
from orchestrator.api.form.fields import kept_options
from orchestrator.api.form.json_body import body_of
from orchestrator.api.form.refusal import FieldError
from orchestrator.api.form.schema import ERRORS, described
from orchestrator.jobs import presets as table
from orchestrator.jobs.service import Service

__all__ = ["router"]

router = APIRouter(tags=["presets"])
_EXAMPLE: dict[str, Any] = {"name": "News", "fields": {"backdrop": "news studio", "gesture_style": "presenter"}}


def _named(value: str) -> str:
    name = " ".join(value.split())
    if not name or not name.isprintable():
        raise FieldError("A preset needs a name that can be printed.")
    return name


class NewPreset(BaseModel):
    """A preset to be kept; one of the same name is replaced."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: Annotated[str, Field(max_length=80), AfterValidator(_named)]
    fields: dict[str, Any] = Field(description="options as POST /v1/videos takes them; no script and no files")


class Preset(BaseModel):
    """A preset that is kept."""

    id: str
    object: Literal["preset"] = "preset"
    name: str
    fields: dict[str, Any]
    created_at: int


class PresetList(BaseModel):
    """All presets of the caller."""

    object: Literal["list"] = "list"
    data: list[Preset]


class DeletedPreset(BaseModel):
    """A preset that is no more."""

    id: str
    object: Literal["preset.deleted"] = "preset.deleted"
    deleted: bool = True


@router.get("/v1/presets", summary="List your presets")
def list_presets(request: Request, by: Asker) -> PresetList:
    return PresetList(data=[_shown(preset) for preset in _service(request).presets.of(by.owner)])


@router.post("/v1/presets", summary="Keep choices under a name", openapi_extra=described(NewPreset, _EXAMPLE))
async def keep_preset(request: Request, by: Asker) -> Preset:
    body = await body_of(request, NewPreset)
    try:
        kept = _service(request).presets.keep(by.owner, body.name, kept_options(body.fields))
    except OptionError as error:
        raise ApiError(409, error.message, "too_many_presets") from error
    return _shown(kept)


@router.delete("/v1/presets/{preset_id}", summary="Delete a preset", responses={404: ERRORS[404]})
def delete_preset(request: Request, preset_id: str, by: Asker) -> DeletedPreset:
    if "\0" in preset_id or not _service(request).presets.remove(by.owner, preset_id):
        raise ApiError(404, "There is no such preset.", "not_found", "preset_id")
    return DeletedPreset(id=preset_id)


def _shown(preset: table.Preset) -> Preset:
    return Preset(id=preset.id, name=preset.name, fields=dict(preset.fields), created_at=int(preset.created_at))


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
