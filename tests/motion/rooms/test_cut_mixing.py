"""A room cut for a frame, and its lights mixed: which pixels, how much of each light, which tones."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar.core.types import Size
from motion.plates import KINDS, Room, layer, rooms
from motion.rooms.daylight import Mood, shares
from motion.rooms.mixing import LUMINANCE, Gains, Plate, _fitted, _window, irradiance, toned
from tests.rooms_small import DAYLIGHT, write_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    folder = tmp_path_factory.mktemp("rooms")
    write_room(folder, "open-office", 1)
    return rooms(folder)["open-office"][0]


@pytest.mark.parametrize(
    ("size", "seat", "window"),
    [
        (Size(160, 90), (0.5, 0.5), (0, 0, 160, 90)),
        (Size(90, 90), (0.5, 0.5), (35, 0, 90, 90)),
        (Size(90, 90), (0.2, 0.5), (0, 0, 90, 90)),
        (Size(90, 90), (0.9, 0.5), (70, 0, 90, 90)),
        (Size(320, 90), (0.5, 0.5), (0, 26, 160, 45)),
        (Size(320, 90), (0.5, 0.1), (0, 0, 160, 45)),
        (Size(320, 90), (0.5, 0.9), (0, 45, 160, 45)),
        (Size(50, 90), (0.5, 0.5), (55, 0, 50, 90)),
        (Size(1000, 2), (0.5, 0.5), (0, 45, 160, 2)),
    ],
)
def test_the_cut_is_as_large_as_it_goes_with_the_seat_where_a_face_is(
    room: Room, size: Size, seat: tuple[float, float], window: tuple[int, int, int, int]
) -> None:
    assert _window(replace(room, seat=seat), size) == window


def test_a_cut_is_mirrored_and_only_made_smaller() -> None:
    pixels = np.arange(40 * 80, dtype=np.float32).reshape(40, 80)
    cut = pixels[5:25, 10:50]
    assert np.array_equal(_fitted(pixels, (10, 5, 40, 20), Size(64, 32), False), cut)
    assert np.array_equal(_fitted(pixels, (10, 5, 40, 20), Size(64, 32), True), cut[:, ::-1])
    assert np.array_equal(_fitted(pixels, (10, 5, 40, 20), Size(39, 20), False), cut)
    smaller = _fitted(pixels, (10, 5, 40, 20), Size(20, 10), False)
    assert smaller.shape == (11, 21)
    assert np.allclose(smaller, cv2.resize(cut, (21, 11), interpolation=cv2.INTER_AREA))
    wide = np.zeros((2, 2000), np.float32)
    assert _fitted(wide, (0, 0, 2000, 2), Size(1500, 2), False).shape == (1, 960)


def test_light_is_the_sum_of_layers_times_scale_and_gain(room: Room) -> None:
    plate = Plate(room, Size(160, 90), False)
    gains = np.random.default_rng(0).uniform(0.2, 2.0, (len(room.groups), 3))
    gains[2] = (0.0, 1e-5, 3e-5)
    wanted = sum(layer(room.folder / g.file) * g.scale * gain for g, gain in zip(room.groups, gains, strict=True))
    assert np.allclose(plate.linear(gains), np.transpose(wanted, (2, 0, 1)), atol=3e-5)
    mirrored = Plate(room, Size(160, 90), True)
    assert np.allclose(mirrored.linear(gains), plate.linear(gains)[:, :, ::-1], atol=1e-6)
    assert plate.window.mirrored is False and mirrored.window.mirrored is True
    found = plate.window
    assert (found.left, found.top, found.width, found.height) == (0.0, 0.0, 1.0, 1.0)
    square = Plate(room, Size(90, 90), False).window
    assert (square.left, square.width, square.height) == pytest.approx((35 / 160, 90 / 160, 1.0))


def test_a_frame_shows_the_middle_of_the_cut_and_the_sway_moves_it(room: Room) -> None:
    flat = replace(room, depth="")
    plate = Plate(flat, Size(160, 90), False)
    assert plate.near is None
    gains = Gains(plate).of(Mood())
    tones = np.transpose(toned(plate.linear(gains)), (1, 2, 0))
    columns = ((np.arange(160) + 0.5) / 160 - 0.5) / 1.03 * 160 + 79.5
    rows = ((np.arange(90) + 0.5) / 90 - 0.5) / 1.03 * 90 + 44.5
    for sway, across, down in (((0.0, 0.0), 0.0, 0.0), ((1.0, 0.0), 0.192, 0.0), ((0.0, -1.0), 0.0, -0.192)):
        grid = np.meshgrid((columns + across).astype(np.float32), (rows + down).astype(np.float32))
        wanted = cv2.remap(tones, grid[0], grid[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        assert np.abs(plate.picture(gains, sway) - wanted).max() < 0.2
    still, moved = plate.picture(gains, (0.0, 0.0)), plate.picture(gains, (5.0, 0.0))
    assert np.abs(moved - still).max() > 1.0


def test_what_is_near_moves_further_than_what_is_far(room: Room) -> None:
    plate = Plate(room, Size(160, 90), False)
    assert plate.near is not None and plate.near.shape == (90, 160)
    assert plate.near[-5].mean() > 0.9 and plate.near[4].mean() < 0.1
    reach = plate._reach
    assert reach.mean() == pytest.approx(160 * 0.0012, abs=0.003)
    assert reach[80, 80] - reach[10, 80] == pytest.approx(
        160 * 0.0045 * (plate.near[80, 80] - plate.near[10, 80]), rel=0.03
    )


def test_gains_give_each_light_its_share_and_the_picture_its_key(room: Room) -> None:
    plate = Plate(room, Size(160, 90), False)
    gains, mood = Gains(plate), Mood()
    found = gains.of(mood)
    share, colour, _ = shares(mood)
    least = np.array((0.15, 0.15, 0.12, 0.15, 0.03, 0.08))
    bright = plate.coarse.reshape(6, -1, 3) @ LUMINANCE
    weight = np.maximum(np.maximum(bright.mean(axis=1), np.percentile(bright, 99, axis=1) / 20.0), least)
    ratio = found / (share[:6] / weight)[:, None] / colour[:6]
    assert np.allclose(ratio, ratio[0, 0], rtol=1e-5)
    assert [KINDS.index(kind) for kind in DAYLIGHT] == list(range(6))
    breath = np.ones(8)
    breath[1] = 0.5
    breathed = gains.of(mood, breath)
    assert (breathed[1] / breathed[0])[1] == pytest.approx(0.5 * (found[1] / found[0])[1])


def test_the_mean_light_with_its_highlights_cut_is_the_key_of_the_mood(room: Room) -> None:
    plate = Plate(room, Size(160, 90), False)
    gains = Gains(plate)
    for mood in (Mood(), Mood(brightness=-1.0), Mood(3.1)):
        found, key = gains.of(mood), shares(mood)[2]
        light = np.einsum("ghwc,gc->hwc", plate.coarse, found) @ LUMINANCE
        assert np.minimum(light, 1.0).mean() == pytest.approx(key, rel=0.02)
        small = gains.coarse(found)
        wanted = toned(np.einsum("ghwc,gc->hwc", plate.coarse, found).reshape(-1, 3).astype(np.float32))
        assert small.shape == (48 * 27, 3) and np.abs(small - wanted).max() < 0.5


def test_a_light_of_few_highlights_counts_as_a_twentieth_of_them(room: Room) -> None:
    plate = Plate(room, Size(160, 90), False)
    plate.coarse = np.zeros_like(plate.coarse)
    plate.coarse[:, :, 0] = 30.0
    plate.coarse[0] = 0.5
    found = Gains(plate)._unit
    assert np.allclose(found[1:], 20.0 / 30.0) and found[0] == pytest.approx(2.0)


def test_hardly_any_light_is_still_mixed(room: Room) -> None:
    plate = Plate(room, Size(160, 90), False)
    gains = np.zeros((6, 3))
    gains[1, 2] = 2e-4
    wanted = layer(room.folder / "sun_high.webp")[..., 2] * np.float32(1e-4)
    assert np.allclose(plate.linear(gains)[2], wanted, rtol=1e-3, atol=0.0) and wanted.max() > 0.0
    gains[1, 2] = 1e-5
    assert not plate.linear(gains).any()


def test_two_lights_of_a_kind_share_what_the_kind_gives(room: Room) -> None:
    twice = replace(room, groups=(*room.groups, room.groups[3]))
    one, two = (Gains(Plate(each, Size(160, 90), False)).of(Mood(lamps=1.0)) for each in (room, twice))
    assert two[3, 0] == two[6, 0] and two[3, 0] / two[0, 0] == pytest.approx(0.5 * one[3, 0] / one[0, 0])


def test_light_at_the_seat_is_summed_and_turned_with_the_mirror(room: Room) -> None:
    gains = np.arange(1.0, 19.0).reshape(6, 3)
    plate, mirrored = Plate(room, Size(160, 90), False), Plate(room, Size(160, 90), True)
    found = irradiance(plate, gains)
    assert (found.shape, found.dtype) == ((3, 9), np.float32)
    assert np.allclose(found[:, 0], gains.sum(axis=0))
    assert np.allclose(found[:, 3], -0.5 * gains[0] - 0.6 * gains[1] + 0.7 * gains[2])
    assert np.allclose(found[:, 1], 0.6 * gains[3])
    ones = replace(room, groups=tuple(replace(g, irradiance=np.ones((3, 9))) for g in room.groups))
    plate.room = mirrored.room = ones
    assert np.allclose(irradiance(mirrored, gains) / irradiance(plate, gains), [1, 1, 1, -1, -1, 1, 1, -1, 1])


@pytest.mark.parametrize("light", [0.0, 0.001, 0.01, 0.05, 0.18, 0.5, 1.0, 3.0, 15.0])
def test_tones_follow_the_curve_of_a_film(light: float) -> None:
    x = 1.15 * light
    film = min(1.0, x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14))
    shown = 12.92 * film if film <= 0.0031308 else 1.055 * film ** (1 / 2.4) - 0.055
    found = toned(np.full((3, 1, 1), light, np.float32))
    assert found.shape == (3, 1, 1) and float(found[0, 0, 0]) == pytest.approx(255.0 * shown, abs=0.45)


def test_light_beyond_the_table_is_as_bright_as_its_end() -> None:
    found = toned(np.array([16.0, 17.0, 60.0], np.float32))
    assert found[1] == found[2] and found[0] == pytest.approx(found[1], abs=0.2)
    assert math.isclose(float(toned(np.zeros(1, np.float32))[0]), 0.0)
