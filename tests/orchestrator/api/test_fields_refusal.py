"""What a client is told of a field: the sentence, the code and the name, for a video and for one of its scenes."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.api.form.refusal import FieldError, in_scene, refusal, refuse_decided, unknown


class Scene(BaseModel):
    """A scene with one of every kind of field."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field("", max_length=5)
    open: bool = False
    count: int = Field(1, ge=1, le=9)
    speed: float = Field(1.0, ge=0.5, le=2.0)
    kind: Literal["a", "b"] = "a"

    @field_validator("title")
    @classmethod
    def _own(cls, value: str) -> str:
        if value == "bad":
            raise ValueError("no such title.")
        if value == "worse":
            raise FieldError("Title is worse.", "own_code", "name")
        if value == "worst":
            raise FieldError("Title is worst.")
        return value


class Video(Scene):
    scenes: list[Scene] = Field(default_factory=list)


def told(scene: int | None = None, model: type[BaseModel] = Video, **fields: Any) -> ApiError:
    with pytest.raises(ValidationError) as wrong:
        model.model_validate(fields)
    error = refusal(wrong.value, scene)
    assert error.status == 400
    return error


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", 1, "Title has to be text."),
        ("open", "perhaps", "Open has to be true or false."),
        ("open", None, "Open has to be true or false."),
        ("count", "x", "Count has to be a whole number."),
        ("count", None, "Count has to be a whole number."),
        ("count", 1.5, "Count has to be a whole number."),
        ("count", "1" * 5000, "Count has to be a whole number of fewer digits."),
        ("speed", "x", "Speed has to be a number."),
        ("speed", None, "Speed has to be a number."),
        ("kind", "c", "Kind has to be 'a' or 'b'."),
        ("title", "bad", "Title: no such title."),
    ],
)
def test_a_value_of_another_kind_is_told_by_what_it_has_to_be(field: str, value: object, message: str) -> None:
    error = told(**{field: value})
    assert (error.message, error.code, error.param) == (message, "invalid_value", field)


@pytest.mark.parametrize(
    ("field", "value", "reason", "params"),
    [
        ("title", "abcdef", "field_has_at_most", {"field": "title", "n": 5}),
        ("count", 0, "field_is_at_least", {"field": "count", "least": "1"}),
        ("count", 10, "field_is_at_most", {"field": "count", "most": "9"}),
        ("speed", 0.4, "field_is_at_least", {"field": "speed", "least": "0.5"}),
        ("speed", 2.1, "field_is_at_most", {"field": "speed", "most": "2"}),
    ],
)
def test_a_limit_is_told_with_its_number(field: str, value: object, reason: str, params: dict[str, object]) -> None:
    error = told(**{field: value})
    assert isinstance(error.message, Message)
    assert (error.message.reason, error.message.params) == (reason, params)
    assert error.message[0].isupper()


def test_the_field_of_a_scene_is_named_with_its_number() -> None:
    error = told(scenes=[{}, {}, {"speed": 3}])
    assert error.param == "scenes[2].speed"
    assert error.message.startswith("Scene 3: ")
    assert error.message.params["scene"] == 3  # type: ignore[attr-defined]
    assert told(scenes=[{"kind": "c"}]).param == "scenes[0].kind"
    assert told(scenes="x").param == "scenes"


def test_a_scene_that_was_read_alone_is_named_by_who_read_it() -> None:
    error = told(1, Scene, count=0)
    assert (error.param, error.message.startswith("Scene 2: ")) == ("scenes[1].count", True)
    assert told(0, Scene, open="x").message == "Scene 1: open has to be true or false."


def test_an_error_of_our_own_keeps_its_words_and_may_name_another_field() -> None:
    error = told(title="worse")
    assert (error.message, error.code, error.param) == ("Title is worse.", "own_code", "name")
    error = told(title="worst")
    assert (error.message, error.code, error.param) == ("Title is worst.", "invalid_value", "title")
    error = told(scenes=[{}, {"title": "worse"}])
    assert (error.message, error.param) == ("Scene 2: Title is worse.", "scenes[1].name")


def test_what_is_wrong_with_the_whole_request_names_no_field() -> None:
    with pytest.raises(ValidationError) as wrong:
        Video.model_validate([])
    error = refusal(wrong.value)
    assert error.param is None
    assert error.message.startswith("The request: ")
    assert refusal(wrong.value, 1).param is None


def test_the_first_of_several_errors_is_told_and_a_long_name_shortened() -> None:
    error = told(count=0, speed=9)
    assert error.param == "count"
    assert told(**{"a" * 100: 1}).param == "a" * 80


def test_a_message_is_said_of_a_scene_only_where_there_are_several() -> None:
    assert in_scene("It is wrong.", None) == "It is wrong."
    assert in_scene("It is wrong.", 0) == "Scene 1: It is wrong."
    assert in_scene("It is wrong.", 4) == "Scene 5: It is wrong."


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("scriptText", "prompt"), ("audio_url", "audio, a file that you upload"), ("driver_url", "gesture_style"),
        ("resolution", "size"), ("subtitles", "captions"), ("callbackId", "metadata"), ("emotion", "expression"),
        ("background_image", "backdrop_image"), ("captons", "captions"), ("Voice", "voice"), ("seeed", "seed"),
    ],
)  # fmt: skip
def test_a_field_of_another_service_or_with_a_slip_is_told_as_ours(name: str, near: str) -> None:
    error = unknown(name, ["voice", "captions", "seed"])
    assert error.message == f"Unknown field {name!r}: did you mean {near}?"
    assert (error.code, error.field) == ("unknown_field", name)


def test_a_field_that_resembles_none_is_told_all_of_them() -> None:
    error = unknown("x" * 90, (name for name in ("voice", "seed")))
    assert error.message == f"Unknown field {'x' * 80!r}: known are voice, seed."
    assert error.field == "x" * 80
    assert "known are" in unknown("vox", ["voice"]).message
    assert "did you mean voice" in unknown("voic", ["voice"]).message


def test_what_was_decided_otherwise_cannot_be_given_too() -> None:
    refuse_decided({"seed": "1", "voice": ""}, ("voice", "lang"), ("seed", "voice", "lang"))
    with pytest.raises(FieldError) as wrong:
        refuse_decided({"seed": "1", "lang": "en"}, ("voice", "lang"), ("seed", "voice", "lang"))
    assert wrong.value.message == "Unknown field 'lang': known are seed."
