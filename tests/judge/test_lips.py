"""The measure of lips beside a film: what follows late is found, and what does not follow is seen."""

from __future__ import annotations

import numpy as np
import pytest

from tests.judge.lips import agreement


def test_lips_that_follow_late_are_found_with_their_delay() -> None:
    made = np.convolve(np.random.default_rng(3).normal(size=120), np.ones(3), "same")
    filmed = np.concatenate([np.full(3, np.nan), made[:-3]])
    assert agreement(filmed, made)[0] < 0.5
    assert agreement(filmed, made, 5) == (pytest.approx(1.0), 3)
    assert agreement(made, made + 5.0)[0] == pytest.approx(1.0)
    assert agreement(made, -made)[0] == pytest.approx(-1.0)
