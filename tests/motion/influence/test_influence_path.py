"""The way of a vector under the rotations of a film."""

from __future__ import annotations

import numpy as np
import pytest

from motion.influence.path import Influenced, _between, moved, there_and_back
from motion.influence.track import Track
from motion.rotation import angle_between, geodesic


def unit(seed: int, dimension: int = 40) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(dimension)
    return vector / np.linalg.norm(vector)


def states(angles: np.ndarray, dimension: int = 40) -> np.ndarray:
    """States that turn by ``angles`` (radians) in one plane."""
    first, second = unit(1, dimension), unit(2, dimension)
    whole = angle_between(first, second)
    return geodesic(first, second, np.concatenate([[0.0], np.cumsum(angles)]) / whole)


ANGLES = np.radians([2.0, 4.0, 1.0, 3.0, 6.0, 2.0])


def film(scenario: str = "A0", mode: str = "anchor", gain: float = 0.5) -> Influenced:
    fields = np.abs(np.random.default_rng(3).standard_normal((7, 64))) + 0.1
    return Influenced(Track(states(ANGLES), fields, fields[::-1].copy(), 4.0), gain, mode, scenario, 7)


@pytest.mark.parametrize("carry", ["transport", "plane"])
def test_the_film_moves_its_own_first_state_by_its_own_angles(carry: str) -> None:
    path = states(ANGLES)
    assert np.allclose(moved(path[0], path, 1.0, "chain", carry), path, atol=1e-9)


def test_a_carried_plane_turns_any_vector_by_the_whole_angle_and_its_own_plane_hardly() -> None:
    path, start = states(ANGLES), unit(9)
    turned = angle_between(start[None], moved(start, path, 0.5, "anchor")[1:])
    assert np.allclose(turned, 0.5 * ANGLES, atol=1e-9)
    assert (angle_between(start[None], moved(start, path, 0.5, "anchor", "plane")[1:]) < 0.6 * turned).all()


def test_anchor_swings_about_the_start_and_chain_walks_away() -> None:
    path, start = states(ANGLES), unit(9)
    anchor, chain = (angle_between(start[None], moved(start, path, 0.5, mode)) for mode in ("anchor", "chain"))
    assert anchor.max() == pytest.approx(0.5 * ANGLES.max())
    assert chain[-1] > 2.5 * anchor.max()
    assert np.all(np.diff(chain) > 0.0)


def test_another_number_of_dimensions_is_reached_with_the_same_angles() -> None:
    way = film().vectors(unit(4, 100), np.arange(7) / 12)
    assert np.allclose(angle_between(way[:1], way[1:]), 0.5 * ANGLES, atol=1e-6)


@pytest.mark.parametrize("scenario", ["A0", "A1", "B1", "B2"])
def test_each_scenario_adds_to_what_the_noise_does(scenario: str) -> None:
    start = np.random.default_rng(5).standard_normal(3 * 8 * 10)
    way = film(scenario).noise(start, np.arange(12) / 12, (3, 8, 10))
    assert np.allclose(np.linalg.norm(way, axis=1), np.linalg.norm(start))
    moves = float(angle_between(way[0], way[2]))
    before = {"A0": None, "A1": "A0", "B1": "A1", "B2": "B1"}[scenario]
    if before is None:
        assert moves == pytest.approx(0.0, abs=1e-7)
    else:
        assert np.abs(way - film(before).noise(start, np.arange(12) / 12, (3, 8, 10))).max() > 1e-3
        assert moves > 1e-3
    assert np.array_equal(way, film(scenario).noise(start, np.arange(12) / 12, (3, 8, 10)))


def test_edges_move_the_noise_where_they_are() -> None:
    fields = np.ones((7, 8, 8))
    fields[1::2, :2, :2] = 1.5
    fields = fields.reshape(7, 64)
    still = np.repeat(states(ANGLES)[:1], 7, axis=0) + 1e-9 * states(ANGLES)
    only = Influenced(Track(still, fields, fields, 4.0), 0.5, "anchor", "B1", 7)
    start = np.random.default_rng(5).standard_normal(4 * 8 * 8)
    first, second = only.noise(start, np.array([0.0, 1 / 12]), (4, 8, 8)).reshape(2, 4, 8, 8)
    changed = np.abs(second - first)
    assert changed[:, :2, :2].mean() > 4.0 * changed[:, 3:, 3:].mean() > 0.0


def test_it_goes_forth_and_back_in_one_period() -> None:
    driven = film(mode="chain")
    assert driven.count == 12 and driven.period == 3.0
    way = driven.vectors(unit(4), np.arange(13) / 12)
    assert np.allclose(way[:7], way[12:5:-1], atol=1e-9)
    assert there_and_back(7, np.array([0.0, 0.25, 0.5, 0.75, 1.0])).tolist() == [0.0, 3.0, 6.0, 3.0, 0.0]


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="unknown mode"):
        moved(unit(0), states(ANGLES), 1.0, "sideways")
    with pytest.raises(ValueError, match="a plane of one space"):
        moved(unit(0, 50), states(ANGLES), 1.0, "anchor", "plane", lambda direction: np.resize(direction, 50))


def test_points_between_states_keep_their_length_and_go_forth_and_back() -> None:
    """A straight line between two points of a sphere lies inside it; what is between them is laid onto it again."""
    way = 2.0 * np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    found = _between(way, np.array([0.0, 0.125, 0.25, 0.5, 0.75, 0.875]))
    assert np.allclose(np.linalg.norm(found, axis=1), 2.0)
    wanted = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0], [-2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    assert np.allclose(found / 2.0, wanted / np.linalg.norm(wanted, axis=1, keepdims=True))


@pytest.mark.parametrize("scenario", ["A1", "B1", "B2"])
def test_the_gain_is_of_every_angle_of_the_noise(scenario: str) -> None:
    """Without any it rests; half of it turns less than the whole."""
    start, phases, shape = unit(5, 4 * 8 * 8), np.array([0.0, 0.25, 0.5]), (4, 8, 8)
    rest, half, whole = (film(scenario, gain=gain).noise(start, phases, shape) for gain in (0.0, 0.5, 1.0))
    assert np.allclose(rest, start, atol=1e-12)
    turned = [[angle_between(start, there) for there in way[1:]] for way in (half, whole)]
    assert np.all(np.array(turned[0]) > 0.0)
    assert np.allclose(np.array(turned[0]) / np.array(turned[1]), 0.5, atol=0.1)
