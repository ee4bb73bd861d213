"""Music under speech: when it is down, how it comes up, how a piece is heard again without a click."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from avatar.compose.bed import FADE_IN_S, FADE_OUT_S, Bed, Ducking, looped

RATE = 8000


def in_blocks(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (samples[start : start + size] for start in range(0, len(samples), size))


def sine(seconds: float, pitch: float = 110.0) -> np.ndarray:
    return np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE, dtype=np.float32)[:, None]


def decibels(factors: np.ndarray) -> np.ndarray:
    return 20 * np.log10(factors)


def test_it_is_down_from_before_a_word_until_after_it() -> None:
    duck = Ducking([(3.0, 3.4), (3.5, 4.0), (9.0, 10.0)], 9.0)
    down = np.concatenate([np.linspace(3.0, 4.3, 50), np.linspace(9.0, 10.3, 50)])
    up = np.array([0.0, 2.6, 5.35, 6.0, 8.6, 11.4, 3600.0])
    assert decibels(duck(down)) == pytest.approx(0.0, abs=1e-5)
    assert decibels(duck(up)) == pytest.approx(9.0, abs=1e-5)
    falling = decibels(duck(np.linspace(2.65, 3.0, 20)))
    assert (np.diff(falling) < 0).all() and falling[0] == pytest.approx(9.0, abs=0.01)


@pytest.mark.parametrize(("pause", "comes_up"), [(1.6, False), (1.7, True)])
def test_short_pauses_leave_it_down(pause: float, comes_up: bool) -> None:
    duck = Ducking([(1.0, 2.0), (2.0 + pause, 5.0)], 6.0)
    between = decibels(duck(np.linspace(2.0, 2.0 + pause, 200)))
    assert between.max() == pytest.approx(6.0 if comes_up else 0.0, abs=0.2)


def test_where_nobody_speaks_it_is_up() -> None:
    assert decibels(Ducking([], 7.0)(np.array([0.0, 1.0, 1e5]))) == pytest.approx(7.0, abs=1e-5)


@pytest.mark.parametrize("size", [100, 777, 100_000])
def test_a_loop_has_no_click_and_no_hole(size: int) -> None:
    piece = sine(1.3, 110.7)  # ends in the middle of a wave
    fade = RATE // 5
    loop = looped(lambda: in_blocks(piece, size), fade)
    heard = np.concatenate([next(loop) for _ in range(1 + 60_000 // max(1, min(size, len(piece) - fade)))])[:50_000]
    assert len(heard) == 50_000
    largest = float(np.abs(np.diff(piece[:, 0])).max())
    assert np.abs(np.diff(heard[:, 0])).max() < 1.5 * largest
    assert np.abs(np.diff(np.concatenate([piece, piece])[:, 0])).max() > 3 * largest  # as it would be without the fade
    loudness = np.sqrt(np.mean(heard[: 4 * 10_000, 0].reshape(40, 1000) ** 2, axis=1))
    assert loudness.min() > 0.4
    assert np.array_equal(heard[:fade], piece[:fade])


def test_blocks_of_any_size_give_one_loop() -> None:
    piece = sine(1.0, 97.3)
    loops = []
    for size in (64, 5000):
        loop, found = looped(lambda size=size: in_blocks(piece, size), 800), np.zeros((0, 1), np.float32)
        while len(found) < 30_000:
            found = np.concatenate([found, next(loop)])
        loops.append(found[:30_000])
    assert np.array_equal(*loops)


def test_a_bed_fades_at_both_ends_and_is_taken_in_any_pieces() -> None:
    seconds, music = 20.0, np.ones((20 * RATE, 2), np.float32)
    takes = []
    for size in (333, 7000):
        bed = Bed(in_blocks(music, 4096), 0.5, Ducking([(5.0, 6.0)], 6.0), seconds, RATE)
        takes.append(np.concatenate([bed.take(min(size, len(music) - at)) for at in range(0, len(music), size)]))
    assert np.array_equal(*takes)
    level = takes[0][:, 0]
    assert level[0] == 0.0 and level[-1] == pytest.approx(0.0, abs=1e-6)
    assert level[round((FADE_IN_S + 0.1) * RATE)] == pytest.approx(0.5 * 10 ** (6 / 20), rel=1e-4)
    assert level[round(5.5 * RATE)] == pytest.approx(0.5, rel=1e-4)
    assert level[round((seconds - FADE_OUT_S / 2) * RATE)] == pytest.approx(0.25 * 10 ** (6 / 20), rel=1e-3)
    assert np.abs(np.diff(level)).max() < 0.01


def test_music_that_ends_is_followed_by_silence() -> None:
    bed = Bed(in_blocks(np.ones((1000, 2), np.float32), 300), 1.0, Ducking([], 0.0), 100.0, RATE)
    heard = np.concatenate([bed.take(700), bed.take(700)])
    assert (heard[500:1000] > 0).all() and not heard[1000:].any()
