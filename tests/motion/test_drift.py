"""Drift paths: closed, bounded, even in speed, deterministic."""

import numpy as np
import pytest
from scipy.stats import kstest

from motion.drift import ClosedSpline, catmull_rom, generator_for, orbit, steps, stroll, travel, wander
from motion.rotation import angle_between, orthogonal_plane


def test_an_orbit_is_a_closed_cone_of_the_asked_angle() -> None:
    centre = generator_for(1, "test").standard_normal(384)
    plane = orthogonal_plane(centre[None], generator_for(2, "test"))
    points = orbit(centre, plane, 0.3, np.linspace(0, 1, 33))
    assert np.allclose(points[0], points[-1])
    assert np.allclose([angle_between(centre, p) for p in points], 0.3)
    assert np.allclose(np.linalg.norm(points, axis=1), np.linalg.norm(centre))


def test_wandering_noise_stays_in_its_angle_keeps_its_norm_and_does_not_return() -> None:
    draw = generator_for(3, "test")
    centre = draw.standard_normal(64)
    first = orthogonal_plane(centre[None], draw)
    second = orthogonal_plane(np.stack([centre, first.n1, first.n2]), draw)
    turns = np.linspace(0, 60, 4001)
    points = wander(centre, (first, second), 0.4, turns, seed=5)
    assert max(angle_between(centre, p) for p in points[::20]) <= 0.4 + 1e-9
    assert np.allclose(np.linalg.norm(points, axis=1), np.linalg.norm(centre))
    later = points[turns > 2.0]
    assert np.linalg.norm(later - points[0], axis=1).min() > 1e-3 * np.linalg.norm(centre)
    assert np.array_equal(points, wander(centre, (first, second), 0.4, turns, seed=5))
    closed = wander(centre, (first, second), 0.4, np.linspace(0.0, 1.0, 25), seed=5, closed=True)
    assert np.allclose(closed[0], closed[-1])
    assert max(angle_between(centre, p) for p in closed) <= 0.4 + 1e-9


def test_travel_goes_there_and_back() -> None:
    first, second = generator_for(4, "test").standard_normal((2, 30))
    points = travel(first, second, np.array([0.0, 0.5, 1.0]))
    assert np.allclose(points[0], first)
    assert np.allclose(points[1], second)
    assert np.allclose(points[2], first)


def test_chain_and_anchor_agree_in_double_precision() -> None:
    first, second = generator_for(5, "test").standard_normal((2, 50))
    anchored = steps(first, second, 0.01, 100)
    chained = steps(first, second, 0.01, 100, mode="chain")
    assert np.allclose(anchored, chained, atol=1e-10)
    with pytest.raises(ValueError, match="anchor or chain"):
        steps(first, second, 0.01, 3, mode="last")


def test_catmull_rom_weights_pass_through_the_knots_and_sum_to_one() -> None:
    assert catmull_rom(3.0) == (3, (0.0, 1.0, 0.0, 0.0))
    for position in np.linspace(-2, 2, 17):
        assert sum(catmull_rom(float(position))[1]) == pytest.approx(1.0)


def test_a_retimed_spline_is_closed_and_even_in_speed() -> None:
    angle = 2 * np.pi * (np.arange(12) / 12) ** 1.6
    spline = ClosedSpline(np.stack([np.cos(angle), np.sin(angle), 0.3 * np.cos(2 * angle)], axis=1))
    points = np.stack([spline.at(p) for p in np.arange(400) / 400])
    speeds = np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1)
    assert speeds.max() / np.median(speeds) < 1.2
    assert np.allclose(spline.at(0.0), spline.at(1.0))


def test_generators_depend_on_all_of_their_arguments_alone() -> None:
    np.random.seed(1)
    first = generator_for(1, "a", 2).random(4)
    np.random.seed(2)
    assert np.array_equal(first, generator_for(1, "a", 2).random(4))
    others = [generator_for(2, "a", 2), generator_for(1, "b", 2), generator_for(1, "a", 3)]
    assert all(not np.array_equal(first, other.random(4)) for other in others)


def test_a_chained_orbit_arrives_where_the_anchored_one_does() -> None:
    centre = generator_for(6, "test").standard_normal(384).astype(np.float32)
    plane = orthogonal_plane(centre[None], generator_for(7, "test"))
    phases = np.arange(96) / 96
    anchored, chained = (orbit(centre, plane, 0.3, phases, mode) for mode in ("anchor", "chain"))
    assert anchored.dtype == chained.dtype == np.float32
    assert np.allclose(anchored, chained, atol=1e-6)
    with pytest.raises(ValueError, match="anchor or chain"):
        orbit(centre, plane, 0.3, phases, "last")


@pytest.mark.parametrize("path", ["orbit", "wander", "travel"])
def test_drifting_noise_stays_a_unit_gaussian(path: str) -> None:
    draw = generator_for(8, "test")
    noise, other = draw.standard_normal((2, 16384))
    first = orthogonal_plane(noise[None], draw)
    second = orthogonal_plane(np.stack([noise, first.n1, first.n2]), draw)
    phases = np.linspace(0.0, 1.0, 9)
    points = {
        "orbit": orbit(noise, first, np.radians(60.0), phases),
        "wander": wander(noise, (first, second), np.radians(60.0), phases, seed=1),
        "travel": travel(noise, other, phases),
    }[path]
    for point in points:
        assert kstest(point, "norm").pvalue > 0.01
        assert point.std() == pytest.approx(1.0, abs=0.02)


def test_a_stroll_goes_forward_and_never_comes_back_in_step() -> None:
    turns = np.linspace(0.0, 200.0, 20001)
    places = stroll(turns, seed=3)
    speeds = np.diff(places) / np.diff(turns)
    assert places[0] == 0.0
    assert speeds.min() > 0.5
    assert speeds.max() < 1.5
    shifts = (places[turns >= 1.0] % 1.0)[::100]
    assert len(np.unique(np.round(shifts, 6))) == len(shifts)
    assert np.array_equal(places, stroll(turns, seed=3))
