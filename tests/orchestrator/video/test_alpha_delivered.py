"""Transparent files of a video that the service makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.media import probe
from orchestrator.api.objects import video_of
from orchestrator.video.request import request_of
from tests.service.crew import FAKES
from tests.service.inline import finish, open_service


def test_the_service_delivers_it_too(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_connections: None
) -> None:
    service = open_service(tmp_path / "data", monkeypatch)
    job = finish(service, service.submit(request_of(photo=small_portrait_png, text="One.", alpha="mov", **FAKES)))
    assert job.state == "completed"
    files = {path.name for path in service.folder(job.id).folder.iterdir() if path.is_file()}
    assert "video.mov" in files
    assert probe(service.folder(job.id).folder / "video.mov").video_codec == "prores"
    assert {"mov", "video"} <= set(video_of(service, job).urls)
