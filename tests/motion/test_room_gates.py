"""The gates of motion on raw frames: an encoder adds a change of its own where a film begins again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar.core.progress import silent
from avatar.core.types import Size
from motion.engines.painted import Painted
from motion.options import BackdropOptions
from motion.plates import KINDS
from motion.rooms.daylight import Mood, angle_of, shares
from motion.trials import measures
from motion.trials.rooms import clip_of, loop_of, seam


@pytest.mark.parametrize("prompt", ["open office 1", "balcony 2 at sunset", "stage 3", "lake under stars 1"])
def test_a_loop_of_a_shipped_room_is_even_and_has_no_seam(prompt: str) -> None:
    frames = loop_of(prompt, 6.0)
    assert seam(frames) <= 1.3
    assert measures.unevenness(frames) <= 1.3
    assert measures.neighbour_ssim(frames[:20]) >= 0.99
    lively = loop_of(prompt, 6.0, life=1.0)
    assert seam(lively) <= 1.3
    assert measures.neighbour_ssim(lively[:20]) >= 0.98


def test_a_travel_between_two_rooms_has_no_seam() -> None:
    assert seam(loop_of("library at noon", 8.0, path="travel:kitchen at night")) <= 1.3


def test_a_painted_wood_in_mist_has_no_seam() -> None:
    size = Size(160, 90)
    options = BackdropOptions(size, "emerald woods in the morning mist", seed=5, period_s=6.0)
    clip = Painted().open(Painted().plan(options, silent()), size, 25.0, "cpu")
    assert seam(torch.stack([clip.frame(k) for k in range(150)])) <= 1.3


def test_windows_outside_are_lit_by_night_and_not_by_day() -> None:
    def burn(hour: str) -> tuple[float, np.ndarray]:
        share, colour, _ = shares(Mood(angle_of(hour)))
        at = KINDS.index("outside")
        return float(share[at]), colour[at]

    assert max(burn(hour)[0] for hour in ("morning", "noon", "afternoon")) < 0.01
    for hour in ("dusk", "evening", "night"):
        share, colour = burn(hour)
        assert share > 0.02
        assert colour[0] > colour[2]


def test_an_hour_beside_a_title_that_names_one_is_heard() -> None:
    noon, night = (clip_of(f"street at night 1 {hour}").frame(0).mean() for hour in ("at noon", ""))
    assert float(noon) > 1.5 * float(night)
