"""What is measured of a finished video: a few stretches tell the same as every frame, and notice the same faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.footage import Footage
from avatar.core.media import VideoWriter, join, read_frames
from avatar.core.progress import silent
from avatar.core.types import Phoneme, Size
from orchestrator import render
from orchestrator.cli import main
from orchestrator.video.quality import footage_of, measure_footage

_TEXT = (
    "My brother bought a big blue boat, and five of our friends came to help us move it to the beach. Emma brought "
    "food, Bob put up the mast, and Victor found a paddle behind the barn. Maybe we will be back by five."
)
_LOOKS: dict[str, Any] = {"text": _TEXT, "size": "256x256", "backdrop": "#405060", "seed": 3}
_SIZE, _FPS, _EVERY = Size(256, 256), 25.0, 250


@pytest.fixture(scope="module")
def clip(portrait_png: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("measured") / "clip.mp4"
    return render(photo=portrait_png, output=path, **_LOOKS).path


@pytest.fixture(scope="module")
def sidecar(clip: Path) -> dict[str, Any]:
    return dict(json.loads(clip.with_suffix(".json").read_text()))


@pytest.fixture(scope="module")
def frames(clip: Path) -> list[np.ndarray]:
    return list(read_frames(clip))


def said(sidecar: dict[str, Any], later: float = 0.0) -> list[Phoneme]:
    return [Phoneme(start + later, end + later, ipa) for start, end, ipa in sidecar["phonemes"] if start + later > 0]


def both(video: Path, frames: int, phonemes: Sequence[Phoneme]) -> list[dict[str, Any]]:
    """The figures of a video by every frame, and by stretches."""
    footage = Footage(video, _SIZE, _FPS, frames)
    return [measure_footage(footage, phonemes, silent(), how) for how in ("full", "windows")]


@pytest.fixture(scope="module")
def good(clip: Path, sidecar: dict[str, Any]) -> list[dict[str, Any]]:
    return both(clip, sidecar["frames"], said(sidecar))


def spoilt(path: Path, frames: Iterator[np.ndarray]) -> Path:
    """``frames`` as a video whose keyframes lie as those of ours."""
    parts: list[Path] = []
    shown = list(frames)
    for first in range(0, len(shown), _EVERY):
        parts.append(path.with_name(f"{path.stem}-{first}.mp4"))
        with VideoWriter(parts[-1], _SIZE, _FPS) as writer:
            for frame in shown[first : first + _EVERY]:
                writer.write(frame)
    join(parts, np.zeros(1, np.float32), 8000, len(shown), _FPS, path)
    return path


def test_a_sidecar_says_how_it_was_measured(sidecar: dict[str, Any], good: list[dict[str, Any]]) -> None:
    figures, seconds = sidecar["quality"], sidecar["seconds"]
    assert figures["measured"] == "windows"
    assert 11.0 < seconds < 20.0
    assert figures["seconds_measured"] == round(figures["frames"] / _FPS, 2)
    assert 4.8 <= figures["seconds_measured"] <= 5.0
    spans = figures["spans"]
    assert sum(round((stop - start) * _FPS) for start, stop in spans) == figures["frames"]
    assert all(0 <= start < stop <= seconds for start, stop in spans)
    assert figures["frames_without_face"] == 0
    assert figures["blinks_planned"] == figures["blinks_seen"] >= 1
    full, windows = good
    assert (full["measured"], full["frames"]) == ("full", sidecar["frames"])
    assert "spans" not in full and "blinks_planned" not in full
    assert figures.keys() - windows.keys() == {"blinks_planned", "blinks_seen"}


def test_stretches_tell_the_same_as_every_frame(sidecar: dict[str, Any], good: list[dict[str, Any]]) -> None:
    full, windows = good[0], sidecar["quality"]
    assert windows["bilabials"] >= 8
    assert windows["lips_after_timeline_frames"] == full["lips_after_timeline_frames"]
    allowed = {
        "bilabial_closure_rate": 0.15,
        "open_vowel_peak_gap_median": 0.04,
        "width_round_over_spread": 0.15,
        "labiodental_gap": 0.03,
        "timeline_correlation": 0.15,
        "second_judge_open_above_closed": 0.1,
        "second_judge_correlation": 0.1,
        "sharpness_least_over_median": 0.1,
        "sharpness_step_p99": 0.05,
    }
    apart = {name: windows[name] - full[name] for name in allowed}
    assert not {name: value for name, value in apart.items() if abs(value) > allowed[name]}
    for name in ("yaw_sd_deg", "pitch_sd_deg", "roll_sd_deg"):
        assert 0.5 <= windows[name] / full[name] <= 1.6
    assert windows["blinks_per_minute"] == pytest.approx(full["blinks_per_minute"], rel=0.35)


def test_late_lips_are_noticed(clip: Path, sidecar: dict[str, Any]) -> None:
    full, windows = both(clip, sidecar["frames"], said(sidecar, -3 / _FPS))
    assert full["lips_after_timeline_frames"] == windows["lips_after_timeline_frames"]
    assert 2 <= windows["lips_after_timeline_frames"] <= 4


def _open(frames: list[np.ndarray], gaps: np.ndarray) -> Iterator[np.ndarray]:
    """The last picture with parted lips instead of each with shut ones."""
    shown = frames[int(np.argmax(gaps > 0.05))]
    for frame, gap in zip(frames, gaps, strict=True):
        shown = frame if gap > 0.05 else shown
        yield shown


def test_lips_that_never_close_are_noticed(
    clip: Path, sidecar: dict[str, Any], frames: list[np.ndarray], tmp_path: Path
) -> None:
    from avatar.face.quality import observe

    gaps = observe(enumerate(frames), len(frames), silent()).gap
    video = spoilt(tmp_path / "open.mp4", _open(frames, gaps))
    for figures in both(video, len(frames), said(sidecar)):
        assert figures["bilabial_closure_rate"] <= 0.1
        assert figures["gap_p5_p50_p95"][0] >= 0.03


def _soft(number: int, frame: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(frame, (0, 0), 1.5) if number % 25 == 4 else frame


@pytest.mark.parametrize(
    ("spoil", "name", "worse"),
    [
        (_soft, "sharpness_least_over_median", lambda good, bad: bad < 0.75 < good),
        (_soft, "sharpness_step_p99", lambda good, bad: bad > 0.2 > good),
        (None, "timeline_correlation", lambda good, bad: bad < 0.2 < good),
        (None, "yaw_sd_deg", lambda good, bad: bad < 0.2 < good),
        (None, "blinks_per_minute", lambda good, bad: bad == 0 < good),
    ],
)
def test_soft_frames_and_a_frozen_face_are_noticed(
    spoil: Callable[[int, np.ndarray], np.ndarray] | None, name: str, worse: Callable[[float, float], bool],
    sidecar: dict[str, Any], frames: list[np.ndarray], good: list[dict[str, Any]], tmp_path_factory:
    pytest.TempPathFactory,
) -> None:  # fmt: skip
    made = _made.get(spoil is None)
    if made is None:
        shown = (frames[40] if spoil is None else spoil(number, frame) for number, frame in enumerate(frames))
        video = spoilt(tmp_path_factory.mktemp("spoilt") / "spoilt.mp4", shown)
        made = _made[spoil is None] = both(video, len(frames), said(sidecar))
    for how in (0, 1):
        assert worse(good[how][name], made[how][name]), (good[how][name], made[how][name])


_made: dict[bool, list[dict[str, Any]]] = {}


def test_it_may_be_measured_whole_or_not_at_all(
    clip: Path, portrait_png: Path, sidecar: dict[str, Any], good: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "again.mp4"
    render(photo=portrait_png, output=path, measure="none", **_LOOKS)
    assert json.loads(path.with_suffix(".json").read_text())["quality"] == {}
    render(photo=portrait_png, output=path, measure="full", **_LOOKS)
    assert json.loads(path.with_suffix(".json").read_text())["quality"] == good[0]


def test_scenes_are_measured_one_way(portrait_png: Path, tmp_path: Path) -> None:
    scenes = [{"text": "One."}, {"text": "Two.", "measure": "full"}]
    with pytest.raises(OptionError, match="Scene 2: its measure is full, but a video has one"):
        render(photo=portrait_png, scenes=scenes, output=tmp_path / "a.mp4")
    with pytest.raises(OptionError, match="Option measure: 'some' is not valid"):
        render(photo=portrait_png, text="One.", measure="some", output=tmp_path / "a.mp4")


def test_check_video_measures_every_frame_if_not_told_otherwise(
    clip: Path, good: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["check-video", str(clip), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"video": str(clip), **good[0]}
    assert main.run(["check-video", str(clip), "--measure", "windows", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"video": str(clip), **good[1]}
    assert replace(footage_of(clip), path=clip) == Footage(clip, _SIZE, _FPS, good[0]["frames"])
