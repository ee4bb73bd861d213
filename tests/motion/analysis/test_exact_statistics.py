"""Correlations and their intervals to the last figure, where they are undefined, and how they are written."""

from __future__ import annotations

import math

import numpy as np
import pytest

from motion.analysis.statistics import (
    Correlation,
    Interval,
    fisher,
    mean_correlation,
    mean_interval,
    pearson,
    resampled,
)

X = np.array([1.0, 2.0, 4.0, 3.0, 6.0, 5.0, 8.0, 7.0, 9.0, 12.0])
Y = np.array([2.0, 1.0, 3.0, 5.0, 4.0, 7.0, 6.0, 9.0, 8.0, 7.0])


def test_pearson_agrees_with_the_usual_matrix_and_knows_both_directions() -> None:
    assert pearson(X, Y) == pytest.approx(np.corrcoef(X, Y)[0, 1], abs=1e-12)
    assert pearson(X, -2.0 * X + 5.0) == pytest.approx(-1.0)
    assert pearson(1e-5 * np.array([0, 1, 2]), np.array([1, 0, 1])) == pytest.approx(0.0)
    assert math.isnan(pearson(X, np.full(10, 3.0)))
    swing = np.array([1.0, -1.0])
    assert pearson(0.6e-24 * swing, swing) == pytest.approx(1.0) and math.isnan(pearson(0.4e-24 * swing, swing))


def test_the_interval_of_fisher_is_that_of_the_tables() -> None:
    found = fisher(X, Y)
    z, half = np.arctanh(found.r), 1.959964 / math.sqrt(7)
    assert (found.low, found.high, found.n) == (
        pytest.approx(math.tanh(z - half)),
        pytest.approx(math.tanh(z + half)),
        10,
    )
    assert str(found) == "0.745 [0.217, 0.936]"
    line = fisher(X, X)
    assert line.low == pytest.approx(math.tanh(math.atanh(0.999999) - half), abs=1e-9)
    assert fisher(X, -X).high == pytest.approx(-line.low)
    four = fisher(X[:4], Y[:4])
    assert (four.low, four.high) == pytest.approx(
        (math.tanh(math.atanh(four.r) - 1.959964), math.tanh(math.atanh(four.r) + 1.959964))
    )


def test_three_pairs_and_rows_that_rest_have_no_interval() -> None:
    for found in (fisher(X[:3], Y[:3]), resampled(X[:3], Y[:3])):
        assert found.r == pytest.approx(pearson(X[:3], Y[:3]))
        assert math.isnan(found.low) and math.isnan(found.high) and found.n == 3
    for found in (fisher(X, np.ones(10)), resampled(X, np.ones(10))):
        assert math.isnan(found.r) and math.isnan(found.low) and math.isnan(found.high) and found.n == 10


def test_an_interval_is_positive_only_where_its_lower_end_is_above_nothing() -> None:
    assert Correlation(0.5, 1e-9, 0.9, 5).positive
    assert not Correlation(0.5, 0.0, 0.9, 5).positive
    assert not Correlation(0.5, math.nan, math.nan, 3).positive


@pytest.mark.parametrize(("count", "block"), [(10, 4), (27, 6), (64, 8), (5, 3)])
def test_steps_are_drawn_together_by_twice_the_cube_root_of_their_number(count: int, block: int) -> None:
    rows = np.arange(count)
    a, b = np.sin(1.7 * rows) + 0.02 * rows, np.cos(1.1 * rows) + 0.03 * rows
    found = resampled(a, b)
    assert found == resampled(a, b, block=block)
    assert found not in (resampled(a, b, block=block - 1), resampled(a, b, block=block + 1))
    assert found == resampled(a, b, draws=2000)
    assert count < 64 or found not in (resampled(a, b, draws=1999), resampled(a, b, draws=2001))


def test_a_block_of_the_whole_row_leaves_no_doubt() -> None:
    whole = resampled(X, Y, block=99)
    assert (whole.low, whole.high) == (pytest.approx(whole.r), pytest.approx(whole.r))
    assert whole == resampled(X, Y, block=10) != resampled(X, Y, block=9)


def test_a_bootstrap_of_few_draws_is_told_from_its_ends() -> None:
    found = resampled(X, Y, block=4, draws=200)
    assert found.low < found.r < found.high <= 1.0 and found.n == 10
    assert (round(found.low, 3), round(found.high, 3)) == (-0.031, 0.826)


def test_a_row_that_rests_in_most_draws_still_has_the_interval_of_the_others() -> None:
    jump = np.array([0.0] * 20 + [1.0])
    found = resampled(jump, np.arange(21.0), block=2, draws=40)
    assert found.r == pytest.approx(pearson(jump, np.arange(21.0)))
    assert 0.0 < found.low < found.high < 1.0


def test_means_are_written_in_one_form_for_all_three_numbers() -> None:
    assert f"{Interval(0.25, 0.1, 0.4):.1%}" == "25.0% [10.0%, 40.0%]"
    single = mean_interval(np.array([1.0, 3.0]))
    assert (single.mean, single.low, single.high) == pytest.approx((2.0, 2.0 - 12.7062, 2.0 + 12.7062), abs=1e-3)


def test_correlations_of_one_are_averaged_as_if_they_were_a_little_less() -> None:
    found = mean_correlation(np.array([1.0, 1.0, 1.0]))
    assert found.r == pytest.approx(0.999999, abs=1e-12) and found.low == pytest.approx(found.high)
    both = mean_correlation(np.array([1.0, -1.0]))
    assert both.r == pytest.approx(0.0) and both.high == -both.low and both.n == 2
