"""Slides as a client sends them → an order of one scene a slide."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from avatar.core.errors import GovorunError
from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError, api_error_of
from orchestrator.api.form.fields import Uploaded, VideoFields, read
from orchestrator.api.form.orders import Order, changes_of, order_from, scene_from
from orchestrator.api.form.parse import Form
from orchestrator.api.form.refusal import refuse_decided

__all__ = ["OF_SLIDES", "PresentationFields", "order_of_slides"]

OF_SLIDES = (
    "prompt", "scenes", "audio", "transcript", "backdrop", "backdrop_image", "backdrop_film", "backdrop_trim",
    "backdrop_sound", "influence", "seconds",
)  # fmt: skip
"""Fields of a video that the slides decide."""
_NOTES = "notes.txt"


class PresentationFields(VideoFields):  # type: ignore[valid-type, misc]
    """A talk with slides: every slide is a scene, its picture behind, its notes spoken."""

    slides: Uploaded | None = Field(None, description="a PPTX or a PDF, at most 100 slides of it")
    slides_pdf: Uploaded | None = Field(
        None, description="the slides of a PPTX as PDF, where no LibreOffice is installed to draw them"
    )
    notes: str | None = Field(
        None,
        description="what is said, instead of the notes in the slides; a line of --- begins the next slide",
        examples=["Welcome.\n---\nThis is the second slide."],
    )
    pages: str | None = Field(None, max_length=1000, description="which slides, in this order", examples=["1-4,7"])
    without_notes: Literal["refuse", "skip", "read"] | None = Field(
        None, description="slides without notes: refuse them (the usual), skip them, or read the text on them"
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_slides_decide(cls, given: dict[str, Any]) -> dict[str, Any]:
        refuse_decided(given, OF_SLIDES, cls.model_fields)
        return given


def order_of_slides(form: Form) -> Order:
    """Read a form with slides; ApiError says what is wrong with a field, with the slides, or with their notes."""
    from orchestrator.productions.apart import read_slides_apart
    from orchestrator.productions.present import scenes_of_slides

    form = _with_notes(form)
    talk = read(form, PresentationFields)
    if talk.slides is None:
        raise ApiError(400, Message("slides_missing"), "missing_slides", "slides")
    options = changes_of(talk)
    scene_from({**options, "text": "-"}, None)  # what is wrong with the rest is known before the slides are drawn
    folder = form.folder / "slides-drawn"
    folder.mkdir()
    pdf = talk.slides_pdf.path if talk.slides_pdf else None
    try:
        slides = read_slides_apart(
            talk.slides.path, folder, talk.pages or "", pdf, _kept_notes(form.folder, talk.notes)
        )
        scenes = scenes_of_slides(slides, options, talk.without_notes or "refuse")
    except GovorunError as error:
        told = api_error_of(error)
        told.param = "slides"
        raise told from error
    return order_from(talk, tuple(scene_from({**options, **one}, number) for number, one in enumerate(scenes)), {})


def _with_notes(form: Form) -> Form:
    """Notes that came as a file are a field like those that came as text."""
    file = form.files.get("notes")
    if file is None:
        return form
    try:
        words = file.path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(400, "The notes are no UTF-8 text: save them as UTF-8.", "invalid_text", "notes") from None
    files = {name: upload for name, upload in form.files.items() if name != "notes"}
    return Form(form.folder, {**form.fields, "notes": words}, files)


def _kept_notes(folder: Path, notes: str | None) -> Path | None:
    if notes is None:
        return None
    (folder / _NOTES).write_text(notes, "utf-8")
    return folder / _NOTES
