"""A voice without a person, and a place that is come to from another: through the whole recipe."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.media import read_frames
from orchestrator.cli.main import run
from orchestrator.settings import load_settings
from orchestrator.video.folder import Keys
from orchestrator.video.render import render_video as render
from orchestrator.video.request import RenderRequest, request_of

FAKES = {"speech_engine": "tone", "size": "256x144", "fps": 10}


def scene(**options: object) -> RenderRequest:
    return request_of(**{"text": "One two three four.", "layout": "none", "backdrop": "#203040", **FAKES, **options})


def frames_of(path: Path) -> np.ndarray:
    return np.stack(list(read_frames(path))).astype(float)


def test_nobody_is_seen_and_the_voice_is_heard(tmp_path: Path) -> None:
    result = render(scene(captions="srt"), output=tmp_path / "a.mp4")
    frames = frames_of(result.path)
    assert len(frames) == result.frames > 10
    assert np.abs(frames - (0x20, 0x30, 0x40)).max() < 6
    sidecar = json.loads(result.sidecar.read_text())
    assert set(sidecar["engines"]) == {"speech", "backdrop"} and sidecar["words"] and not sidecar["quality"]
    assert sidecar["provenance"] and "photo" not in sidecar["options"]
    assert "One two" in (tmp_path / "a.srt").read_text()


def test_a_photo_that_is_not_needed_is_not_even_looked_for(tmp_path: Path) -> None:
    request = scene(photo=tmp_path / "none.png")
    assert "photo" not in request.settled().model_dump(exclude_none=True)
    with pytest.raises(Exception, match="does not exist"):
        request.check_files()
    (tmp_path / "none.png").write_bytes(b"no picture")
    assert render(request, output=tmp_path / "a.mp4").frames > 10


def test_scenes_with_and_without_a_person_make_one_video(small_portrait_png: Path, tmp_path: Path) -> None:
    scenes = [
        scene(),
        scene(photo=small_portrait_png, face_engine="still", layout="full", transition="fade:0.4", seed=1),
    ]
    made = []
    for workers in ("1", "2"):
        settings = load_settings().model_copy(update={"workers": int(workers)})
        made.append(frames_of(render(scenes, output=tmp_path / f"{workers}.mp4", settings=settings).path))
    assert np.array_equal(*made)
    first, last = made[0][2], made[0][-3]
    assert np.abs(first - (0x20, 0x30, 0x40)).max() < 6 < np.abs(last - (0x20, 0x30, 0x40)).mean()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"layout": "full"}, "photo is missing"),
        ({"alpha": "webm"}, "nobody is seen"),
        ({"backdrop": "photo"}, "no place for a layout"),
        ({"layout": "none:top-left"}, "places nobody"),
        ({"layout": "none:0.5"}, "places nobody"),
        ({"backdrop_from": "calm ocean at noon"}, "describe both"),
        ({"backdrop": "calm ocean", "backdrop_from": "#203040"}, "describe both"),
    ],
)
def test_what_cannot_be_is_told(options: dict[str, object], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        scene(**options)


def test_a_place_is_come_to_from_another(tmp_path: Path) -> None:
    words = " ".join(["word"] * 24)
    own = {"backdrop": "calm ocean at night", "backdrop_engine": "painted", "text": words}
    coming = scene(**own, backdrop_from="calm ocean at noon")
    there = frames_of(render(scene(**own), output=tmp_path / "there.mp4").path)
    came = frames_of(render(coming, output=tmp_path / "came.mp4").path)
    levels = came.mean(axis=(1, 2, 3))
    assert levels[0] > there[0].mean() + 40, "it begins by day"
    assert all(later < earlier + 3 for earlier, later in zip(levels[:40], levels[1:41], strict=True))
    assert np.abs(came[45:] - there[45:]).mean() < 2.0, "then it is the place itself"
    assert Keys.of(coming).backdrop != Keys.of(scene(**own)).backdrop


def test_engines_without_a_way_say_so(tmp_path: Path) -> None:
    request = scene(backdrop="calm ocean", backdrop_from="forest", backdrop_engine="solid")
    with pytest.raises(OptionError, match="travels from no other place"):
        render(request, output=tmp_path / "a.mp4")


def test_a_story_becomes_a_film(tmp_path: Path) -> None:
    (tmp_path / "tale.txt").write_text("The ship sailed over the waves.\n\nAt night he came into the forest.")
    words = ["story", str(tmp_path / "tale.txt"), "-o", str(tmp_path / "tale.mp4"), "--backdrop-engine", "painted"]
    assert run([*words, "--speech-engine", "tone", "--fps", "10", "--size", "256x144", "--quiet"]) == 0
    scenes = json.loads((tmp_path / "tale.json").read_text())["scenes"]
    assert [one["options"]["backdrop"] for one in scenes] == ["ocean", "forest, night"]
    assert scenes[1]["options"]["backdrop_from"] == "ocean"
