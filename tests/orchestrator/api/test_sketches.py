"""What sketches are made of: the person cut out, and places that drift in small, drawn once."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatar.core.errors import PhotoError
from avatar.core.reasons import coded
from motion.rooms.gallery import gallery
from orchestrator.api import waiting
from orchestrator.api.app import create_app
from orchestrator.api.routes import backdrops
from orchestrator.probes.cutout import cut_out, sketch
from orchestrator.settings import Settings
from tests.service.doors import Door


def _picture(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return Door(create_app(Settings(data_dir=tmp_path / "data", cache=tmp_path / "cache")))


def test_the_person_is_cut_out_and_has_a_place_in_every_shape(portrait_png: Path, tmp_path: Path) -> None:
    found = cut_out(portrait_png, cache=tmp_path)
    person = _picture(str(found["picture"]))
    assert person.shape == (512, 512, 4)
    assert person[120, 220, 3] > 250  # a cheek
    assert person[30, 30, 3] < 5
    assert _picture(str(found["whole"])).shape == (512, 512, 3)
    for left, top, width in (frame["cut"] for frame in found["frames"].values()):  # type: ignore[attr-defined]
        assert left <= 0.5 - width * 220 / 512 + 0.2
        assert top < 0.3
        assert 0.3 < width < 2.5
    left, top, width = found["frames"]["1:1"]["whole"]  # type: ignore[index]
    assert left <= 0.01 and left + width >= 0.99 and width < 1.3  # the photo fills the frame, a little enlarged
    assert top == pytest.approx(0.0, abs=0.15)
    assert len(list(tmp_path.glob("*.npz"))) == 1  # and the video that follows finds it


def test_who_answers_is_asked_by_the_whole_path_and_a_bad_photo_is_refused() -> None:
    asked: list[list[str]] = []

    class Answering:
        def __init__(self, answer: dict[str, Any]) -> None:
            self.answer = answer

        def ask(self, question: list[str]) -> dict[str, Any]:
            asked.append(question)
            return self.answer

    answers: Any = Answering({"picture": "data:"})
    assert sketch(Path("me.png"), "left", answers) == {"picture": "data:"}
    assert asked == [[str(Path.cwd() / "me.png"), "left"]]
    answers.answer = {"error": "No face.", "reason": "no_face", "params": {"size": 3}}
    with pytest.raises(PhotoError, match="No face") as caught:
        sketch(Path("me.png"), pool=answers)
    assert coded(caught.value.message) == {"reason": "no_face", "params": {"size": 3}}


def test_a_place_is_drawn_once_and_after_everybody_else(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backdrops.installed, "rooms", gallery)
    monkeypatch.setattr(backdrops.installed, "places", lambda: [{"name": "ocean", "example": "calm ocean at dusk"}])
    made = []

    async def instead(request, who, asked):  # type: ignore[no-untyped-def]
        made.append((who.priority, asked.backdrop, asked.sample))
        return iter([b"moving", b" picture"])

    monkeypatch.setattr(backdrops, "quick_file", instead)
    for _ in range(2):
        answer = door.ask("GET", "/v1/backdrops/ocean/sample")
        assert (answer.status_code, answer.content) == (200, b"moving picture")
        assert "max-age" in answer.headers["cache-control"]
    assert made == [(-100, "calm ocean at dusk", True)]
    assert door.ask("GET", "/v1/backdrops/moon/sample").status_code == 404
    for chosen in ("", "?room=2", "?hour=night", "?room=3&hour=noon"):
        assert door.ask("GET", f"/v1/backdrops/kitchen/sample{chosen}").status_code == 200
    assert [prompt for _, prompt, _ in made[1:]] == ["kitchen", "kitchen 2", "kitchen at night", "kitchen 3 at noon"]
    for path in ("kitchen/sample?room=9", "kitchen/sample?hour=tea", "ocean/sample?room=1", "kitchen/sample?room=0"):
        assert door.ask("GET", f"/v1/backdrops/{path}").status_code in (400, 404)
    assert waiting.quick_file is not instead
