"""SadTalker's engine over small networks: what each option does to the plan and to the frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from avatar.core.errors import Cancelled
from avatar.core.media import VideoWriter
from avatar.core.progress import Progress, silent
from avatar.core.types import FacePlan, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.engines import sadtalker
from avatar.face.engines.sadtalker import SadTalker
from tests import sadtalker_small

_SIZE = Size(128, 128)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with pytest.MonkeyPatch.context() as patch:
        yield sadtalker_small.install(tmp_path_factory.mktemp("weights"), patch)
    sadtalker.forget()


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return sadtalker_small.sitter()


def _plan(
    portrait: Portrait, weights: dict[str, str], fps: float = 25.0, seed: int = 0, keep: bool = True,
    expression: str = "neutral", **given: str,
) -> FacePlan:  # fmt: skip
    frames = round(2 * fps)
    sound = np.random.default_rng(5).uniform(-0.3, 0.3, 2 * 22050).astype(np.float32)
    options = FaceOptions(_SIZE, fps, keep, expression, seed, {**weights, **given})
    speech = Speech(sound, 22050, "en")
    return SadTalker().plan(portrait, speech, sadtalker_small.gestures(frames, fps), options, silent())


def _coefficients(portrait: Portrait, weights: dict[str, str], **options: object) -> np.ndarray:
    plan = _plan(portrait, weights, **options)  # type: ignore[arg-type]
    return plan.constants["coefficients"]


def _frames(plan: FacePlan, portrait: Portrait, start: int, stop: int) -> torch.Tensor:
    return torch.cat(list(SadTalker().open(plan, portrait, "cpu").frames(start, stop)))


def test_gestures_turn_the_head(portrait: Portrait, weights: dict[str, str]) -> None:
    plan = _plan(portrait, weights)
    yaw = np.degrees(plan.constants["coefficients"][:, 65] - plan.constants["source"][65])
    assert yaw == pytest.approx(sadtalker_small.gestures(50, 25.0).yaw, abs=1e-3)


def test_a_still_head_only_speaks(portrait: Portrait, weights: dict[str, str]) -> None:
    plan = _plan(portrait, weights, still="on")
    coefficients, source = plan.constants["coefficients"], plan.constants["source"]
    assert (coefficients[:, 64:] == source[64:]).all()
    assert coefficients[:, :64].std(axis=0).max() > 0.01


def test_a_style_and_a_seed_make_another_take(portrait: Portrait, weights: dict[str, str]) -> None:
    first = _coefficients(portrait, weights, pose_style="1")
    assert np.array_equal(first, _coefficients(portrait, weights, pose_style="1"))
    assert not np.array_equal(first[:, 64:70], _coefficients(portrait, weights, pose_style="2")[:, 64:70])
    assert not np.array_equal(first[:, 64:70], _coefficients(portrait, weights, pose_style="1", seed=1)[:, 64:70])


def test_blinks_come_from_gestures_or_by_chance_or_not_at_all(portrait: Portrait, weights: dict[str, str]) -> None:
    with_gestures = _coefficients(portrait, weights)[:, :64]
    by_chance = _coefficients(portrait, weights, gestures="off")[:, :64]
    never = _coefficients(portrait, weights, blink="off")[:, :64]
    lids = (with_gestures - never) @ np.ones(64)
    shut = sadtalker_small.gestures(50, 25.0).lids > 0.1
    assert np.abs(lids[shut]).min() > 10 * np.abs(lids[~shut & (sadtalker_small.gestures(50, 25.0).lids == 0)]).max()
    assert 0 < (np.abs(by_chance - never).max(axis=1) > 1e-6).sum() < 30


def test_expression_scale_multiplies(portrait: Portrait, weights: dict[str, str]) -> None:
    plain = _coefficients(portrait, weights)[:, :64]
    assert np.allclose(_coefficients(portrait, weights, expression_scale="2")[:, :64], 2 * plain, atol=1e-5)


@pytest.fixture(scope="module")
def film(portrait: Portrait, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A face that moves sideways, a fifth of a second at 50 frames a second."""
    path = tmp_path_factory.mktemp("film") / "lent.mp4"
    with VideoWriter(path, Size(512, 512), 50.0) as writer:
        for shift in range(0, 60, 6):
            writer.write(np.roll(portrait.pixels, shift, axis=1))
    return str(path)


def test_a_video_lends_its_head_motion(portrait: Portrait, weights: dict[str, str], film: str) -> None:
    own = _coefficients(portrait, weights, gestures="off")
    lent = _coefficients(portrait, weights, reference_pose=film)
    move = lent[:, 64:70] - own[:, 64:70]
    assert np.array_equal(lent[:, :64], own[:, :64])
    assert np.abs(move[0]).max() < 1e-6
    assert np.abs(move).max() > 1e-3
    assert np.allclose(move[1:9], move[9:17], atol=1e-6)  # five frames, there and back
    assert np.allclose(move[1:4], move[7:4:-1], atol=1e-6)


def test_a_video_lends_its_eyes(portrait: Portrait, weights: dict[str, str], film: str) -> None:
    own = _coefficients(portrait, weights, blink="off")
    lent = _coefficients(portrait, weights, reference_blink=film)
    assert np.array_equal(lent[:, 64:], own[:, 64:])
    assert np.abs(lent[:, :64] - own[:, :64]).max() > 1e-3


def test_the_frame_rate_does_not_change_the_coefficients(portrait: Portrait, weights: dict[str, str]) -> None:
    at_25 = _coefficients(portrait, weights, blink="off")
    at_50 = _coefficients(portrait, weights, blink="off", fps=50.0)
    assert len(at_50) == len(at_25) + 1  # the last frame lies half a native one later
    until = len(at_25) - 5  # what the last ones hear is continued beyond the end of the sound
    assert np.allclose(at_50[:until, :64], at_25[:until, :64], atol=1e-6)


@pytest.mark.parametrize("preprocess", ["crop", "extcrop", "resize", "full", "extfull"])
@pytest.mark.parametrize("compat", ["off", "on"])
def test_every_way_to_see_the_photo_draws(
    portrait: Portrait, weights: dict[str, str], preprocess: str, compat: str
) -> None:
    plan = _plan(portrait, weights, keep=False, preprocess=preprocess, compat=compat, size="512")
    assert plan.constants["coefficients"].shape[1] == (73 if preprocess.endswith("full") else 70)
    frames = _frames(plan, portrait, 0, 2)
    assert frames.shape == (2, 4, 128, 128)
    assert 0.1 < float(frames[:, 3].mean()) <= 1
    assert not torch.equal(frames[0], frames[1])


def test_given_angles_win(portrait: Portrait, weights: dict[str, str]) -> None:
    given = _plan(portrait, weights, yaw="-20,20", still="on", blink="off")
    assert given.tracks["angles"].shape == (50, 3)
    own = _plan(portrait, weights, still="on", blink="off")
    assert "angles" not in own.tracks
    for frame in (0, 49):
        assert not torch.equal(_frames(given, portrait, frame, frame + 1), _frames(own, portrait, frame, frame + 1))


def test_batches_do_not_change_frames(portrait: Portrait, weights: dict[str, str]) -> None:
    one, four = (_frames(_plan(portrait, weights, batch=n), portrait, 3, 9) for n in ("1", "4"))
    assert torch.allclose(one, four, atol=1e-4)


def test_what_stays_still_is_said(portrait: Portrait, weights: dict[str, str]) -> None:
    assert not any("moods" in note for note in _plan(portrait, weights).notes)
    notes = " ".join(_plan(portrait, weights, expression="happy").notes)
    assert "gaze, brows and shoulders" in notes
    assert "moods have no effect" in notes


def test_planning_stops_in_the_middle(portrait: Portrait, weights: dict[str, str]) -> None:
    heard = []

    def stop_listening(fraction: float, message: str) -> None:
        heard.append(message)
        if message == "listening":
            raise Cancelled("stop")

    options = FaceOptions(_SIZE, engine_options=weights)
    with pytest.raises(Cancelled):
        speech = Speech(np.zeros(16000, np.float32), 16000, "en")
        SadTalker().plan(portrait, speech, sadtalker_small.gestures(25, 25.0), options, Progress(stop_listening))
    assert heard[0] == "loading SadTalker"
