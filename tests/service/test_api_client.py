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
from tests.service.live import FAKES, LiveService, live_service

__all__ = ["live_service"]

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
    assert any("seconds=4" in note for note in video.notes)

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
