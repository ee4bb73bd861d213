"""Scenes end to end: where each begins, what is heard of it, and which words are shown until when."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from avatar.core.types import Phoneme, Speech, Word
from orchestrator.video import timeline
from orchestrator.video.timeline import Scene, captions_of, lay_out, sound_of, transparent_paths

FPS, RATE = 10.0, 1000


def scene(first: int, frames: int, seconds: float, rate: int = RATE, **about: object) -> Scene:
    """``seconds`` of sound at half of full scale, for so many frames."""
    speech = Speech(np.full(round(seconds * rate), 0.5, np.float32), rate, "en", **about)  # type: ignore[arg-type]
    work = SimpleNamespace(request=SimpleNamespace(fps=FPS))
    return Scene(cast(Any, work), speech, cast(Any, SimpleNamespace(frames=frames)), first)


def heard(scenes: list[Scene], scratch: Path, wanted: int | None = None) -> tuple[int, np.ndarray]:
    rate, blocks = sound_of(scenes, scratch, wanted)
    return rate, np.concatenate(list(blocks))


def test_scenes_begin_where_the_one_before_ends() -> None:
    lengths = (10, 7, 3)
    works = [
        SimpleNamespace(
            request=SimpleNamespace(fps=FPS),
            load_speech=lambda: Speech(np.zeros(1, np.float32), RATE, "en"),
            load_face=lambda count=count: SimpleNamespace(frames=count),
        )
        for count in lengths
    ]
    laid = lay_out(cast(Any, works))
    assert [(one.first, one.start, one.end) for one in laid] == [(0, 0.0, 1.0), (10, 1.0, 1.7), (17, 1.7, 2.0)]
    assert [one.work for one in laid] == works


def test_one_scene_is_heard_as_it_is_with_silence_up_to_its_last_frame(tmp_path: Path) -> None:
    rate, sound = heard([scene(0, 12, 1.0)], tmp_path)
    assert (rate, len(sound)) == (RATE, 1200)
    assert np.all(sound[:1000] == 0.5)
    assert not sound[1000:].any()


def test_scenes_are_cut_to_their_frames_and_meet_without_a_click(tmp_path: Path) -> None:
    _, sound = heard([scene(0, 10, 1.5), scene(10, 10, 0.9)], tmp_path)
    assert len(sound) == 2000
    ramp = np.array([0.0, 1.0, 2.0, 3.0]) / 3 * 0.5
    for begin, end in ((0, 1000), (1000, 1900)):
        assert np.allclose(sound[begin : begin + 4], ramp)
        assert np.allclose(sound[end - 4 : end], ramp[::-1])
        assert np.all(sound[begin + 4 : end - 4] == 0.5)
    assert not sound[1900:].any()


def test_nothing_drifts_where_a_frame_is_no_whole_number_of_samples(tmp_path: Path) -> None:
    scenes = [scene(first, 1, 1.0, rate=333) for first in range(20)]
    rate, blocks = sound_of(scenes, tmp_path)
    assert rate == 333
    assert sum(map(len, blocks)) == round(2.0 * 333)


def test_the_highest_rate_is_that_of_all_unless_another_is_wanted(tmp_path: Path) -> None:
    both = [scene(0, 10, 1.0, rate=500), scene(10, 10, 1.0)]
    rate, sound = heard(both, tmp_path)
    assert (rate, len(sound)) == (1000, 2000)
    assert sound[300:700] == pytest.approx(np.full(400, 0.5), abs=0.02)
    assert [path.name for path in tmp_path.iterdir()] == ["0-1000.f32"]
    rate, sound = heard(both, tmp_path, 2000)
    assert (rate, len(sound)) == (2000, 4000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-1000.f32", "0-2000.f32", "10-2000.f32"]


def test_what_was_resampled_is_kept(tmp_path: Path) -> None:
    np.full(1000, 0.25, np.float32).tofile(tmp_path / "0-1000.f32")
    _, sound = heard([scene(0, 10, 1.0, rate=500), scene(10, 10, 1.0)], tmp_path)
    assert np.all(sound[4:996] == 0.25)


def test_long_silence_is_handed_over_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "_SILENCE", 400)
    _, blocks = sound_of([scene(0, 20, 1.0)], tmp_path)
    assert [len(block) for block in blocks] == [0, 1000, 0, 400, 400, 200]


def test_somebody_speaks_while_a_phone_or_else_a_word_lasts() -> None:
    phones = tuple(Phoneme(start, start + 0.5, "a") for start in (0.0, 0.75, 1.0, 1.5))
    words = (Word(0.25, 0.5, "one"),)
    assert list(scene(5, 10, 2.0, phonemes=phones, words=words).spoken()) == [(0.0, 0.5), (0.75, 1.0)]
    assert list(scene(5, 10, 2.0, words=words).spoken()) == [(0.25, 0.5)]


def test_captions_stand_in_the_time_of_the_video_and_end_with_their_scene() -> None:
    first = scene(0, 10, 8.0, words=(Word(0.25, 0.75, "One."), Word(7.0, 7.5, "Cut away.")))
    second = scene(10, 20, 2.0, words=(Word(0.5, 1.0, "Two."),))
    shown = [(cue.lines, cue.start, cue.end) for cue in captions_of([first, second])]
    assert shown == [(("One.",), 0.25, 1.0), (("Two.",), 1.5, 2.5)]


def test_the_pictures_without_a_backdrop_are_those_of_all_segments_in_order() -> None:
    def paths(segment: Any) -> dict[str, Path]:
        return {"png": Path(f"{segment.index}.png"), "webm": Path(f"{segment.index}.webm")}

    work = SimpleNamespace(transparent_paths=paths)
    scenes = [Scene(cast(Any, work), cast(Any, None), cast(Any, SimpleNamespace(frames=n)), 0) for n in (600, 10)]
    assert transparent_paths(scenes, "webm") == [Path(f"{index}.webm") for index in (0, 1, 2, 0)]
