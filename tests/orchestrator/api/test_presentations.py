"""Slides sent to the API: one scene a slide, and one sentence for slides that cannot become a video."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from orchestrator.productions import apart
from tests.orchestrator.productions.test_slides import write_pdf
from tests.service.doors import Door, asked, idle_door
from tests.service.inline import finish

pytest.importorskip("pypdfium2", reason="the extra slides is not installed")
LOOKS = {"speech_engine": "tone", "face_engine": "still", "fps": "10"}
WORDS = "First words.\n---\nSecond words.\n---\nThird words."


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return idle_door(tmp_path)


def _send(door: Door, slides: Path | bytes, photo: Path | None, key: str = "", **fields: Any) -> httpx.Response:
    content = slides if isinstance(slides, bytes) else slides.read_bytes()
    files = {"slides": ("talk.pdf", content, "application/pdf")}
    files |= {} if photo is None else {"photo": ("me.png", photo.read_bytes(), "image/png")}
    headers = {"Idempotency-Key": key} if key else {}
    return door.ask("POST", "/v1/presentations", data={**LOOKS, **fields}, files=files, headers=headers)


def test_every_slide_is_a_scene_with_its_words(door: Door, small_portrait_png: Path, tmp_path: Path) -> None:
    pdf = write_pdf(tmp_path / "talk.pdf")
    made = _send(door, pdf, small_portrait_png, notes=WORDS, title="My talk", key="once")
    assert made.status_code == 200, made.text
    shown = made.json()
    assert [scene["prompt"] for scene in shown["scenes"]] == WORDS.split("\n---\n")
    assert {scene["backdrop_image"] for scene in shown["scenes"]} == {True}
    assert (shown["size"], shown["title"], shown["scenes"][0]["layout"]) == (
        "1280x720", "My talk", "circle:bottom-right:0.28",
    )  # fmt: skip
    assert [scene["transition"] for scene in shown["scenes"]] == ["cut", "fade:0.4", "fade:0.4"]
    job = door.service.jobs.get(shown["id"])
    for number, scene in enumerate(door.service.scenes(job)):
        assert scene.backdrop_option == {"fit": "contain"}
        placed = door.service.folder(job.id).placed(scene)
        with Image.open(placed.backdrop[1:]) as picture:
            assert picture.getpixel((5, picture.height - 5))[0] == pytest.approx(40 + 60 * number, abs=3)
    assert _send(door, pdf, small_portrait_png, notes=WORDS, title="My talk", key="once").json()["id"] == shown["id"]
    assert not any(path.is_file() for path in (door.service.settings.data_dir / "uploads").rglob("*"))


def test_notes_come_as_a_file_too_and_pages_are_chosen(door: Door, small_portrait_png: Path, tmp_path: Path) -> None:
    pdf = write_pdf(tmp_path / "talk.pdf")
    files = {
        "slides": ("talk.pdf", pdf.read_bytes()),
        "notes": ("notes.txt", ("\ufeff" + WORDS).encode()),
        "photo": ("me.png", small_portrait_png.read_bytes()),
    }
    fields = {**LOOKS, "pages": "3,1", "layout": "left", "size": "128x128", "transition": "cut"}
    made = door.ask("POST", "/v1/presentations", data=fields, files=files)
    assert made.status_code == 200, made.text
    scenes = made.json()["scenes"]
    assert [(scene["prompt"], scene["layout"], scene["transition"]) for scene in scenes] == [
        ("Third words.", "left", "cut"), ("First words.", "left", "cut"),
    ]  # fmt: skip
    assert made.json()["size"] == "128x128"


def test_a_talk_that_was_sent_is_rendered(door: Door, small_portrait_png: Path, tmp_path: Path) -> None:
    notes = "One.\n---\nTwo."
    made = _send(door, write_pdf(tmp_path / "t.pdf", 2), small_portrait_png, notes=notes, size="128x128")
    assert made.status_code == 200, made.text
    job = finish(door.service, door.service.jobs.get(made.json()["id"]))
    assert (job.state, job.error_message) == ("completed", "")
    sidecar = json.loads((door.service.folder(job.id).folder / "video.json").read_text())
    assert [scene["script"] for scene in sidecar["scenes"]] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("content", "fields", "param", "words"),
    [
        (b"no slides at all", {}, "slides", "no presentation that can be read"),
        (b"%PDF-1.7 broken", {}, "slides", "damaged"),
        (None, {}, "slides", "nothing to say on slides 1, 2, 3"),
        (None, {"without_notes": "skip"}, "slides", "No slide has notes"),
        (None, {"notes": WORDS, "pages": "7"}, "slides", "the slides are 1 to 3"),
        (None, {"notes": "a\n---\nb\n---\nc\n---\nd"}, "slides", "the slides are 3"),
        (None, {"notes": WORDS, "prompt": "Hello"}, "prompt", "Unknown field 'prompt'"),
        (None, {"notes": WORDS, "without_notes": "sing"}, "without_notes", "'refuse', 'skip' or 'read'"),
        (None, {"notes": WORDS, "layout": "ceiling"}, "layout", "layout"),
        (None, {"notes": "Fine.\n---\n[nonsense: x"}, "slides", "nothing to say on slides 3"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    door: Door, small_portrait_png: Path, tmp_path: Path, content: bytes | None, fields: dict[str, str], param: str,
    words: str,
) -> None:  # fmt: skip
    answer = _send(door, content or write_pdf(tmp_path / "talk.pdf"), small_portrait_png, **fields)
    assert answer.status_code == 400, answer.text
    told = asked(answer)
    assert told.param == param
    assert words in told.message
    assert not re.search("--[a-z]", told.message)
    assert str(door.service.settings.data_dir) not in told.message
    assert door.service.jobs.counts("") == {}


def test_slides_and_a_photo_are_asked_for(door: Door, small_portrait_png: Path, tmp_path: Path) -> None:
    alone = door.ask("POST", "/v1/presentations", data=LOOKS, files={"photo": ("p", small_portrait_png.read_bytes())})
    assert (alone.status_code, asked(alone).param) == (400, "slides")
    without = _send(door, write_pdf(tmp_path / "talk.pdf"), None, notes=WORDS)
    assert (without.status_code, asked(without).param) == (400, "input_reference")
    elsewhere = door.ask("POST", "/v1/videos", data={"prompt": "Hello."}, files={"slides": ("s", b"%PDF-")})
    assert "Unknown field 'slides'" in asked(elsewhere).message


def test_a_reader_that_dies_or_hangs_is_told_in_a_sentence(
    door: Door, small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = write_pdf(tmp_path / "talk.pdf")
    monkeypatch.setattr(apart, "_HERE", "this")
    assert "save it again" in asked(_send(door, pdf, small_portrait_png, notes=WORDS)).message
    monkeypatch.setattr(apart, "_HERE", "tests.orchestrator.productions.sleeper")
    monkeypatch.setattr(apart, "_WAIT", 0.5)
    assert "too long" in asked(_send(door, pdf, small_portrait_png, notes=WORDS)).message


def test_slides_are_looked_at_before_a_video_is_made(door: Door, tmp_path: Path) -> None:
    pdf = write_pdf(tmp_path / "talk.pdf")
    seen = door.ask("POST", "/v1/presentations/check", data={"pages": "3,1"}, files={"slides": pdf.read_bytes()})
    assert seen.status_code == 200, seen.text
    assert seen.json()["size"] == "1280x720"
    assert [(slide["number"], slide["notes"]) for slide in seen.json()["slides"]] == [(3, ""), (1, "")]
    for slide in seen.json()["slides"]:
        picture = Image.open(io.BytesIO(base64.b64decode(slide["picture"].partition(",")[2])))
        assert max(picture.size) == 480
        assert picture.getpixel((2, picture.height - 2))[0] == pytest.approx(40 + 60 * (slide["number"] - 1), abs=6)
    broken = door.ask("POST", "/v1/presentations/check", files={"slides": b"%PDF-1.7 broken"})
    assert (broken.status_code, asked(broken).param) == (400, "slides")
    assert "damaged" in asked(broken).message
    assert door.ask("POST", "/v1/presentations/check", files={"other": b"-"}).status_code == 400
    assert not any(path.is_file() for path in (door.service.settings.data_dir / "uploads").rglob("*"))


def test_slides_stay_whole_when_a_talk_is_edited(door: Door, small_portrait_png: Path, tmp_path: Path) -> None:
    made = _send(door, write_pdf(tmp_path / "talk.pdf", 2), small_portrait_png, notes="One.\n---\nTwo.", size="128x128")
    scenes = [
        {
            "prompt": f"{number} anew.",
            "photo": f"scene:{number}:photo",
            "backdrop_image": f"scene:{number}:backdrop_image",
        }
        for number in (1, 0)
    ]
    path = f"/v1/videos/{made.json()['id']}/remix"
    again = door.ask("POST", path, json={**LOOKS, "size": "128x128", "scenes": scenes})
    assert again.status_code == 200, again.text
    kept = door.service.scenes(door.service.jobs.get(again.json()["id"]))
    assert [scene.backdrop_option for scene in kept] == [{"fit": "contain"}] * 2
