"""What is answered for a file that a video does not have, in each state that the video may be in."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.api.app import create_app
from orchestrator.jobs.folder import FILES
from orchestrator.jobs.table import FINAL, new_job, new_job_id
from orchestrator.settings import Settings
from tests.service import rows
from tests.service.doors import Door, asked

_EARLY = ("thumbnail", "draft")  # may be looked at before the video is done


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return Door(create_app(Settings(data_dir=tmp_path)))


def video_in(door: Door, state: str, *variants: str) -> str:
    """The id of a video in ``state`` that has the files of ``variants``, each with its own name for content."""
    job = new_job(new_job_id(), '{"scenes": []}')
    engine = door.service.engine
    rows.put(engine, job)
    changes = {
        "queued": lambda: True,
        "in_progress": lambda: rows.change(engine, job.id, state="in_progress", stage="video", progress=0.5),
        "completed": lambda: rows.complete(engine, job.id),
        "failed": lambda: rows.fail(engine, job.id),
        "cancelled": lambda: door.service.jobs.cancel(job.id),
    }
    assert changes[state]()
    folder = door.service.folder(job.id).folder
    folder.mkdir(parents=True)
    for variant in variants:
        (folder / FILES[variant][0]).write_bytes(variant.encode())
    return job.id


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("variant", FILES)
def test_a_finished_video_without_the_file_says_not_found(door: Door, variant: str, method: str) -> None:
    video = video_in(door, "completed", *(set(FILES) - {variant}))
    answer = door.ask(method, f"/v1/videos/{video}/content?variant={variant}")
    assert answer.status_code == 404
    if method == "GET":
        assert (asked(answer).code, asked(answer).param) == ("not_found", "variant")


@pytest.mark.parametrize("state", ["failed", "cancelled"])
@pytest.mark.parametrize("variant", FILES)
def test_a_video_that_ended_otherwise_says_how_it_ended(door: Door, variant: str, state: str) -> None:
    bare, half_done = video_in(door, state), video_in(door, state, *FILES)
    missing = door.ask("GET", f"/v1/videos/{bare}/content?variant={variant}")
    assert (missing.status_code, asked(missing).code) == (404, f"video_{state}")
    assert state in asked(missing).message
    there = door.ask("GET", f"/v1/videos/{half_done}/content?variant={variant}")
    assert there.status_code == (200 if variant in _EARLY else 404)
    assert variant in _EARLY or asked(there).code == f"video_{state}"


@pytest.mark.parametrize("state", ["queued", "in_progress"])
@pytest.mark.parametrize("variant", FILES)
def test_a_video_that_is_being_made_says_when_to_ask_again(door: Door, variant: str, state: str) -> None:
    bare, half_done = video_in(door, state), video_in(door, state, *FILES)
    missing = door.ask("GET", f"/v1/videos/{bare}/content?variant={variant}")
    assert (missing.status_code, asked(missing).code) == (404, "video_not_ready")
    assert missing.headers["retry-after"] == "2"
    assert door.ask("GET", f"/v1/videos/{half_done}/content?variant={variant}").status_code == (
        200 if variant in _EARLY else 404
    )


@pytest.mark.parametrize("state", FINAL)
def test_what_is_there_is_given_whole(door: Door, state: str) -> None:
    video = video_in(door, state, *FILES)
    for variant in FILES if state == "completed" else _EARLY:
        answer = door.ask("GET", f"/v1/videos/{video}/content?variant={variant}")
        assert (answer.status_code, answer.text) == (200, variant)
        assert answer.headers["content-length"] == str(len(variant))
