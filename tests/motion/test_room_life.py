"""What moves in a room: it closes with the loop, hides behind what is nearer, stays small, and is the same for all."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.types import Size
from motion.plates import rooms
from motion.rooms.life import LIVELY, Life, Window

SIZE = Size(320, 180)
WHOLE = Window(0.0, 0.0, 1.0, 1.0)


def shown(life: Life, turns: float, level: float = 0.35) -> np.ndarray:
    frame = np.full((3, SIZE.height, SIZE.width), level, np.float32)
    life.show(frame, turns)
    return frame


def changed(frame: np.ndarray, level: float = 0.35) -> np.ndarray:
    return np.abs(frame - level).max(axis=0)


@pytest.mark.parametrize("place", sorted(LIVELY))
def test_every_lively_place_is_one_that_moves_softly_and_closes(place: str) -> None:
    assert place in rooms()
    life = Life(place, WHOLE, SIZE, 12.0, 3)
    level = 0.12 if place == "night-street" else 0.35
    frames = [shown(life, k / 300, level) for k in range(0, 301, 10)]
    assert max(changed(frame, level).max() for frame in frames) > 0.05, "something is there"
    for frame in frames:
        assert frame.min() >= 0.0 and frame.max() <= 1.0
        assert (changed(frame, level) > 0.02).mean() < 0.12, "and most of the room is still"
    np.testing.assert_allclose(shown(life, 0.9999, level), shown(life, 1.0001, level), atol=0.03)
    one, next_ = shown(life, 0.41, level), shown(life, 0.41 + 1 / 300, level)
    assert np.abs(one - next_).mean() < 0.004


@pytest.mark.parametrize("place", ["museum", "night-street", "server-room"])
def test_the_same_seed_gives_the_same_life_and_another_another(place: str) -> None:
    for turns in (0.3, 5.7):
        frames = [shown(Life(place, WHOLE, SIZE, 12.0, seed), turns, 0.12) for seed in (1, 1, 2)]
        assert np.array_equal(frames[0], frames[1])
        if place != "museum":
            assert not np.array_equal(frames[0], frames[2])


def test_a_place_without_life_is_left_alone() -> None:
    life = Life("white-studio", WHOLE, SIZE, 12.0, 0)
    assert not changed(shown(life, 0.4)).any()


def walkers(near: np.ndarray | None = None, seed: int = 0) -> list[np.ndarray]:
    """Where somebody who crosses the museum is, in twelve turns: bool [h, w] of every moment that shows one."""
    life = Life("museum", WHOLE, SIZE, 12.0, seed, near)
    seen = [changed(shown(life, turn + k / 24)) > 0.12 for turn in range(12) for k in range(24)]
    return [mask for mask in seen if mask.sum() > 60]


def test_people_cross_the_room_in_some_turns_and_stand_on_the_floor() -> None:
    seen = walkers()
    assert 12 < len(seen) < 200, "not always"
    middles = [np.nonzero(mask)[1].mean() for mask in seen]
    assert min(middles) < 60 and max(middles) > 260
    for mask in (mask for mask, middle in zip(seen, middles, strict=True) if 40 < middle < 280):
        rows = np.nonzero(mask.sum(axis=1) > 1)[0]
        assert rows.max() == pytest.approx(0.9 * SIZE.height, abs=8)


def test_who_walks_is_hidden_by_what_is_nearer() -> None:
    near = np.tile(np.linspace(0.0, 1.0, SIZE.height, dtype=np.float32)[:, None], (1, SIZE.width))
    near[:140] = 0.1
    near[80:, 120:200] = 1.0
    seen = np.any(walkers(near), axis=0)
    assert seen[90:150, :100].any() and seen[90:150, 220:].any()
    assert not seen[95:, 128:192].any()
    assert seen[40:74, 130:190].any(), "above it they are seen"


def test_a_mirrored_or_narrow_frame_shows_the_same_place_of_the_plate() -> None:
    window = Window(0.25, 0.1, 0.5, 0.8)
    assert window.place(0.5, 0.5) == pytest.approx((0.5, 0.5))
    assert window.place(0.25, 0.1) == pytest.approx((0.0, 0.0))
    mirrored = Window(0.25, 0.1, 0.5, 0.8, True)
    assert mirrored.place(0.25, 0.1) == pytest.approx((1.0, 0.0))
    one = shown(Life("server-room", WHOLE, SIZE, 12.0, 1), 0.2)
    other = shown(Life("server-room", Window(0.0, 0.0, 1.0, 1.0, True), SIZE, 12.0, 1), 0.2)
    np.testing.assert_allclose(one, other[:, :, ::-1], atol=0.02)


def test_lamps_of_cars_burn_in_the_dark_alone() -> None:
    life = Life("night-street", WHOLE, SIZE, 12.0, 1)
    dark = max(changed(shown(life, k / 20, 0.1), 0.1).max() for k in range(20))
    day = max(changed(shown(life, k / 20, 0.6), 0.6).max() for k in range(20))
    assert dark > 0.4
    assert day < 0.02


@pytest.mark.parametrize("place", ["home-study", "cafe", "night-street"])
def test_life_in_bytes_is_the_same(place: str) -> None:
    life, level = Life(place, WHOLE, SIZE, 12.0, 3), 51 if place == "night-street" else 102
    seen = 0
    for turns in (0.05, 0.3, 0.62):
        floats = shown(life, turns, level / 255)
        picture = np.full((SIZE.height, SIZE.width, 3), level, np.uint8)
        life.show(picture.transpose(2, 0, 1), turns, white=255.0)
        assert np.abs(picture.transpose(2, 0, 1) - 255.0 * floats).max() <= 1.5
        seen += int((picture != level).sum())
    assert seen > 100
