"""Eyes moment by moment: how a lid closes and opens, how many blinks there are, when a gaze jumps."""

from __future__ import annotations

import numpy as np
import pytest

from motion.drift import generator_for
from motion.gaze import _filled, _jumps, _thinned, _towards_pause, blink_times, gaze_targets, lids
from motion.prosody import Phrase

TIMES = np.arange(0.0, 20.0, 0.01)


def eased(x: float) -> float:
    x = min(1.0, max(0.0, x))
    return x * x * (3.0 - 2.0 * x)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5])
def test_a_lid_goes_down_stays_and_opens(seed: int) -> None:
    starts = np.array([1.0, 3.0, 5.0])
    found, draw = lids(TIMES, starts, seed), generator_for(seed, "lids")
    wanted = np.zeros(len(TIMES))
    for start in starts:
        pace, shallow, depth = draw.uniform(0.85, 1.2), draw.random(), draw.uniform(0.72, 1.0)
        for k, time in enumerate(TIMES):
            t = (time - start) / pace
            if 0.0 <= t < 0.280:
                shut = eased(t / 0.080) * (1.0 - eased((t - 0.120) / 0.160))
                wanted[k] = shut * (depth if shallow < 0.2 else 1.0)
    assert np.allclose(found, wanted, atol=1e-9) and found.max() > 0.7


def test_two_blinks_at_once_are_as_shut_as_the_more_shut() -> None:
    both = lids(TIMES, np.array([1.0, 1.1]), 3)
    assert both[(100 + 12)] >= lids(TIMES, np.array([1.0]), 3)[112] and both.max() <= 1.0
    assert not lids(TIMES, np.zeros(0), 3).any()


def test_the_most_crowded_blinks_are_left_out() -> None:
    times = np.array([1.0, 2.0, 2.5, 6.0, 9.0])
    assert _thinned(times, 10.0, 5).tolist() == times.tolist()
    assert _thinned(times, 10.0, 4).tolist() == [1.0, 2.5, 6.0, 9.0]
    assert _thinned(times, 10.0, 2).tolist() == [2.5, 6.0]


def test_too_few_blinks_are_added_in_the_middle_of_the_widest_gap() -> None:
    assert _filled(np.zeros(0), 10.0).tolist() == [2.5, 5.0]
    assert _filled(np.zeros(0), 7.5).tolist() == [3.75]
    assert _filled(np.array([2.0]), 14.0).tolist() == [2.0, 8.0]
    assert _filled(np.array([1.0, 2.0]), 15.0).tolist() == [1.0, 2.0]
    assert _filled(np.zeros(0), 3.0).tolist() == [] and _filled(np.zeros(0), 3.01).tolist() == [1.505]


def test_a_blink_is_drawn_to_the_nearest_end_of_a_phrase() -> None:
    ends, found = np.array([2.0, 2.5, 9.0]), list[float]()
    for seed in range(40):
        found.append(_towards_pause(2.4, ends, np.random.default_rng(seed)))
    drawn = [time for time in found if time != 2.4]
    assert 22 <= len(drawn) <= 38 and all(2.4 <= time <= 2.74 for time in drawn)
    assert min(drawn) < 2.45 and max(drawn) > 2.7
    assert all(_towards_pause(9.71, ends, np.random.default_rng(seed)) == 9.71 for seed in range(9))
    assert any(_towards_pause(9.69, ends, np.random.default_rng(seed)) != 9.69 for seed in range(9))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_blinks_are_apart_end_in_time_and_are_not_too_many(seed: int) -> None:
    spoken = tuple(Phrase(k, k + 0.8, True, False) for k in np.arange(0.0, 30.0, 1.0))
    for per_minute in (12.0, 60.0, 150.0):
        rate = np.full(len(TIMES), per_minute)
        found = blink_times(TIMES, 20.0, spoken, rate, seed)
        assert len(found) <= 1 + int(1.15 * per_minute / 3.0) and found[-1] <= 19.65
        assert np.diff(found).min() >= 0.43999 - 0.35 and found[0] >= 0.05
    assert len(blink_times(np.zeros(0), 2.0, (), np.zeros(0), seed)) <= 1


@pytest.mark.parametrize(
    ("seed", "wanted"),
    [
        (0, [2.538, 5.954, 8.413, 12.553]),
        (1, [1.919, 5.203, 6.926, 8.995, 10.646, 11.647, 12.443, 13.521]),
        (2, [2.131, 5.799, 7.457, 8.474, 10.188, 12.634]),
    ],
)
def test_blinks_come_when_they_were_looked_at(seed: int, wanted: list[float]) -> None:
    rate = np.linspace(15.0, 60.0, len(TIMES))
    spoken = (Phrase(0.3, 2.1, False, False), Phrase(2.6, 6.0, True, False), Phrase(7.0, 12.5, True, True))
    assert np.allclose(blink_times(TIMES, 14.0, spoken, rate, seed), wanted, atol=6e-4)


@pytest.mark.parametrize(
    ("seed", "wanted"),
    [
        (
            0,
            [
                0.0,
                -0.0334,
                0.1658,
                -0.0869,
                0.3901,
                -0.0641,
                0.1639,
                0.0,
                -0.0818,
                -0.1052,
                -0.1966,
                -0.0184,
                -0.1311,
                -0.4281,
            ],
        ),
        (
            1,
            [
                0.0,
                0.034,
                0.0547,
                0.5249,
                0.0638,
                -0.0291,
                0.1101,
                0.0,
                -0.2299,
                -0.0682,
                0.4782,
                -0.09,
                0.0133,
                -0.0258,
            ],
        ),
        (
            2,
            [
                0.0,
                0.4141,
                0.149,
                -0.2839,
                0.2793,
                0.1136,
                -0.41,
                0.0,
                -0.1376,
                -0.0179,
                0.3692,
                -0.1426,
                -0.238,
                -0.0263,
            ],
        ),
    ],
)
def test_a_gaze_rests_where_it_was_looked_at(seed: int, wanted: list[float]) -> None:
    spoken = (Phrase(0.3, 4.1, False, False), Phrase(8.6, 12.0, True, False))
    found = gaze_targets(TIMES, spoken, 1.3, seed)
    assert np.allclose(found[:, [90, 300, 520, 700, 880, 1100, 1500]].ravel(), wanted, atol=6e-5)
    assert np.abs(found).max() < 0.6 + 1e-12
    assert not gaze_targets(TIMES, spoken, 0.0, seed).any()
    assert gaze_targets(np.zeros(0), (), 1.0, seed).shape == (2, 0)


def test_a_jump_takes_forty_milliseconds() -> None:
    points = np.array([[0.0, 1.0, -1.0], [0.0, 0.5, 0.5]])
    times = np.array([0.0, 0.99, 1.0, 1.01, 1.02, 1.04, 1.99, 2.03, 3.0])
    found = _jumps(times, np.array([0.0, 1.0, 2.0]), points)
    wanted = [0.0, 0.0, 0.0, eased(0.25), 0.5, 1.0, 1.0, 1.0 - 2.0 * eased(0.75), -1.0]
    assert np.allclose(found[0], wanted) and np.allclose(found[1], [0, 0, 0, eased(0.25) / 2, 0.25, 0.5, 0.5, 0.5, 0.5])


def test_glances_in_a_pause_go_further_than_those_in_speech() -> None:
    times = np.arange(0.0, 600.0, 0.1)
    whole = (Phrase(0.0, 600.0, True, False),)
    speaking, silent = gaze_targets(times, whole, 1.0, 4), gaze_targets(times, (), 1.0, 4)
    assert speaking.std(axis=1) == pytest.approx([0.13, 0.11], rel=0.12)
    assert silent.std(axis=1) == pytest.approx([0.31, 0.25], rel=0.12)
    changes = [int((np.abs(np.diff(gaze[0])) > 1e-9).sum()) for gaze in (speaking, silent)]
    assert changes[1] / changes[0] == pytest.approx(1.0 / 0.6, rel=0.12)
