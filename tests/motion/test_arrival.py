"""A scene that begins in another place: the way is walked once, then the place is as it always was."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar.core.types import BackdropPlan, GivesLight
from motion.arrival import TRAVEL_SECONDS, WAY_FPS, arrival, engines_of, parted, with_way

FPS = 10.0


class Plain:
    """Every frame shows its number over ``scale`` in red, and ``blue``."""

    def __init__(self, scale: float, blue: float) -> None:
        self.scale, self.blue, self.asked = scale, blue, list[int]()

    def frame(self, index: int) -> torch.Tensor:
        self.asked.append(index)
        return torch.tensor([index / self.scale, 0.0, self.blue])[:, None, None].expand(3, 2, 2)


class Lit(Plain):
    def light(self, index: int) -> np.ndarray:
        return np.full((3, 9), index / self.scale, np.float32)


def test_a_plan_with_a_way_comes_apart_again() -> None:
    own = BackdropPlan("embedded", 12.0, {"latents": np.ones(3)}, {"path": "orbit", "n": 1}, "read", ("a",))
    way = BackdropPlan("rooms", 8.0, {"latents": np.zeros(2)}, {"path": "travel", "seed": 3}, "other", ("a", "b"))
    both = with_way(own, way)
    assert (both.engine, both.period, both.reading, both.notes) == ("embedded", 12.0, "read", ("a", "b"))
    assert engines_of(both) == ("embedded", "rooms") and engines_of(own) == ("embedded",)
    first, second = parted(both)
    assert first.settings == own.settings and np.array_equal(first.arrays["latents"], np.ones(3))
    assert second is not None and (second.engine, second.period, second.settings) == ("rooms", 8.0, way.settings)
    assert np.array_equal(second.arrays["latents"], np.zeros(2)) and set(first.arrays) == {"latents"}
    assert parted(own) == (own, None)


def test_the_way_is_walked_from_its_beginning_to_its_half_and_never_back() -> None:
    own, way = Plain(1e9, 1.0), Plain(WAY_FPS, 0.0)
    clip = arrival(own, way, FPS, travels=True)
    frames = [clip.frame(index) for index in range(60)]
    assert way.asked[0] == 0 and way.asked == sorted(way.asked)
    assert way.asked[-1] <= TRAVEL_SECONDS * WAY_FPS and way.asked[-1] > 0.99 * TRAVEL_SECONDS * WAY_FPS
    blue = [float(frame[2, 0, 0]) for frame in frames]
    assert blue[:25] == [0.0] * 25 and blue[40:] == [1.0] * 20
    assert blue == sorted(blue) and max(np.diff(blue)) < 0.15
    assert own.asked[-20:] == list(range(40, 60)), "the drift of the place has the time of the scene"


def test_a_way_by_another_engine_dissolves_from_the_first_frame_on() -> None:
    clip = arrival(Plain(1e9, 1.0), Plain(1e9, 0.0), FPS, travels=False)
    blue = [float(clip.frame(index)[2, 0, 0]) for index in range(45)]
    assert blue[0] == 0.0 and blue[20] == pytest.approx(0.5) and blue[40:] == [1.0] * 5
    assert max(np.diff(blue)) < 0.04


def test_light_is_given_where_both_places_give_it() -> None:
    lit = arrival(Lit(1.0, 1.0), Lit(WAY_FPS, 0.0), FPS, travels=False)
    assert isinstance(lit, GivesLight)
    assert lit.light(0)[0, 0] == 0.0 and lit.light(50)[0, 0] == 50.0
    assert lit.light(20)[2, 8] == pytest.approx(0.5 * 20 + 0.5 * 2.0)
    assert not isinstance(arrival(Lit(1.0, 1.0), Plain(1.0, 0.0), FPS, travels=True), GivesLight)


class InBytes(Plain):
    def byte_frame(self, index: int) -> np.ndarray:
        return np.rint(255.0 * self.frame(index).numpy()).astype(np.uint8).transpose(1, 2, 0).copy()


@pytest.mark.parametrize("travels", [True, False])
@pytest.mark.parametrize("kinds", [(InBytes, InBytes), (InBytes, Plain), (Plain, Plain)])
def test_bytes_of_a_way_are_its_frames(kinds: tuple[type[Plain], type[Plain]], travels: bool) -> None:
    clip = arrival(kinds[0](90.0, 1.0), kinds[1](5.0 * WAY_FPS, 0.0), FPS, travels)
    for index in range(0, 60, 7):
        wanted = 255.0 * clip.frame(index).permute(1, 2, 0).numpy()
        given = clip.byte_frame(index)
        assert given.dtype == np.uint8 and given.flags.c_contiguous
        assert np.abs(given - wanted).max() <= 1.0
