"""A link that shows one video to everybody: only where it is allowed, and gone when it is taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.api.app import create_app
from orchestrator.jobs.table import Job, add_job, new_job, new_job_id
from orchestrator.settings import load_settings
from orchestrator.video.request import request_of
from orchestrator.video.scenes import scenes_to_json
from tests.service.doors import Door, asked

SECRET = "Only for the family"


def stranger(door: Door) -> Door:
    return Door(door.app, "203.0.113.9", "videos.example.org")


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_connections: None) -> Door:
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GOVORUN_PUBLIC_LINKS", "true")
    return Door(create_app(load_settings()))


@pytest.fixture
def done(door: Door) -> Job:
    """A finished video, as far as the tables and the folder tell."""
    scenes = scenes_to_json([request_of(photo=Path("inputs/photo"), text="Good morning.")])
    job = replace(new_job(new_job_id(), scenes, details={"title": SECRET}), state="completed")
    with door.service.engine.begin() as connection:
        add_job(connection, job)
    folder = door.service.folder(job.id).folder
    (folder / "inputs").mkdir(parents=True)
    for name in ("video.mp4", "poster.jpg", "video.json", "inputs/photo"):
        (folder / name).write_bytes(b"content")
    (folder / "video.vtt").write_text("WEBVTT\n")
    return job


def test_a_link_shows_the_video_and_nothing_else(door: Door, done: Job) -> None:
    path = f"/v1/videos/{done.id}/link"
    assert door.ask("GET", path).json()["active"] is False
    made = door.ask("POST", path).json()
    link = made["path"]
    assert made == {"object": "video.link", "video": done.id, "active": True, "path": link}
    assert door.ask("GET", path).json() == {"object": "video.link", "video": done.id, "active": True, "path": None}
    page = stranger(door).ask("GET", link, headers={"Accept-Language": "ru"})
    assert page.status_code == 200
    assert "синтетические" in page.text
    for part, media_type in (("", "text/html"), ("/video", "video/mp4"), ("/poster", "image/jpeg")):
        answer = stranger(door).ask("GET", link + part)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
        assert answer.headers["x-robots-tag"].startswith("noindex")
        assert answer.headers["referrer-policy"] == "no-referrer"
        told = f"{answer.headers} {answer.text if part == '' else ''}"
        assert SECRET not in told and done.id not in told
    assert stranger(door).ask("GET", f"{link}/captions").text.startswith("WEBVTT")
    for part in ("/sidecar", "/inputs", "/draft", "/photo"):
        assert stranger(door).ask("GET", link + part).status_code == 404
    assert stranger(door).ask("GET", f"/v1/videos/{done.id}").status_code == 401


def test_a_link_that_was_taken_back_shows_nothing(door: Door, done: Job) -> None:
    path = f"/v1/videos/{done.id}/link"
    first = door.ask("POST", path).json()["path"]
    second = door.ask("POST", path).json()["path"]
    assert stranger(door).ask("GET", first).status_code == 404
    assert stranger(door).ask("GET", second).status_code == 200
    assert door.ask("DELETE", path).json()["active"] is False
    for part in ("", "/video", "/poster"):
        assert stranger(door).ask("GET", second + part).status_code == 404
    third = door.ask("POST", path).json()["path"]
    assert door.service.remove(done.id)
    assert stranger(door).ask("GET", third).status_code == 404
    assert stranger(door).ask("GET", f"/p/{'x' * 500}").status_code == 404


def test_without_leave_of_the_operator_there_are_no_links(
    door: Door, done: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = door.ask("POST", f"/v1/videos/{done.id}/link").json()["path"]
    monkeypatch.delenv("GOVORUN_PUBLIC_LINKS")
    closed = Door(create_app(load_settings()))
    assert asked(closed.ask("POST", f"/v1/videos/{done.id}/link")).code == "public_links_off"
    assert closed.ask("GET", link).status_code == 404
    assert closed.ask("GET", "/v1/session").json()["public_links"] is False
