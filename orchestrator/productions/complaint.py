"""What is wrong with a place of a production document, as a clause: what is asked for there, and what stands there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from orchestrator.productions.schema import OPTIONS, VERSION, WHOLE, option_schema
from orchestrator.productions.shape import Fault
from orchestrator.video.request import RenderRequest

__all__ = ["complaint"]

_LONGEST = 60
_KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_ELSEWHERE = {
    "prompt": "text",
    "input_reference": "photo",
    "backdrop_image": "backdrop, with @ before the name",
    "backdrop_film": "backdrop, with @ before the name",
    "rows": "data",
    "language": "lang",
    "background": "backdrop",
    "resolution": "size",
}
"""What other doors and programs call it -> what it is called in a document."""
_LIMITS: Mapping[str, Callable[[Any], str]] = {
    "minimum": lambda least: f"at least {least:g}",
    "maximum": lambda most: f"at most {most:g}",
    "maxLength": lambda most: f"at most {most} letters long",
    "maxItems": lambda most: f"a list of at most {most:,}",
    "uniqueItems": lambda _: "a list in which nothing is twice",
}


def complaint(fault: Fault) -> str:
    """A clause that begins small and ends without a dot."""
    option = next((step for step in reversed(fault.at) if step in OPTIONS), None)
    if fault.keyword == "required":
        return f'it is missing: a production begins with "govorun": {VERSION}'
    if fault.keyword == "const":
        return f"there is no version {_shown(fault.value)} of a production: write {VERSION}"
    if fault.keyword == "additionalProperties":
        return _unknown(str(fault.at[-1]), fault.asked, in_scene=len(fault.at) > 1 and fault.at[0] == "scenes")
    if fault.keyword == "enum":
        return f"{_shown(fault.value)} is not known: choose {', '.join(fault.asked)}"
    if fault.keyword in ("minLength", "minItems"):
        return "it must not be empty"
    if fault.keyword in _LIMITS:
        return f"it has to be {_LIMITS[fault.keyword](fault.asked)}"
    if fault.keyword == "pattern" and option is not None:
        return _as_the_option_says(option, fault)
    return f"it has to be {_kinds(fault, option)}, not {_shown(fault.value)}"


def _unknown(name: str, known: list[str], in_scene: bool) -> str:
    if in_scene and name in WHOLE:
        return "it is of the whole video: say it once, beside scenes"
    near = _ELSEWHERE.get(name) or next(iter(get_close_matches(name, known, 1, 0.6)), None)
    return "there is no such key: " + (f"perhaps {near} is meant" if near else f"known are {', '.join(known)}")


def _kinds(fault: Fault, option: object) -> str:
    asked = [fault.asked] if isinstance(fault.asked, str) else list(fault.asked)
    if isinstance(option, str) and fault.at[-1] == option:
        asked = [kind for one in option_schema(option).get("anyOf", [option_schema(option)])
                 for kind in [one.get("type")] if kind]  # fmt: skip
    return " or ".join(dict.fromkeys(_KINDS[kind] for kind in asked))


def _as_the_option_says(option: str, fault: Fault) -> str:
    """What the reader of the option says of a text that is not written as it should be."""
    field, schema = RenderRequest.model_fields[option], option_schema(option)
    if not any("pattern" in one for one in schema.get("anyOf", ())):
        return f"it has to be {_kinds(fault, option)}, not {_shown(fault.value)}"
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        TypeAdapter(kind).validate_python(fault.value)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ").rstrip(".")
    example = next(iter(schema.get("examples", ())), schema.get("default", ""))
    return f"write {_shown(fault.value)} plainly, for example {example}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
