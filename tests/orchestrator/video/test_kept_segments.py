"""Segments that were drawn once: what is edited is drawn again, the rest is the same bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.settings import Settings, load_settings
from orchestrator.video import run
from orchestrator.video.render import render_video
from orchestrator.video.request import RenderRequest, request_of
from tests.packets import packets

FAKES = {"speech_engine": "tone", "face_engine": "still", "size": "128x128", "fps": 10, "layout": "circle"}
COLOURS = ("#203040", "#402030", "#304020")


def talk(photo: Path, *texts: str, **options: object) -> list[RenderRequest]:
    coming = ({}, {"transition": "fade:0.3"}, {})
    return [
        request_of(photo=photo, text=text, backdrop=colour, **{**FAKES, **comes, **options})
        for text, colour, comes in zip(texts, COLOURS, coming, strict=True)
    ]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the scenes that are drawn, one entry a segment, in order."""
    texts: list[str] = []
    real = run.render_frames

    def counting(work, clips, segment, path, progress) -> None:
        texts.append(work.request.words())
        real(work, clips, segment, path, progress)

    monkeypatch.setattr(run, "render_frames", counting)
    monkeypatch.setenv("GOVORUN_WORKERS", "1")
    return texts


def settings_in(folder: Path) -> Settings:
    return load_settings().model_copy(update={"cache": folder})


def test_only_the_edited_scene_is_drawn_and_the_whole_is_as_if_drawn_anew(
    small_portrait_png: Path, tmp_path: Path, drawn: list[str]
) -> None:
    here, elsewhere = settings_in(tmp_path / "here"), settings_in(tmp_path / "elsewhere")
    render_video(talk(small_portrait_png, "One.", "Two.", "Three."), tmp_path / "a.mp4", here)
    assert drawn == ["One.", "Two.", "Three."]
    drawn.clear()
    edited = talk(small_portrait_png, "One.", "Two more words.", "Three.")
    again = render_video(edited, tmp_path / "b.mp4", here)
    assert drawn == ["Two more words."]
    drawn.clear()
    fresh = render_video(edited, tmp_path / "c.mp4", elsewhere)
    assert drawn == ["One.", "Two more words.", "Three."]
    assert packets(again.path) == packets(fresh.path)


def test_what_lies_over_the_picture_is_drawn_anew(small_portrait_png: Path, tmp_path: Path, drawn: list[str]) -> None:
    settings = settings_in(tmp_path / "cache")
    scenes = talk(small_portrait_png, "One.", "Two.", "Three.")
    render_video(scenes, tmp_path / "a.mp4", settings)
    drawn.clear()
    render_video([scenes[0], scenes[1], scenes[2].model_copy(update={"heading": "End"})], tmp_path / "b.mp4", settings)
    assert drawn == ["Three."]


def test_a_damaged_segment_is_drawn_again(small_portrait_png: Path, tmp_path: Path, drawn: list[str]) -> None:
    settings = settings_in(tmp_path / "cache")
    scenes = talk(small_portrait_png, "One.", "Two.", "Three.")
    first = render_video(scenes, tmp_path / "a.mp4", settings)
    kept = sorted(settings.segments.glob("*.mp4"))
    assert len(kept) == 3
    kept[0].write_bytes(kept[0].read_bytes()[:-100])
    drawn.clear()
    second = render_video(scenes, tmp_path / "b.mp4", settings)
    assert len(drawn) == 1
    assert packets(first.path) == packets(second.path)


def test_old_segments_go_where_there_is_no_room(small_portrait_png: Path, tmp_path: Path, drawn: list[str]) -> None:
    settings = settings_in(tmp_path / "cache").model_copy(update={"cache_limit_mb": 0})
    render_video(talk(small_portrait_png, "One.", "Two.", "Three."), tmp_path / "a.mp4", settings)
    assert list(settings.segments.glob("*.mp4")) == []


def test_transparent_segments_are_drawn_every_time(small_portrait_png: Path, tmp_path: Path, drawn: list[str]) -> None:
    settings = settings_in(tmp_path / "cache")
    scenes = talk(small_portrait_png, "One.", "Two.", "Three.", alpha=["webm"])
    for name in ("a", "b"):
        render_video(scenes, tmp_path / f"{name}.mp4", settings)
    assert len(drawn) == 6
