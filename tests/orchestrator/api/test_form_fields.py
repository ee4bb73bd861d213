"""The fields of the API are those of a request: nothing is listed twice, and what is new appears by itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator.api.app import create_app
from orchestrator.api.form.fields import LOOKS, NOT_FOR_CLIENTS, OPTIONS
from orchestrator.settings import Settings
from orchestrator.video.request import RenderRequest
from tests.service.doors import Door, asked

ROOT = Path(__file__).parents[3]
_NEW_OPTION = """
import json, sys, tempfile
from pathlib import Path
from typing import Literal
from pydantic import Field, ValidationError
from orchestrator.video import request

class Wider(request.RenderRequest):
    layout: Literal["full", "corner"] = Field("full", description="where the person stands")
    mount: str | None = None

request.RenderRequest = Wider
from orchestrator.api import objects
from orchestrator.api.app import create_app
from orchestrator.api.errors import ApiError
from orchestrator.api.form.orders import order_of
from orchestrator.api.form.parse import Form, Upload
from orchestrator.settings import Settings

photo = {"input_reference": Upload(Path("me.png"), "", 1)}
def ordered(**fields):
    try:
        return order_of(Form(Path("."), {"prompt": "Hello.", **fields}, photo)).scenes[-1].layout
    except ApiError as error:
        return [error.param, error.message]

print(json.dumps({
    "fields": create_app(Settings(data_dir=tempfile.mkdtemp())).openapi()["components"]["schemas"],
    "taken": ordered(layout="corner"),
    "in a scene": ordered(layout="full", scenes=[{"prompt": "Hi."}, {"prompt": "Ho.", "layout": "corner"}]),
    "refused": ordered(layout="upside"),
    "a path": ordered(mount="/etc"),
    "shown": objects._scene({"layout": "corner"}).layout,
}))
"""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return Door(create_app(Settings(data_dir=tmp_path_factory.mktemp("data"))))


@pytest.fixture(scope="module")
def schemas(door: Door) -> dict[str, Any]:
    return door.app.openapi()["components"]["schemas"]


def test_a_new_option_appears_by_itself() -> None:
    done = subprocess.run([sys.executable, "-c", _NEW_OPTION], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name in ("VideoForm", "VideoFields", "SceneFields", "Scene"):
        field = found["fields"][name]["properties"]["layout"]
        assert (field["description"], field["enum"]) == ("where the person stands", ["full", "corner"])
    assert (found["taken"], found["in a scene"], found["shown"]) == ("corner", "corner", "corner")
    assert found["refused"] == ["layout", "Layout has to be 'full' or 'corner'."]
    assert found["a path"] == ["mount", "'/etc' is not one of the known words."]


def test_every_option_is_a_field_or_said_not_to_be(schemas: dict[str, Any]) -> None:
    assert set(OPTIONS) | set(NOT_FOR_CLIENTS) == set(RenderRequest.model_fields)
    assert not set(OPTIONS) & set(NOT_FOR_CLIENTS)
    for name in OPTIONS:
        described = RenderRequest.model_fields[name].description
        assert described
        assert schemas["VideoFields"]["properties"][name]["description"].startswith(described)
    assert set(LOOKS) <= set(schemas["SceneFields"]["properties"])
    assert set(LOOKS) <= set(schemas["Scene"]["properties"])
    limits = schemas["VideoForm"]["properties"]["fps"]
    assert (limits["minimum"], limits["maximum"]) == (10, 60)


def test_no_reference_dangles_and_operations_have_names(door: Door, schemas: dict[str, Any]) -> None:
    written = json.dumps(door.app.openapi())
    assert "$defs" not in written
    references = set(re.findall(r'"\$ref": "([^"]+)"', written))
    assert "#/components/schemas/VideoForm" in references
    assert references <= {f"#/components/schemas/{name}" for name in schemas}
    names = re.findall(r'"operationId": "([^"]+)"', written)
    assert {"create_video", "download_content", "create_speech"} <= set(names)
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


def test_the_examples_of_the_fields_are_taken(door: Door, schemas: dict[str, Any], small_portrait_png: Path) -> None:
    fields = schemas["VideoFields"]["properties"]
    body = {name: field["examples"][0] for name, field in fields.items() if "examples" in field}
    form = {name: value if isinstance(value, (str, int)) else json.dumps(value) for name, value in body.items()}
    assert len(body) >= 12
    del body["scenes"]
    photo = small_portrait_png.read_bytes()
    files = {name: (f"{name}.png", photo) for name in ("input_reference", "anna", "boris")}
    answer = door.ask("POST", "/v1/videos", data=form, files=files)
    assert answer.status_code == 200, answer.text
    assert [scene["prompt"] for scene in answer.json()["scenes"]] == ["Who is there?", "It is me."]
    again = door.ask("POST", f"/v1/videos/{answer.json()['id']}/remix", json={"captions": ["burn"], "seed": 2})
    assert again.status_code == 200, again.text
    wrong = door.ask("POST", "/v1/videos", json=body)
    assert asked(wrong).code == "missing_photo"
