"""Layouts, graphics, films and transitions through the whole recipe, with engines without weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.errors import MediaError, OptionError
from avatar.core.layout import panel_of, parse_layout
from avatar.core.media import VideoWriter, probe, read_frames
from avatar.core.types import Size
from orchestrator.settings import load_settings
from orchestrator.video.folder import Keys
from orchestrator.video.render import render_video as render
from orchestrator.video.request import RenderRequest, request_of

FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "256x144", "fps": 10}
SIZE = Size(256, 144)


def frames_of(path: Path) -> np.ndarray:
    return np.stack(list(read_frames(path))).astype(float)


def scene(photo: Path, text: str = "One two three.", **options: object) -> RenderRequest:
    return request_of(photo=photo, text=text, **{**FAKES, **options})


def test_a_person_in_a_circle_leaves_the_rest_to_the_backdrop(small_portrait_png: Path, tmp_path: Path) -> None:
    request = scene(small_portrait_png, layout="circle:top-left:0.5", layout_ground="#ff0000")
    result = render(request, output=tmp_path / "a.mp4")
    frame = frames_of(result.path)[3]
    panel = panel_of(parse_layout(request.layout), SIZE)
    ground = np.array([0x20, 0x30, 0x40])
    assert np.abs(frame[100:, 150:] - ground).max() < 6
    inside = frame[panel.top : panel.bottom, panel.left : panel.right]
    assert np.abs(inside - ground).mean() > 25
    assert json.loads(result.sidecar.read_text())["options"]["layout"] == "circle:top-left:0.5"


def test_a_scene_fades_in_over_the_last_picture_of_the_one_before(small_portrait_png: Path, tmp_path: Path) -> None:
    scenes = [
        scene(small_portrait_png, backdrop="#000000", layout="right"),
        scene(small_portrait_png, backdrop="#ffffff", layout="right", transition="fade:0.5"),
    ]
    faded = frames_of(render(scenes, output=tmp_path / "faded.mp4").path)
    hard = frames_of(
        render([scenes[0], scenes[1].model_copy(update={"transition": "cut"})], output=tmp_path / "hard.mp4").path
    )
    assert faded.shape == hard.shape
    corner, seam = (slice(20, 60), slice(10, 50)), len(hard) // 2
    levels = [frame[corner].mean() for frame in faded[seam - 1 : seam + 7]]
    assert levels[0] < 10
    assert all(later > earlier + 5 for earlier, later in zip(levels[:6], levels[1:6], strict=False)), levels
    assert levels[6] > 250
    assert np.abs(faded[seam + 5 :] - hard[seam + 5 :]).mean() < 2.0
    assert np.abs(faded[:seam] - hard[:seam]).max() < 1.0


def test_the_first_scene_comes_in_from_black(small_portrait_png: Path, tmp_path: Path) -> None:
    request = scene(small_portrait_png, backdrop="#ffffff", layout="right", transition="slide:0.4")
    frames = frames_of(render(request, output=tmp_path / "a.mp4").path)
    levels = [frame[20:60, 10:50].mean() for frame in frames[:6]]
    assert levels[0] < 60 and levels == sorted(levels) and levels[5] > 250


def test_transitions_are_the_same_from_one_worker_and_two(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = [scene(small_portrait_png, "One.", heading="First"), scene(small_portrait_png, "Two.", transition="slide")]
    made = []
    for workers in (1, 2):
        monkeypatch.setenv("GOVORUN_WORKERS", str(workers))
        made.append(frames_of(render(scenes, output=tmp_path / f"{workers}.mp4", settings=load_settings()).path))
    assert np.array_equal(made[0], made[1])


def test_a_film_runs_behind_the_person(small_portrait_png: Path, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "b.mp4", SIZE, 10.0) as writer:
        for number in range(40):
            writer.write(np.full((144, 256, 3), 5 * number, np.uint8))
    request = scene(small_portrait_png, backdrop=str(tmp_path / "b.mp4"), layout="right")
    assert request.backdrop == f"@{tmp_path / 'b.mp4'}"
    frames = frames_of(render(request, output=tmp_path / "a.mp4").path)
    levels = [frame[20:60, 10:50].mean() for frame in frames[:8]]
    assert all(later > earlier for earlier, later in zip(levels, levels[1:], strict=False)), levels


def test_every_part_of_the_looks_changes_the_pictures_and_nothing_else(
    small_portrait_png: Path, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (20, 20), "red").save(logo)
    plain = Keys.of(scene(small_portrait_png))
    for changed in (
        {"heading": "Hello"}, {"lower_third": "Anna"}, {"accent": "#112233"}, {"logo": logo}, {"transition": "fade"},
        {"progress_bar": True},
    ):  # fmt: skip
        keys = Keys.of(scene(small_portrait_png, **changed))
        assert keys.segment != plain.segment, changed
        assert (keys.face, keys.speech, keys.backdrop) == (plain.face, plain.speech, plain.backdrop)
    placed = Keys.of(scene(small_portrait_png, layout="left"))
    assert placed.face != plain.face
    assert (placed.speech, placed.backdrop) == (plain.speech, plain.backdrop)
    bar = [Keys.of(scene(small_portrait_png, progress_bar=True), part) for part in ((0, 1), (0, 2), (1, 2))]
    assert len({keys.segment for keys in bar}) == 3
    assert Keys.of(scene(small_portrait_png), (1, 2)) == plain


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"layout": "square"}, "no layout"),
        ({"layout": "circle", "backdrop": "photo"}, "leave the layout out"),
        ({"layout_ground": "red"}, "no colour"),
        ({"transition": "wipe"}, "choose cut, fade, slide"),
        ({"transition": "fade:9"}, "0.2 to 2 seconds"),
        ({"transition": "fade:soon"}, "0.2 to 2 seconds"),
        ({"accent": "#12"}, "no colour"),
        ({"heading": "x" * 161}, "160"),
    ],
)
def test_looks_that_cannot_be_are_told_at_once(small_portrait_png: Path, options: dict, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        scene(small_portrait_png, **options)


def test_broken_files_are_told_before_anything_is_made(small_portrait_png: Path, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_text("no picture")
    (tmp_path / "font.ttf").write_text("no font")
    (tmp_path / "b.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(99))
    for options, told in (
        ({"logo": tmp_path / "logo.png"}, "logo logo.png cannot be read"),
        ({"font": tmp_path / "font.ttf"}, "font font.ttf cannot be read"),
        ({"logo": tmp_path / "none.png"}, "does not exist"),
    ):
        with pytest.raises(OptionError, match=told):
            render(scene(small_portrait_png, **options), output=tmp_path / "a.mp4")
    with pytest.raises(OptionError, match="backdrop_blur: it is for a picture"):
        blurred = scene(small_portrait_png, backdrop=str(tmp_path / "b.mp4"), backdrop_blur=0.5)
        render(blurred, output=tmp_path / "a.mp4")
    with pytest.raises(MediaError, match="no media file"):
        render(scene(small_portrait_png, backdrop=str(tmp_path / "b.mp4")), output=tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()


def test_a_video_is_not_written_over_what_it_is_made_of(small_portrait_png: Path, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "talk.mp4", SIZE, 10.0) as writer:
        for _ in range(20):
            writer.write(np.zeros((144, 256, 3), np.uint8))
    before = (tmp_path / "talk.mp4").read_bytes()
    with pytest.raises(OptionError, match="which it is made of"):
        render(scene(small_portrait_png, backdrop=str(tmp_path / "talk.mp4")), output=tmp_path / "talk.mp4")
    assert (tmp_path / "talk.mp4").read_bytes() == before
    assert probe(tmp_path / "talk.mp4").seconds == pytest.approx(2.0, abs=0.05)
