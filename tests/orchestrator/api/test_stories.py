"""A story, or a voice without a person, sent to the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.doors import Door, idle_door
from tests.service.inline import finish

LOOKS = {"speech_engine": "tone", "fps": 10, "size": "128x128"}
TALE = "# The tale\n\nThe ship sailed over the waves.\n\nAt night he came into the forest."


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return idle_door(tmp_path)


def _send(door: Door, path: str, photo: Path | None = None, **fields: Any) -> httpx.Response:
    if photo is None:
        return door.ask("POST", path, json={**LOOKS, **fields})
    files = {"photo": ("me.png", photo.read_bytes(), "image/png")}
    return door.ask("POST", path, data={**LOOKS, **fields}, files=files)


def test_a_story_is_a_film_of_its_places(door: Door) -> None:
    made = _send(door, "/v1/stories", prompt=TALE, backdrop_engine="painted", title="Tale")
    assert made.status_code == 200, made.text
    scenes = made.json()["scenes"]
    assert [(one["backdrop"], one.get("backdrop_from"), one["layout"]) for one in scenes] == [
        ("ocean", None, "none"), ("forest, night", "ocean", "none"),
    ]  # fmt: skip
    assert (scenes[0]["heading"], scenes[1]["transition"]) == ("The tale", "fade:0.4")
    job = finish(door.service, door.service.jobs.get(made.json()["id"]))
    assert (job.state, job.error_message) == ("completed", "")
    assert not door.service.folder(job.id).inputs_of(door.service.scenes(job)[0])


def test_a_narrator_stands_in_front(door: Door, small_portrait_png: Path) -> None:
    made = _send(door, "/v1/stories", small_portrait_png, prompt=TALE, face_engine="still")
    assert {one["layout"] for one in made.json()["scenes"]} == {"right"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"prompt": ""}, "no words"),
        ({"prompt": "# Only a title"}, "no words"),
        ({"prompt": TALE, "backdrop": "calm ocean"}, "backdrop"),
        ({"prompt": TALE, "layout": "left"}, "photo is missing"),
        ({"prompt": TALE, "size": "12x12"}, "12x12 is not possible"),
    ],
)
def test_what_is_wrong_with_a_story_is_told(door: Door, fields: dict[str, str], told: str) -> None:
    answer = _send(door, "/v1/stories", **fields)
    assert answer.status_code == 400 and told in answer.json()["error"]["message"], answer.text


def test_a_voice_needs_no_photo(door: Door) -> None:
    made = _send(door, "/v1/videos", prompt="Hello there.", layout="none", backdrop="#203040")
    assert made.status_code == 200, made.text
    job = finish(door.service, door.service.jobs.get(made.json()["id"]))
    assert (job.state, job.error_message) == ("completed", "")
    assert door.ask("GET", f"/v1/videos/{job.id}/photo").status_code == 404
    again = _send(door, f"/v1/videos/{job.id}/remix", layout="full")
    assert again.status_code == 400 and "photo is missing" in again.json()["error"]["message"]


def test_without_a_photo_and_without_that_layout_the_photo_is_asked_for(door: Door) -> None:
    answer = _send(door, "/v1/videos", prompt="Hello there.", backdrop="#203040")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "missing_photo")
