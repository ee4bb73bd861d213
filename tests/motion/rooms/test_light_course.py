"""The course of a room's light at exact moments: hour, clouds, warmth, breath, the camera's sway, and an even walk."""

from __future__ import annotations

import math

import numpy as np
import pytest

from motion.drift import Strengths, generator_for, wander
from motion.plates import KINDS
from motion.rooms.course import RoomCourse, even_way, step_sizes
from motion.rooms.daylight import Mood, between
from motion.rooms.light_map import light_map
from motion.rotation import Plane

CENTRE = np.random.default_rng(5).standard_normal(384)
CENTRE /= np.linalg.norm(CENTRE)
REST = Mood(angle=0.4, clouds=0.2, warmth=0.1, brightness=-0.2, lamps=0.3)


def course(
    path: str = "orbit", text: float = 18.0, noise: float = 15.0, rest: Mood = REST, seed: int = 7, stops: int = 1
) -> RoomCourse:
    moods = (rest, Mood(angle=1.0, clouds=0.9))[:stops]
    return RoomCourse(path, moods, np.stack([CENTRE] * stops), Strengths(text, noise), seed)


def turned(vector: np.ndarray, seen_from: float) -> tuple[float, float, float, float]:
    """Out, along, weather and warmth of ``vector`` as tangents."""
    day, weather = light_map().planes(CENTRE)
    cosine, sine = math.cos(seen_from), math.sin(seen_from)
    first, second = cosine * day.n1 + sine * day.n2, cosine * day.n2 - sine * day.n1
    near = max(float(vector @ CENTRE), 0.2)
    out, along, cloudy, warm = (1.25 * float(vector @ way) / near for way in (first, second, weather.n1, weather.n2))
    return out, along, cloudy, warm


@pytest.mark.parametrize("turns", [0.0, 0.1, 0.25, 0.5, 0.8, 1.1])
@pytest.mark.parametrize("text", [9.0, 18.0, 45.0])
def test_an_orbit_goes_round_the_hour_that_was_asked_for(turns: float, text: float) -> None:
    found = course(text=text).at(turns).mood
    tilt, phase = 1.25 * math.tan(math.radians(text)), 2.0 * math.pi * turns
    out, along = tilt * math.cos(phase), tilt * math.sin(phase)
    assert found.angle == pytest.approx(0.4 + math.atan2(along, 1.0 + out), abs=1e-6)
    wave = 0.5 - 0.5 * math.cos(phase)
    cloud = 0.275 * wave * wave * (3.0 - 2.0 * wave) * min(1.0, text / 18.0)
    assert found.clouds == pytest.approx(0.2 + cloud, abs=1e-6)
    assert found.warmth == pytest.approx(0.1, abs=1e-6) and found.lamps == 0.3
    assert found.brightness == pytest.approx(-0.2 + 0.2 * along, abs=1e-6)


def test_a_place_with_its_own_lights_brightens_more() -> None:
    along = 1.25 * math.tan(math.radians(18.0))
    found = course(rest=Mood(brightness=0.1, lit=1.0)).at(0.25).mood
    assert found.brightness == pytest.approx(0.1 + 0.35 * along, abs=1e-6)


@pytest.mark.parametrize("turns", [0.3, 2.7, 11.2])
def test_a_wander_moves_hour_clouds_and_warmth(turns: float) -> None:
    day, weather = light_map().planes(CENTRE)
    cosine, sine = math.cos(0.4), math.sin(0.4)
    planes = (Plane(cosine * day.n1 + sine * day.n2, cosine * day.n2 - sine * day.n1), weather)
    vector = wander(CENTRE, planes, math.radians(18.0), np.array([turns]), 7)[0]
    out, along, cloudy, warm = turned(vector, 0.4)
    draw = generator_for(7, "room life")
    draw.uniform(0.0, 2.0 * math.pi, len(KINDS))
    draw.choice((1, 2, 3), len(KINDS))
    shades = draw.uniform(0.0, 2.0 * math.pi, 4)
    rates = 2.0 * math.pi * np.sqrt([0.7, 1.3, 2.1, 3.7])
    passing = min(1.0, max(0.0, np.sin(rates * turns + shades).sum() / 2.0 + 0.2))
    cloud = 0.55 * passing * passing * (3.0 - 2.0 * passing)
    found = course("wander").at(turns).mood
    assert found.angle == pytest.approx(0.4 + math.atan2(along, 1.0 + out), abs=1e-6)
    assert found.clouds == pytest.approx(float(np.clip(0.2 + 0.9 * cloudy + cloud, 0.0, 1.0)), abs=1e-6)
    assert found.warmth == pytest.approx(0.1 + 0.6 * warm, abs=1e-6)
    assert found.brightness == pytest.approx(-0.2 + 0.2 * along, abs=1e-6)


def test_without_force_nothing_of_the_light_moves() -> None:
    for path in ("orbit", "wander"):
        for turns in (0.1, 0.5, 3.3):
            assert course(path, text=0.0).at(turns).mood == REST


def test_clouds_stay_between_none_and_all() -> None:
    assert course(rest=Mood(clouds=0.95)).at(0.5).mood.clouds == 1.0
    low = [course("wander", text=45.0, rest=Mood(clouds=0.0)).at(turns).mood.clouds for turns in np.arange(0, 9, 0.3)]
    assert min(low) == 0.0 and 0.0 < max(low) <= 1.0


@pytest.mark.parametrize(("turns", "way"), [(0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.125, 0.1464466)])
def test_a_travel_is_on_its_way_between_two_moods(turns: float, way: float) -> None:
    made = course("travel", stops=2)
    second = Mood(angle=1.0, clouds=0.9)
    assert made.at(turns).mood.clouds == pytest.approx(between(REST, second, way).clouds, abs=1e-6)
    assert made.at(turns).mood.angle == pytest.approx(between(REST, second, way).angle, abs=1e-6)
    assert made.at(turns, 0).mood == REST and made.at(turns, -1).mood == made.at(turns, 1).mood == second


@pytest.mark.parametrize(
    ("turns", "share"), [(0.0, 0.0), (0.1, 0.0), (0.15, 0.0481), (0.25, 0.5), (0.35, 0.9519), (0.4, 1.0), (0.5, 1.0)]
)
def test_the_second_room_comes_in_smoothly(turns: float, share: float) -> None:
    assert course("travel", stops=2).share(turns) == pytest.approx(share, abs=1e-4)
    assert course("travel", stops=2).share(1.0 - turns) == pytest.approx(share, abs=1e-4)
    assert course("travel").share(turns) == 0.0


def test_the_camera_goes_round_on_a_loop_and_about_on_a_wander() -> None:
    for turns in (0.0, 0.1, 0.4, 0.9):
        angle = 2.0 * math.pi * turns
        assert course().at(turns).sway == pytest.approx((math.sin(angle), 0.7 * math.cos(angle)))
        assert course(noise=30.0).at(turns).sway == pytest.approx((2.0 * math.sin(angle), 1.4 * math.cos(angle)))
        assert course(noise=90.0).at(turns).sway == pytest.approx((3.0 * math.sin(angle), 2.1 * math.cos(angle)))
        wanted = (math.sin(0.93 * angle), 0.35 * math.sin(0.71 * angle + 1.1))
        assert course("wander").at(turns).sway == pytest.approx(wanted)
        assert course(noise=0.0).at(turns).sway == (0.0, 0.0)


@pytest.mark.parametrize("path", ["orbit", "wander"])
def test_lamps_breathe_each_at_its_own_rate(path: str) -> None:
    draw = generator_for(7, "room life")
    offsets, rates = draw.uniform(0.0, 2.0 * math.pi, 8), draw.choice((1, 2, 3), 8)
    depth = np.array([0.0, 0.0, 0.0, 0.025, 0.05, 0.035, 0.0, 0.06])
    own = np.sqrt(np.linspace(0.8, 1.3, 8)) if path == "wander" else 1.0
    for turns in (0.0, 0.2, 0.65, 3.1):
        wanted = np.sin(2.0 * math.pi * turns * own * rates + offsets)
        assert np.allclose(course(path).at(turns).breath, 1.0 + depth * wanted)
        assert np.allclose(course(path, noise=30.0).at(turns).breath, 1.0 + 2.0 * depth * wanted)
        assert np.array_equal(course(path, noise=0.0).at(turns).breath, np.ones(8))


def test_only_a_wander_never_repeats() -> None:
    assert [course(path).loops for path in ("orbit", "travel", "wander")] == [True, True, False]


def test_a_way_is_walked_by_what_changes() -> None:
    places, way = even_way(np.array([1.0, 0.0, 3.0, 0.0]))
    assert np.allclose(places, [0.0, 0.25, 0.5, 0.75, 1.0])
    steady = np.array([1.12, 0.12, 3.12, 0.12])
    assert np.allclose(np.diff(way), steady / steady.sum()) and way[0] == 0.0 and way[-1] == 1.0
    assert np.allclose(even_way(np.zeros(4))[1], places)
    assert np.allclose(np.diff(even_way(np.array([1.0, 0.0]), floor=0.5)[1]), [0.8333333, 0.1666667])


def test_steps_are_mean_changes_either_way() -> None:
    pictures = [np.zeros((2, 2)), np.array([[0.0, 4.0], [-2.0, 2.0]]), np.full((2, 2), 1.0)]
    assert step_sizes(pictures).tolist() == [2.0, 2.0]
