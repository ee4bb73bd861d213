"""What can be played of a video before it is done: segments with their sound, in order, for its owner alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest

from avatar.core.media import VideoWriter, decode_audio, read_frames
from avatar.core.types import FacePlan, Size, Speech
from orchestrator.api.app import create_app
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job
from orchestrator.settings import Settings
from orchestrator.video.folder import Segment, WorkFolder
from orchestrator.video.pieces import EARLY_SECONDS, publish_piece
from orchestrator.video.request import RenderRequest, request_of
from tests.service.doors import Door, asked
from tests.service.inline import do_steps
from tests.service.servers import S3

RATE, FPS = 48_000, 25.0
ENCODER_DELAY = 1024  # samples that AAC begins with
SEGMENTS = (Segment(0, 0, 40), Segment(1, 40, 80), Segment(2, 80, 100))
WORDS = ("Good morning.", "And good night.")
BEFORE_DRAWING = 8  # photo, voice, backdrop and face of two scenes


@dataclass(frozen=True)
class Place:
    door: Door
    service: Service

    def video(self, job: Job) -> dict[str, Any]:
        return dict(self.door.ask("GET", f"/v1/videos/{job.id}").json())


@pytest.fixture(params=["folder", "s3"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, own_connections: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    kept = {}
    if request.param == "s3":
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server: S3 = request.getfixturevalue("s3")
        boto3.client("s3", endpoint_url=server.url).create_bucket(Bucket="pieces")
        kept = {"storage": "s3://pieces/films", "s3_endpoint": server.url}
    door = Door(create_app(Settings(data_dir=tmp_path / "data", cache=tmp_path / "cache", **kept)))
    door.service.call = lambda job_id, queues: None
    yield Place(door, door.service)
    if kept:
        boto3.resource("s3", endpoint_url=kept["s3_endpoint"]).Bucket("pieces").objects.delete()


def _scene(photo: Path, text: str) -> RenderRequest:
    engines = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040"}
    return request_of(photo=photo, text=text, size="128x128", fps=10, **engines)


def _frames(content: bytes, path: Path) -> list[np.ndarray]:
    path.write_bytes(content)
    return list(read_frames(path))


def test_pieces_come_in_order_and_go_with_the_work(place: Place, small_portrait_png: Path, tmp_path: Path) -> None:
    job = place.service.submit([_scene(small_portrait_png, text) for text in WORDS])
    assert place.video(job)["pieces"] == []
    do_steps(place.service, BEFORE_DRAWING)
    path = f"/v1/videos/{job.id}/pieces"
    early = place.door.ask("GET", f"{path}/0")
    assert (early.status_code, asked(early).code, asked(early).param) == (404, "video_not_ready", "piece")
    assert do_steps(place.service, 3) == ["0/draft", "0/segment/0", "1/segment/0"]
    first, second = place.video(job)["pieces"]
    assert (first["url"], second["url"]) == (f"{path}/0", f"{path}/1")
    assert (first["start"], second["start"]) == (0.0, first["seconds"])
    lengths = []
    for piece in (first, second):
        answer = place.door.ask("GET", piece["url"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
        lengths.append(len(_frames(answer.content, tmp_path / "piece.mp4")))
        part = place.door.ask("GET", piece["url"], headers={"Range": "bytes=0-99"})
        assert (part.status_code, part.content) == (206, answer.content[:100])
    assert lengths == [round(10 * one["seconds"]) for one in (first, second)]
    assert place.door.ask("GET", f"{path}/2").status_code == 404
    do_steps(place.service)
    done = place.video(job)
    assert (done["status"], done["pieces"]) == ("completed", [])
    assert float(done["seconds"]) == pytest.approx(first["seconds"] + second["seconds"])
    assert asked(place.door.ask("GET", f"{path}/0")).code == "not_found"
    assert not [name for name in place.service.storage.names(job.id) if "work" in name]


def test_what_comes_later_waits_for_what_comes_before(place: Place, small_portrait_png: Path) -> None:
    job = place.service.submit([_scene(small_portrait_png, text) for text in WORDS])
    do_steps(place.service, BEFORE_DRAWING)
    held = [place.service.claims.claim(("cpu",), "elsewhere", 30.0) for _ in range(2)]
    assert [claim.name for claim in held if claim] == ["0/draft", "0/segment/0"]
    assert do_steps(place.service, 1) == ["1/segment/0"]
    assert place.video(job)["pieces"] == []


def test_nobody_else_and_no_cancelled_video_has_pieces(place: Place, small_portrait_png: Path) -> None:
    job = place.service.submit([_scene(small_portrait_png, text) for text in WORDS], owner="anna")
    do_steps(place.service, BEFORE_DRAWING + 2)
    assert asked(place.door.ask("GET", f"/v1/videos/{job.id}/pieces/0")).code == "video_not_found"
    mine = place.service.submit([_scene(small_portrait_png, text) for text in WORDS])
    do_steps(place.service, 2 + BEFORE_DRAWING + 2)
    assert len(place.video(mine)["pieces"]) == 1
    place.service.cancel(mine.id)
    assert place.video(mine)["pieces"] == []
    assert asked(place.door.ask("GET", f"/v1/videos/{mine.id}/pieces/0")).code == "video_cancelled"
    assert not [name for name in place.service.storage.names(mine.id) if "pieces" in name]


def test_a_short_video_has_none(place: Place, small_portrait_png: Path) -> None:
    job = place.service.submit(_scene(small_portrait_png, WORDS[0]))
    do_steps(place.service, 5)
    assert place.video(job)["pieces"] == []
    assert not [name for name in place.service.storage.names(job.id) if "pieces" in name]


def piecemeal_work(folder: Path, photo: Path, sound: np.ndarray, rate: int) -> WorkFolder:
    """A work folder with this sound and four seconds of pictures in segments of 40, 40 and 20."""
    request = request_of(photo=photo, text="x", size="128x128", fps=FPS)
    work = WorkFolder.create(folder / "0", request)
    work.save_speech(Speech(sound, rate, "en"))
    work.save_face(FacePlan("still", Size(128, 128), FPS, SEGMENTS[-1].stop, False, {}))
    for segment in SEGMENTS:
        with VideoWriter(work.segment_path(segment), Size(128, 128), FPS) as video:
            video.write(np.zeros((segment.stop - segment.start, 128, 128, 3), np.uint8))
    return work


@pytest.mark.parametrize("rate", [22050, 24000])
def test_the_sound_of_pieces_joins_without_a_seam(rate: int, tmp_path: Path, small_portrait_png: Path) -> None:
    """Cut at the frames, the decoded sound of three pieces is the sound of the whole."""
    times = np.arange(4 * rate) / rate
    sound = (0.4 * np.sin(2 * np.pi * (200 + 40 * times) * times)).astype(np.float32)
    work, heard = piecemeal_work(tmp_path, small_portrait_png, sound, rate), []
    for segment in SEGMENTS:
        path = tmp_path / "pieces" / f"{segment.index}.mp4"
        publish_piece(work, segment, path)
        lead = ENCODER_DELAY + round(EARLY_SECONDS * RATE)
        heard.append(decode_audio(path, RATE)[lead : lead + round((segment.stop - segment.start) / FPS * RATE)])
    whole = np.interp(np.arange(4 * RATE) / RATE, times, sound)
    joined = np.concatenate(heard)
    assert len(joined) == len(whole)
    gain = float(joined @ whole / (whole @ whole))  # one channel is less loud than two
    assert np.abs(joined / gain - whole)[:-100].max() < 0.02
