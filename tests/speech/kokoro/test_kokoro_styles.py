"""Mixtures of styles: how they are written, what they make, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.errors import VoiceError
from speech.kokoro.styles import LANGUAGES, PRESETS, STYLES, preset_of, style_of

ROWS = {name: np.full((510, 1, 256), number + 1.0, np.float32) for number, name in enumerate(STYLES.values())}


@pytest.mark.parametrize(
    ("written", "shares"),
    [
        ("alpha", {"alpha": 1.0}),
        ("alpha+kumo", {"alpha": 0.5, "kumo": 0.5}),
        ("alpha+kumo:0.3", {"alpha": 0.7, "kumo": 0.3}),
        ("alpha:0.2+kumo:0.3+nezumi:0.5", {"alpha": 0.2, "kumo": 0.3, "nezumi": 0.5}),
    ],
)
def test_what_a_mixture_leaves_open_is_shared(written: str, shares: dict[str, float]) -> None:
    preset = preset_of(f"kokoro-{written}")
    assert preset.sound == preset.movement == pytest.approx(shares)
    wanted = sum(share * ROWS[STYLES[name]][0, 0, 0] for name, share in shares.items())
    assert style_of(preset, ROWS, 40) == pytest.approx(np.full((1, 256), wanted))


@pytest.mark.parametrize(
    "written",
    ["", "alfa", "alpha+alpha", "alpha:0.5", "alpha:0.7+kumo:0.7", "alpha:x+kumo", "alpha:-1+kumo", "alpha:nan+kumo"],
)
def test_what_is_no_mixture_is_refused(written: str) -> None:
    with pytest.raises(VoiceError, match=r"kokoro-alpha\+kumo:0\.3"):
        preset_of(f"kokoro-{written}")


def test_the_row_of_a_style_is_that_of_the_length_and_its_halves_may_differ() -> None:
    rows = {name: np.arange(510, dtype=np.float32)[:, None, None] + np.zeros((510, 1, 256)) for name in STYLES.values()}
    for symbols, row in ((3, 3), (509, 509), (600, 509)):
        assert style_of(preset_of("kokoro-kumo"), rows, symbols).max() == row
    preset = next(preset for preset in PRESETS.values() if preset.sound != preset.movement)
    style = style_of(preset, ROWS, 5)
    assert style.shape == (1, 256)
    assert style[0, 0] != style[0, -1]


def test_there_are_three_women_and_two_men_and_each_has_a_manner() -> None:
    genders = [preset.gender for preset in PRESETS.values()]
    assert genders.count("woman") >= 3
    assert genders.count("man") >= 2
    assert all(preset.manner for preset in PRESETS.values())
    assert set(LANGUAGES.values()) <= {"native", "accented", "robotic"}
