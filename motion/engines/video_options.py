"""What a video model is asked for, read and checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from avatar.core.errors import MediaError, OptionError
from avatar.core.types import Size
from motion.asked import DriftAsked, read_drift
from motion.engines.diffusion_options import Words, loading_of, read_words
from motion.engines.diffusion_weights import Loading
from motion.engines.tuned import TUNING, Tuned, asked_of
from motion.options import BackdropOptions, choice_option, number_option, refuse_unknown, whole_option

__all__ = ["Order", "Shooting", "Traits", "read_film", "read_order", "sized"]

LOOPS = ("crossfade", "bounce", "cut")
_COMMON = (
    "model", "steps", "guidance", "frames", "fps", "clips", "loop", "overlap", "side", "scheduler", "precision",
    "offload", "tiling", "variant",
)  # fmt: skip
_LONGEST = 1024


@dataclass(frozen=True)
class Traits:
    """What is particular to a video model.

    ``classes``: the pipelines that will do, name in ``model_index.json`` → class of diffusers, by name or itself.
    ``weights``: the manifest that is used where no model is named. ``takes``: "prompt", "picture", "film"; ``optional``
    those of them that may be missing. ``frames``, ``fps``, ``steps``, ``guidance``, ``side`` (square root of the
    area in pixels): what the model was made for. ``multiple``: pixels that each side must be a multiple of.
    ``every``: frames for one latent frame; a clip has 1 + a multiple of it. ``warm``: latent frames decoded before the
    first one of a loop, so that a decoder that looks back finds the end of the loop there. ``text_drift`` and
    ``noise_drift``: whether the drift goes on from frame to frame ("frame"), from clip to clip ("clip"), or the model
    has none (""). ``half``: precision on a GPU. ``own``: further options; ``fixed``: common ones that it
    has not. ``lora``: the kind of model whose LoRA it takes, "" where it takes none.
    """

    name: str
    classes: Mapping[str, Any]
    weights: str
    takes: tuple[str, ...]
    frames: int
    fps: float
    steps: int
    guidance: float
    side: int
    optional: tuple[str, ...] = ()
    multiple: int = 8
    every: int = 1
    warm: int = 0
    text_drift: str = "clip"
    noise_drift: str = "clip"
    half: str = "float16"
    own: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    lora: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """Every option of the engine."""
        drift = ("text_force", "path") * bool(self.text_drift) + ("noise_drift",) * bool(self.noise_drift)
        words = ("negative",) * ("prompt" in self.takes)
        prompt = ("prompt",) * ("prompt" in self.takes and "picture" in self.takes)
        common = tuple(name for name in _COMMON if name not in self.fixed)
        takes = tuple(name for name in self.takes if name != "prompt")
        return (*drift, *common, *words, *prompt, *takes, *self.own, *TUNING * bool(self.lora))


@dataclass(frozen=True)
class Shooting:
    """``frames`` of each of ``clips``, played at ``fps``; ``loop`` crossfade, bounce or cut, the fade over ``overlap``
    latent frames; ``side``: square root of the area of a picture in pixels."""

    frames: int
    fps: float
    clips: int
    loop: str
    overlap: int
    steps: int
    guidance: float
    side: int
    scheduler: str
    tiling: bool


@dataclass(frozen=True)
class Order:
    """All that a clip is made of. ``picture`` uint8 [h, w, 3] and ``film`` uint8 [n, h, w, 3] where they are asked for;
    ``size``: of a picture, in the shape of the video; ``tuned``: the LoRA that is added to the model."""

    words: Words | None
    drift: DriftAsked
    shooting: Shooting
    loading: Loading
    size: Size
    seed: int
    reading: str
    picture: np.ndarray | None = None
    film: np.ndarray | None = None
    options: BackdropOptions = field(default_factory=lambda: BackdropOptions(Size(2, 2)))
    tuned: Tuned | None = None


def read_order(options: BackdropOptions, traits: Traits) -> Order:
    """Check ``options`` for the model of ``traits``; OptionError for what cannot be used, MediaError for a film or
    picture that cannot be read."""
    refuse_unknown(options, traits.name, traits.options)
    drift = read_drift(options, traits.name, traits.options)
    shooting = _shooting(options, traits)
    loading = loading_of(options, traits.half)
    tuned = asked_of(options, traits.lora) if traits.lora else None
    prompt = _prompt(options, traits)
    words = read_words(_with_prompt(options, prompt), drift) if prompt else None
    if words is None and drift.second:
        raise OptionError(f"Engine {traits.name} travels between prompts: give one, or leave path out.")
    picture = _picture(options, traits)
    size = sized(options.size, shooting.side, traits.multiple)
    film = read_film(options, traits, shooting.frames, size)
    reading = words.reading if words else f"picture {_picture_name(options)}"
    return Order(words, drift, shooting, loading, size, options.seed, reading, picture, film, options, tuned)


def _shooting(options: BackdropOptions, traits: Traits) -> Shooting:
    frames = whole_option(options, "frames", traits.frames, 3, _LONGEST)
    if (frames - 1) % traits.every:
        near = max(1, round((frames - 1) / traits.every)) * traits.every + 1
        raise OptionError(
            f"Backdrop option frames is {frames}: engine {traits.name} makes a multiple of {traits.every} and one "
            f"more, such as {near}."
        )
    latent = (frames - 1) // traits.every + 1
    return Shooting(
        frames=frames,
        fps=number_option(options, "fps", traits.fps, 1.0, 60.0),
        clips=whole_option(options, "clips", 1, 1, 64),
        loop=choice_option(options, "loop", LOOPS),
        overlap=whole_option(options, "overlap", max(1, latent // 4), 1, max(1, latent // 2)),
        steps=whole_option(options, "steps", traits.steps, 1, 250),
        guidance=number_option(options, "guidance", traits.guidance, 1.0, 30.0),
        side=whole_option(options, "side", traits.side, traits.multiple, 2048),
        scheduler=choice_option(options, "scheduler", ("model", "ddim", "dpm", "euler")),
        tiling=choice_option(options, "tiling", ("off", "on")) == "on",
    )


def sized(size: Size, side: int, multiple: int) -> Size:
    """A size of about ``side`` squared pixels in the shape of ``size``, its sides multiples of ``multiple``."""
    shape = (size.width / size.height) ** 0.5
    wide, high = (max(1, round(length / multiple)) * multiple for length in (side * shape, side / shape))
    return Size(wide, high)


def _prompt(options: BackdropOptions, traits: Traits) -> str:
    if "prompt" not in traits.takes:
        return ""
    prompt = options.engine_options.get("prompt", options.prompt)
    if not prompt.strip() and "prompt" not in traits.optional:
        raise OptionError(f"Engine {traits.name} needs words too: give --backdrop-option prompt='calm ocean at dusk'.")
    return prompt if prompt.strip() else ""


def _with_prompt(options: BackdropOptions, prompt: str) -> BackdropOptions:
    own = {name: text for name, text in options.engine_options.items() if name != "prompt"}
    return BackdropOptions(options.size, prompt, options.seed, engine_options=own)


def _picture_name(options: BackdropOptions) -> str:
    given = options.engine_options.get("picture") or options.image
    return Path(given).name if given else ""


def _picture(options: BackdropOptions, traits: Traits) -> np.ndarray | None:
    if "picture" not in traits.takes:
        return None
    from motion.engines.image import read_picture

    given = options.engine_options.get("picture")
    path = Path(given).expanduser() if given else options.image
    if path is None:
        if "picture" in traits.optional:
            return None
        raise OptionError(f"Engine {traits.name} sets a picture in motion: give @FILE as the backdrop.")
    return read_picture(path)


def read_film(options: BackdropOptions, traits: Traits, frames: int, size: Size) -> np.ndarray | None:
    """The first ``frames`` pictures uint8 [n, h, w, 3] of the film that is to be followed, n at least 2; None for
    models that follow none. OptionError where there is no film, MediaError where it cannot be read."""
    if "film" not in traits.takes:
        return None
    given = options.engine_options.get("film")
    if not given or not Path(given).expanduser().is_file():
        raise OptionError(
            f"Engine {traits.name} needs a film whose shapes it follows: give --backdrop-option film=FILE."
        )
    from itertools import islice

    import cv2

    from avatar.core.media import read_frames
    from motion.keyframes import covering

    path = Path(given).expanduser()
    shown = [covering(frame, size) for frame in islice(read_frames(path), frames)]
    if len(shown) < 2:
        raise MediaError(f"{path.name} has fewer than two pictures: give a film.")
    return np.stack([cv2.resize(frame, (size.width, size.height), interpolation=cv2.INTER_AREA) for frame in shown])
