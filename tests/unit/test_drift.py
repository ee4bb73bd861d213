"""Drift paths: closed, bounded, even in speed, deterministic."""

import numpy as np
import pytest

from motion.drift import ClosedSpline, catmull_rom, generator_for, orbit, steps, travel, wander
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
