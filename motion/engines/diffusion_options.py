"""The options of the large diffusion engines, checked before anything is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from avatar.core.errors import OptionError
from avatar.core.reasons import Message
from motion.asked import DriftAsked
from motion.embedding import read_prompt
from motion.engines.diffusion_weights import Loading
from motion.options import BackdropOptions, choice_option, number_option, whole_option
from motion.understanding import READ_AS

__all__ = ["OPTIONS", "Sampling", "Words", "loading_of", "read_words", "sampling_of", "scheduler_of"]

OPTIONS = (
    "model", "negative", "steps", "guidance", "strength", "keyframes", "pictures", "side", "batch", "mode",
    "scheduler", "precision", "offload", "variant",
)  # fmt: skip
_SCHEDULERS = {"ddim": "DDIMScheduler", "dpm": "DPMSolverMultistepScheduler", "euler": "EulerDiscreteScheduler"}


@dataclass(frozen=True)
class Sampling:
    """``steps`` and ``guidance`` of the diffusion; ``strength`` 1 for noise alone, less to start from the reference
    frame before; ``keyframes`` diffused, ``pictures`` decoded in a loop; ``side``: pixels whose square is the area of a
    picture, 0 for what the model was made for; ``batch``: how many are diffused at once; ``mode``: anchor or chain;
    ``scheduler``: one of diffusers, or that of the model."""

    steps: int
    guidance: float
    strength: float
    keyframes: int
    pictures: int
    side: int
    batch: int
    mode: str
    scheduler: str


@dataclass(frozen=True)
class Words:
    """Prompts in English (two for a travel), what the picture should not have, and notes for the user."""

    prompts: tuple[str, ...]
    negative: str | None
    notes: tuple[str, ...]

    @property
    def reading(self) -> str:
        """What was asked of the model."""
        return READ_AS + "; then ".join(self.prompts)


def sampling_of(options: BackdropOptions, period: float, steps: int, guidance: float) -> Sampling:
    """The numbers of the diffusion, ``steps`` and ``guidance`` being the model's usual ones; OptionError out of
    range."""
    keyframes = whole_option(options, "keyframes", max(4, round(2.0 * period)), 3, 480)
    return Sampling(
        steps=whole_option(options, "steps", steps, 1, 250),
        guidance=number_option(options, "guidance", guidance, 1.0, 30.0),
        strength=number_option(options, "strength", 1.0, 0.1, 1.0),
        keyframes=keyframes,
        pictures=whole_option(options, "pictures", max(keyframes, round(4.0 * period)), keyframes, 2400),
        side=whole_option(options, "side", 0, 0, 2048),
        batch=whole_option(options, "batch", 1 if options.device == "cpu" else 4, 1, 64),
        mode=choice_option(options, "mode", ("anchor", "chain")),
        scheduler=choice_option(options, "scheduler", ("model", *_SCHEDULERS)),
    )


def loading_of(options: BackdropOptions, usual_half: str = "float16") -> Loading:
    """How the weights are held, ``usual_half`` being the precision on a GPU; OptionError for what the device cannot
    do."""
    gpu = options.device.startswith("cuda")
    precision = choice_option(options, "precision", ("auto", "float32", "float16", "bfloat16"))
    offload = choice_option(options, "offload", ("none", "model", "sequential"))
    half = precision in {"float16", "bfloat16"}
    if not gpu and (half or offload != "none"):
        wanted = f"precision {precision}" if half else f"offload {offload}"
        raise OptionError(f"Backdrop option {wanted} needs a CUDA device: this is {options.device}.")
    if precision == "auto":
        precision = usual_half if gpu else "float32"
    return Loading(options.device, precision, offload, options.engine_options.get("variant"))


def read_words(options: BackdropOptions, drift: DriftAsked) -> Words:
    """The prompts in English; OptionError for one without a word that could be read."""
    readings = [read_prompt(prompt) for prompt in (options.prompt, *drift.second)]
    given = (options.prompt, *drift.second)
    prompts = tuple(
        reading.english if re.search(r"[^\x00-\u024f]", prompt) else prompt.strip()
        for prompt, reading in zip(given, readings, strict=True)
    )
    notes = tuple(Message("backdrop_unknown_words", words=", ".join(r.unknown)) for r in readings if r.unknown)
    return Words(prompts, options.engine_options.get("negative") or None, notes)


def scheduler_of(pipeline: Any, name: str) -> Any:
    """The scheduler ``name``; ``model`` is the one that the weights came with."""
    if name == "model":
        return pipeline.scheduler
    import diffusers

    # a learned variance belongs to the scheduler of the weights; the others do without
    config = {**pipeline.scheduler.config, "variance_type": None}
    return getattr(diffusers, _SCHEDULERS[name]).from_config(config)
