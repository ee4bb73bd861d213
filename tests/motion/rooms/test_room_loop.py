"""The pictures of a room over time: keyframes, what lies between them, two rooms at once, and the light at the seat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.core.types import Size
from motion.drift import Strengths, generator_for
from motion.plates import room_named
from motion.rooms.course import RoomCourse
from motion.rooms.daylight import Mood
from motion.rooms.loop import RoomLoop
from motion.rooms.mixing import Gains, Plate, irradiance
from tests.rooms_small import write_room

SIZE = Size(80, 45)
MOODS = (Mood(0.2, lamps=0.4), Mood(2.9))
CENTRE = np.random.default_rng(5).standard_normal(384)
CENTRE /= np.linalg.norm(CENTRE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rooms")
    write_room(made, "open-office", 1)
    write_room(made, "open-office", 2)
    return made


def settings(folder: Path, path: str = "orbit", second: str = "open-office-2", **own: str) -> dict[str, str]:
    return {
        "model": str(folder), "path": path, "seed": "7", "text_force": "18", "noise_drift": "15",
        "room0": "open-office-1", "mirrored0": "0", "mood0": MOODS[0].written(),
        "room1": second, "mirrored1": "1", "mood1": MOODS[1].written(), **own,
    }  # fmt: skip


def loop(folder: Path, path: str = "orbit", stops: int = 1, period: float = 12.0, **own: str) -> RoomLoop:
    return RoomLoop(settings(folder, path, **own), np.stack([CENTRE] * stops), period, SIZE)


def course(path: str = "orbit", stops: int = 1) -> RoomCourse:
    return RoomCourse(path, MOODS[:stops], np.stack([CENTRE] * stops), Strengths(18.0, 15.0), 7)


def drawn(folder: Path, name: str, mirrored: bool, made: RoomCourse, at: float, stop: int | None) -> np.ndarray:
    plate, moment = Plate(room_named(name, folder), SIZE, mirrored), made.at(at, stop)
    return plate.picture(Gains(plate).of(moment.mood, moment.breath), moment.sway)


def dithered(picture: np.ndarray) -> np.ndarray:
    draw = generator_for(0, "room dither").random((2, 45, 80, 3), np.float32)
    return np.rint(picture + draw[0] - draw[1]).clip(0, 255)


@pytest.mark.parametrize(("period", "keyframes"), [(2.0, 8), (6.0, 8), (7.0, 9), (12.0, 15), (20.0, 25)])
def test_five_keyframes_come_every_four_seconds_and_eight_at_least(folder: Path, period: float, keyframes: int) -> None:
    assert loop(folder, "wander", period=period).keyframes == keyframes


def test_a_wander_shows_its_moments_as_they_are(folder: Path) -> None:
    made = loop(folder, "wander")
    for number in (0, 2, 17):
        wanted = dithered(drawn(folder, "open-office-1", False, course("wander"), number / 15, None))
        assert np.abs(255.0 * made.frame(number / 15).transpose(1, 2, 0) - wanted).max() <= 1.01
        assert np.abs(made.byte_frame(number / 15).astype(int) - wanted).max() <= 1
    here, there = (made.byte_frame(k / 15).astype(float) for k in (4, 5))
    between = made.byte_frame(4.25 / 15)
    assert np.abs(between - (0.75 * here + 0.25 * there)).max() <= 0.51
    assert np.abs(255.0 * made.frame(4.25 / 15).transpose(1, 2, 0) - (0.75 * here + 0.25 * there)).max() < 0.01
    assert np.abs(there - here).mean() > 0.2


def test_an_orbit_is_walked_so_that_pictures_change_evenly_and_comes_back(folder: Path) -> None:
    made = loop(folder)
    assert np.array_equal(made.byte_frame(0.0), made.byte_frame(1.0))
    assert np.array_equal(made.byte_frame(0.4), made.byte_frame(3.4))
    assert (made._places.shape, made._way.shape) == ((97,), (97,))
    at = float(np.interp(5 / 15, made._way, made._places))
    assert abs(at - 5 / 15) > 0.003
    wanted = dithered(drawn(folder, "open-office-1", False, course(), at, None))
    assert np.abs(made.byte_frame(5 / 15).astype(int) - wanted).max() <= 1


def test_a_travel_lays_the_second_room_over_the_first(folder: Path) -> None:
    made, moved = loop(folder, "travel", 2), course("travel", 2)
    first = drawn(folder, "open-office-1", False, moved, 0.0, 0)
    assert np.abs(made.byte_frame(0.0).astype(int) - dithered(first)).max() <= 1
    for number in (4, 5):
        at = float(np.interp(number / 15, made._way, made._places))
        share = moved.share(at)
        assert 0.0 < share < 1.0
        one = drawn(folder, "open-office-1", False, moved, at, 0)
        other = drawn(folder, "open-office-2", True, moved, at, -1)
        wanted = dithered((1.0 - share) * one + share * other)
        assert np.abs(made.byte_frame(number / 15).astype(int) - wanted).max() <= 1


def test_one_room_in_two_lights_is_no_move(folder: Path) -> None:
    made = loop(folder, "travel", 2, second="open-office-1", mirrored1="0")
    at = float(np.interp(7 / 15, made._way, made._places))
    wanted = dithered(drawn(folder, "open-office-1", False, course("travel", 2), at, None))
    assert np.abs(made.byte_frame(7 / 15).astype(int) - wanted).max() <= 1


def test_the_light_at_the_seat_is_that_of_the_moment(folder: Path) -> None:
    made, moved = loop(folder, "wander"), course("wander")
    plate = Plate(room_named("open-office-1", folder), SIZE, False)
    lights = []
    for number in (3, 4):
        moment = moved.at(number / 15)
        lights.append(irradiance(plate, Gains(plate).of(moment.mood, moment.breath)))
        assert np.allclose(made.light(number / 15 + 1e-9), lights[-1], rtol=1e-4, atol=1e-5)
    found = made.light(3.25 / 15)
    assert found.dtype == np.float32 and found.shape == (3, 9)
    assert np.allclose(found, 0.75 * lights[0] + 0.25 * lights[1], rtol=1e-5)
    closed = loop(folder)
    assert np.array_equal(closed.light(0.0), closed.light(1.0)) and len(closed._lights) == 2


def test_light_of_both_rooms_is_mixed_on_the_way(folder: Path) -> None:
    made, moved = loop(folder, "travel", 2), course("travel", 2)
    at = float(np.interp(5 / 15, made._way, made._places))
    share, wanted = moved.share(at), np.zeros((3, 9))
    for stop, name, mirrored, part in ((0, "open-office-1", False, 1.0 - share), (-1, "open-office-2", True, share)):
        plate, moment = Plate(room_named(name, folder), SIZE, mirrored), moved.at(at, stop)
        wanted += part * irradiance(plate, Gains(plate).of(moment.mood, moment.breath))
    assert np.allclose(made.light(5 / 15 + 1e-9), wanted, rtol=1e-4, atol=1e-5)


def test_a_room_lives_only_where_that_is_asked_for_and_it_does_not_move(folder: Path) -> None:
    def differs(one: RoomLoop, other: RoomLoop) -> bool:
        return any(not np.array_equal(one.byte_frame(t), other.byte_frame(t)) for t in np.arange(0.0, 1.0, 0.04))

    own = {"noise_drift": "0", "text_force": "0"}
    still = loop(folder, **own)
    assert not differs(still, loop(folder, life="0", **own))
    moving = [loop(folder, "travel", 2, life=much) for much in ("0", "1")]
    assert not differs(*moving)
    assert differs(still, loop(folder, life="1", **own))
