"""The library: found by words, by state, renamed; presets kept for one owner; the photo of a scene shown again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.api.app import create_app
from orchestrator.jobs.presets import MOST_PRESETS
from orchestrator.settings import Settings
from tests.service.doors import Door, asked
from tests.service.live import FAKES


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return Door(create_app(Settings(data_dir=tmp_path)))


def made(door: Door, photo: Path, **fields: str) -> dict[str, Any]:
    answer = door.ask(
        "POST", "/v1/videos", data={**FAKES, **fields}, files={"input_reference": ("a.png", photo.read_bytes())}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def titles(door: Door, query: str) -> list[str]:
    return [video["title"] for video in door.ask("GET", f"/v1/videos?{query}").json()["data"]]


def test_videos_are_found_by_their_words_and_states(door: Door, small_portrait_png: Path) -> None:
    made(door, small_portrait_png, prompt="Доброе УТРО, страна.", title="Новости")
    second = made(door, small_portrait_png, prompt="Good evening.", title="Evening news")
    made(door, small_portrait_png, prompt="100% sure_thing.", title="Sure")
    door.ask("POST", f"/v1/videos/{second['id']}/cancel")
    assert titles(door, "search=утро доброе") == ["Новости"]
    assert titles(door, "search=NEWS") == ["Evening news"]
    assert titles(door, "search=_") == ["Sure"]
    assert titles(door, "status=cancelled") == ["Evening news"]
    assert titles(door, "status=queued&search=o") == []
    assert titles(door, "status=queued&limit=1") == ["Sure"]
    first = door.ask("GET", "/v1/videos?search=e&limit=1").json()
    assert (first["data"][0]["title"], first["has_more"]) == ("Sure", True)
    assert titles(door, f"search=e&after={first['last_id']}") == ["Evening news"]
    assert door.ask("GET", "/v1/videos?status=lost").status_code == 400


def test_a_video_is_renamed_by_its_owner(door: Door, small_portrait_png: Path) -> None:
    video = made(door, small_portrait_png, prompt="Hello.", title="Old")
    path = f"/v1/videos/{video['id']}"
    assert door.ask("PATCH", path, json={"title": "  A new\nname "}).json()["title"] == "A new name"
    assert door.ask("GET", path).json()["title"] == "A new name"
    assert door.ask("PATCH", path, json={"title": "x" * 201}).status_code == 400
    assert asked(door.ask("PATCH", path, json={"title": "x", "state": "completed"})).param == "state"
    _, secret = door.service.keys.create("another")
    other = {"Authorization": f"Bearer {secret}"}
    assert door.ask("PATCH", path, json={"title": "Mine"}, headers=other).status_code == 404


def test_presets_are_kept_checked_and_private(door: Door) -> None:
    fields = {"backdrop": "news studio", "gesture_style": "presenter", "size": "720x1280", "captions": "burn"}
    kept = door.ask("POST", "/v1/presets", json={"name": " News  at ten", "fields": fields}).json()
    assert kept["name"] == "News at ten"
    assert kept["fields"] == {**fields, "captions": ["burn"]}
    again = door.ask("POST", "/v1/presets", json={"name": "News at ten", "fields": {"seed": 4}}).json()
    assert [one["id"] for one in door.ask("GET", "/v1/presets").json()["data"]] == [again["id"]]
    for wrong in ({"prompt": "Hi"}, {"device": "cuda"}, {"backdrop": "@/etc/passwd"}, {"gesture_style": "wild"}):
        refused = door.ask("POST", "/v1/presets", json={"name": "x", "fields": wrong})
        assert (refused.status_code, asked(refused).param) == (400, next(iter(wrong)))
    assert door.ask("POST", "/v1/presets", json={"name": " ", "fields": {}}).status_code == 400
    _, secret = door.service.keys.create("another")
    other = {"Authorization": f"Bearer {secret}"}
    assert door.ask("GET", "/v1/presets", headers=other).json()["data"] == []
    assert door.ask("DELETE", f"/v1/presets/{again['id']}", headers=other).status_code == 404
    assert door.service.presets.remove("", again["id"])
    for number in range(MOST_PRESETS):
        door.service.presets.keep("", f"preset {number}", {})
    with pytest.raises(Exception, match="the most"):
        door.service.presets.keep("", "one more", {})


def test_the_photo_of_a_scene_is_shown_to_its_owner(door: Door, small_portrait_png: Path) -> None:
    video = made(door, small_portrait_png, prompt="Hello.")
    shown = door.ask("GET", f"/v1/videos/{video['id']}/photo?scene=0")
    assert shown.content == small_portrait_png.read_bytes()
    assert shown.headers["content-type"] == "image/png"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert door.ask("GET", f"/v1/videos/{video['id']}/photo?scene=1").status_code == 404
    assert door.ask("GET", f"/v1/videos/{video['id']}/photo?scene=-1").status_code == 400
