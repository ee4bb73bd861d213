"""The client of the service: the same from a blocking and an asynchronous program."""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from govorun.client import (
    AsyncGovorun,
    Govorun,
    ServiceError,
    Unreachable,
    Video,
    VideoFailed,
    calls,
    unwrap_webhook,
)
from tests.orchestrator.productions.test_slides import write_pdf
from tests.service.live import FAKES, LiveService

VIDEO = {
    "id": "video_1", "status": "completed", "progress": 100, "seconds": "2.5", "created_at": 1, "urls": {"video": "/x"},
    "stage": None, "notes": ["a note"],
}  # fmt: skip
Handler = Callable[[httpx.Request], httpx.Response]


def test_a_video_is_made_followed_fetched_and_made_again(
    live_service: LiveService, small_portrait_png: Path, tmp_path: Path
) -> None:
    seen: list[int] = []
    with Govorun(live_service.url) as govorun:
        assert govorun.check_photo(small_portrait_png).ok
        assert {voice.engine for voice in govorun.voices("en")} >= {"piper"}
        made = govorun.create("Good morning.", photo=small_portrait_png, captions=["srt"], metadata={"a": "б"}, **FAKES)
        done = govorun.wait(made, progress=lambda video: seen.append(video.progress), timeout=120)
        assert (done.status, done.progress, done.raw["metadata"]) == ("completed", 100, {"a": "б"})
        assert seen == sorted(seen) and seen[-1] == 100
        assert govorun.download(done, tmp_path / "a.mp4").read_bytes()[4:8] == b"ftyp"
        again = govorun.wait(govorun.remix(done, prompt="Good evening to all."), timeout=120)
        assert again.seconds > done.seconds
        assert {video.id for video in govorun.videos()} >= {made.id, again.id}
        for video in (done, again):
            govorun.delete(video)
        with pytest.raises(ServiceError) as caught:
            govorun.retrieve(done.id)
    assert (caught.value.status, caught.value.code, caught.value.reason.code) == (
        404,
        "video_not_found",
        "video_not_found",
    )
    assert caught.value.request_id
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_the_same_without_waiting(live_service: LiveService, small_portrait_png: Path, tmp_path: Path) -> None:
    async def follow() -> None:
        async with AsyncGovorun(live_service.url) as govorun:
            with small_portrait_png.open("rb") as photo:
                made = await govorun.create("Good morning.", photo=photo, **FAKES)
            done = await govorun.wait(made, timeout=120)
            path = await govorun.download(done, tmp_path / "a.mp4")
            assert path.read_bytes()[4:8] == b"ftyp"
            assert made.id in [video.id async for video in govorun.videos()]
            await govorun.delete(done)

    asyncio.run(follow())


def test_stories_slides_and_productions_are_begun(
    live_service: LiveService, small_portrait_png: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pypdfium2", reason="the extra slides is not installed")
    slides = write_pdf(tmp_path / "talk.pdf", 2)
    looks = {name: value for name, value in FAKES.items() if name != "backdrop"}
    voice = {name: value for name, value in looks.items() if name != "face_engine"}
    document = {
        "govorun": 1, "photo": "me.png", **FAKES, "fps": 10,
        "scenes": [{"text": "Good morning."}, {"text": "Good night."}],
    }  # fmt: skip
    with Govorun(live_service.url) as govorun:
        told = govorun.create_story("The ship sailed.\n\nHe came into the forest.", **voice)
        talk = govorun.create_presentation(slides, photo=small_portrait_png, notes="One.\n---\nTwo.", **looks)
        made = govorun.create_production(document, files={"me.png": small_portrait_png}, title="Twice")
        assert [scene["backdrop"] for scene in told.raw["scenes"]] == ["ocean", "forest"]
        assert [scene["prompt"] for scene in talk.raw["scenes"]] == ["One.", "Two."]
        assert [scene["prompt"] for scene in made.raw["scenes"]] == ["Good morning.", "Good night."]
        assert made.raw["title"] == "Twice"
        for video in (told, talk, made):
            govorun.cancel(video)


def test_both_have_the_same_methods() -> None:
    blocking, awaiting = (
        {name: method for name, method in vars(each).items() if not name.startswith("_")}
        for each in (Govorun, AsyncGovorun)
    )
    assert blocking.keys() == awaiting.keys()
    for name, method in blocking.items():
        assert inspect.signature(method).parameters.keys() == inspect.signature(awaiting[name]).parameters.keys()
        assert method.__doc__ == awaiting[name].__doc__
        assert inspect.iscoroutinefunction(awaiting[name]) or inspect.isasyncgenfunction(awaiting[name])


class Asked:
    """What was asked of a service that gives ``answers``, one after the other; and how long was waited between."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self.pauses: list[float] = []

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        monkeypatch.setattr(time, "sleep", self.pauses.append)
        monkeypatch.setattr(asyncio, "sleep", pause)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(request.read())
        found = self._answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def both(asked: Asked, use: Callable[[Any], Any], kind: str) -> Any:
    """The result of ``use`` on a client of this kind."""
    transport = httpx.MockTransport(asked.answer)
    if kind == "blocking":
        with Govorun("http://service", key="gvr_1", transport=transport) as govorun:
            return use(govorun)

    async def await_it() -> Any:
        async with AsyncGovorun("http://service", key="gvr_1", transport=transport) as govorun:
            return await use(govorun)

    return asyncio.run(await_it())


kinds = pytest.mark.parametrize("kind", ["blocking", "awaiting"])


def reply(status: int, told: object = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=told, headers={name.replace("_", "-"): value for name, value in headers.items()})


@kinds
def test_what_is_busy_is_asked_again_with_the_same_key_and_the_whole_file(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    answers = (reply(503, {}, Retry_After="7"), httpx.ConnectError("no"), reply(429), reply(200, VIDEO))
    asked = Asked(monkeypatch, *answers)
    photo = io.BytesIO(b"PHOTO")
    video = both(asked, lambda govorun: govorun.create("Hi.", photo=photo, label=True), kind)
    assert (video.id, video.seconds, video.files, video.notes, video.ended) == (
        "video_1",
        2.5,
        ("video",),
        ("a note",),
        True,
    )
    assert asked.pauses == [7.0, 1.0, 2.0]
    assert len({request.headers["Idempotency-Key"] for request in asked.requests}) == 1
    assert [body.count(b"PHOTO") for body in asked.bodies] == [1, 1, 1, 1]
    assert {request.headers["Authorization"] for request in asked.requests} == {"Bearer gvr_1"}


@kinds
def test_what_stays_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    wrong = {
        "message": "No face.",
        "code": "invalid_photo",
        "param": "input_reference",
        "reason": "no_face",
        "params": {"n": 1},
    }
    asked = Asked(monkeypatch, reply(400, {"error": wrong}, X_Request_Id="r-1"))
    with pytest.raises(ServiceError, match="No face") as caught:
        both(asked, lambda govorun: govorun.create("Hi.", photo=b"x", idempotency_key="mine"), kind)
    error = caught.value
    assert (error.status, error.code, error.param, error.request_id) == (400, "invalid_photo", "input_reference", "r-1")
    assert (error.reason.code, error.reason.params) == ("no_face", {"n": 1})
    assert asked.requests[0].headers["Idempotency-Key"] == "mine"


@kinds
def test_patience_ends(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    asked = Asked(monkeypatch, *[reply(503, {"error": {"message": "busy"}})] * 4)
    with pytest.raises(ServiceError, match="busy"):
        both(asked, lambda govorun: govorun.retrieve("video_1"), kind)
    assert asked.pauses == [0.5, 1.0, 2.0]
    asked = Asked(monkeypatch, *[httpx.ConnectError("refused")] * 4)
    with pytest.raises(Unreachable, match=r"http://service.* does not answer: refused"):
        both(asked, lambda govorun: govorun.retrieve("video_1"), kind)
    proxy = Asked(monkeypatch, httpx.Response(404, text="<html>"))
    with pytest.raises(ServiceError, match="404 Not Found"):
        both(proxy, lambda govorun: govorun.retrieve("video_1"), kind)


@kinds
def test_waiting_follows_what_the_service_says(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    running = {**VIDEO, "status": "in_progress", "progress": 40}
    asked = Asked(monkeypatch, reply(200, running, openai_poll_after_ms="2500"), reply(200, running), reply(200, VIDEO))
    seen: list[Video] = []
    assert both(asked, lambda govorun: govorun.wait("video_1", seen.append), kind).status == "completed"
    assert [video.progress for video in seen] == [40, 40, 100]
    assert asked.pauses == [2.5, 1.0]
    failed = {
        **VIDEO,
        "status": "failed",
        "error": {"code": "worker_lost", "message": "It was lost.", "reason": "step_lost"},
    }
    with pytest.raises(VideoFailed, match="It was lost") as caught:
        both(Asked(monkeypatch, reply(200, failed)), lambda govorun: govorun.wait("video_1"), kind)
    assert (caught.value.code, caught.value.reason.code, caught.value.video.id) == (
        "worker_lost",
        "step_lost",
        "video_1",
    )
    with pytest.raises(VideoFailed, match="was cancelled"):
        cancelled = reply(200, {**VIDEO, "status": "cancelled"})
        both(Asked(monkeypatch, cancelled), lambda govorun: govorun.wait("video_1"), kind)
    with pytest.raises(TimeoutError, match="not done after 0 s"):
        both(Asked(monkeypatch, reply(200, running)), lambda govorun: govorun.wait("video_1", timeout=0), kind)


@kinds
def test_a_file_is_there_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch, kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"older")
    for answer, error in (
        (reply(409, {"error": {"message": "Not yet."}}), ServiceError),
        (_breaking(), Unreachable),
    ):
        with pytest.raises(error):
            both(Asked(monkeypatch, answer), lambda govorun: govorun.download("video_1", tmp_path / "a.mp4"), kind)
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.mp4", b"older")]
    asked = Asked(monkeypatch, httpx.Response(200, content=b"whole"))
    both(asked, lambda govorun: govorun.download("video_1", tmp_path / "a.mp4", "srt"), kind)
    assert (tmp_path / "a.mp4").read_bytes() == b"whole"
    assert dict(asked.requests[0].url.params) == {"variant": "srt"}


def _breaking() -> httpx.Response:
    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield b"half"
            raise httpx.ReadError("broken off")

        async def __aiter__(self):  # type: ignore[no-untyped-def]
            yield b"half"
            raise httpx.ReadError("broken off")

    return httpx.Response(200, stream=Stream())


def test_lists_go_on_where_a_page_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [reply(200, {"data": [{**VIDEO, "id": name}], "last_id": name, "has_more": name == "a"}) for name in "ab"]
    asked = Asked(monkeypatch, *pages)
    assert both(asked, lambda govorun: [video.id for video in govorun.videos()], "blocking") == ["a", "b"]
    assert [dict(request.url.params) for request in asked.requests] == [
        {"limit": "100"},
        {"limit": "100", "after": "a"},
    ]


def test_fields_are_written_as_a_form_has_them() -> None:
    options = {"captions": ["srt", "vtt"], "fps": 25, "label": False, "metadata": {"a": "б"}, "title": None,
               "scenes": [{"prompt": "Hi."}]}  # fmt: skip
    call = calls.create("Hi.", {"anna": b"1", "audio": None}, options, None)
    scenes = json.dumps([{"prompt": "Hi."}])
    plain = {"prompt": "Hi.", "captions": "srt,vtt", "fps": "25", "label": "false"}
    metadata = '{"a": "б"}'
    assert call.form == {**plain, "metadata": metadata, "scenes": scenes}
    assert call.files == {"anna": b"1"}


def test_a_webhook_is_believed_only_with_its_signature() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = json.dumps({"id": "evt_1", "type": "video.completed", "created_at": 5, "data": {"id": "video_1"}})
    now = datetime.now(UTC)
    headers = {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(int(now.timestamp())),
               "Webhook-Signature": Webhook(secret).sign("evt_1", now, body)}  # fmt: skip
    event = unwrap_webhook(body, headers, secret)
    assert (event.id, event.type, event.created_at, event.video_id) == ("evt_1", "video.completed", 5, "video_1")
    for forged in ((body + " ", headers), (body, {**headers, "Webhook-Id": "evt_2"})):
        with pytest.raises(WebhookVerificationError):
            unwrap_webhook(*forged, secret)
