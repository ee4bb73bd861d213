"""What OpenAPI says of the forms, files and errors of videos; the routes read forms by hand, to keep none in memory."""

from __future__ import annotations

from typing import Any

from orchestrator.api.errors import ErrorReply

__all__ = ["COMMON", "CONTENT", "ERRORS", "FORM", "REMIX", "STREAM"]

Schema = dict[str, Any]


def _text(description: str, example: str | None = None, **more: object) -> Schema:
    return {"type": "string", "description": description, **({"example": example} if example else {}), **more}


_LOOKS: dict[str, Schema] = {
    "voice": _text("the name of a voice, see /v1/voices", "en_US-joe"),
    "lang": _text("language of the script, where no voice says it", "en"),
    "backdrop": _text("a place in words, #rrggbb, photo or none", "calm ocean at dusk", maxLength=2000),
    "transcript": _text("what is said in the recording"),
    "captions": _text("captions in the picture, as a list with commas: burn, karaoke, srt, vtt, none", "burn"),
    "expression": _text("what the face shows", "neutral"),
    "gesture_style": _text("how the head moves", enum=["calm", "lively", "presenter"]),
    "seed": {"type": "integer", "minimum": 0, "description": "another number, other motion", "example": 1},
    "label": {"type": "boolean", "description": "a visible mark that says: AI-generated"},
    "speech_engine": _text("the name of a speech engine, see /v1/models"),
    "face_engine": _text("the name of a face engine"),
    "backdrop_engine": _text("the name of a backdrop engine"),
}
_WHOLE: dict[str, Schema] = {
    "model": _text("govorun, or the name of a face engine", "govorun"),
    "seconds": _text("taken for the sake of other clients: the script decides the length"),
    "size": _text("WIDTHxHEIGHT, even numbers of pixels", "720x1280", pattern=r"^\d{3,4}x\d{3,4}$"),
    "fps": {"type": "number", "minimum": 10, "maximum": 60, "description": "frames a second", "example": 25},
    "consent": {"type": "boolean", "description": "whether this face and voice may be used; kept with the video"},
    "webhook_url": _text("where to tell when the video is done", "https://example.com/hook", format="uri"),
    "title": _text("a name for the video and its files", maxLength=200),
    "metadata": _text("a JSON object of at most 16 texts", '{"course": "7"}'),
    "priority": {"type": "integer", "minimum": -100, "maximum": 100, "description": "below 0: later than your others"},
}
_SCENES = _text(
    "a JSON list of scenes, each with prompt and what else differs; photo, audio, backdrop_image name an uploaded part",
    '[{"prompt": "Who is there?", "photo": "anna"}, {"prompt": "It is me.", "photo": "boris", "voice": "en_US-joe"}]',
)
_PROMPT = _text("the script, with directions such as [pause]", "Hello! [smile] I am glad that you are here.")
_ADDRESS = "as a data URL: data:image/png;base64,..."


def _files(kind: Schema) -> dict[str, Schema]:
    return {
        "input_reference": {**kind, "description": "the photo: JPEG, PNG or WebP"},
        "audio": {**kind, "description": "a recording to be spoken instead of a voice"},
        "backdrop_image": {**kind, "description": "a picture behind the person"},
    }


def _body() -> Schema:
    fields = {"prompt": _PROMPT, **_LOOKS, **_WHOLE, "scenes": _SCENES}
    form = {**fields, **_files({"type": "string", "format": "binary"})}
    listed = {"type": "array", "items": {"type": "object"}, "description": "as in the form, as a list"}
    plain = {**fields, "scenes": listed, **_files({"type": "string", "description": _ADDRESS})}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": {"type": "object", "properties": form}},
                "application/json": {"schema": {"type": "object", "properties": plain}},
            },
        }
    }


FORM = REMIX = _body()


def _error(description: str) -> Schema:
    return {"model": ErrorReply, "description": description}


COMMON: dict[int | str, Schema] = {
    400: _error("A field is wrong; `param` names it."),
    401: _error("A key is needed, or the key is not valid."),
    403: _error("A page of another site asks."),
    413: _error("The body is too large."),
    415: _error("The body is of another type."),
    422: _error("An engine that was asked for is not installed."),
    429: _error("Too many requests or unfinished videos; Retry-After says when to come again."),
    503: _error("The service is busy, or a part of it is away; Retry-After says when to come again."),
}
"""Answers that any route may give."""
ERRORS: dict[int | str, Schema] = {
    404: _error("There is no such video, or not of yours."),
    409: _error("The video is in a state in which this cannot be done."),
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TYPES = ("video/mp4", "image/jpeg", "application/x-subrip", "text/vtt", "application/json")
CONTENT: dict[int | str, Schema] = {
    200: {"description": "The file.", "content": dict.fromkeys(_TYPES, _BINARY)},
    206: {"description": "The part that Range asks for.", "content": dict.fromkeys(_TYPES, _BINARY)},
    304: {"description": "The client has it already."},
    416: _error("The range is beyond the file."),
}
STREAM: dict[int | str, Schema] = {
    200: {
        "description": "Events status, stage, progress, eta and video, until the video has ended.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
