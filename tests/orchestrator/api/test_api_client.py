"""The stock OpenAI client drives the service unchanged, over a real socket, with a real worker behind it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from PIL import Image

from avatar.core.media import probe
from tests.service.live import FAKES, LiveService

FAKES_OF_ANY_SIZE = {name: value for name, value in FAKES.items() if name != "size"}
pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


@pytest.fixture
def client(live_service: LiveService) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=live_service.base_url, api_key="any", max_retries=0) as client:
        yield client


def _make(client: openai.OpenAI, photo: Path, prompt: str = "Good morning.", **fields: object) -> openai.types.Video:
    with photo.open("rb") as file:
        return client.videos.create(prompt=prompt, input_reference=file, extra_body={**FAKES, **fields})


def test_a_video_is_made_polled_fetched_and_deleted(
    client: openai.OpenAI, small_portrait_png: Path, tmp_path: Path
) -> None:
    with small_portrait_png.open("rb") as photo:
        video = client.videos.create_and_poll(
            prompt="Good morning.", input_reference=photo, size="128x160", seconds="4",
            extra_body={**FAKES_OF_ANY_SIZE, "title": "Morning: ../news", "captions": ["srt"]},
        )  # fmt: skip
    assert (video.status, video.progress, video.object, video.error) == ("completed", 100, "video", None)
    assert (video.size, video.model, video.prompt) == ("128x160", "govorun", "Good morning.")
    assert video.completed_at >= video.created_at
    at = next(place for place, note in enumerate(video.notes) if "seconds=4" in note)
    assert video.note_reasons[at] == {"reason": "seconds_not_applied", "params": {"seconds": "4"}}

    content = client.videos.download_content(video.id)
    content.write_to_file(tmp_path / "out.mp4")
    found = probe(tmp_path / "out.mp4")
    assert (found.size.width, found.size.height, found.audio_codec) == (128, 160, "aac")
    assert float(video.seconds) == pytest.approx(found.seconds, abs=0.15)
    assert 'filename="Morning .. news.mp4"' in content.response.headers["content-disposition"]

    for variant, check in {
        "thumbnail": lambda data: Image.open(io.BytesIO(data)).format == "JPEG",
        "spritesheet": lambda data: Image.open(io.BytesIO(data)).format == "JPEG",
        "srt": lambda data: b"-->" in data,
        "vtt": lambda data: data.startswith(b"WEBVTT"),
        "sidecar": lambda data: json.loads(data)["frames"] > 0,
    }.items():
        if variant in video.urls:
            assert check(client.videos.download_content(video.id, variant=variant).read()), variant

    deleted = client.videos.delete(video.id)
    assert (deleted.id, deleted.deleted, deleted.object) == (video.id, True, "video.deleted")
    with pytest.raises(openai.NotFoundError) as gone:
        client.videos.retrieve(video.id)
    assert gone.value.code == "video_not_found"


def test_errors_are_the_clients_own_classes(
    client: openai.OpenAI, small_portrait_png: Path, landscape_png: Path
) -> None:
    with pytest.raises(openai.BadRequestError) as wrong:
        _make(client, small_portrait_png, size="129x128")
    assert (wrong.value.param, wrong.value.type) == ("size", "invalid_request_error")
    with pytest.raises(openai.BadRequestError, match=r"line 1.*\[jump\]|jump") as wrong:
        _make(client, small_portrait_png, prompt="Hello [jump] there.")
    assert (wrong.value.param, wrong.value.code) == ("prompt", "invalid_script")
    assert (wrong.value.body["reason"], wrong.value.body["params"]["line"]) == ("unknown_direction", 1)
    with pytest.raises(openai.BadRequestError, match="face") as wrong:
        _make(client, landscape_png)
    assert (wrong.value.param, wrong.value.code) == ("input_reference", "invalid_photo")
    assert wrong.value.body["reason"] == "no_face"
    with pytest.raises(openai.BadRequestError) as wrong:
        client.videos.create(prompt="Hello.")
    assert wrong.value.code == "missing_photo"
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve("video_nobody")
    with pytest.raises(openai.NotFoundError):
        client.videos.download_content("video_nobody")


def test_lists_page_by_themselves(client: openai.OpenAI, small_portrait_png: Path) -> None:
    made = [_make(client, small_portrait_png, prompt=f"Number {number}.").id for number in range(5)]
    newest = [video.id for video in client.videos.list(limit=2)]
    assert [name for name in newest if name in made] == made[::-1]
    oldest = [video.id for video in client.videos.list(limit=3, order="asc")]
    assert [name for name in oldest if name in made] == made
    assert oldest == newest[::-1]
    page = client.videos.list(limit=2, after=made[3])
    assert [video.id for video in page.data] == [made[2], made[1]] and page.has_more
    with pytest.raises(openai.BadRequestError):
        client.videos.list(limit=0)
    with pytest.raises(openai.NotFoundError):
        client.videos.list(after="video_nobody")
    for name in made:
        client.videos.poll(name)
        client.videos.delete(name)


def test_a_remix_keeps_what_is_not_changed(client: openai.OpenAI, small_portrait_png: Path) -> None:
    first = client.videos.poll(_make(client, small_portrait_png, title="First", metadata={"course": "7"}).id)
    second = client.videos.remix(first.id, prompt="Good evening to you all.", extra_body={"seed": 3})
    assert (second.remixed_from_video_id, second.size, second.prompt) == (
        first.id,
        first.size,
        "Good evening to you all.",
    )
    assert (second.title, second.metadata, second.scenes[0]["seed"]) == ("First", {"course": "7"}, 3)
    done = client.videos.poll(second.id)
    assert done.status == "completed"
    assert float(done.seconds) > float(first.seconds)


def test_an_open_video_is_cancelled_then_deleted(client: openai.OpenAI, small_portrait_png: Path) -> None:
    video = _make(client, small_portrait_png, prompt="A rather long story follows here. " * 400)
    with pytest.raises(openai.ConflictError, match="cancel"):
        client.videos.delete(video.id)
    cancelled = client.post(f"/videos/{video.id}/cancel", cast_to=openai.types.Video)
    assert cancelled.status == "cancelled"
    assert client.videos.poll(video.id).status == "cancelled"
    with pytest.raises(openai.NotFoundError, match="cancelled"):
        client.videos.download_content(video.id)
    assert client.videos.delete(video.id).deleted
