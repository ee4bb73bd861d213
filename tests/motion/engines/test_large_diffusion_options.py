"""The options of the large diffusion engines: usual values, limits, what a device can do, how prompts are read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler

from avatar.core.errors import OptionError
from avatar.core.types import Size
from motion import BackdropOptions
from motion.asked import DriftAsked
from motion.drift import Strengths
from motion.engines.diffusion_options import Sampling, loading_of, read_words, sampling_of, scheduler_of
from motion.engines.diffusion_weights import Loading


def options(prompt: str = "calm ocean", device: str = "cpu", **own: str) -> BackdropOptions:
    return BackdropOptions(Size(160, 90), prompt, device=device, engine_options=own)


def sampled(period: float = 12.0, **own: str) -> Sampling:
    return sampling_of(options(**own), period, 30, 7.0)


def words_of(prompt: str, *second: str, **own: str) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
    found = read_words(options(prompt, **own), DriftAsked("orbit", second, Strengths(), 12.0))
    return found.prompts, found.negative, found.notes


def test_two_keyframes_and_four_pictures_a_second_are_usual() -> None:
    assert sampled() == Sampling(30, 7.0, 1.0, 24, 48, 0, 1, "anchor", "model")
    assert sampling_of(options(device="cuda"), 12.0, 30, 7.0).batch == 4
    assert [(one.keyframes, one.pictures) for one in map(sampled, (0.5, 2.0, 2.5, 3.0))] == [
        (4, 4), (4, 8), (5, 10), (6, 12),
    ]  # fmt: skip
    assert sampled(keyframes="100").pictures == 100
    assert sampled(keyframes="40").pictures == 48


@pytest.mark.parametrize(
    ("name", "least", "most", "below", "above"),
    [
        ("steps", "1", "250", "0", "251"),
        ("guidance", "1", "30", "0.99", "30.01"),
        ("strength", "0.1", "1", "0.09", "1.01"),
        ("keyframes", "3", "480", "2", "481"),
        ("pictures", "24", "2400", "23", "2401"),
        ("side", "0", "2048", "-1", "2049"),
        ("batch", "1", "64", "0", "65"),
    ],
)
def test_each_number_of_a_sampling_has_both_its_limits(
    name: str, least: str, most: str, below: str, above: str
) -> None:
    for text in (least, most):
        assert getattr(sampled(**{name: text}), name) == float(text)
    for text in (below, above):
        with pytest.raises(OptionError, match=f"Backdrop option {name} is {text}: give a number from"):
            sampled(**{name: text})


def test_modes_and_schedulers_are_those_named() -> None:
    assert sampled(mode="chain").mode == "chain"
    assert [sampled(scheduler=name).scheduler for name in ("ddim", "dpm", "euler")] == ["ddim", "dpm", "euler"]
    with pytest.raises(OptionError, match="choose anchor, chain"):
        sampled(mode="both")
    with pytest.raises(OptionError, match="choose model, ddim, dpm, euler"):
        sampled(scheduler="lms")


def test_a_gpu_holds_weights_by_halves_and_the_cpu_whole() -> None:
    assert loading_of(options()) == Loading("cpu", "float32", "none", None)
    assert loading_of(options(device="cuda:1")) == Loading("cuda:1", "float16", "none", None)
    assert loading_of(options(device="cuda"), "bfloat16").precision == "bfloat16"
    for precision in ("float32", "float16", "bfloat16"):
        assert loading_of(options(device="cuda", precision=precision)).precision == precision
    for offload in ("none", "model", "sequential"):
        assert loading_of(options(device="cuda", offload=offload)).offload == offload
    assert loading_of(options(precision="float32", variant="fp16")) == Loading("cpu", "float32", "none", "fp16")


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"precision": "float16"}, "precision float16"),
        ({"precision": "bfloat16"}, "precision bfloat16"),
        ({"offload": "model"}, "offload model"),
        ({"offload": "sequential", "precision": "float32"}, "offload sequential"),
        ({"offload": "model", "precision": "float16"}, "precision float16"),
    ],
)
def test_what_the_cpu_cannot_do_is_refused(own: dict[str, str], told: str) -> None:
    with pytest.raises(OptionError, match=f"^Backdrop option {told} needs a CUDA device: this is cpu"):
        loading_of(options(**own))


def test_prompts_in_latin_letters_stay_as_they_are_and_others_are_put_into_english() -> None:
    assert words_of(" Calm ocean, 35 mm! ") == (("Calm ocean, 35 mm!",), None, ())
    assert words_of("café à la carte")[0] == ("café à la carte",)
    prompts, negative, notes = words_of("спокойный океан", "Snow.", negative="people")
    assert prompts == ("calm ocean", "Snow.") and negative == "people" and notes == ()
    assert words_of("ocean", negative="")[1] is None
    assert words_of("ocean кракозябр")[::2] == (("ocean",), ("backdrop: no meaning known for кракозябр",))
    with pytest.raises(OptionError, match="has no English or Russian word"):
        words_of("ocean", "123")


def test_what_was_asked_of_the_model_names_every_prompt() -> None:
    found = read_words(options("calm ocean"), DriftAsked("travel", ("snow",), Strengths(), 12.0))
    assert found.reading == "read as: calm ocean; then snow"


def test_a_scheduler_keeps_what_the_weights_were_trained_with_but_no_learned_variance() -> None:
    class Pipeline:
        scheduler = DDIMScheduler(beta_start=0.002, num_train_timesteps=500)

    learned = DPMSolverMultistepScheduler(beta_start=0.003, variance_type="learned_range")
    assert scheduler_of(Pipeline, "model") is Pipeline.scheduler
    for name, kind in (
        ("ddim", DDIMScheduler),
        ("dpm", DPMSolverMultistepScheduler),
        ("euler", EulerDiscreteScheduler),
    ):
        found = scheduler_of(Pipeline, name)
        assert type(found) is kind
        assert (found.config.beta_start, found.config.num_train_timesteps) == (0.002, 500)
    Pipeline.scheduler = learned
    found = scheduler_of(Pipeline, "dpm")
    assert (found.config.variance_type, found.config.beta_start) == (None, 0.003)


def test_a_question_about_another_device_is_answered_for_it() -> None:
    assert replace(options(), device="mps").device == "mps"
    with pytest.raises(OptionError, match="this is mps"):
        loading_of(options(device="mps", precision="float16"))
    assert loading_of(options(device="mps")).precision == "float32"
