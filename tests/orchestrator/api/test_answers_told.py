"""Which answers the schema promises: those that every route may give, and no success that none gives."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from orchestrator.api.app import create_app
from orchestrator.api.routes.reference import reference
from orchestrator.settings import Settings

_ANY = {"400", "401", "403", "413", "415", "422", "429", "503", "507"}
_PARTS = {"200", "206", "304", "416"}
"""Of a file that is asked for in parts, or not again."""
_GONE, _LATE = "404", "409"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> dict[str, dict[str, Any]]:
    """Method and path -> the operation."""
    schema = app.openapi()
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_tells_the_answers_that_any_route_gives(operations: dict[str, dict[str, Any]]) -> None:
    assert len(operations) > 30
    for name, operation in operations.items():
        told = set(operation["responses"])
        parts = _PARTS if name.endswith("/content") else {"200"}
        assert told - {_GONE, _LATE} == _ANY | parts, name


def test_what_has_an_id_may_be_missing(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        if "_id}" in name:
            assert _GONE in operation["responses"], name
        if name in ("GET /v1/voices", "GET /v1/session", "GET /healthz"):
            assert _GONE not in operation["responses"], name


def test_an_error_says_what_it_is_about_in_one_form(operations: dict[str, dict[str, Any]]) -> None:
    """Where an operation answers in JSON; the others are the files and the numbers for Prometheus."""
    in_json = 0
    for name, operation in operations.items():
        for code in _ANY:
            answer = operation["responses"][code]
            assert answer["description"], (name, code)
            kinds = answer.get("content", {})
            in_json += "application/json" in kinds
            assert all(kind["schema"] == {"$ref": "#/components/schemas/ErrorReply"} for kind in kinds.values()), name
    assert in_json > 0.8 * len(_ANY) * len(operations)


def test_lists_show_what_they_answer(operations: dict[str, dict[str, Any]]) -> None:
    answer = operations["GET /v1/voices"]["responses"]["200"]
    assert answer["description"] == "The voices"
    (lang,) = operations["GET /v1/voices"]["parameters"]
    assert lang["schema"]["anyOf"][0] == {"type": "string", "maxLength": 35}, "as long as a tag of a language"
    example = answer["content"]["application/json"]["example"]
    assert example["data"][0]["id"] in example["languages"][0]["voices"]


def test_the_reference_has_a_row_for_every_parameter(app: FastAPI, operations: dict[str, dict[str, Any]]) -> None:
    page = reference(app, "http://127.0.0.1")
    for operation in operations.values():
        for one in operation.get("parameters", ()):
            if one["in"] in ("path", "query"):
                mark = " <i>needed</i>" if one["required"] else ""
                assert f"<tr><th><code>{one['name']}</code>{mark}</th><td>" in page
    for name in ("input_reference", "seed", "video_id"):
        assert f"<tr><th><code>{name}</code>" in page


def test_the_example_of_a_checked_photo_could_be_one(operations: dict[str, dict[str, Any]]) -> None:
    found = operations["POST /v1/portraits/check"]["responses"]["200"]["content"]["application/json"]["example"]
    for share in ("mouth_open", "brightness", "sharpness", "occlusion"):
        assert 0.0 <= found[share] <= 1.0, share
    left, top, wide, high = found["box"]
    assert left + wide < found["width"] and top + high < found["height"]
    sides = (found["width"], found["height"]) * 2
    assert [[round(one / side, 4) for one, side in zip(found["box"], sides, strict=True)]] == found["places"]
    assert (found["faces"], found["boxes"], found["face"]) == (1, [found["box"]], 1)
