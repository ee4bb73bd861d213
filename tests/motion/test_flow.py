"""The flow engine: closed ways, the picture at rest where the loop begins, and what its packaged weights are worth."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.core.errors import MissingEngine, OptionError
from avatar.core.progress import silent
from avatar.core.types import Size
from motion.engines.flow import WEIGHTS, Flow
from motion.flow.network import FlowNetwork, new_network
from motion.flow.scenes import drawn, moved, warped
from motion.flow.training import errors_of, train
from motion.options import BackdropOptions

_SIZE = Size(96, 64)


def options(picture: Path | None = None, prompt: str = "", **own: str) -> BackdropOptions:
    return BackdropOptions(_SIZE, prompt, 0, period_s=4.0, image=picture, engine_options=own)


def test_a_loop_begins_with_the_picture_and_comes_back(landscape_png: Path) -> None:
    plan = Flow().plan(options(landscape_png), silent())
    clip = Flow().open(plan, _SIZE, 25.0, "cpu")
    frames = [clip.frame(index).numpy() for index in range(0, 100, 10)]
    assert np.abs(clip.frame(100).numpy() - frames[0]).max() < 1e-5
    at_rest = cv2.resize(plan.arrays["picture"], (_SIZE.width, _SIZE.height)).transpose(2, 0, 1) / 255.0
    assert np.abs(frames[0] - at_rest).mean() < 0.01
    assert plan.reading == "picture landscape.png"


def test_strength_scales_the_motion_and_seeds_differ(landscape_png: Path) -> None:
    still, usual = (Flow().plan(options(landscape_png, strength=text), silent()) for text in ("0", "1"))
    assert np.abs(still.arrays["motion"][:4]).max() == 0.0
    assert np.abs(usual.arrays["motion"][:4]).max() > 0.001


def test_words_are_drawn_first() -> None:
    plan = Flow().plan(options(prompt="calm ocean at dusk"), silent())
    assert "ocean" in plan.reading
    assert plan.arrays["picture"].std() > 5.0


@pytest.mark.parametrize(
    ("own", "told"), [({"strength": "9"}, "0 to 3"), ({"colour": "red"}, "no option"), ({}, "give @FILE")]
)
def test_what_cannot_be_used_is_refused(own: dict[str, str], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        Flow().plan(options(**own), silent())


def test_weights_that_are_not_there_are_told(landscape_png: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match="no flow network"):
        Flow().plan(options(landscape_png, model=str(tmp_path)), silent())


def test_a_drawn_film_is_its_picture_moved() -> None:
    scene = drawn(3, 5)
    assert np.abs(scene.frame(0.0) - scene.picture).max() < 1e-6
    assert np.abs(scene.frame(1.0) - scene.picture).max() < 1e-3
    truth, guess = scene.frame(0.25), warped(scene.picture, moved(scene.motion, 0.25))
    assert np.abs(guess - truth).mean() < 0.6 * np.abs(scene.picture - truth).mean()
    assert np.array_equal(drawn(3, 5).picture, scene.picture)


def test_the_packaged_network_beats_staying_still_and_going_on() -> None:
    made = FlowNetwork.load(WEIGHTS)
    rows = [errors_of(drawn(7, 2_000_000 + index), made, index) for index in range(12)]
    error = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    assert error["flow"] < 0.8 * error["stay"]
    assert error["flow"] < 0.5 * error["repeat"]


def test_a_run_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from motion.flow import training

    monkeypatch.setattr(training, "_SCENES", 4)
    assert [line.split()[0] for line in train(tmp_path, 2)] == ["2"]
    assert [line.split()[0] for line in train(tmp_path, 3)] == ["3"]
    assert list(train(tmp_path, 3)) == []
    picture = np.random.default_rng(0).random((20, 30, 3), np.float32)
    made = FlowNetwork.load(tmp_path / "release")
    assert made.motion(picture, 1).shape == (5, 16, 16)
    assert not np.array_equal(made.motion(picture, 1), made.motion(picture, 2))


def test_the_network_is_small() -> None:
    assert sum(weight.numel() for weight in new_network().parameters()) < 1_000_000
