"""What OpenAPI says of bodies, files and errors; the routes read bodies by hand, to keep none in memory."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from orchestrator.api.access import COOKIE
from orchestrator.api.errors import ErrorReply
from orchestrator.api.form.fields import VideoFields
from orchestrator.api.replies import LONGEST_KEY

__all__ = ["BINARY", "COMMON", "CONTENT", "ERRORS", "FORM", "STREAM", "Api", "described", "form_of_fields"]

Schema = dict[str, Any]
_REFERENCE = "#/components/schemas/{model}"
_KEYS: Schema = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key of `govorun keys create NAME`."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A cookie of `POST /v1/session`."},
}
"""What opens the service; on its own machine it needs nothing until the first key is made."""
_bodies: dict[str, Schema] = {}
"""Models of bodies, by name: FastAPI knows of none of them."""


class Api(FastAPI):
    """FastAPI whose schema has the models of bodies too."""

    def openapi(self) -> Schema:
        """The schema, made once."""
        if self.openapi_schema is None:
            schema = super().openapi()
            schema["components"]["schemas"].update(_bodies)
            schema["components"]["securitySchemes"] = _KEYS
            schema["security"] = [{name: []} for name in _KEYS] + [{}]
        return super().openapi()


class _Written(GenerateJsonSchema):
    """A field that may be left out is told by its type alone."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        written = super().default_schema(schema)
        return {name: value for name, value in written.items() if (name, value) != ("default", None)}


def described(model: type[BaseModel], example: Schema) -> Schema:
    """``openapi_extra`` of a route that takes ``model`` as JSON."""
    content = {"application/json": {"schema": _reference(model), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _reference(model: type[BaseModel]) -> Schema:
    written = model.model_json_schema(ref_template=_REFERENCE, schema_generator=_Written)
    _bodies.update(written.pop("$defs", {}))
    _bodies[model.__name__] = written
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def form_of_fields(model: type[BaseModel], without: Collection[str] = (), required: Collection[str] = ()) -> Schema:
    """``openapi_extra`` of a route that takes ``model`` as JSON, its files as data URLs; and as a form, its lists and
    objects as JSON in text. ``without``: fields that are not taken here."""
    plain = _reference(model)
    whole = _bodies[model.__name__]
    whole["properties"] = {name: field for name, field in whole["properties"].items() if name not in without}
    whole |= {"required": sorted(required)} if required else {}
    form = model.__name__.removesuffix("Fields") + "Form"
    _bodies[form] = {
        **whole,
        "title": form,
        "properties": {name: _as_part(field) for name, field in whole["properties"].items()},
    }
    for name, field in whole["properties"].items():
        if field.get("format") == "binary":
            about = f"{field['description']}, as a data URL: data:image/png;base64,..."
            whole["properties"][name] = {"type": "string", "description": about}
    parts = {"schema": {"$ref": _REFERENCE.format(model=form)}}
    content = {"multipart/form-data": parts, "application/json": {"schema": plain}}
    return {"requestBody": {"required": True, "content": content}, "parameters": [_ONCE]}


def _as_part(field: Schema) -> Schema:
    """What is no plain value in JSON is text in a form."""
    about: Schema = {name: field[name] for name in ("description", "title", "examples") if name in field}
    if field.get("type") in ("array", "object"):
        inner = {name: value for name, value in field.items() if name not in about}
        about["examples"] = [json.dumps(example) for example in field["examples"]]
        return {**about, "type": "string", "contentMediaType": "application/json", "contentSchema": inner}
    return {**about, **field["anyOf"][0]} if "anyOf" in field else field


_ONCE: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key within a day is answered by the video that the first one made.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
FORM = form_of_fields(VideoFields)


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
    507: _error("There is no room on the disk for new work; Retry-After says when to come again."),
    503: _error("The service is busy, or a part of it is away; Retry-After says when to come again."),
}
"""Answers that any route may give."""
ERRORS: dict[int | str, Schema] = {
    404: _error("There is no such video, or not of yours."),
    409: _error("The video is in a state in which this cannot be done."),
}
BINARY = {"schema": {"type": "string", "format": "binary"}}
_ANY = {"*/*": BINARY}
"""No generator of clients reads one answer as bytes and as text, as its type may be."""
CONTENT: dict[int | str, Schema] = {
    200: {"description": "The file: MP4, JPEG, SubRip, WebVTT or JSON, as Content-Type says.", "content": _ANY},
    206: {"description": "The part that Range asks for.", "content": _ANY},
    304: {"description": "The client has it already."},
    416: _error("The range is beyond the file."),
}
STREAM: dict[int | str, Schema] = {
    200: {
        "description": "Events status, stage, progress, eta and video, until the video has ended.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
