"""The figures of a finished face, computed from invented observations whose figures can be told by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.core.types import Phoneme
from avatar.face.quality import Observation, measure

_FPS = 25.0


def seen(frames: int = 100) -> Observation:
    """A face that keeps still, its mouth shut, sharp, before a border that does not change."""
    still = np.zeros(frames)
    return Observation(
        gap=still,
        width=np.full(frames, 0.5),
        eye=np.full(frames, 0.2),
        yaw=still,
        pitch=still,
        roll=still,
        inside=still,
        sharpness=np.full(frames, 10.0),
        border=still,
        found=np.ones(frames, bool),
    )


def at(frames: int, values: dict[int, float], otherwise: float = 0.0) -> np.ndarray:
    """A track of ``frames`` with ``values`` at some of them."""
    track = np.full(frames, otherwise)
    track[list(values)] = list(values.values())
    return track


def test_a_video_without_a_face_has_two_figures() -> None:
    assert measure(replace(seen(7), found=np.zeros(7, bool)), _FPS) == {"frames": 7, "frames_without_face": 7}


def test_frames_without_a_face_are_counted() -> None:
    found = at(100, {3: 0.0, 4: 0.0}, 1.0) > 0
    assert measure(replace(seen(), found=found), _FPS)["frames_without_face"] == 2


def test_gaps() -> None:
    figures = measure(replace(seen(101), gap=np.linspace(0.0, 0.1, 101)), _FPS)
    assert figures["gap_p5_p50_p95"] == [0.005, 0.05, 0.095]
    jump = replace(seen(), gap=at(100, {50: 0.2}))
    assert measure(jump, _FPS)["gap_largest_step"] == 0.2
    assert measure(jump, 50.0)["gap_largest_step"] == 0.4, "a step is told for a 25th of a second"
    assert measure(seen(1), _FPS)["gap_largest_step"] == 0.0


def test_blinks() -> None:
    shut = dict.fromkeys([0, 1, 40, 41, 42, 97, 98, 99], 0.119)
    figures = measure(replace(seen(), eye=at(100, {**shut, 60: 0.121}, 0.2)), _FPS)
    assert figures["blink_frames"] == [2, 3, 3], "also those that the video cuts off"
    assert figures["blinks_per_minute"] == 45.0


@pytest.mark.parametrize("name", ["yaw", "pitch", "roll"])
def test_pose(name: str) -> None:
    track = np.tile([1.0, 1.0, -1.0, -1.0], 25)
    figures = measure(replace(seen(), **{name: track}), _FPS)
    assert (figures[f"{name}_sd_deg"], figures[f"{name}_largest_step_deg"]) == (1.0, 2.0)
    others = {"yaw", "pitch", "roll"} - {name}
    assert all(figures[f"{other}_sd_deg"] == figures[f"{other}_largest_step_deg"] == 0.0 for other in others)
    assert measure(seen(1), _FPS)[f"{name}_largest_step_deg"] == 0.0


def test_sharpness_and_border() -> None:
    figures = measure(replace(seen(), sharpness=at(100, {50: 5.0}, 10.0)), _FPS)
    assert figures["sharpness_least_over_median"] == 0.5
    assert figures["sharpness_step_p99"] == 0.51, "the sharp frame after the blurred one is half of 99 steps' last"
    assert "sharpness_step_p99" not in measure(seen(1), _FPS)
    assert measure(seen(2), _FPS)["sharpness_step_p99"] == 0.0
    border = measure(replace(seen(), border=at(100, {9: 7.0}, 2.0)), _FPS)["border_change_median_and_peak"]
    assert border == [2.0, 7.0]


SAID = [
    Phoneme(0.4, 0.48, "m"),
    Phoneme(0.8, 0.96, "ɑ"),
    Phoneme(1.2, 1.28, "b"),
    Phoneme(1.6, 1.76, "u"),
    Phoneme(2.0, 2.16, "i"),
    Phoneme(2.4, 2.48, "f"),
    Phoneme(3.2, 3.28, "p"),
]
"""Frames 10-12, 20-24, 30-32, 40-44, 50-54, 60-62, 80-82; a closure may be a frame early or late."""


def test_lips_close_open_and_spread() -> None:
    gap = at(100, {9: 0.012, 33: 0.02, 22: 0.2, 80: 0.021, 81: 0.022, 82: 0.03, 60: 0.05, 61: 0.04, 62: 0.06}, 0.1)
    width = at(100, {**dict.fromkeys(range(40, 45), 0.4), **dict.fromkeys(range(50, 55), 0.64)}, 0.5)
    figures = measure(replace(seen(), gap=gap, width=width), _FPS, SAID)
    assert figures["bilabials"] == 3
    assert figures["bilabial_closure_rate"] == 0.667, "up to .02 and in the frame after; not .021"
    assert figures["bilabial_tight_rate"] == 0.333
    assert figures["open_vowel_peak_gap_median"] == 0.2
    assert figures["width_round_over_spread"] == 0.625
    assert figures["labiodental_gap"] == 0.05


def test_figures_of_phones_that_were_not_said_are_left_out() -> None:
    gap, vowel = replace(seen(), gap=at(100, {22: 0.2})), [Phoneme(0.8, 0.96, "ɑ")]
    left_out = {"bilabials", "width_round_over_spread", "labiodental_gap", "second_judge_open_above_closed"}
    assert left_out.isdisjoint(measure(gap, _FPS, vowel))
    assert "timeline_correlation" not in measure(gap, _FPS)
    assert "open_vowel_peak_gap_median" not in measure(gap, _FPS, [Phoneme(5.0, 5.1, "ɑ")]), "after the video"


@pytest.mark.parametrize("late", [-3, 0, 2, 8])
def test_lips_after_the_timeline(late: int) -> None:
    rising = [Phoneme(1.0, 1.2, "ɑ"), Phoneme(2.2, 2.3, "ɛ"), Phoneme(2.9, 3.1, "ɑ")]
    gap = np.zeros(100)
    for first, last, height in ((25, 31, 1.0), (55, 58, 0.6), (72, 78, 1.0)):
        gap[first + late : last + late] = height
    figures = measure(replace(seen(), gap=gap), _FPS, rising)
    assert figures["lips_after_timeline_frames"] == late
    assert figures["timeline_correlation"] > 0.9


def test_the_second_judge() -> None:
    inside = at(
        100, {22: 0.4, 11: 0.5, 12: 0.1, 30: 0.45, 31: 0.5, 32: 0.5, 29: 0.5, 33: 0.5, 10: 0.5, 9: 0.5, 13: 0.5}
    )
    figures = measure(replace(seen(), inside=inside, gap=2 * inside), _FPS, SAID[:3])
    assert figures["second_judge_open_above_closed"] == 0.5, "the open vowel is above one of two closures"
    assert figures["second_judge_correlation"] == 1.0
    assert measure(replace(seen(), gap=inside), _FPS, SAID)["second_judge_correlation"] == 0.0
