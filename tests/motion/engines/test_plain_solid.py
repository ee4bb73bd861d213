"""One plain colour, as it was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.progress import Progress, silent
from avatar.core.types import EngineCard, Size
from motion.engines.solid import Solid
from motion.options import BackdropOptions


@pytest.mark.parametrize(("colour", "rgb"), [("", (217, 219, 222)), ("#ff8001", (255, 128, 1)), ("#000000", (0, 0, 0))])
def test_every_pixel_of_every_frame_has_the_colour(colour: str, rgb: tuple[int, int, int]) -> None:
    told: list[tuple[float, str]] = []
    plan = Solid().plan(BackdropOptions(Size(8, 4), colour=colour), Progress(lambda f, m: told.append((f, m))))
    shown = colour or "#d9dbde"
    assert (plan.engine, plan.period, plan.settings, plan.reading) == (
        "solid",
        0.0,
        {"colour": shown},
        f"plain colour {shown}",
    )
    assert told == [(1.0, "backdrop")]
    clip = Solid().open(plan, Size(8, 4), 25.0, "cpu")
    for index in (0, 9):
        assert clip.byte_frame(index).shape == (4, 8, 3) and (clip.byte_frame(index) == rgb).all()
        frame = clip.frame(index).numpy()
        assert frame.shape == (3, 4, 8) and np.allclose(255.0 * frame.transpose(1, 2, 0), rgb, atol=1e-4)
    assert Solid().card() == EngineCard("solid", "1", "Apache-2.0")


def test_what_is_no_colour_and_any_option_are_refused() -> None:
    with pytest.raises(OptionError):
        Solid().plan(BackdropOptions(Size(8, 4), colour="#12"), silent())
    with pytest.raises(OptionError, match="Backdrop engine solid has no option 'x': it has none of its own"):
        Solid().plan(BackdropOptions(Size(8, 4), engine_options={"x": "1"}), silent())
