"""The scene painter: every family draws, moves calmly, loops, and shows what was asked for."""

from itertools import pairwise

import numpy as np
import pytest

from avatar.core.progress import silent
from avatar.core.types import Size
from motion import BackdropOptions
from motion.engines.painted import Painted, PaintedClip
from motion.scenes.families import FAMILIES, draw


def clip(prompt: str, **changes: object) -> PaintedClip:
    size = Size(160, 90)
    options = BackdropOptions(size=size, prompt=prompt, **changes)  # type: ignore[arg-type]
    return Painted().open(Painted().plan(options, silent()), size, 25.0, "cpu")


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_draws_a_living_closed_picture(family: str) -> None:
    usual = FAMILIES[family].usual
    first, near, half, last = (draw(family, usual, 128, 72, 5, phase) for phase in (0.0, 0.005, 0.5, 1.0))
    assert first.shape == (72, 128, 3)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert first.std() > 0.02
    assert np.abs(first - last).mean() < 1e-4
    assert np.abs(first - near).mean() < 0.02
    assert np.abs(first - half).mean() > 2e-4


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_seeds_and_tones_differ(family: str) -> None:
    tones = list(FAMILIES[family].tones)
    first = draw(family, tones[0], 128, 72, 1)
    assert np.abs(first - draw(family, tones[0], 128, 72, 2)).mean() > 3e-3
    assert np.abs(first - draw(family, tones[2], 128, 72, 1)).mean() > 0.02


@pytest.mark.parametrize("shape", [(72, 128), (96, 96), (32, 18), (200, 40)])
def test_odd_formats_draw(shape: tuple[int, int]) -> None:
    for family in FAMILIES:
        assert draw(family, FAMILIES[family].usual, *shape, 3).shape == (shape[1], shape[0], 3)


def test_night_is_darker_than_noon_and_colours_are_theirs() -> None:
    night, noon = (draw("ocean", tone, 128, 72, 4) for tone in ("night, moonlight", "noon, bright blue sky"))
    assert night.mean() < 0.5 * noon.mean()
    red, _, blue = draw("curtain", "red crimson", 128, 72, 4).mean(axis=(0, 1))
    assert red > 2 * blue


def test_frames_loop_without_a_seam_and_without_jumps() -> None:
    made = clip("calm ocean at dusk")
    frames = [made.frame(i).numpy() for i in range(301)]
    changes = np.array([np.abs(a - b).mean() for a, b in pairwise(frames)])
    assert np.abs(frames[0] - frames[300]).max() < 1e-5
    assert changes[-1] <= 1.5 * np.median(changes)
    assert changes.max() <= 2.0 * np.median(changes)


def test_any_order_of_asking_gives_the_same_frame() -> None:
    first, second = clip("forest", seed=2), clip("forest", seed=2)
    straight = [first.frame(i).numpy().copy() for i in range(40)]
    assert np.array_equal(second.frame(39).numpy(), straight[39])
    assert np.array_equal(second.frame(3).numpy(), straight[3])


def test_wandering_does_not_repeat_and_travel_arrives() -> None:
    wandering = clip("bokeh lights", path="wander")
    assert np.abs(wandering.frame(0).numpy() - wandering.frame(300).numpy()).mean() > 1e-3
    travelling = clip("calm ocean at noon", path="travel:purple nebula", text_force=0.0, noise_drift=0.0)
    nebula = clip("purple nebula", text_force=0.0, noise_drift=0.0)
    assert np.abs(travelling.frame(150).numpy() - nebula.frame(150).numpy()).mean() < 0.03


def test_a_larger_force_moves_light_and_colour_more() -> None:
    def spread(force: float) -> float:
        made = clip("studio glow blue", text_force=force, noise_drift=0.0)
        tints = np.stack([made.frame(i).numpy().mean(axis=(1, 2)) for i in range(0, 300, 25)])
        return float(tints.std(axis=0).mean())

    assert spread(0.0) < spread(10.0) < spread(30.0)


def test_memory_is_bounded_over_a_long_wander() -> None:
    made = clip("bokeh lights", path="wander")
    made._loop._kept.most = 8
    for index in range(0, 2000, 20):
        made.frame(index)
    assert len(made._loop._kept) <= 8


def test_noise_drift_turns_the_noise() -> None:
    def spread(drift: float) -> float:
        made = clip("purple nebula", text_force=0.0, noise_drift=drift)
        return float((made.frame(0) - made.frame(150)).abs().mean())

    assert spread(0.0) < 0.01 < spread(15.0) < spread(60.0)
