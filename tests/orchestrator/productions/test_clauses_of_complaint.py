"""What is said of each kind of fault of a production document, in one clause."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.productions.complaint import complaint
from orchestrator.productions.shape import At, Fault, fault_of, pointer


def said(at: At, keyword: str, asked: Any, value: Any = None) -> str:
    return complaint(Fault(at, keyword, asked, value))


def test_a_version_that_is_missing_or_unknown_is_told() -> None:
    assert said(("govorun",), "required", "govorun") == 'it is missing: a production begins with "govorun": 1'
    assert said(("govorun",), "const", 1, 2) == "there is no version 2 of a production: write 1"
    assert said(("govorun",), "const", 1, "1") == 'there is no version "1" of a production: write 1'


@pytest.mark.parametrize(
    ("keyword", "asked", "clause"),
    [
        ("minLength", 1, "it must not be empty"), ("minItems", 1, "it must not be empty"),
        ("minimum", 0.5, "it has to be at least 0.5"), ("maximum", 60.0, "it has to be at most 60"),
        ("maxLength", 200, "it has to be at most 200 letters long"),
        ("maxItems", 10000, "it has to be a list of at most 10,000"),
        ("uniqueItems", True, "it has to be a list in which nothing is twice"),
    ],
)  # fmt: skip
def test_a_limit_is_told_with_its_number(keyword: str, asked: object, clause: str) -> None:
    assert said(("title",), keyword, asked, "x") == clause


def test_a_word_that_is_not_known_is_told_with_those_that_are() -> None:
    assert said(("layout",), "enum", ["full", "left"], "lef") == '"lef" is not known: choose full, left'
    shown = said(("layout",), "enum", ["full"], "я" * 70)
    assert shown == f'"{"я" * 59}... is not known: choose full'


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("prompt", "perhaps text is meant"),
        ("language", "perhaps lang is meant"),
        ("resolution", "perhaps size is meant"),
        ("backdrop_film", "perhaps backdrop, with @ before the name is meant"),
        ("sced", "perhaps seed is meant"),
        ("quite other", "known are seed, voice"),
    ],
)
def test_a_key_that_is_not_there_is_told_with_the_one_that_is_meant(name: str, clause: str) -> None:
    assert said((name,), "additionalProperties", ["seed", "voice"]) == f"there is no such key: {clause}"


def test_what_is_of_the_whole_video_is_told_so_within_a_scene_alone() -> None:
    whole = "it is of the whole video: say it once, beside scenes"
    for name in ("size", "fps", "music", "loudness", "measure"):
        assert said(("scenes", 0, name), "additionalProperties", ["seed"], 1) == whole
    assert said(("brand", "size"), "additionalProperties", ["accent"], 1).startswith("there is no such key")
    assert said(("scenes", 0, "siez"), "additionalProperties", ["seed"], 1).startswith("there is no such key")
    assert said(("scenes",), "additionalProperties", ["seed"], 1).startswith("there is no such key")


@pytest.mark.parametrize(
    ("at", "asked", "value", "clause"),
    [
        (("scenes",), "array", {"a": 1}, 'it has to be a list, not {"a": 1}'),
        (("data", 0, "name"), ["string", "number", "boolean", "null"], [], "it has to be text or a number or true or "
         "false or null, not []"),
        ((), "object", "x", 'it has to be an object, not "x"'), (("seed",), ["array"], 1.5, "it has to be a "
         "whole number, not 1.5"),
        (("scenes", 1, "label"), ["boolean"], "no", 'it has to be true or false, not "no"'),
        (("heading",), "string", 4, "it has to be text, not 4"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_told_by_what_it_has_to_be(at: At, asked: Any, value: Any, clause: str) -> None:
    assert said(at, "type", asked, value) == clause


@pytest.mark.parametrize(
    ("at", "value", "clause"),
    [
        (("size",), "640", "'640' is no size: write WIDTHxHEIGHT in pixels, for example 512x512 or 1280x720"),
        (("scenes", 0, "size"), "0640x360", 'write "0640x360" plainly, for example 720x1280'),
        (("brand", "accent"), "red", "'red' is no colour: write #rrggbb, for example #ffd040"),
        (("voice",), "?", 'it has to be text, not "?"'),
    ],
)
def test_a_text_of_another_form_is_told_as_its_option_tells_it(at: At, value: str, clause: str) -> None:
    assert said(at, "pattern", "string", value) == clause


def test_a_place_is_pointed_at_as_the_standard_says() -> None:
    assert pointer(()) == ""
    assert pointer(("scenes", 2, "a/b~c")) == "/scenes/2/a~1b~0c"


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer"}, [1, 2.0, 0], [1.5, True, "1", float("inf"), float("nan")]),
        ({"type": "number"}, [1, 1.5], [True, "1", None]), ({"type": "null"}, [None], [0, False]),
        ({"type": ["string", "null"]}, ["a", None], [1, []]), ({"const": 1}, [1, 1.0], [True, 2, "1"]),
        ({"const": True}, [True], [1]), ({"enum": ["a", "1"]}, ["a", "1"], [1, "b", None]),
        ({"pattern": "^a"}, ["ab", 1, None], ["ba"]), ({"minLength": 2}, ["ab", 1], ["a", ""]),
        ({"maxLength": 2}, ["ab", 123], ["abc"]), ({"minimum": 2}, [2, 2.5, "1", True], [1, 1.9]),
        ({"maximum": 2}, [2, 1, "3"], [2.1, 3]), ({"minItems": 1}, [[0], "", {}], [[]]),
        ({"maxItems": 1}, [[0], [], "ab"], [[0, 0]]),
        ({"uniqueItems": True}, [["a", "b"], [1, 1], "aa"], [["a", "b", "a"]]),
        ({"uniqueItems": False}, [["a", "a"]], []),
        ({"type": "array"}, [[]], [{}, "a"]), ({"type": "object"}, [{}], [[]]),
        ({"type": "boolean"}, [True, False], [0, 1, None]),
    ],
)  # fmt: skip
def test_a_value_is_judged_on_both_sides_of_what_is_asked(schema: dict[str, Any], good: list, bad: list) -> None:
    assert [value for value in good if fault_of(value, schema) is not None] == []
    for value in bad:
        fault = fault_of(value, schema)
        assert fault is not None
        assert (fault.at, fault.keyword, fault.asked) == ((), *next(iter(schema.items())))


def test_the_first_fault_is_told_with_its_place() -> None:
    schema = {
        "type": "object", "required": ["a"], "additionalProperties": {"type": "string"},
        "properties": {"a": {"items": {"$ref": "#/$defs/even"}}, "b": {"additionalProperties": False,
                       "properties": {"c": {}}}},
        "$defs": {"even": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "null"}}]}},
    }  # fmt: skip
    assert fault_of({"a": [1, [None]], "b": {"c": 1}, "d": "x"}, schema) is None
    assert fault_of({}, schema) == Fault(("a",), "required", "a", None)
    assert fault_of({"a": [1, "x"]}, schema) == Fault(("a", 1), "type", ["integer", "array"], "x")
    assert fault_of({"a": [1, [None, 2]]}, schema) == Fault(("a", 1, 1), "type", "null", 2)
    assert fault_of({"a": [], "b": {"e": 1}}, schema) == Fault(("b", "e"), "additionalProperties", ["c"], 1)
    assert fault_of({"a": [], "d": 5}, schema) == Fault(("d",), "type", "string", 5)


def test_of_several_choices_the_one_that_fits_longest_is_told() -> None:
    schema = {"anyOf": [{"type": "integer"}, {"type": "string", "minLength": 2}, {"type": "integer", "minimum": 4}]}
    assert fault_of("a", schema) == Fault((), "minLength", 2, "a")
    assert fault_of(1, schema) is None
    assert fault_of(None, schema) == Fault((), "type", ["integer", "string", "integer"], None)
