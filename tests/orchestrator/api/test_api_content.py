"""Files and events of a video over a real socket, with a real worker behind it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from avatar.core.media import read_frames
from tests.service.live import FAKES, LiveService


@pytest.fixture
def client(live_service: LiveService) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live_service.base_url, timeout=60) as client:
        yield client
        assert live_service.leftovers() == []


@pytest.fixture(scope="module")
def finished(live_service: LiveService, small_portrait_png: Path) -> str:
    """The id of a video that is done."""
    with httpx.Client(base_url=live_service.base_url, timeout=60) as client:
        video = _make(client, small_portrait_png, title='Утро "один"/../x\r\ny', captions="srt")
        return _wait(client, video["id"])["id"]


def _make(client: httpx.Client, photo: Path, **fields: str) -> dict:
    data = {"prompt": "Good morning.", **FAKES, **fields}
    answer = client.post("/videos", data=data, files={"input_reference": photo.read_bytes()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _wait(client: httpx.Client, video_id: str) -> dict:
    deadline = time.monotonic() + 100
    while (video := client.get(f"/videos/{video_id}").json())["status"] in ("queued", "in_progress"):
        assert time.monotonic() < deadline, video
        time.sleep(0.1)
    assert video["status"] == "completed", video
    return video


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=5-5", 5, 6),
     ("bytes=10-999999999999", 10, None), ("bytes=-999999999", 0, None)],
)  # fmt: skip
def test_a_range_is_a_part_of_the_file(
    client: httpx.Client, finished: str, asked: str, start: int, stop: int | None
) -> None:
    path = f"/videos/{finished}/content"
    whole = client.get(path).content
    part = client.get(path, headers={"Range": asked})
    assert (part.status_code, part.content) == (206, whole[start:stop])
    first = start % len(whole) if start < 0 else start
    assert part.headers["content-range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_beyond_the_file_is_an_error(client: httpx.Client, finished: str, asked: str) -> None:
    answer = client.get(f"/videos/{finished}/content", headers={"Range": asked})
    assert (answer.status_code, answer.json()["error"]["code"]) == (416, "invalid_range")
    assert answer.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize(
    "asked", ["bytes=9-2", "bytes=", "bytes=-", "lines=1-2", "bytes=0-1,4-5", "bytes=a-b", "bytes=١-٢"]
)
def test_a_range_that_says_nothing_gives_the_whole_file(client: httpx.Client, finished: str, asked: str) -> None:
    answer = client.get(f"/videos/{finished}/content", headers={"Range": asked.encode()})
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"])


def test_what_the_client_has_is_not_sent_again(client: httpx.Client, finished: str) -> None:
    path = f"/videos/{finished}/content"
    whole = client.get(path)
    tag = whole.headers["etag"]
    head = client.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (
        200,
        b"",
        whole.headers["content-length"],
    )
    for known in (tag, f'W/{tag}, "other"', "*"):
        same = client.get(path, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(path, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    assert client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200


def test_files_have_their_types_and_safe_names(client: httpx.Client, finished: str) -> None:
    types = {
        "video": "video/mp4",
        "thumbnail": "image/jpeg",
        "spritesheet": "image/jpeg",
        "srt": "application/x-subrip",
        "vtt": "text/vtt; charset=utf-8",
        "sidecar": "application/json",
    }
    video = client.get(f"/videos/{finished}").json()
    assert set(types) <= set(video["urls"])
    for variant, kind in types.items():
        answer = client.get(video["urls"][variant].removeprefix("/v1"))
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        name = answer.headers["content-disposition"]
        assert "/" not in name and "\n" not in name and name.isascii()
        assert name.count('"') == 2
    assert "%D0%A3%D1%82%D1%80%D0%BE" in name
    assert client.get(f"/videos/{finished}/content?variant=all").json()["error"]["param"] == "variant"


def test_events_tell_the_whole_story(client: httpx.Client, small_portrait_png: Path) -> None:
    video = _make(client, small_portrait_png, prompt="A story of some length. " * 20, seed="5")
    told: list[tuple[str, dict]] = []
    with client.stream("GET", f"/videos/{video['id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                told.append((name, json.loads(value)))
    words = [data["status"] for name, data in told if name == "status"]
    assert words[-1] == "completed" and words == sorted(words, key=["queued", "in_progress", "completed"].index)
    shares = [data["progress"] for name, data in told if name == "progress"]
    assert shares == sorted(shares) and shares[-1] == 100
    done = client.get(f"/videos/{video['id']}").json()
    assert told[-1] == ("video", done)
    assert float(done["seconds"]) > 25 and done["has_draft"]
    draft, whole = (
        client.get(f"/videos/{video['id']}/content", params={"variant": name}) for name in ("draft", "video")
    )
    assert draft.status_code == 200
    assert 0 < len(draft.content) < len(whole.content)


def test_a_listener_that_leaves_is_forgotten(
    client: httpx.Client, live_service: LiveService, small_portrait_png: Path
) -> None:
    video = _make(client, small_portrait_png, prompt="A story without end. " * 900, seed="6")
    for _ in range(20):
        with client.stream("GET", f"/videos/{video['id']}/events") as stream:
            next(stream.iter_lines())
    started = time.monotonic()
    client.post(f"/videos/{video['id']}/cancel")
    ended = client.get(f"/videos/{video['id']}/events").text
    assert '"cancelled"' in ended
    assert time.monotonic() - started < 60
    assert "Traceback" not in live_service.log()


def test_a_dialogue_shows_two_faces_in_turn(client: httpx.Client, small_portrait_png: Path, tmp_path: Path) -> None:
    with Image.open(small_portrait_png) as photo:
        photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).point(lambda v: v // 2).save(tmp_path / "dark.png")
    scenes = [
        {"prompt": "Who is there?", "photo": "anna"},
        {"prompt": "It is me.", "photo": "boris", "backdrop": "#f0f0f0"},
        {"prompt": "Come in.", "photo": "anna"},
        {"prompt": "Thank you.", "photo": "boris", "backdrop": "#f0f0f0"},
    ]
    files = {"anna": small_portrait_png.read_bytes(), "boris": (tmp_path / "dark.png").read_bytes()}
    made = client.post("/videos", data={"prompt": "A visit", **FAKES, "scenes": json.dumps(scenes)}, files=files)
    assert made.status_code == 200, made.text
    video = _wait(client, made.json()["id"])
    assert [scene["prompt"] for scene in video["scenes"]] == [scene["prompt"] for scene in scenes]
    (tmp_path / "dialogue.mp4").write_bytes(client.get(f"/videos/{video['id']}/content").content)
    corners = np.array([frame[:6, :6].mean() for frame in read_frames(tmp_path / "dialogue.mp4")])
    light = corners > 128
    turns = np.flatnonzero(np.diff(light.astype(int)))
    assert len(turns) == 3 and not light[0] and light[-1]
    assert len(corners) / 10 == pytest.approx(float(video["seconds"]), abs=0.11)


def test_a_client_that_breaks_off_leaves_nothing(client: httpx.Client, live_service: LiveService) -> None:
    port = int(live_service.url.rpartition(":")[2])
    head = (
        "POST /v1/videos HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        "Content-Length: 5000000\r\n\r\n--x\r\nContent-Disposition: form-data; name=input_reference; filename=a\r\n\r\n"
    )
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head.encode() + bytes(300_000))
    deadline = time.monotonic() + 20
    while live_service.leftovers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert live_service.leftovers() == []
    assert "Traceback" not in live_service.log()


def test_too_much_is_refused_while_it_is_still_sent(client: httpx.Client) -> None:
    answer = client.post(
        "/videos", content=bytes(101 << 20), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
