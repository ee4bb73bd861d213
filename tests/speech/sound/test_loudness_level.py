"""Loudness of sounds that are longer than a block or shorter, its gates, and the limiter's reach."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.signal import freqz

from speech.sound.level import PEAK, _gain, faded, level_in_blocks, levelled, limited, loudness, loudness_of

RATE = 8_000


def hum(seconds: float, level: float = 0.1, hertz: float = 997) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def cut(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (samples[start : start + size] for start in range(0, len(samples), size))


@pytest.mark.parametrize("hertz", [20, 38, 100, 200, 997, 1_682, 3_000, 9_000])
def test_tones_are_weighted_by_the_coefficients_of_the_standard(hertz: float) -> None:
    tables = (
        ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585]),
        ([0.995, -1.99, 0.995], [1.0, -1.99004745483398, 0.99007225036621]),
    )
    response = np.prod([np.abs(freqz(top, bottom, [hertz], fs=48_000)[1][0]) for top, bottom in tables])
    tone = np.sin(2 * np.pi * hertz * np.arange(3 * 48_000) / 48_000)
    assert loudness(tone, 48_000) == pytest.approx(-0.691 + 20 * np.log10(response / np.sqrt(2)), abs=0.02)


def test_nothing_has_no_loudness() -> None:
    for samples in (np.zeros(0, np.float32), np.zeros(RATE, np.float32)):
        assert loudness(samples, RATE) == float("-inf")
        assert loudness_of([samples], RATE) == float("-inf")
    assert loudness_of([], RATE) == float("-inf")


@pytest.mark.parametrize("level", [10 ** (-66.2 / 20), 10 ** (-67.8 / 20)])
def test_blocks_under_minus_70_are_not_counted(level: float) -> None:
    found = loudness(hum(2.0, level), RATE)
    assert np.isfinite(found) == (level > 10 ** (-67 / 20))


@pytest.mark.parametrize(("under", "counted"), [(11.5, True), (14.0, False)])
def test_blocks_10_decibels_under_the_mean_are_not_counted(under: float, counted: bool) -> None:
    loud, quiet = hum(6.0), hum(6.0, 0.1 * 10 ** (-under / 20))
    share = (1 + 10 ** (-under / 10)) / 2 if counted else 1.0
    found = loudness(np.concatenate([loud, quiet]), RATE)
    assert found == pytest.approx(loudness(loud, RATE) + 10 * np.log10(share), abs=0.12)


@pytest.mark.parametrize("size", [100, 800, 3_333, 50_000])
@pytest.mark.parametrize("seconds", [0.05, 0.25, 0.4, 0.43, 3.0])
def test_loudness_of_blocks_is_that_of_the_whole(seconds: float, size: int) -> None:
    sound = hum(seconds) * np.linspace(0.4, 1.0, round(seconds * RATE), dtype=np.float32)
    assert loudness_of(cut(sound, size), RATE) == pytest.approx(loudness(sound, RATE), abs=0.05)


@pytest.mark.parametrize("size", [700, 4_001])
@pytest.mark.parametrize("seconds", [0.002, 0.02, 0.3, 3.0])
def test_levelling_in_blocks_makes_the_same_sound(seconds: float, size: int) -> None:
    sound = hum(seconds, 0.02) + (np.arange(round(seconds * RATE)) % 1_999 < 3).astype(np.float32) * 0.6
    whole = levelled(sound, RATE)
    made = np.concatenate(list(level_in_blocks(lambda: cut(sound, size), RATE)))
    assert len(made) == len(whole)
    assert np.abs(made - whole).max() < 0.02


def test_levelling_in_blocks_keeps_a_target_and_silence() -> None:
    sound = hum(3.0, 0.01)
    made = np.concatenate(list(level_in_blocks(lambda: cut(sound, 1_000), RATE, -25.0)))
    assert loudness(made, RATE) == pytest.approx(-25.0, abs=0.02)
    assert loudness(levelled(sound, RATE, -25.0), RATE) == pytest.approx(-25.0, abs=0.02)
    still = np.concatenate(list(level_in_blocks(lambda: cut(np.zeros(3_000, np.float32), 1_000), RATE)))
    assert len(still) == 3_000
    assert not still.any()


@pytest.mark.parametrize(
    ("lufs", "target", "gain"),
    [(-22, -16, 10**0.3), (-16, -22, 10**-0.3), (-46, -16, 10**1.5), (-50, -16, 10**1.5), (float("-inf"), -16, 1.0)],
)
def test_no_more_than_30_decibels_are_given_at_a_time(lufs: float, target: float, gain: float) -> None:
    assert _gain(lufs, target) == pytest.approx(gain)


def test_a_peak_is_turned_down_with_what_is_5_ms_around_it() -> None:
    sound = np.full(8_000, 0.5, np.float32)
    sound[4_000] = 1.0
    made = limited(sound, RATE)
    assert made[4_000] == pytest.approx(0.87096, abs=1e-5)
    assert made[[3_000, 3_930, 4_070, 5_000]] == pytest.approx([0.5] * 4, abs=1e-6)
    assert made[[3_990, 4_010]] == pytest.approx([0.5 * PEAK] * 2, rel=0.04)
    assert made[[3_950, 4_050]] == pytest.approx([0.5 - 0.5 * (1 - PEAK) / 4] * 2, abs=0.03)
    assert 0.5 > made[3_950] > made[3_965] > made[3_975] > 0.5 * PEAK


def test_sound_under_the_peak_is_left_as_it_is() -> None:
    sound = hum(0.5, 0.87)
    assert np.array_equal(limited(sound, RATE), sound)
    assert np.abs(limited(hum(0.5, 3.0), RATE)).max() == pytest.approx(PEAK, abs=1e-6)


def test_a_fade_rises_for_4_ms_and_falls_for_20() -> None:
    ones = np.ones(1_000, np.float32)
    made = faded(ones, 1_000 * 10)
    assert made[[0, 10, 20, 30, 40, 500, 799]] == pytest.approx(
        [0, 0.5 - 0.5 * np.cos(np.pi / 4), 0.5, 0.5 + 0.5 * np.cos(np.pi / 4), 1, 1, 1], abs=1e-6
    )
    assert made[[800, 899, 999]] == pytest.approx([0.5 + 0.5 * np.cos(np.pi / 200), 0.5, 0.0], abs=1e-6)
    assert ones.all()


def test_a_short_sound_fades_over_its_halves() -> None:
    assert faded(np.ones(4, np.float32), RATE) == pytest.approx([0.0, 0.5, 0.5, 0.0])
    assert faded(np.ones(1, np.float32), RATE) == pytest.approx([1.0])
    assert faded(np.ones(100, np.float32), 1_000, 0.0, 0.05)[:50] == pytest.approx(np.ones(50))
