"""What a video model is asked for: every limit from both sides, every usual value, the sentence of every refusal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MediaError, OptionError
from avatar.core.types import Size
from motion import BackdropOptions
from motion.engines.tuned import TUNING
from motion.engines.video_options import Order, Shooting, Traits, read_film, read_order, sized
from tests.motion.films import moving, write

WORDY = Traits("wordy", {}, "w", ("prompt",), frames=8, fps=4.0, steps=50, guidance=7.5, side=512)
SEEING = Traits("seeing", {}, "w", ("picture",), 14, 7.0, 25, 3.0, 512, text_drift="", noise_drift="")
BOTH = Traits("both", {}, "w", ("prompt", "picture"), 49, 8.0, 50, 6.0, 588, optional=("picture",), every=4)


def asked(traits: Traits, **own: str) -> Order:
    return read_order(BackdropOptions(Size(160, 90), "calm ocean", engine_options=own), traits)


def test_what_nobody_asks_for_is_what_the_model_was_made_for() -> None:
    order = asked(WORDY)
    assert order.shooting == Shooting(8, 4.0, 1, "crossfade", 2, 50, 7.5, 512, "model", False)
    assert (order.seed, order.size, order.picture, order.film, order.tuned) == (0, Size(680, 384), None, None, None)
    assert order.words is not None and order.words.prompts == ("calm ocean",)
    assert order.reading == "read as: calm ocean"
    assert (order.loading.precision, order.drift.path) == ("float32", "orbit")
    assert order.options.prompt == "calm ocean"


@pytest.mark.parametrize(
    ("name", "least", "most", "below", "above"),
    [
        ("frames", "3", "1024", "2", "1025"),
        ("fps", "1", "60", "0.99", "60.01"),
        ("clips", "1", "64", "0", "65"),
        ("overlap", "1", "4", "0", "5"),
        ("steps", "1", "250", "0", "251"),
        ("guidance", "1", "30", "0.99", "30.01"),
        ("side", "8", "2048", "7", "2049"),
    ],
)
def test_each_number_has_both_its_limits(name: str, least: str, most: str, below: str, above: str) -> None:
    for text in (least, most):
        assert getattr(asked(WORDY, **{name: text}).shooting, name) == float(text)
    for text in (below, above):
        with pytest.raises(OptionError, match=f"Backdrop option {name} is {text}: give a number from"):
            asked(WORDY, **{name: text})


def test_a_choice_is_one_of_those_named() -> None:
    for loop in ("crossfade", "bounce", "cut"):
        assert asked(WORDY, loop=loop).shooting.loop == loop
    for scheduler in ("model", "ddim", "dpm", "euler"):
        assert asked(WORDY, scheduler=scheduler).shooting.scheduler == scheduler
    assert asked(WORDY, tiling="on").shooting.tiling and not asked(WORDY, tiling="off").shooting.tiling
    with pytest.raises(OptionError, match="loop is 'round': choose crossfade, bounce, cut"):
        asked(WORDY, loop="round")
    with pytest.raises(OptionError, match="tiling is 'yes': choose off, on"):
        asked(WORDY, tiling="yes")


@pytest.mark.parametrize(("frames", "usual", "most"), [(3, 1, 1), (4, 1, 2), (7, 1, 3), (8, 2, 4), (24, 6, 12)])
def test_clips_fade_over_a_quarter_and_over_a_half_at_most(frames: int, usual: int, most: int) -> None:
    assert asked(WORDY, frames=str(frames)).shooting.overlap == usual
    assert asked(WORDY, frames=str(frames), overlap=str(most)).shooting.overlap == most
    with pytest.raises(OptionError, match="overlap"):
        asked(WORDY, frames=str(frames), overlap=str(most + 1))


def test_latent_frames_are_counted_where_several_pictures_are_one_of_them() -> None:
    assert (asked(BOTH).shooting.frames, asked(BOTH).shooting.overlap) == (49, 3)
    assert asked(BOTH, overlap="6").shooting.overlap == 6
    with pytest.raises(OptionError, match="overlap"):
        asked(BOTH, overlap="7")
    assert asked(BOTH, frames="9").shooting.frames == 9


@pytest.mark.parametrize(("frames", "near"), [(3, 5), (4, 5), (6, 5), (8, 9), (12, 13), (50, 49)])
def test_a_number_of_frames_that_does_not_fit_is_told_with_the_nearest_that_does(frames: int, near: int) -> None:
    with pytest.raises(OptionError, match=rf"frames is {frames}: .* a multiple of 4 and one more, such as {near}\."):
        asked(BOTH, frames=str(frames))


@pytest.mark.parametrize(
    ("size", "side", "multiple", "found"),
    [
        (Size(100, 100), 512, 8, Size(512, 512)),
        (Size(1920, 1080), 512, 8, Size(680, 384)),
        (Size(1080, 1920), 512, 64, Size(384, 704)),
        (Size(400, 100), 64, 16, Size(128, 32)),
        (Size(4000, 10), 16, 16, Size(320, 16)),
        (Size(10, 4000), 16, 16, Size(16, 320)),
    ],
)
def test_a_size_has_the_area_and_the_shape(size: Size, side: int, multiple: int, found: Size) -> None:
    assert sized(size, side, multiple) == found


def test_options_of_a_model_are_those_that_it_can_use() -> None:
    common = ("model", "steps", "guidance", "frames", "fps", "clips", "loop", "overlap", "side", "scheduler",
              "precision", "offload", "tiling", "variant")  # fmt: skip
    assert WORDY.options == ("text_force", "path", "noise_drift", *common, "negative")
    assert SEEING.options == (*common, "picture")
    assert BOTH.options == ("text_force", "path", "noise_drift", *common, "negative", "prompt", "picture")
    fixed = replace(WORDY, fixed=("scheduler", "clips"), own=("motion_x",), lora="sd", noise_drift="")
    rest = tuple(name for name in common if name not in ("scheduler", "clips"))
    assert fixed.options == ("text_force", "path", *rest, "negative", "motion_x", *TUNING)
    assert (WORDY.multiple, WORDY.every, WORDY.warm, WORDY.half) == (8, 1, 0, "float16")
    assert (WORDY.text_drift, WORDY.noise_drift, WORDY.lora) == ("clip", "clip", "")


def test_an_option_of_another_model_is_refused() -> None:
    with pytest.raises(OptionError, match="engine seeing has no option 'negative'"):
        asked(SEEING, negative="rain")
    with pytest.raises(OptionError, match="engine wordy has no option 'lora'"):
        asked(WORDY, lora="mine")


def test_words_that_are_needed_are_asked_for(landscape_png: Path) -> None:
    given = BackdropOptions(Size(160, 90), " ", image=landscape_png)
    with pytest.raises(OptionError, match="Engine both needs words too: give --backdrop-option prompt='calm ocean"):
        read_order(given, BOTH)
    wordless = replace(BOTH, optional=("prompt",))
    for prompt in ("", "  "):
        order = read_order(replace(given, prompt=prompt), wordless)
        assert order.words is None and order.reading == "picture landscape.png"
    travel = replace(given, path="travel:a forest")
    with pytest.raises(OptionError, match="Engine both travels between prompts: give one, or leave path out"):
        read_order(travel, wordless)
    both = asked(BOTH, prompt="a forest", path="travel:snow")
    assert both.words is not None and both.words.prompts == ("a forest", "snow")


def test_a_picture_is_the_option_or_the_backdrop_and_may_be_missing_where_it_is_optional(
    landscape_png: Path, portrait_png: Path
) -> None:
    assert asked(BOTH).picture is None
    with pytest.raises(OptionError, match="Engine seeing sets a picture in motion: give @FILE as the backdrop"):
        asked(SEEING)
    behind = BackdropOptions(Size(160, 90), image=landscape_png)
    order = read_order(behind, SEEING)
    assert order.picture is not None and order.picture.shape == (240, 320, 3)
    assert (order.words, order.reading) == (None, "picture landscape.png")
    own = read_order(replace(behind, engine_options={"picture": str(portrait_png)}), SEEING)
    assert own.picture is not None and own.picture.shape == (512, 512, 3)
    assert own.reading == "picture astronaut.png"


def test_a_film_is_read_as_far_as_it_is_followed(tmp_path: Path) -> None:
    following = replace(WORDY, takes=("prompt", "film"))
    film = write(tmp_path / "moving.mp4", moving(6))
    options = BackdropOptions(Size(160, 90), engine_options={"film": str(film)})
    shown = read_film(options, following, 4, Size(32, 32))
    assert shown is not None and shown.shape == (4, 32, 32, 3) and shown.dtype == np.uint8
    whole = read_film(options, following, 64, Size(64, 36))
    assert whole is not None and len(whole) == 6
    assert np.abs(whole.astype(int) - moving(6, Size(64, 36))).mean() < 8.0
    assert read_film(options, WORDY, 4, Size(32, 32)) is None
    two = read_film(options, following, 2, Size(32, 32))
    assert two is not None and len(two) == 2
    with pytest.raises(MediaError, match=r"moving.mp4 has fewer than two pictures: give a film"):
        read_film(options, following, 1, Size(32, 32))


@pytest.mark.parametrize("given", [{}, {"film": "nowhere.mp4"}])
def test_a_film_that_is_not_there_is_asked_for(given: dict[str, str]) -> None:
    following = replace(WORDY, takes=("prompt", "film"))
    with pytest.raises(OptionError, match="wordy needs a film whose shapes it follows: give --backdrop-option film="):
        asked(following, **given)
