"""``POST /v1/presentations/check``: what slides hold, before a video is made of them."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from PIL import Image
from pydantic import BaseModel, Field

from avatar.core.errors import GovorunError
from avatar.core.reasons import Message
from orchestrator.api.access import Asker
from orchestrator.api.errors import ApiError, api_error_of
from orchestrator.api.form.parse import Form, form_of
from orchestrator.api.taking import aside
from orchestrator.productions.apart import read_slides_apart
from orchestrator.productions.present import shape_of
from orchestrator.productions.slides import Slide

__all__ = ["router"]

router = APIRouter(tags=["videos"])
_LONGEST, _QUALITY = 480, 75
_FILE = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["slides"],
                    "properties": {
                        "slides": {**_FILE, "description": "a PPTX or a PDF"},
                        "slides_pdf": {**_FILE, "description": "the slides of a PPTX as PDF"},
                        "pages": {"type": "string", "description": "which slides, in this order: 1-4,7"},
                    },
                }
            }
        },
    }
}


class SeenSlide(BaseModel):
    """One slide as it would be shown."""

    number: int = Field(description="as the file counts, from 1")
    notes: str = Field(description="the speaker notes in the file; empty where there are none")
    text: str = Field(description="what stands on it")
    picture: str = Field(description="small, as a data URL")


class SeenSlides(BaseModel):
    """What was found in a presentation."""

    object: Literal["slides"] = "slides"
    size: str = Field(description="the size of a video in which they fill the frame", examples=["1280x720"])
    slides: list[SeenSlide]


@router.post(
    "/v1/presentations/check", summary="Look at slides before a video is made", response_model=SeenSlides,
    openapi_extra=_BODY,
)  # fmt: skip
async def check_presentation(request: Request, who: Asker) -> SeenSlides:
    """Every slide small, with its speaker notes, so that what is missing can be written."""
    async with form_of(request, request.app.state.service.settings) as form:
        return await aside(request, _seen, form)


def _seen(form: Form) -> SeenSlides:
    slides = form.files.get("slides")
    if slides is None:
        raise ApiError(400, Message("slides_missing"), "missing_slides", "slides")
    folder = form.folder / "slides-drawn"
    folder.mkdir()
    pdf = form.files.get("slides_pdf")
    try:
        found = read_slides_apart(slides.path, folder, str(form.fields.get("pages", "")), pdf.path if pdf else None)
    except GovorunError as error:
        told = api_error_of(error)
        told.param = "slides"
        raise told from error
    return SeenSlides(size=shape_of(found[0].picture), slides=[_shown(slide) for slide in found])


def _shown(slide: Slide) -> SeenSlide:
    return SeenSlide(number=slide.number, notes=slide.notes, text=slide.text, picture=_small(slide.picture))


def _small(path: Path) -> str:
    out = io.BytesIO()
    with Image.open(path) as picture:
        picture.thumbnail((_LONGEST, _LONGEST))
        picture.save(out, "WEBP", quality=_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}"
