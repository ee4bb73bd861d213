"""The limiter holds what lies between the samples, and touches nothing that is below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from avatar.compose.peaks import limited, true_peaks
from avatar.core.loudness import measured

RATE = 48_000
ENDS = np.clip(np.minimum(np.arange(2 * RATE), np.arange(2 * RATE)[::-1]) / 4800, 0, 1)
BETWEEN = (0.8 * ENDS * np.sin(np.pi / 2 * np.arange(2 * RATE) + np.pi / 4)).astype(np.float32)[:, None]
"""A quarter of the rate: its samples lie 3 dB below its peaks."""


def in_blocks(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (samples[start : start + size] for start in range(0, len(samples), size))


def test_peaks_between_samples_are_seen() -> None:
    assert np.abs(BETWEEN).max() == pytest.approx(0.5657, abs=1e-3)
    assert true_peaks(BETWEEN)[1000:-1000].max() == pytest.approx(0.8, rel=0.02)
    assert measured(iter((BETWEEN,)), RATE).peak == pytest.approx(20 * np.log10(0.8), abs=0.2)


@pytest.mark.parametrize("size", [500, 20_000, 1_000_000])
def test_they_are_held(size: int) -> None:
    noise = np.random.default_rng(1).normal(0, 0.2, (3 * RATE, 2)).astype(np.float32)
    held = np.concatenate(list(limited(in_blocks(noise, size), RATE, 2.0, 0.5)))
    assert held.shape == noise.shape
    assert measured(iter((held,)), RATE).peak <= 20 * np.log10(0.5) + 0.15
    assert measured(iter((2 * noise,)), RATE).peak > 0


def test_what_is_quiet_stays_as_it_is() -> None:
    noise = np.random.default_rng(2).normal(0, 0.02, (RATE, 2)).astype(np.float32)
    held = np.concatenate(list(limited(in_blocks(noise, 3000), RATE, 1.5, 0.9)))
    assert np.array_equal(held, noise * np.float32(1.5))


def test_both_channels_are_turned_down_together() -> None:
    pair = np.concatenate([BETWEEN, 0.1 * BETWEEN], axis=1)
    held = np.concatenate(list(limited(in_blocks(pair, 9999), RATE, 1.0, 0.4)))
    assert held[5000:-5000, 1] == pytest.approx(0.1 * held[5000:-5000, 0], abs=1e-6)
    assert np.abs(held).max() < 0.41
