"""A loop of small pictures and the keyframes that are kept: exact pictures at exact moments."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.types import BackdropPlan, Size
from motion.drift import catmull_rom, generator_for, stroll
from motion.keyframes import KeptKeyframes, PictureLoop, covering, planes_of, within

LEVELS = np.array([20, 60, 200, 120])


def loop(path: str = "orbit", period: float = 2.0, seed: int = 3) -> PictureLoop:
    pictures = np.broadcast_to(LEVELS[:, None, None, None], (4, 4, 8, 3)).astype(np.uint8)
    plan = BackdropPlan("e", period, {"pictures": pictures}, {"path": path, "seed": seed}, "")
    return PictureLoop(plan, Size(16, 8), 10.0, "cpu")


def level(place: float) -> float:
    """What the closed curve through LEVELS has at ``place`` turns, 0..1."""
    knot, weights = catmull_rom((place % 1.0) * 4)
    return float(sum(w * LEVELS[(knot + k) % 4] for k, w in zip((-1, 0, 1, 2), weights, strict=True))) / 255.0


def test_keyframes_that_were_asked_for_last_stay() -> None:
    kept, drawn = KeptKeyframes(10, 2, 30), list[int]()

    def draw(number: int) -> np.ndarray:
        drawn.append(number)
        return np.full(3, number)

    assert kept.most == 3 and len(kept) == 0
    for number in (0, 1, 2, 0, 3):
        assert np.array_equal(kept.of(number, draw), np.full(3, number))
    assert (drawn, len(kept)) == ([0, 1, 2, 3], 3)
    kept.of(0, draw)
    kept.of(2, draw)
    assert drawn == [0, 1, 2, 3]
    kept.of(1, draw)
    kept.of(3, draw)
    assert drawn == [0, 1, 2, 3, 1, 3]


@pytest.mark.parametrize(
    ("size", "least", "room", "most"), [(10, 4, 39, 4), (10, 2, 39, 3), (10, 2, 40, 4), (99, 1, 5, 1)]
)
def test_as_many_keyframes_stay_as_there_is_room_for_and_the_least(size: int, least: int, room: int, most: int) -> None:
    assert KeptKeyframes(size, least, room).most == most


def test_eighty_megabytes_are_the_usual_room() -> None:
    assert KeptKeyframes(1_000_000, 4).most == 80
    assert KeptKeyframes(40_000_001, 1).most == 1


@pytest.mark.parametrize("index", [0, 1, 5, 7, 12, 19, 20, 26])
def test_a_frame_lies_on_the_curve_through_the_pictures_under_its_dither(index: int) -> None:
    noise = generator_for(0, "fine dither").random((2, 8, 16, 3), np.float32)
    wanted = level(index / 20) + (noise[0] - noise[1]) * (0.6 / 255.0)
    frame = loop().frame(index).numpy()
    assert frame.shape == (3, 8, 16)
    assert np.allclose(frame.transpose(1, 2, 0), wanted, atol=2e-6)
    assert np.array_equal(loop().byte_frame(index), np.rint(255.0 * wanted).astype(np.uint8))


def test_nothing_is_brighter_than_white_or_darker_than_black() -> None:
    pictures = np.zeros((2, 4, 8, 3), np.uint8)
    pictures[1] = 255
    plan = BackdropPlan("e", 1.0, {"pictures": pictures}, {"path": "orbit", "seed": 0}, "")
    made = PictureLoop(plan, Size(16, 8), 2.0, "cpu")
    black, white = made.frame(0).numpy(), made.frame(1).numpy()
    assert (black.min(), white.max()) == (0.0, 1.0) and black.max() < 0.003 and white.min() > 0.997
    assert made.byte_frame(0).max() == 1 and made.byte_frame(1).min() == 254


def test_a_wander_strolls_over_the_same_curve() -> None:
    for seed in (3, 4):
        made = loop("wander", seed=seed)
        means = [made.frame(index).numpy().mean() for index in (0, 3, 9, 31)]
        wanted = [level(float(stroll(np.array(index / 20), seed))) for index in (0, 3, 9, 31)]
        assert np.allclose(means, wanted, atol=2e-4)
    assert not np.allclose(loop("wander").frame(31).numpy(), loop().frame(31).numpy(), atol=1e-3)


def test_planes_are_the_colours_one_after_another() -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3)
    planes = planes_of(picture)
    assert np.array_equal(planes, picture.transpose(2, 0, 1)) and planes.flags.c_contiguous
    assert planes_of(picture.astype(np.uint8)).dtype == np.uint8


@pytest.mark.parametrize(
    ("shape", "size", "rows", "columns"),
    [
        ((10, 20), Size(10, 10), (0, 10), (5, 15)),
        ((20, 10), Size(10, 10), (5, 15), (0, 10)),
        ((10, 20), Size(20, 10), (0, 10), (0, 20)),
        ((9, 21), Size(16, 9), (0, 9), (2, 18)),
        ((21, 9), Size(9, 16), (2, 18), (0, 9)),
        ((100, 3), Size(1000, 1), (49, 50), (0, 3)),
        ((3, 100), Size(1, 1000), (0, 3), (49, 50)),
    ],
)
def test_the_middle_of_a_picture_is_cut_in_the_shape_of_the_frame(
    shape: tuple[int, int], size: Size, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    picture = np.arange(shape[0] * shape[1] * 3).reshape(*shape, 3)
    wanted = picture[slice(*rows), slice(*columns)]
    assert np.array_equal(covering(picture, size), wanted)


def test_only_a_wider_picture_is_made_smaller() -> None:
    picture = np.repeat(np.arange(0, 240, 20, dtype=np.uint8)[None, :, None], 8, axis=0).repeat(3, axis=2)
    assert within(picture, 12) is picture and within(picture, 13) is picture
    smaller = within(picture, 6)
    assert smaller.shape == (4, 6, 3)
    assert np.array_equal(smaller[0, :, 0], [10, 50, 90, 130, 170, 210])
    assert within(picture, 11).shape == (7, 11, 3)
    assert within(picture[:2], 3).shape == (2, 3, 3)
