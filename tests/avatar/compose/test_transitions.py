"""One picture giving way to another."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.compose.transitions import mixed

BEFORE = np.full((4, 100, 3), 200, np.uint8)
AFTER = np.tile(np.arange(100, dtype=np.uint8)[None, :, None], (4, 1, 3))


def test_a_fade_goes_evenly_from_one_to_the_other() -> None:
    assert (mixed("fade", BEFORE, AFTER, 0.0) == BEFORE).all()
    assert (mixed("fade", BEFORE, AFTER, 1.0) == AFTER).all()
    half = mixed("fade", BEFORE, AFTER, 0.5)
    assert np.abs(half - (BEFORE.astype(float) + AFTER) / 2).max() <= 0.5
    levels = [float(mixed("fade", BEFORE, AFTER, share).mean()) for share in np.linspace(0, 1, 9)]
    assert levels == sorted(levels, reverse=True)


def test_a_slide_comes_from_the_right_and_covers_what_was_there() -> None:
    assert (mixed("slide", BEFORE, AFTER, 1.0) == AFTER).all()
    half = mixed("slide", BEFORE, AFTER, 0.5)
    assert (half[:, 50:] == AFTER[:, :50]).all()
    assert (half[:, :50] < 200).all() and (half[:, :50] > 120).all(), "what is covered is dimmed"
    assert (BEFORE == 200).all()


def test_another_kind_is_none() -> None:
    with pytest.raises(ValueError, match="unknown transition"):
        mixed("wipe", BEFORE, AFTER, 0.5)
