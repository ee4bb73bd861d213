"""Tables sent to the API: one video a row, all of them or none."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from avatar.core.media import write_wav
from orchestrator.api.app import create_app
from orchestrator.api.form import orders, rows, uploads
from orchestrator.jobs.table import OPEN, change_job
from orchestrator.settings import Settings
from tests.service.doors import Door, asked, idle_door
from tests.service.inline import finish

LOOKS = {"speech_engine": "tone", "face_engine": "still", "size": "128x128", "fps": "10", "backdrop": "#203040"}
GUESTS = "\ufeffname;city\nAnna;Oslo\nБорис;Киров\n"


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return idle_door(tmp_path)


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if secret else {}


def _send(
    door: Door, photo: Path, table: str | bytes = GUESTS, key: str = "", secret: str = "", **fields: Any
) -> httpx.Response:
    content = table if isinstance(table, bytes) else table.encode()
    files = {"data": ("guests.csv", content, "text/csv"), "photo": ("me.png", photo.read_bytes(), "image/png")}
    headers = {"Idempotency-Key": key} if key else _bearer(secret)
    usual = {"prompt": "Hello {{name}} in {{city}}!", "title": "For {{name}}"}
    return door.ask("POST", "/v1/batches", data={**LOOKS, **usual, **fields}, files=files, headers=headers)


def test_every_row_becomes_a_video_of_its_own(door: Door, small_portrait_png: Path) -> None:
    made = _send(door, small_portrait_png, key="once")
    assert made.status_code == 200, made.text
    batch = made.json()
    assert (batch["rows"], batch["counts"], batch["progress"]) == (2, {"queued": 2}, 0)
    assert [(one["row"], one["status"], one["title"]) for one in batch["videos"]] == [
        (1, "queued", "For Anna"), (2, "queued", "For Борис"),
    ]  # fmt: skip
    prompts = [door.ask("GET", f"/v1/videos/{one['id']}").json()["prompt"] for one in batch["videos"]]
    assert prompts == ["Hello Anna in Oslo!", "Hello Борис in Киров!"]
    assert _send(door, small_portrait_png, key="once").json()["id"] == batch["id"]
    (listed,) = door.ask("GET", "/v1/batches").json()["data"]
    assert (listed["id"], listed["rows"], listed["videos"]) == (batch["id"], 2, [])
    photos = [next(door.service.folder(one["id"]).folder.glob("inputs/photo-*")) for one in batch["videos"]]
    assert photos[0].samefile(photos[1])
    assert photos[0].read_bytes() == small_portrait_png.read_bytes()
    assert not any(path.is_file() for path in (door.service.settings.data_dir / "uploads").rglob("*"))


def test_a_batch_is_followed_to_its_table_of_results(door: Door, small_portrait_png: Path) -> None:
    batch = _send(door, small_portrait_png, title="={{name}}").json()
    first, second = (door.service.jobs.get(one["id"]) for one in batch["videos"])
    door.ask("POST", f"/v1/videos/{second.id}/cancel")
    assert finish(door.service, first).state == "completed"
    shown = door.ask("GET", f"/v1/batches/{batch['id']}").json()
    assert (shown["counts"], shown["progress"]) == ({"completed": 1, "cancelled": 1}, 100)
    again = _send(door, small_portrait_png).json()["id"]
    assert door.ask("POST", f"/v1/batches/{again}/cancel").json()["counts"] == {"cancelled": 2}
    assert door.ask("DELETE", f"/v1/videos/{second.id}").status_code == 200
    answer = door.ask("GET", f"/v1/batches/{batch['id']}/results.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    head, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == ["row", "id", "status", "title", "problem", "url"]
    assert lines == [
        ["1", first.id, "completed", "'=Anna", "", f"/v1/videos/{first.id}/content"],
        ["2", second.id, "deleted", "", "", ""],
    ]
    assert door.ask("GET", lines[0][-1]).status_code == 200
    assert door.ask("DELETE", f"/v1/batches/{batch['id']}").json()["deleted"] is True
    assert door.ask("GET", f"/v1/batches/{batch['id']}").status_code == 404
    assert door.ask("GET", f"/v1/videos/{first.id}").status_code == 200


def test_progress_is_told_in_whole_percent_of_each_and_of_all(door: Door, small_portrait_png: Path) -> None:
    batch = _send(door, small_portrait_png).json()
    for one, share in zip(batch["videos"], (0.5, 0.124), strict=True):
        with door.service.engine.begin() as connection:
            change_job(connection, one["id"], OPEN, {"progress": share})
    shown = door.ask("GET", f"/v1/batches/{batch['id']}").json()
    assert ([one["progress"] for one in shown["videos"]], shown["progress"]) == ([50, 12], 31)
    door.ask("POST", f"/v1/videos/{batch['videos'][0]['id']}/cancel")
    assert door.ask("GET", f"/v1/batches/{batch['id']}").json()["progress"] == 56


def test_json_lines_fill_scenes_and_quotation_marks_break_nothing(door: Door, small_portrait_png: Path) -> None:
    table = '{"name": "Anna \\"Ace\\" O", "n": 3}\n{"name": "B\\\\C", "n": 4}\n'
    scenes = json.dumps([{"prompt": "Hello {{name}}."}, {"prompt": "Number {{n}}.", "heading": "{{ n }}"}])
    made = _send(door, small_portrait_png, table, prompt="", scenes=scenes, title="{{name}}")
    assert made.status_code == 200, made.text
    shown = [door.ask("GET", f"/v1/videos/{one['id']}").json()["scenes"] for one in made.json()["videos"]]
    assert [[scene["prompt"] for scene in video] for video in shown] == [
        ['Hello Anna "Ace" O.', "Number 3."], ["Hello B\\C.", "Number 4."],
    ]  # fmt: skip
    assert [video[1]["heading"] for video in shown] == ["3", "4"]


def test_a_file_is_looked_at_once_for_all_rows(
    door: Door, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    look = uploads.check_tune
    monkeypatch.setattr(orders, "check_tune", lambda upload, param: (seen.append(param), look(upload, param))[1])
    tune = tmp_path / "tune.wav"
    write_wav(tune, np.sin(np.arange(48_000) / 20).astype(np.float32), 24_000)
    files = {
        "data": ("guests.csv", GUESTS.encode()),
        "photo": ("me.png", small_portrait_png.read_bytes()),
        "music": ("tune.wav", tune.read_bytes()),
    }
    made = door.ask("POST", "/v1/batches", data={**LOOKS, "prompt": "Hello {{name}}."}, files=files)
    assert made.status_code == 200, made.text
    assert seen == ["music"]
    for one in made.json()["videos"]:
        assert door.ask("GET", f"/v1/videos/{one['id']}").json()["scenes"][0]["music"] is True


@pytest.mark.parametrize(
    ("table", "fields", "param", "words"),
    [
        ("name,city\nAnna,\nBoris,Kirov\n", {}, "data", "row 1: there is no value for {{city}}"),
        ("name\nAnna\n", {}, "data", "no column 'city'"),
        ("name,city\n", {}, "data", "has no rows"),
        (b"\xff\x80\x81", {}, "data", "no UTF-8 text"),
        ("name,city\nAnna,Oslo\nB,[say\n", {"prompt": "{{name}} {{city}}"}, "prompt", "Row 2: Script line 1"),
        ("name,city\nen_US-joe,Oslo\n/etc/passwd,X\n", {"voice": "{{name}}"}, "voice", "Row 2: "),
        ("name,city\nA,left\nB,ceiling\n", {"layout": "{{city}}"}, "layout", "Row 2: "),
        (GUESTS, {"prompt": "{{name}}", "captions": "sung"}, "captions", "Row 1: "),
        ("name,city\n" + "A,B\n" * 12, {}, "data", "12 rows, one request takes 10"),
    ],
)
def test_what_cannot_be_names_its_row_and_queues_nothing(
    door: Door, small_portrait_png: Path, monkeypatch: pytest.MonkeyPatch, table: str | bytes, fields: dict[str, str],
    param: str, words: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(rows, "MOST_ROWS", 10)
    answer = _send(door, small_portrait_png, table, **fields)
    assert answer.status_code == 400, answer.text
    assert asked(answer).param == param
    assert words in asked(answer).message
    if reason := {"prompt": "bracket_open", "voice": "voice_not_a_name"}.get(param):
        assert (asked(answer).reason, asked(answer).params["row"]) == (reason, 2)  # for who says it in other words
    assert door.service.jobs.counts("") == {}
    assert door.ask("GET", "/v1/batches").json()["data"] == []


def test_rows_beyond_the_quota_are_told_before_anything_is_queued(
    tmp_path: Path, small_portrait_png: Path, own_connections: None
) -> None:
    settings = Settings(data_dir=tmp_path / "data", cache=tmp_path / "cache", open_jobs=3)
    door = Door(create_app(settings))
    door.service.call = lambda job_id, queues: None
    _, mine = door.service.keys.create("teacher")
    _, other = door.service.keys.create("other")
    answer = _send(door, small_portrait_png, "name,city\n" + "A,B\n" * 4, secret=mine)
    assert answer.status_code == 429, answer.text
    assert "4 rows" in asked(answer).message
    assert "3 unfinished" in asked(answer).message
    assert door.service.jobs.counts() == {}
    assert _send(door, small_portrait_png, secret=mine).status_code == 200
    (batch,) = door.ask("GET", "/v1/batches", headers=_bearer(mine)).json()["data"]
    assert door.ask("GET", f"/v1/batches/{batch['id']}", headers=_bearer(other)).status_code == 404
    assert door.ask("GET", "/v1/batches", headers=_bearer(other)).json()["data"] == []


def test_a_row_that_cannot_be_queued_takes_the_others_back(
    door: Door, small_portrait_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar.core.errors import DiskFull

    submit, done = door.service.submit, []

    def full(*arguments: Any, **named: Any) -> Any:
        if done:
            raise DiskFull("The disk is full.")
        done.append(submit(*arguments, **named))
        return done[-1]

    monkeypatch.setattr(door.service, "submit", full)
    assert _send(door, small_portrait_png).status_code == 507
    assert done
    assert door.service.jobs.counts() == {}
    assert not door.service.folder(done[0].id).folder.exists()
