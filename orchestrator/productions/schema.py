"""The JSON Schema of a production document, made of the options of a video: what may stand where, within which limits.

:mod:`orchestrator.productions.shape` reads documents by this very schema, so editors and Govorun refuse the same.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema

from orchestrator.productions.batch import MOST_ROWS
from orchestrator.productions.brand import KEYS
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import ALIKE, BED, MOST_SCENES, ONCE

__all__ = ["FILES", "IDENTIFIER", "OPTIONS", "VERSION", "WHOLE", "option_schema", "production_schema", "written_schema"]

Schema = dict[str, Any]
VERSION = 1
"""Of the document. It grows when a document of before would be read otherwise; new options do not change it."""
IDENTIFIER = f"urn:govorun:production:{VERSION}"
WHOLE = (*ALIKE, *BED, *ONCE)
"""Options of the whole video: no scene has its own."""
_MOST_NAME, _MOST_TITLE = 1000, 200
_PLACE = r"\{\{[^{}]*\}\}"


class _Given(GenerateJsonSchema):
    """An option that may be left out is told by the type of its value alone."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


@lru_cache(maxsize=1)
def _fields() -> dict[str, Schema]:
    fields: dict[str, Schema] = RenderRequest.model_json_schema(schema_generator=_Given)["properties"]
    return fields


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    return RenderRequest.model_construct(photo=None, text="").model_dump(mode="json", warnings=False)


OPTIONS = tuple(RenderRequest.model_fields)
"""Every option of a video."""
FILES = tuple(name for name in OPTIONS if _fields()[name].get("format") == "path")
"""Those that name a file."""


@lru_cache(maxsize=len(OPTIONS))
def option_schema(name: str) -> Schema:
    """What the option ``name`` may be. Where there are limits, a text with ``{{column}}`` in it may stand instead."""
    field = _fields()[name]
    about: Schema = {key: field[key] for key in ("description", "examples") if key in field}
    default = _defaults().get(name)
    if default not in (None, "", [], {}):
        about["default"] = default
    kind = {key: value for key, value in field.items() if key not in ("title", "description", "examples", "default")}
    if name in FILES:
        kind = {"type": "string", "minLength": 1, "maxLength": _MOST_NAME}
        about["description"] += "; the name of a file"
    if name == "backdrop":
        about["description"] += ", or @ and the name of a picture or a film"
    if kind == {"type": "string"} or kind.get("type") == "object" or name in FILES:
        return {**about, **kind}
    return {**about, "anyOf": [*kind.get("anyOf", [kind]), {"$ref": "#/$defs/place"}]}


def production_schema() -> Schema:
    """The whole schema, draft 2020-12."""
    shared = {name: _reference(f"option-{name}") for name in OPTIONS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": IDENTIFIER,
        "title": f"A production of Govorun, version {VERSION}",
        "description": "One video of scenes, or one video a row of data. Options beside `scenes` hold for every scene "
        "that does not say otherwise; without `scenes` they are the only scene.",
        "type": "object",
        "required": ["govorun"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string", "description": "where this schema is, for editors"},
            "govorun": {"const": VERSION, "description": "the version of the document"},
            "title": {
                "type": "string",
                "maxLength": _MOST_TITLE,
                "description": "a name for people; with data it names the files, and holds {{column}}",
                "examples": ["For {{name}}"],
            },
            "brand": _brand(),
            "data": _data(),
            "scenes": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_SCENES,
                "items": _reference("scene"),
                "description": "what is shown, in this order",
                "examples": [[{"text": "Hello."}, {"text": "Goodbye.", "layout": "circle"}]],
            },
            **shared,
        },
        "$defs": {
            "place": {
                "type": "string",
                "pattern": _PLACE,
                "description": "a text in which {{column}} stands for the value of a row",
            },
            "scene": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: one for name, one in shared.items() if name not in WHOLE},
                "description": "options of one scene",
            },
            **{f"option-{name}": option_schema(name) for name in OPTIONS},
        },
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _brand() -> Schema:
    kit = {name: _reference(f"option-{name}") for name in KEYS}
    return {
        "description": "colour, font and logo of one house: the name of a brand kit, or what one holds",
        "anyOf": [_named(), {"type": "object", "additionalProperties": False, "properties": kit}],
    }


def _data() -> Schema:
    value = {"type": ["string", "number", "boolean", "null"]}
    rows = {"type": "array", "minItems": 1, "maxItems": MOST_ROWS,
            "items": {"type": "object", "additionalProperties": value}}  # fmt: skip
    return {
        "description": "one video a row: the name of a CSV or of JSON lines, or the rows, column to value",
        "anyOf": [_named(), rows],
        "examples": [[{"name": "Anna", "city": "Oslo"}, {"name": "Boris", "city": "Kirov"}]],
    }


def _named() -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": _MOST_NAME}


def written_schema() -> str:
    """The schema as the text of a file."""
    return json.dumps(production_schema(), indent=2, ensure_ascii=False) + "\n"
