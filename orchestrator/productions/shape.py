"""Whether a value of JSON has the shape that a schema asks for, and where it has not.

The part of JSON Schema (draft 2020-12) that the schema of productions uses, and no more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["At", "Fault", "fault_of", "pointer"]

Schema = Mapping[str, Any]
At = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """``at``: keys and numbers that lead to the place; ``keyword``: of the schema; ``asked``: what it asks for there;
    ``value``: what stands there."""

    at: At
    keyword: str
    asked: Any
    value: Any


def pointer(at: At) -> str:
    """The place as a JSON pointer (RFC 6901), ``/scenes/2/voice``; "" for the whole document."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in at)


def fault_of(value: object, schema: Schema) -> Fault | None:
    """The first fault of ``value``, None where it is as ``schema`` says."""
    return next(_faults(value, schema, schema, ()), None)


def _faults(value: object, schema: Schema, whole: Schema, at: At) -> Iterator[Fault]:
    if "$ref" in schema:
        yield from _faults(value, whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], whole, at)
    if "anyOf" in schema:
        yield from _of_any(value, schema["anyOf"], whole, at)
    for keyword, holds in _HOLDS.items():
        if keyword in schema and not holds(value, schema[keyword]):
            yield Fault(at, keyword, schema[keyword], value)
            return
    if isinstance(value, dict):
        yield from _of_object(value, schema, whole, at)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _faults(item, schema["items"], whole, (*at, number))


def _of_any(value: object, choices: list[Schema], whole: Schema, at: At) -> Iterator[Fault]:
    """Where none fits, the fault of the one that fits longest."""
    faults = [next(_faults(value, choice, whole, at), None) for choice in choices]
    told = [fault for fault in faults if fault is not None]
    if len(told) == len(choices):
        if all(fault.keyword == "type" and fault.at == at for fault in told):
            yield Fault(at, "type", [kind for fault in told for kind in _listed(fault.asked)], value)
        else:
            yield max(told, key=lambda fault: (len(fault.at), fault.keyword != "type"))


def _of_object(value: Mapping[str, Any], schema: Schema, whole: Schema, at: At) -> Iterator[Fault]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Fault((*at, name), "required", name, None)
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name in known:
            yield from _faults(inner, known[name], whole, (*at, name))
        elif others is False:
            yield Fault((*at, name), "additionalProperties", list(known), inner)
        elif isinstance(others, Mapping):
            yield from _faults(inner, others, whole, (*at, name))


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds


def _differ(items: list[Any]) -> bool:
    """Whether texts are there once each; what is no text is a fault of another kind."""
    texts = [item for item in items if isinstance(item, str)]
    return len(texts) == len(set(texts))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and math.isfinite(value) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": lambda value, kinds: any(_KINDS[kind](value) for kind in _listed(kinds)),
    "const": lambda value, asked: value == asked and isinstance(value, bool) == isinstance(asked, bool),
    "enum": lambda value, asked: isinstance(value, str) and value in asked,
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "minimum": lambda value, least: not _is_number(value) or value >= least,
    "maximum": lambda value, most: not _is_number(value) or value <= most,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    "uniqueItems": lambda value, wanted: not wanted or not isinstance(value, list) or _differ(value),
}
