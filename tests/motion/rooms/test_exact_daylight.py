"""The light of each hour as it was looked at, and what clouds, warmth, lamps and colours change in it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from motion.plates import KINDS
from motion.rooms.daylight import HOURS, Mood, angle_of, between, hour_name, shares

SKY, HIGH, LOW, LAMPS, SCREENS, PRACTICAL, OUTSIDE, STRIP = range(8)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
KEPT: dict[str, tuple[list[float], float, list[float], list[float]]] = {
    "night": (
        [0.0312, 0.002, 0.0021, 0.1028, 0.1931, 0.5364, 0.0499, 0.3455],
        0.0772,
        [0.6492, 1.028, 1.0338, 1.2118, 0.8435, 1.3501, 1.0576, 0.7753],
        [2.1371, 0.9458, 0.9415, 0.6786, 1.2976, 0.513, 0.8884, 1.4842],
    ),
    "dawn": (
        [0.4374, 0.0022, 0.3742, 0.0313, 0.0811, 0.0893, 0.0187, 0.2016],
        0.17,
        [0.947, 1.028, 1.4935, 1.2049, 0.8435, 1.3373, 1.0565, 0.8481],
        [1.3516, 0.9458, 0.6988, 0.6866, 1.2976, 0.5242, 0.8903, 1.2864],
    ),
    "morning": (
        [0.6149, 0.0562, 0.4721, 0.0596, 0.0804, 0.0024, 0.0021, 0.2],
        0.2378,
        [0.9451, 1.0283, 1.2163, 1.034, 0.8435, 1.0422, 1.029, 1.0209],
        [1.1144, 0.9449, 0.6849, 0.9348, 1.2976, 0.918, 0.9437, 0.9563],
    ),
    "noon": (
        [0.6952, 0.5084, 0.0026, 0.1167, 0.0994, 0.0178, 0.002, 0.2],
        0.2687,
        [0.9729, 1.0394, 1.036, 1.028, 0.8435, 1.2019, 1.028, 1.028],
        [1.0447, 0.913, 0.9313, 0.9458, 1.2976, 0.69, 0.9458, 0.9458],
    ),
    "afternoon": (
        [0.5889, 0.1931, 0.358, 0.079, 0.0993, 0.0024, 0.0021, 0.2],
        0.2483,
        [0.9947, 1.0761, 1.1969, 1.0335, 0.8435, 1.0414, 1.0296, 1.0335],
        [1.0148, 0.8465, 0.7026, 0.9356, 1.2976, 0.9194, 0.9429, 0.9356],
    ),
    "sunset": (
        [0.3091, 0.0023, 0.6564, 0.0414, 0.0825, 0.1942, 0.0119, 0.2026],
        0.1866,
        [1.3651, 1.0296, 1.6914, 1.2054, 0.8435, 1.3382, 1.0756, 1.2054],
        [0.8376, 0.9422, 0.3915, 0.686, 1.2976, 0.5234, 0.8644, 0.686],
    ),
    "dusk": (
        [0.2928, 0.002, 0.0399, 0.0559, 0.1159, 0.3586, 0.0299, 0.2494],
        0.1239,
        [0.7603, 1.028, 1.735, 1.2118, 0.8435, 1.3501, 1.076, 1.2118],
        [1.769, 0.9458, 0.5458, 0.6786, 1.2976, 0.513, 0.8633, 0.6786],
    ),
    "evening": (
        [0.0346, 0.002, 0.0023, 0.3545, 0.1033, 0.5365, 0.0659, 0.2983],
        0.1272,
        [0.6594, 1.028, 1.0622, 1.2118, 0.8435, 1.3501, 1.0587, 1.1944],
        [2.1614, 0.9458, 0.9152, 0.6786, 1.2976, 0.513, 0.8868, 0.6961],
    ),
}
"""Of each hour: shares of the kinds, key, red and blue of the kinds' colours."""
NOON = Mood()


def logs(mood: Mood) -> tuple[np.ndarray, np.ndarray, float]:
    """Shares, colours and key in stops."""
    share, colour, key = shares(mood)
    return np.log2(share), np.log2(colour), math.log2(key)


def changed(mood: Mood, rest: Mood = NOON) -> tuple[np.ndarray, np.ndarray, float]:
    """How many stops ``mood`` has more than ``rest``."""
    one, other = logs(mood), logs(rest)
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]


@pytest.mark.parametrize("hour", sorted(KEPT))
def test_an_hour_has_the_light_that_was_looked_at(hour: str) -> None:
    share, colour, key = shares(Mood(angle_of(hour)))
    wanted = KEPT[hour]
    assert np.allclose(share, wanted[0], rtol=0.01, atol=6e-5) and key == pytest.approx(wanted[1], abs=6e-5)
    assert np.allclose(colour[:, 0], wanted[2], atol=6e-5) and np.allclose(colour[:, 2], wanted[3], atol=6e-5)
    assert (np.abs(colour @ LUMINANCE - 1.0) < 0.02).all()


def test_hours_lie_on_the_circle_by_the_clock() -> None:
    clock = {"night": 0, "dawn": 6, "morning": 8.5, "noon": 12, "afternoon": 15.5, "sunset": 18.2, "dusk": 19.7,
             "evening": 21.2}  # fmt: skip
    assert list(HOURS) == list(clock)
    for hour, at in clock.items():
        assert angle_of(hour) == pytest.approx((at - 12.0) / 24.0 * 2.0 * math.pi)
        assert hour_name(angle_of(hour) + 4.0 * math.pi) == hour_name(angle_of(hour) - 2.0 * math.pi) == hour
    assert [hour_name((at - 12.0) * math.pi / 12.0) for at in (2.9, 3.1, 7.2, 7.3, 10.2, 10.3, 22.5, 22.7)] == [
        "night", "dawn", "dawn", "morning", "morning", "noon", "evening", "night",
    ]  # fmt: skip


def test_the_light_of_a_moment_lies_between_its_neighbours() -> None:
    step = 2.0 * math.pi / 240.0
    for place in (0.0, 61.0, 119.0, 239.0):
        one, other, middle = (logs(Mood((place + t) * step)) for t in (0.0, 1.0, 0.25))
        for k in range(3):
            assert np.allclose(middle[k], 0.75 * one[k] + 0.25 * other[k], atol=1e-9)
    for first, second in zip(shares(Mood(0.4)), shares(Mood(0.4 - 2.0 * math.pi)), strict=True):
        assert np.allclose(first, second)


def test_clouds_hide_the_sun_and_lamps_come_on() -> None:
    for clouds in (0.5, 1.0):
        share, colour, key = changed(Mood(clouds=clouds))
        wanted = np.zeros(8)
        wanted[[HIGH, LOW]], wanted[[LAMPS, PRACTICAL]] = -6.0 * clouds, 1.1 * clouds
        assert np.allclose(share, wanted) and key == pytest.approx(-0.35 * clouds)
        moved = np.zeros((8, 3))
        for kind in (SKY, OUTSIDE):
            moved[kind] = clouds * (np.log2([0.90, 0.97, 1.06]) - 0.55 * logs(NOON)[1][kind])
        assert np.allclose(colour, moved)


def test_warmth_brightness_and_lamps_change_what_they_name() -> None:
    for warmth in (-1.0, 0.5):
        share, colour, key = changed(Mood(warmth=warmth))
        assert np.allclose(share, 0.0) and key == pytest.approx(0.0, abs=1e-12)
        assert np.allclose(colour, warmth * np.array([0.22, 0.011, -0.297]))
    share, colour, key = changed(Mood(brightness=-0.6))
    assert np.allclose(share, 0.0) and np.allclose(colour, 0.0) and key == pytest.approx(-0.42)
    share, colour, key = changed(Mood(lamps=0.5))
    assert np.allclose(share, [0, 0, 0, 1.1, 0, 1.1, 0, 0]) and np.allclose(colour, 0.0)
    assert key == pytest.approx(0.0, abs=1e-12)


def test_a_place_with_its_own_lights_has_them_whatever_the_hour() -> None:
    for angle in (0.3, 3.0):
        share, colour, key = shares(Mood(angle, lit=1.0))
        off = 2.0**-9
        assert np.allclose(share, [off, off, off, 0.9, 0.35, 0.25, off, 0.5]) and key == pytest.approx(0.16)
        assert np.allclose(colour[:, 0], [1.028, 1.028, 1.028, 1.028, 0.8435, 1.2118, 1.028, 0.8435], atol=1e-4)
    half = logs(Mood(0.3, lit=0.5))
    for k in range(3):
        assert np.allclose(half[k], 0.5 * (logs(Mood(0.3))[k] + logs(Mood(0.3, lit=1.0))[k]))
    assert changed(Mood(lit=1.0, brightness=0.4), Mood(lit=1.0))[2] == pytest.approx(0.2)
    assert changed(Mood(lit=0.5, brightness=0.4), Mood(lit=0.5))[2] == pytest.approx(0.14 + 0.1)


def test_coloured_light_takes_the_tint_kind_by_kind() -> None:
    tint = (2.0, 0.8, 0.0)
    rest, wanted = logs(NOON)[1], np.log2([2.0, 0.8, 1e-3])
    most = np.array([0.25, 0.0, 0.0, 0.85, 0.7, 0.35, 0.0, 1.0])
    for coloured in (0.5, 1.0):
        colour = logs(Mood(tint=tint, coloured=coloured))[1]
        assert np.allclose(colour, rest + coloured * most[:, None] * (wanted - rest))
    strong = logs(Mood(tint=tint, coloured=1.3))[1]
    assert np.allclose(strong[[STRIP, LAMPS]], wanted)
    assert np.allclose(strong[SCREENS], rest[SCREENS] + 0.91 * (wanted - rest[SCREENS]))
    assert np.allclose(logs(Mood(tint=tint))[1], rest)


def test_a_mood_is_the_same_after_it_was_written() -> None:
    mood = Mood(0.1, 0.2, -0.3, 0.4, 0.5, (0.6, 0.7, 0.8), 0.9, 1.0)
    assert Mood.read(mood.written()) == mood and json.loads(mood.written())["tint"] == [0.6, 0.7, 0.8]
    assert Mood(0.0, 0.0, 0.0, 0.0, 0.0, (1.0, 1.0, 1.0), 0.0, 0.0) == NOON


def test_everything_of_a_mood_is_on_its_way_to_another() -> None:
    first = Mood(0.1, 0.0, -0.5, 0.2, 0.0, (1.0, 2.0, 0.0), 0.0, 1.0)
    second = Mood(0.5, 0.8, 0.5, -0.2, 1.0, (2.0, 0.0, 4.0), 0.4, 0.0)
    found = between(first, second, 0.25)
    assert (found.angle, found.clouds, found.warmth, found.brightness) == pytest.approx((0.2, 0.2, -0.25, 0.1))
    assert (found.lamps, found.coloured, found.lit) == pytest.approx((0.25, 0.1, 0.75))
    assert found.tint == pytest.approx((1.25, 1.5, 1.0))
    assert between(first, second, 0.0) == first
    assert between(first, second, 1.0).tint == pytest.approx(second.tint)


@pytest.mark.parametrize(
    ("begins", "ends", "way"),
    [(0.0, 2.0, 2.0), (0.0, -2.1, -2.1), (0.0, -2.3, 2.0 * math.pi - 2.3), (3.0, -3.0, 2.0 * math.pi - 6.0),
     (-3.0, 3.0, 6.0 - 2.0 * math.pi)],
)  # fmt: skip
def test_hours_far_apart_are_reached_forward_in_time(begins: float, ends: float, way: float) -> None:
    for share in (0.5, 1.0):
        found = between(replace(NOON, angle=begins), replace(NOON, angle=ends), share)
        assert found.angle == pytest.approx(begins + share * way)


def test_kinds_are_named_in_the_order_of_the_table() -> None:
    assert KINDS == ("sky", "sun_high", "sun_low", "lamps", "screens", "practical", "outside", "strip")
