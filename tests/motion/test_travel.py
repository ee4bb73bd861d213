"""Where a travel arrives: in the middle of its loop it shows its goal, whatever the first prompt names."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar.core.progress import silent
from avatar.core.types import Size
from motion import BackdropOptions
from motion.asked import read_asked
from motion.engines.embedded import Embedded
from motion.engines.painted import Painted
from motion.generator.moments import looks_of

_SIZE = Size(96, 54)
_ENGINES = {"painted": Painted, "embedded": Embedded}
_QUICK = {"painted": {}, "embedded": {"steps": "1", "guidance": "1", "keyframes": "16"}}
_WITHIN = [
    ("calm ocean at noon", "calm ocean at night"),
    ("calm ocean at night", "calm ocean at noon"),
    ("mountains at dawn", "mountains at night"),
    ("red velvet curtain", "green velvet curtain"),
    ("green velvet curtain", "red velvet curtain"),
    ("bright office in daylight", "office at dark night"),
    ("спокойный океан в полдень", "спокойный океан ночью"),
    ("океан ночью", "океан в полдень"),
]
_ACROSS = [
    ("calm ocean at noon", "purple nebula"),
    ("purple nebula", "calm ocean at noon"),
    ("ночной океан", "лес днём"),
]


def moments_of(engine: str, prompt: str, moments: tuple[float, ...], path: str = "orbit") -> list[torch.Tensor]:
    """Pictures [3, h, w] of a loop of two seconds at ``moments`` of it."""
    options = BackdropOptions(
        size=_SIZE,
        prompt=prompt,
        path=path,
        text_force=0.0,
        noise_drift=0.0,
        period_s=2.0,
        engine_options=_QUICK[engine],
    )
    made = _ENGINES[engine]()
    clip = made.open(made.plan(options, silent()), _SIZE, 20.0, "cpu")
    return [clip.frame(round(40 * moment)).clone() for moment in moments]


def apart(first: torch.Tensor, second: torch.Tensor) -> float:
    return float((first - second).abs().mean())


@pytest.mark.parametrize(("start", "goal"), _WITHIN + _ACROSS)
def test_a_painted_travel_is_at_its_goal_in_the_middle(start: str, goal: str) -> None:
    begun, middle, over = moments_of("painted", start, (0.0, 0.5, 1.0), f"travel:{goal}")
    (here, _), (_, there) = moments_of("painted", start, (0.0, 0.5)), moments_of("painted", goal, (0.0, 0.5))
    assert apart(here, there) > 0.05
    assert apart(begun, here) < 0.02 > apart(over, here)
    assert apart(middle, there) < 0.02


@pytest.mark.parametrize(("start", "goal"), _WITHIN)
def test_the_light_of_a_generated_travel_is_its_goals_in_the_middle(start: str, goal: str) -> None:
    on_the_way = lights(start, np.array([0.0, 0.5, 1.0]), f"travel:{goal}")
    here, there = (lights(prompt, np.zeros(1))[0] for prompt in (start, goal))
    assert np.abs(here - there).mean() > 0.02
    assert np.allclose(on_the_way, [here, there, here], atol=1e-6)


def lights(prompt: str, phases: np.ndarray, path: str = "orbit") -> np.ndarray:
    """The tones [k, 23] of the scene that the network repaints."""
    asked = read_asked(BackdropOptions(size=_SIZE, prompt=prompt, path=path, text_force=0.0), "embedded")
    return looks_of(asked, 0, phases, phases)[0, :, :23]


@pytest.mark.parametrize(("start", "goal"), _WITHIN[:2])
def test_a_generated_travel_is_at_its_goal_in_the_middle(start: str, goal: str) -> None:
    begun, middle = moments_of("embedded", start, (0.0, 0.5), f"travel:{goal}")
    (here, _), (_, there) = moments_of("embedded", start, (0.0, 0.5)), moments_of("embedded", goal, (0.0, 0.5))
    assert apart(begun, here) < 0.25 * apart(begun, there)
    assert apart(middle, there) < 0.25 * apart(middle, here)
