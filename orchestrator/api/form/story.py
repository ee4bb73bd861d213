"""A story as a client sends it → an order of one scene a place."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from avatar.core.errors import GovorunError
from orchestrator.api.errors import ApiError, api_error_of
from orchestrator.api.form.fields import VideoFields, read
from orchestrator.api.form.orders import Order, changes_of, order_from, scene_from
from orchestrator.api.form.parse import Form
from orchestrator.api.form.refusal import refuse_decided

__all__ = ["OF_STORY", "StoryFields", "order_of_story"]

OF_STORY = (
    "scenes", "audio", "transcript", "backdrop", "backdrop_from", "backdrop_image", "backdrop_film", "influence",
    "heading", "seconds",
)  # fmt: skip
"""Fields of a video that the story decides."""


class StoryFields(VideoFields):  # type: ignore[valid-type, misc]
    """A story, its text as the prompt: paragraphs become scenes in the places that they tell of."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_the_story_decides(cls, given: dict[str, Any]) -> dict[str, Any]:
        refuse_decided(given, OF_STORY, cls.model_fields)
        return given


def order_of_story(form: Form) -> Order:
    """Read a form with a story; ApiError says what is wrong with a field or with the story."""
    from orchestrator.productions.apart import scenes_of_story_apart

    told = read(form, StoryFields)
    options = changes_of(told)
    text = options.pop("text", "")
    try:
        scenes = scenes_of_story_apart(text, options)
    except GovorunError as error:
        known: ApiError = api_error_of(error)
        known.param = "prompt"
        raise known from error
    return order_from(told, tuple(scene_from({**options, **one}, number) for number, one in enumerate(scenes)), {})
