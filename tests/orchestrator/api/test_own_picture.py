"""A picture of one's own behind the person: how far it drifts, is out of focus, and is lit, by fields of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.video.folder import Keys
from orchestrator.video.prepare import choose_backdrop
from orchestrator.video.request import request_of
from tests.service.doors import Door, asked, idle_door

LOOKS = {"speech_engine": "tone", "face_engine": "still", "size": "128x128", "fps": "10"}
CHOSEN = {"backdrop_blur": 0.6, "backdrop_light": 0.4, "backdrop_drift": 0.0}


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return idle_door(tmp_path)


def _post(door: Door, path: str, photo: Path, picture: bool = True, **fields: Any) -> httpx.Response:
    content = photo.read_bytes()
    files = {"input_reference": ("me.png", content, "image/png")}
    files |= {"backdrop_image": ("office.png", content, "image/png")} if picture else {}
    return door.ask("POST", path, data={"prompt": "Hello.", **LOOKS, **fields}, files=files)


def test_a_picture_takes_blur_light_and_drift(door: Door, small_portrait_png: Path) -> None:
    made = _post(door, "/v1/videos", small_portrait_png, **{name: str(value) for name, value in CHOSEN.items()})
    assert made.status_code == 200, made.text
    (shown,) = made.json()["scenes"]
    assert {name: shown[name] for name in CHOSEN} == CHOSEN
    (scene,) = door.service.scenes(door.service.jobs.get(made.json()["id"]))
    assert scene.of_backdrop() == {"blur": "0.6", "light": "0.4", "drift": "0"}
    kept = door.ask("POST", f"/v1/videos/{made.json()['id']}/remix", json={"prompt": "Again."})
    assert {name: kept.json()["scenes"][0][name] for name in CHOSEN} == CHOSEN
    elsewhere = door.ask("POST", f"/v1/videos/{made.json()['id']}/remix", json={"backdrop": "library"})
    assert elsewhere.status_code == 200, elsewhere.text
    assert {elsewhere.json()["scenes"][0][name] for name in CHOSEN} == {None}


@pytest.mark.parametrize(
    ("fields", "picture", "words"),
    [({"backdrop_blur": "0.5"}, False, "picture of your own"), ({"backdrop_light": "1.5"}, True, "less than or equal")],
)
def test_what_cannot_be_is_refused_at_the_door(
    door: Door, small_portrait_png: Path, fields: dict[str, str], picture: bool, words: str
) -> None:
    answer = _post(door, "/v1/videos", small_portrait_png, picture, **fields)
    assert answer.status_code == 400
    assert words in asked(answer).message or asked(answer).param in fields


def test_the_engine_gets_them_and_they_make_another_backdrop(small_portrait_png: Path) -> None:
    options = {"photo": small_portrait_png, "text": "Hi.", "backdrop": f"@{small_portrait_png}", "size": "128x128"}
    blurred = request_of(**options, backdrop_blur=1.0)
    assert choose_backdrop(blurred, "cpu")[1].engine_options == {"blur": "1"}
    assert Keys.of(blurred).backdrop != Keys.of(request_of(**options)).backdrop
    assert Keys.of(request_of(**options)).backdrop == Keys.of(request_of(**options, backdrop_option={})).backdrop
