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
        number=np.arange(frames),
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


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_video_may_be_shorter_than_a_phone(frames: int) -> None:
    spoken = [Phoneme(0.0, 0.2, "ɑ", 1), Phoneme(0.2, 0.3, "m", 0)]
    assert measure(seen(frames), _FPS, spoken)["frames"] == frames


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


# -- stretches ---------------------------------------------------------------------------------------------------------


def stretches(*parts: range) -> Observation:
    """The same face, seen in ``parts`` of a longer video."""
    number = np.concatenate([np.array(part) for part in parts])
    return replace(seen(len(number)), number=number)


def test_nothing_is_compared_across_what_was_left_out() -> None:
    parts = stretches(range(10), range(50, 60))
    apart = np.repeat([0.0, 5.0], 10)
    turned = replace(parts, gap=apart, yaw=apart, sharpness=10 + apart, border=np.where(parts.number == 50, 0.0, 2.0))
    figures = measure(turned, _FPS, frames=100)
    assert (figures["frames"], figures["gap_largest_step"], figures["yaw_largest_step_deg"]) == (20, 0.0, 0.0)
    assert figures["sharpness_step_p99"] == 0.0
    assert figures["border_change_median_and_peak"] == [2.0, 2.0]
    assert figures["yaw_sd_deg"] == 2.5, "how far it moves is seen in all of them together"
    within = replace(parts, gap=np.where(parts.number == 55, 0.3, 0.0))
    assert measure(within, _FPS, frames=100)["gap_largest_step"] == 0.3


def test_only_sounds_that_were_seen_whole_count() -> None:
    shut = Phoneme(0.4, 0.48, "m")  # frames 10-12, and one more on both sides
    gap = [0.0, 0.01]
    for part, count in ((range(9, 14), 1), (range(10, 14), None), (range(9, 13), None), (range(20, 40), None)):
        figures = measure(replace(stretches(part), gap=np.resize(gap, len(part))), _FPS, [shut], frames=100)
        assert figures.get("bilabials") == count
    first = [Phoneme(0.0, 0.08, "m")]
    assert measure(replace(stretches(range(5)), gap=np.resize(gap, 5)), _FPS, first, frames=100)["bilabials"] == 1
    last = [Phoneme(0.08, 0.16, "m")]
    assert measure(replace(stretches(range(5)), gap=np.resize(gap, 5)), _FPS, last, frames=5)["bilabials"] == 1
    assert "bilabials" not in measure(replace(stretches(range(5)), gap=np.resize(gap, 5)), _FPS, last, frames=100)


@pytest.mark.parametrize("late", [-3, 0, 2])
def test_lips_after_the_timeline_in_stretches(late: int) -> None:
    rising = [Phoneme(1.0, 1.2, "ɑ"), Phoneme(2.2, 2.3, "ɛ"), Phoneme(2.9, 3.1, "ɑ")]
    gap = np.zeros(100)
    for first, last, height in ((25, 31, 1.0), (55, 58, 0.6), (72, 78, 1.0)):
        gap[first + late : last + late] = height
    part = stretches(range(20, 40), range(68, 82))
    figures = measure(replace(part, gap=gap[part.number]), _FPS, rising, frames=100)
    assert figures["lips_after_timeline_frames"] == late
    assert figures["timeline_correlation"] > 0.9


def blinking(part: Observation, *shut: range) -> Observation:
    marked = {number for blink in shut for number in blink}
    return replace(part, eye=np.array([0.05 if number in marked else 0.2 for number in part.number]))


def test_blinks_of_stretches_are_held_against_the_plan() -> None:
    lids = np.zeros((1500, 2))
    planned = [range(20, 24), range(60, 64), range(600, 604), range(800, 804)]
    for blink in planned:
        lids[blink] = 1.0
    part = stretches(range(10, 40), range(50, 80), range(590, 602), range(900, 940))
    both = measure(blinking(part, planned[0], range(61, 65), planned[2]), _FPS, frames=1500, lids=lids)
    assert (both["blinks_planned"], both["blinks_seen"]) == (2, 2), "a blink that a stretch cuts off is none"
    assert both["blink_frames"] == [4, 4]
    assert both["blinks_per_minute"] == 4.0, "as many as are planned, where all are seen"
    one = measure(blinking(part, planned[0]), _FPS, frames=1500, lids=lids)
    assert (one["blinks_seen"], one["blinks_per_minute"]) == (1, 2.0)
    frozen = measure(blinking(part), _FPS, frames=1500, lids=lids)
    assert (frozen["blinks_seen"], frozen["blinks_per_minute"], frozen["blink_frames"]) == (0, 0.0, [])
    more = measure(blinking(part, *planned[:2], range(910, 914)), _FPS, frames=1500, lids=lids)
    assert more["blinks_per_minute"] == round(4.0 + 60 * 25 / 112, 3), "what nobody planned is counted as it is seen"


def test_blinks_of_stretches_without_a_plan() -> None:
    part = stretches(range(10, 40), range(50, 80))
    figures = measure(blinking(part, range(20, 24)), _FPS, frames=1500)
    assert figures["blinks_per_minute"] == 25.0
    assert {"blinks_planned", "blinks_seen"}.isdisjoint(figures)
    elsewhere = np.zeros((1500, 2))
    elsewhere[900:904] = 1.0
    figures = measure(blinking(part), _FPS, frames=1500, lids=elsewhere)
    assert figures["blinks_planned"] == 0
    assert "blinks_per_minute" not in figures, "nothing tells how many are seen"
    still = measure(blinking(part), _FPS, frames=1500, lids=np.zeros((1500, 2)))
    assert still["blinks_per_minute"] == 0.0
