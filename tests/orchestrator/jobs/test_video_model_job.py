"""A job of the service whose backdrop a video model makes: planned once, drawn by any worker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar.core.media import read_frames
from orchestrator.video.request import request_of
from tests.service.inline import finish, open_service


@pytest.mark.parametrize("model", ["text2video-zero", "magic", "wan"])
def test_a_job_before_a_clip(
    model: str,
    video_models: dict[str, Path],
    small_portrait_png: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = open_service(tmp_path / "data", monkeypatch)
    own = {"frames": "9", "side": "32"} if model == "wan" else {"frames": "4", "side": "64"}
    if model == "magic":
        own["adapter"] = str(video_models["magic"])
    request = request_of(
        photo=small_portrait_png,
        text="Hello there.",
        speech_engine="tone",
        face_engine="still",
        size="128x128",
        fps=10,
        backdrop="calm ocean at dusk",
        backdrop_engine=model,
        backdrop_model=str(video_models["wan" if model == "wan" else "sd"]),
        backdrop_option={"steps": "2", **own},
    )
    job = finish(service, service.submit(request))
    assert (job.state, job.error_message) == ("completed", "")
    folder = service.folder(job.id).folder
    sidecar = json.loads((folder / "video.json").read_text())
    assert sidecar["engines"]["backdrop"]["name"] == model
    assert len(list(read_frames(folder / "video.mp4"))) == sidecar["frames"]
