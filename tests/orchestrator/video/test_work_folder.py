"""The folder in which a video is made says in words what was asked for."""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator.video.folder import WorkFolder
from orchestrator.video.request import request_of


def test_a_request_is_kept_as_it_was_written(small_portrait_png: Path, tmp_path: Path) -> None:
    """People read it too: letters of any script stand as themselves, a field a line."""
    request = request_of(text="Привет, мир!", photo=small_portrait_png, speech_engine="tone")
    work = WorkFolder.create(tmp_path / "0", request)
    (kept,) = [path for path in work.folder.iterdir() if path.suffix == ".json"]
    words = kept.read_text("utf-8")
    assert "Привет, мир!" in words
    assert len(words.splitlines()) > len(json.loads(words))
    assert work.request.text == request.text
