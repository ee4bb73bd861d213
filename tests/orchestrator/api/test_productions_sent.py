"""Production documents sent to the API: the files that they name are parts, what is wrong is told with its place."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from avatar.core.media import write_wav
from orchestrator.api.form.productions import BESIDE, NOT_BESIDE
from orchestrator.productions.schema import production_schema
from tests.service.doors import Door, asked, idle_door
from tests.service.inline import finish

LOOKS = {"speech_engine": "tone", "face_engine": "still", "fps": 10, "size": "128x128", "backdrop": "#203040"}
SCENES = [{"text": "Hello."}, {"text": "Goodbye.", "photo": "pictures/me.png", "heading": "Bye"}]


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return idle_door(tmp_path)


@pytest.fixture
def photo(small_portrait_png: Path) -> bytes:
    return small_portrait_png.read_bytes()


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (160, 120), "#a02020").save(written, "PNG")
    return written.getvalue()


def film(**content: Any) -> dict[str, Any]:
    return {"govorun": 1, **LOOKS, **content}


def send(
    door: Door, content: object, path: str = "/v1/productions", parts: dict[str, bytes] | None = None, **fields: Any
) -> httpx.Response:
    files = {name: (name, data) for name, data in (parts or {}).items()}
    files["production"] = ("film.json", content if isinstance(content, bytes) else json.dumps(content).encode())
    return door.ask("POST", path, data=fields, files=files)


def test_scenes_of_a_document_become_those_of_a_video(door: Door, photo: bytes, tmp_path: Path) -> None:
    tune = tmp_path / "tune.wav"
    write_wav(tune, np.sin(np.arange(24_000) / 20).astype(np.float32), 24_000)
    content = film(
        photo="me.png", title="Two words", music="tune", brand="house.json", transition="fade:0.4",
        scenes=[*SCENES, {"script": "end.txt", "backdrop": "@red.png", "backdrop_blur": 0.5, "accent": "#010203"}],
    )  # fmt: skip
    parts = {
        "me.png": photo, "pictures/me.png": photo, "tune": tune.read_bytes(), "red.png": picture(), "logo": picture(),
        "end.txt": "\ufeffThe end.".encode(), "house.json": b'{"accent": "#0a0b0c", "logo": "logo"}',
    }  # fmt: skip
    made = send(door, content, parts=parts, consent="true")
    assert made.status_code == 200, made.text
    shown = made.json()
    assert [scene["prompt"] for scene in shown["scenes"]] == ["Hello.", "Goodbye.", "The end."]
    assert (shown["title"], shown["size"], shown["fps"]) == ("Two words", "128x128", 10)
    scenes = door.service.scenes(door.service.jobs.get(shown["id"]))
    assert [scene.heading for scene in scenes] == ["", "Bye", ""]
    assert [scene.accent for scene in scenes] == ["#0a0b0c", "#0a0b0c", "#010203"]
    assert {scene.transition for scene in scenes} == {"fade:0.4"}
    assert all(scene.logo is not None and scene.music is not None for scene in scenes)
    assert scenes[2].backdrop.startswith("@") and scenes[2].backdrop_blur == 0.5
    assert not any(path.is_file() for path in (door.service.settings.data_dir / "uploads").rglob("*"))


def test_a_document_of_one_scene_is_rendered(door: Door, photo: bytes) -> None:
    made = send(door, film(photo="photo", text="Hello."), parts={"photo": photo})
    assert made.status_code == 200, made.text
    assert made.json()["prompt"] == "Hello."
    job = finish(door.service, door.service.jobs.get(made.json()["id"]))
    assert (job.state, job.error_message) == ("completed", "")


def test_a_part_named_like_a_field_belongs_to_who_names_it(door: Door, photo: bytes) -> None:
    content = film(photo="audio", scenes=[{"text": "One."}, {"text": "Two.", "logo": "logo"}])
    made = send(door, content, parts={"audio": photo, "logo": picture()})
    assert made.status_code == 200, made.text
    scenes = door.service.scenes(door.service.jobs.get(made.json()["id"]))
    assert [scene.logo is None for scene in scenes] == [True, False]
    assert [scene.audio for scene in scenes] == [None, None]


def test_json_alone_carries_files_as_data_addresses(door: Door, photo: bytes) -> None:
    address = f"data:image/png;base64,{base64.b64encode(photo).decode()}"
    body = {"production": film(photo="me.png", scenes=SCENES[:1]), "me.png": address, "title": "Hi"}
    made = door.ask("POST", "/v1/productions", json=body)
    assert made.status_code == 200, made.text
    assert made.json()["title"] == "Hi"
    body["me.png"] = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
    assert "face" in asked(door.ask("POST", "/v1/productions", json=body)).message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "The production is no JSON"),
        (b'{"govorun": 1, "seed": 1, "seed": 2}', "the key 'seed' is there twice"),
        ([], "The production has to be an object"),
        (film(govorun=2), "/govorun: the document is of version 2"),
        (film(scenes=[{}, {}, {"voice": 5}]), "/scenes/2/voice: it has to be text, not 5."),
        (film(photo="me.png", scenes=[{"text": "a"}, {"text": "b", "voice": "/etc/passwd"}]), "/scenes/1/voice: "),
        (film(photo="me.png", text="a", voice="../x.onnx"), "/voice: "),
        (film(photo="/etc/passwd", text="a"), "/photo: no file of this request is called '/etc/passwd'"),
        (film(photo="me.png", scenes=[{"text": "a", "backdrop": "@/etc/passwd"}]), "/scenes/0/backdrop: no file of"),
        (film(photo="me.png", text="a", backdrop="https://example.com/a.png"), "/backdrop: "),
        (film(photo="me.png", scenes=[{"script": "no.txt"}]), "/scenes/0/script: no file of this request"),
        (film(photo="me.png", text="a", brand="no.json"), "/brand: no file of this request"),
        (film(photo="me.png", text="a", brand="me.png"), "/brand: The brand kit me.png is no JSON"),
        (film(photo="me.png", text="a", brand={"font": "me.png"}), "/brand/font: it cannot be set here (a path"),
        (film(photo="me.png", scenes=[{"text": "a", "lexicon": "me.png"}]), "/scenes/0/lexicon: it cannot be set"),
        (film(photo="me.png", text="a", device="cuda"), "/device: it cannot be set here"),
        (film(photo="me.png", text="a", face_option={"a": "b"}), "/face_option: it cannot be set here"),
        (film(scenes=[{"text": "a"}]), "/scenes/0: there is no photo: name a file of this request"),
        (film(photo="me.png", scenes=[{"text": "a"}, {"heading": "b"}]), "/scenes/1: nothing is said"),
        (film(photo="text", scenes=[{"text": "a"}]), "/photo: "),
        (film(photo="me.png", scenes=[{"text": "a", "logo": "text"}]), "/scenes/0/logo: "),
        (film(photo="me.png", scenes=[{"text": "{{name}}"}]), "/scenes/0/text: there is no value for {{name}}"),
        (film(photo="me.png", text="a", data=[{"a": 1}]), "/data: one video a row is made by POST /v1/batches"),
        (film(photo="me.png", text="a", fps=24.5, alpha=["webm"], backdrop="photo"), "The production: alpha shows"),
        (
            film(photo="me.png", scenes=[{"text": "a"}, {"text": "b", "backdrop": "photo", "layout": "left"}]),
            "/scenes/1: the backdrop photo is the whole photo",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_its_place(door: Door, photo: bytes, content: object, told: str) -> None:
    answer = send(door, content, parts={"me.png": photo, "text": b"words"})
    assert answer.status_code == 400, answer.text
    assert told in asked(answer).message
    assert asked(answer).param == "production"
    assert door.service.jobs.counts("") == {}


def test_beside_a_document_stand_fields_of_the_job_alone(door: Door, photo: bytes) -> None:
    refused = send(door, film(photo="me.png", text="a"), parts={"me.png": photo}, voice="en_US-joe")
    assert (asked(refused).code, asked(refused).param) == ("unknown_field", "voice")
    wrong = send(door, film(photo="me.png", text="a"), parts={"me.png": photo}, priority="high")
    assert asked(wrong).param == "priority"
    assert asked(door.ask("POST", "/v1/productions", json={"title": "x"})).code == "missing_production"
    elsewhere = door.ask("POST", "/v1/videos", json={"production": film(text="a")})
    assert asked(elsewhere).code == "unknown_field"
    schema = door.app.openapi()["components"]["schemas"]["ProductionForm"]
    assert set(schema["properties"]) == {*BESIDE, "production"}
    assert {"voice", "scenes", "photo"} <= set(NOT_BESIDE)


ROWS = [{"name": "Anna", "where": "left"}, {"name": 'B "Ace"', "where": "right"}]


def test_data_of_a_document_make_a_video_a_row(door: Door, photo: bytes) -> None:
    content = film(
        photo="me.png", title="For {{name}}", data=ROWS,
        scenes=[{"script": "hello.txt", "layout": "{{where}}"}, {"text": "Bye."}],
    )  # fmt: skip
    parts = {"me.png": photo, "hello.txt": b"Hello {{name}}."}
    made = send(door, content, "/v1/batches", parts)
    assert made.status_code == 200, made.text
    assert [video["title"] for video in made.json()["videos"]] == ["For Anna", 'For B "Ace"']
    shown = [door.ask("GET", f"/v1/videos/{video['id']}").json()["scenes"] for video in made.json()["videos"]]
    assert [[scene["prompt"] for scene in video] for video in shown] == [
        ["Hello Anna.", "Bye."], ['Hello B "Ace".', "Bye."],
    ]  # fmt: skip
    assert [video[0]["layout"] for video in shown] == ["left", "right"]
    table = {**parts, "guests.csv": b"name,where\nCy,left\n"}
    named = send(door, {**content, "data": "guests.csv"}, "/v1/batches", table)
    assert [video["title"] for video in named.json()["videos"]] == ["For Cy"]
    del content["data"]
    beside = send(door, content, "/v1/batches", {**parts, "data": table["guests.csv"]}, title="T {{name}}")
    assert [video["title"] for video in beside.json()["videos"]] == ["T Cy"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"data": [*ROWS, {"name": "C", "where": "ceiling"}]}, "Row 3: /scenes/0/layout: "),
        ({"data": [{"name": "Anna", "where": ""}]}, "row 1: there is no value for {{where}}"),
        ({"data": [{"name": "Anna"}]}, "no column 'where'"),
        ({"data": "no.csv"}, "/data: no file 'no.csv'"),
        ({}, "Send the table as a file"),
    ],
)
def test_a_wrong_row_queues_nothing(door: Door, photo: bytes, more: dict[str, Any], told: str) -> None:
    content = film(photo="me.png", scenes=[{"text": "Hello {{name}}.", "layout": "{{where}}"}], **more)
    answer = send(door, content, "/v1/batches", {"me.png": photo})
    assert answer.status_code == 400, answer.text
    assert told in asked(answer).message
    assert door.service.jobs.counts("") == {}


def test_the_schema_is_for_everybody(door: Door) -> None:
    door.service.keys.create("anna")
    assert door.ask("GET", "/v1/voices").status_code == 401
    answer = door.ask("GET", "/v1/production.schema.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/schema+json")
    assert answer.json() == production_schema()
