"""The fields of a video: what a client may send, with limits, checks and descriptions; everything else reads them here.

Forms, JSON bodies, scenes and remixes are read by these models, OpenAPI is drawn from them, and the video object shows
:data:`OPTIONS`. A field of :class:`orchestrator.video.request.RenderRequest` is a field here unless it is one of
:data:`NOT_FOR_CLIENTS`; a text is taken as a plain word unless :func:`orchestrator.api.form.names.check_name` knows
better.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
    create_model,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.api.form.names import check_name
from orchestrator.api.form.parse import FILE_FIELDS, Form, Upload, inline_file, json_of
from orchestrator.api.form.refusal import FieldError, refusal, unknown
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import MOST_SCENES

__all__ = [
    "FILES",
    "LOOKS",
    "OPTIONS",
    "Fields",
    "SceneBase",
    "SceneFields",
    "Title",
    "Uploaded",
    "VideoBase",
    "VideoFields",
    "kept_options",
    "options_of",
    "read",
]

NOT_FOR_CLIENTS: Mapping[str, str] = {
    "photo": "a path: the file is uploaded as input_reference",
    "audio": "a path: the file is uploaded",
    "influence": "a path: the film is uploaded",
    "logo": "a path: the picture is uploaded",
    "font": "a path of this machine",
    "music": "a path: the file is uploaded",
    "text": "is called prompt, as the OpenAI client says it",
    "script": "a path of this machine",
    "lexicon": "a path of this machine",
    "device": "whoever runs the service says what draws",
    "backdrop_model": "may name a folder of this machine, or download what nobody asked for",
    "speech_option": "options of engines may name files of this machine",
    "face_option": "options of engines may name files of this machine",
    "backdrop_option": "options of engines may name files of this machine",
}
"""Option of a request -> why no client may set it by its name."""
OPTIONS = tuple(name for name in RenderRequest.model_fields if name not in NOT_FOR_CLIENTS)
"""Options of a request that clients may set."""
LOOKS = tuple(name for name in OPTIONS if name not in ("size", "fps"))
"""Those that may differ from scene to scene."""
_LISTED_AT: Mapping[str, str] = {
    "voice": "/v1/voices",
    **dict.fromkeys(("speech_engine", "face_engine", "backdrop_engine"), "/v1/models"),
}
_MEANT_EMPTY: Mapping[str, object] = {"prompt": "", "scenes": []}
_MOST_PAIRS, _MOST_KEY, _MOST_VALUE = 16, 64, 512
_PAIRS = (
    f"metadata has to be a JSON object of at most {_MOST_PAIRS} texts (keys up to {_MOST_KEY} characters, values up to "
    f"{_MOST_VALUE})."
)
_ADDRESS = re.compile(r"https?://[^\s/@\\]+(/\S*)?")


def _uploaded(value: object, info: ValidationInfo) -> Upload:
    if not isinstance(value, Upload):
        raise FieldError(f"{info.field_name} has to be a file that you upload: addresses are not fetched.")
    return value


def _named(value: object, info: ValidationInfo) -> Upload:
    """The part of the request that a scene names."""
    form: Form = info.context  # type: ignore[assignment]
    if isinstance(value, str) and value.startswith("data:"):
        return _inline(value, info.field_name or "", form)
    if not isinstance(value, str) or value not in form.files:
        raise FieldError(f"{info.field_name} has to name a file of this request.")
    return form.files[value]


def _uploaded_or_kept(value: object, info: ValidationInfo) -> Upload:
    """What was uploaded, or a file of the video that is made again, by its name."""
    form: Form = info.context  # type: ignore[assignment]
    if isinstance(value, str) and value in form.files:
        return form.files[value]
    return _uploaded(value, info)


def _inline(address: str, field: str, form: Form) -> Upload:
    try:
        return inline_file(field, address, form.folder, f"inline-{uuid.uuid4().hex}")
    except ApiError as error:
        raise FieldError(error.message, error.code or "invalid_file") from None


def _listed(value: object) -> list[dict[str, Any]]:
    try:
        scenes = json_of(value) if isinstance(value, str) else value
    except ValueError:
        raise FieldError("The field scenes is no JSON: send a list of objects as one JSON string.") from None
    if not isinstance(scenes, list) or not scenes or not all(isinstance(scene, dict) for scene in scenes):
        raise FieldError("The field scenes has to be a JSON list of objects, one a scene.")
    if len(scenes) > MOST_SCENES:
        raise FieldError(Message("too_many_scenes", most=MOST_SCENES, n=len(scenes)))
    return scenes


def _pairs(value: object, check: Callable[[object], dict[str, str]]) -> dict[str, str]:
    try:
        return check(json_of(value) if isinstance(value, str) else value)
    except ValueError:
        raise FieldError(_PAIRS) from None


def _seconds(value: object) -> str:
    try:
        seconds = float(value) if isinstance(value, (str, int, float)) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not 0 < seconds <= 86400:
        raise FieldError("seconds has to be a number of seconds; the script decides the length.")
    return str(value)[:20]


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise FieldError("webhook_url has to be an http or https address without a name and a password.")
    return value


def _one_line(value: str) -> str | None:
    return " ".join(value.split()) or None


def _model(value: str) -> str:
    from avatar.face import ENGINES

    if value != "govorun" and value.removeprefix("face/") not in ENGINES:
        known = ", ".join(["govorun", *sorted(ENGINES)])
        raise FieldError(f"The model {value[:80]!r} is not here: choose {known}.", "model_not_found")
    return value


Uploaded = Annotated[
    InstanceOf[Upload], BeforeValidator(_uploaded), WithJsonSchema({"type": "string", "format": "binary"})
]
_Music = Annotated[
    InstanceOf[Upload], BeforeValidator(_uploaded_or_kept), WithJsonSchema({"type": "string", "format": "binary"})
]
_Named = Annotated[InstanceOf[Upload], BeforeValidator(_named), WithJsonSchema({"type": "string"})]
_Key = Annotated[str, Field(max_length=_MOST_KEY)]
_Value = Annotated[str, Field(max_length=_MOST_VALUE)]


Title = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
"""A name for people."""


class Fields(BaseModel):
    """What a video and a scene share. Empty is as good as left out."""

    model_config = ConfigDict(frozen=True)

    prompt: str | None = Field(
        None,
        description="the script, with directions such as [pause]",
        examples=["Hello! [pause] I am glad that you are here."],
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name in given:
            if name not in cls.model_fields:
                raise unknown(name, cls.model_fields)
        return given

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_or_value(cls, value: object, info: ValidationInfo) -> object:
        name = info.field_name or ""
        if value in ("", []) and value != _MEANT_EMPTY.get(name):
            return None
        if cls.model_fields[name].annotation == bool | None:
            return value.strip() if isinstance(value, str) else value
        if isinstance(value, bool):
            raise FieldError(f"{name} cannot be {value!r}.")
        return value

    @field_validator("*")
    @classmethod
    def _names_only(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str) and info.field_name in OPTIONS:
            check_name(info.field_name, value)
        return value


class SceneBase(Fields):
    """One scene; its files are parts of the request, named."""

    photo: _Named | None = Field(None, description="the part that is the photo, input_reference where none is named")
    input_reference: _Named | None = Field(None, description="the same as photo")
    audio: _Named | None = Field(None, description="the part that is a recording to speak instead of a voice")
    backdrop_image: _Named | None = Field(None, description="the part that is a picture behind the person")
    backdrop_film: _Named | None = Field(None, description="the part that is a film behind the person")
    logo: _Named | None = Field(None, description="the part that is a picture shown small in a corner")
    influence: _Named | None = Field(None, description="the part that is a film whose motion the place takes over")


class VideoBase(Fields):
    """A whole video: its fields are those of its only scene, or hold for all scenes."""

    input_reference: Uploaded | None = Field(None, description="the photo: JPEG, PNG or WebP")
    photo: Uploaded | None = Field(None, description="the same as input_reference")
    audio: Uploaded | None = Field(None, description="a recording to speak instead of a voice")
    backdrop_image: Uploaded | None = Field(None, description="a picture behind the person")
    backdrop_film: Uploaded | None = Field(None, description="a film behind the person")
    logo: Uploaded | None = Field(None, description="a picture shown small in a corner")
    influence: Uploaded | None = Field(None, description="a film whose motion the place takes over")
    music: _Music | None = Field(None, description="music to lie under the speech of the whole video")
    model: Annotated[str, AfterValidator(_model)] | None = Field(
        None, description="govorun, or the name of a face engine", examples=["govorun"]
    )
    seconds: Annotated[str, BeforeValidator(_seconds)] | None = Field(
        None, description="taken for the sake of other clients: the script decides the length"
    )
    consent: bool | None = Field(None, description="whether this face and voice may be used; kept with the video")
    webhook_url: Annotated[str, Field(max_length=2000), AfterValidator(_address)] | None = Field(
        None,
        description="where to tell when the video is done",
        examples=["https://example.com/hook"],
        json_schema_extra={"format": "uri"},
    )
    title: Title | None = Field(None, description="a name for the video and its files", examples=["Welcome"])
    metadata: Annotated[dict[_Key, _Value], Field(max_length=_MOST_PAIRS), WrapValidator(_pairs)] | None = Field(
        None, description=f"a JSON object of at most {_MOST_PAIRS} texts", examples=[{"course": "7"}]
    )
    priority: Annotated[int, Field(ge=-100, le=100)] | None = Field(
        None, description="below 0: later than your other videos"
    )
    scenes: list[SceneBase] | None = None


def _options(*names: str) -> dict[str, Any]:
    """Fields of a request as fields of a form, which may be left out."""
    return {name: _option(name, RenderRequest.model_fields[name]) for name in names}


def _option(name: str, field: FieldInfo) -> tuple[Any, Any]:
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    see = f", see {_LISTED_AT[name]}" if name in _LISTED_AT else ""
    return kind | None, Field(None, description=f"{field.description}{see}", examples=field.examples)


SceneFields: type[SceneBase] = create_model(
    "SceneFields", __base__=SceneBase, __doc__=SceneBase.__doc__, **_options(*LOOKS)
)
_SCENES = Field(
    None,
    description="scenes of the video, each with prompt and what else differs; photo, audio, backdrop_image, "
    "backdrop_film, influence and logo name an uploaded part, or are data URLs",
    examples=[
        [
            {"prompt": "Who is there?", "photo": "anna"},
            {"prompt": "It is me.", "photo": "boris", "voice": "en_US-joe"},
        ]
    ],
)
_LIST = Annotated[list[SceneFields], BeforeValidator(_listed)]  # type: ignore[valid-type]
VideoFields: type[VideoBase] = create_model(
    "VideoFields", __base__=VideoBase, __doc__=VideoBase.__doc__, **_options(*OPTIONS), scenes=(_LIST | None, _SCENES)
)


FILES = tuple(name for name in FILE_FIELDS if name in VideoFields.model_fields)
"""Fields that are files."""


def read(form: Form, fields: type[VideoBase] = VideoFields) -> Any:
    """The ``fields`` of ``form``, checked; ApiError 400 names the first that is wrong."""
    files = {name: file for name, file in form.files.items() if "scenes" not in form.fields or name in FILES}
    texts = {name: value for name, value in form.fields.items() if value or name not in files}
    try:
        return fields.model_validate({**files, **texts}, context=form)
    except ValidationError as error:
        raise refusal(error) from None


def options_of(video: VideoBase, scene: SceneBase | None = None) -> dict[str, Any]:
    """Options of a request that were given: those of the scene count, then those of the video."""
    given: dict[str, Any] = {}
    for fields in (video, scene or video):
        given |= {name: getattr(fields, name) for name in OPTIONS if name in fields.model_fields_set}
    return {name: value for name, value in given.items() if value is not None}


def kept_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a video that are kept for later, checked as a form with them would be; ApiError 400 names the first
    that is wrong."""
    for name in given:
        if name not in OPTIONS or name == "transcript":
            raise ApiError(400, f"{name[:80]!r} cannot be kept in a preset.", "invalid_value", name[:80])
    try:
        checked = VideoFields.model_validate(dict(given))
    except ValidationError as error:
        raise refusal(error) from None
    return checked.model_dump(mode="json", include=set(given), exclude_none=True)
