"""The stream of a video's events: what is told when, once for all listeners, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from avatar.core.errors import OutputError
from orchestrator.api import events as module
from orchestrator.api.events import Watches, _news, events
from orchestrator.api.objects import Piece, Video, VideoError

Told = list[tuple[str, Any]]


def video(status: str = "in_progress", **facts: Any) -> Video:
    plain = {"model": "govorun", "progress": 0, "created_at": 1, "size": "2x2", "seconds": "1", "fps": 25.0}
    return Video(id="video_1", status=status, **{**plain, **facts})  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.002)


def looking(*seen: Video | Exception | None) -> Callable[[], Video | None]:
    """What one look after another finds; the last one stays."""
    left = list(seen)

    def look() -> Video | None:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    return look


def parsed(chunk: bytes) -> tuple[str, Any]:
    lines = dict(line.split(": ", 1) for line in chunk.decode().strip().splitlines())
    return (lines["event"], json.loads(lines["data"])) if "event" in lines else ("comment", lines[""])


def heard(*seen: Video | Exception | None, watches: Watches | None = None) -> Told:
    """All events until the stream ends."""

    async def listen() -> Told:
        of = watches or Watches()
        told = [parsed(chunk) async for chunk in events(of, "video_1", looking(*seen))]
        assert len(of) == 0
        return told

    return asyncio.run(asyncio.wait_for(listen(), 20.0))


def test_the_first_look_tells_everything_and_the_whole_video() -> None:
    told = heard(video("completed", progress=100))
    assert [name for name, _ in told] == ["status", "stage", "progress", "eta", "video"]
    assert dict(told[:4]) == {
        "status": {"status": "completed", "error": None}, "stage": {"stage": None}, "progress": {"progress": 100},
        "eta": {"eta_seconds": None, "eta_sure": False},
    }  # fmt: skip
    assert told[4][1]["id"] == "video_1"


def test_later_looks_tell_what_changed_and_the_whole_video() -> None:
    first = video(progress=3, stage="speech", eta_seconds=100.0)
    told = heard(first, first, video(progress=4, stage="speech", eta_seconds=99.9), video("completed", progress=100))
    names = [name for name, _ in told]
    assert names == [
        "status", "stage", "progress", "eta", "video", "progress", "eta", "video",
        "status", "stage", "progress", "eta", "video",
    ]  # fmt: skip
    assert told[5][1] == {"progress": 4}
    assert told[6][1] == {"eta_seconds": 99.9, "eta_sure": False}


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_the_stream_ends_with_the_video_and_says_why_it_failed(end: str) -> None:
    error = VideoError(code="engine_failed", message="Мотор стоит.") if end == "failed" else None
    told = heard(video("queued"), video(end, error=error))
    changed = told[5:]
    assert [name for name, _ in changed] == ["status", "video"]
    assert changed[0][1]["status"] == end
    assert (changed[0][1]["error"] or {}).get("message") == (error and "Мотор стоит.")


def test_a_video_that_is_deleted_ends_the_stream() -> None:
    told = heard(video(), None)
    assert told[-1] == ("deleted", {"id": "video_1"})
    assert len(told) == 6


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT", {}, Exception("away")), OutputError("away"), OSError("away")]
)
def test_a_look_that_fails_is_told_to_the_log_and_tried_again(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    told = heard(error, error, video("completed"))
    assert [name for name, _ in told][-1] == "video"
    assert caplog.text.count("could not be looked at (") == 2


def test_letters_are_sent_as_they_are() -> None:
    async def first() -> bytes:
        async for chunk in events(Watches(), "video_1", looking(video("completed", stage="речь"))):
            if b"event: stage" in chunk:
                return chunk
        return b""

    assert '{"stage": "речь"}'.encode() in asyncio.run(first())


def test_a_comment_tells_that_somebody_is_still_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HEARTBEAT", 0.05)
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.5)
    told = heard(video(), video("completed"))
    assert ("comment", "still here") in told[5:-1]
    assert [name for name, _ in told if name != "comment"][-2:] == ["status", "video"]


def test_all_listeners_share_one_look_which_ends_with_the_last() -> None:
    looks: list[int] = []

    async def listen() -> None:
        watches = Watches()
        look = looking(video())

        def counted() -> Video | None:
            looks.append(1)
            return look()

        streams = [events(watches, "video_1", counted) for _ in range(3)]
        for stream in streams:
            assert b"in_progress" in await anext(stream)
        assert len(watches) == 1
        watch = watches._watches["video_1"]
        assert watch.listeners == 3
        await streams[0].aclose()  # type: ignore[attr-defined]
        assert (len(watches), watch.listeners) == (1, 2)
        for stream in streams[1:]:
            await stream.aclose()  # type: ignore[attr-defined]
        assert len(watches) == 0
        await asyncio.sleep(0)
        assert watch.task.cancelled() or watch.task.cancelling()

    asyncio.run(listen())


def test_a_process_that_stops_ends_every_stream_and_those_to_come() -> None:
    async def listen() -> Told:
        watches = Watches()
        told: Told = []
        async for chunk in events(watches, "video_1", looking(video())):
            told.append(parsed(chunk))
            if len(told) == 5:
                await watches.close()
        told += [parsed(chunk) async for chunk in events(watches, "video_2", looking(video()))]
        return told

    assert [name for name, _ in asyncio.run(asyncio.wait_for(listen(), 20.0))][-1] == "video"


@pytest.mark.parametrize(
    ("facts", "news"),
    [
        ({}, False), ({"progress": 2}, True), ({"stage": "face"}, True), ({"status": "queued"}, True),
        ({"has_draft": True}, True), ({"urls": {"video": "/x"}}, True), ({"eta_sure": True}, True),
        ({"eta_seconds": 100.9}, False), ({"eta_seconds": 106.0}, True), ({"eta_seconds": 97.0}, True),
        ({"eta_seconds": None}, True), ({"title": "Other"}, False),
    ],
)  # fmt: skip
def test_an_estimate_that_only_counts_down_is_no_news(facts: dict[str, Any], news: bool) -> None:
    usual = {"progress": 1, "stage": "speech", "eta_seconds": 100.0}
    changed = {**usual, **facts}
    assert (_news(video(**usual)) != _news(video(**changed))) is news
    assert _news(None) is None


def test_a_piece_that_can_be_played_is_news() -> None:
    pieces = [Piece(url=f"/{number}", start=0.0, seconds=1.0) for number in range(2)]
    assert len({_news(video(pieces=pieces[:count])) for count in range(3)}) == 3


def test_a_heartbeat_is_sent_every_fifteen_seconds() -> None:
    assert module._HEARTBEAT == 15.0
