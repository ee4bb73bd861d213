"""What a user may choose about Wan Animate (``--face-option KEY=VALUE``), checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar.core.errors import OptionError
from avatar.face.option_values import Reader, choice, folder, number, read_options, switch, whole

__all__ = ["EVERY", "WanAnimateOptions"]

EVERY = 4
"""Frames for one of the model's latent frames."""
_LONGEST = 201
_WORDS = 1000


@dataclass(frozen=True)
class WanAnimateOptions:
    """``steps`` and ``guidance`` of the diffusion, ``prompt`` and ``negative`` its words. ``side``: pixels whose square
    is the area of a picture. ``frames`` that are drawn at once, one more than a multiple of four; ``overlap`` of two
    such parts, likewise. ``hands``: times how far hands gesture. ``precision``: of the large networks, auto for half on
    CUDA; ``offload``: model or sequential brings weights to the GPU in turn; ``tiling``: pictures are encoded and
    decoded in tiles. ``weights``: a folder in diffusers' layout, None for the cache."""

    steps: int = 20
    guidance: float = 1.0
    prompt: str = "A person talks to the camera and gestures."
    negative: str = ""
    side: int = 632
    frames: int = 77
    overlap: int = 13
    hands: float = 1.0
    precision: str = "auto"
    offload: str = "none"
    tiling: bool = False
    weights: Path | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> WanAnimateOptions:
        """Read options as they were typed; OptionError names the option and what it takes."""
        options = cls(**read_options("wan-animate", given, _READERS))
        if 2 * options.overlap >= options.frames:
            raise OptionError(
                f"Face option overlap is {options.overlap}: give less than half of the {options.frames} frames that "
                "are drawn at once."
            )
        return options


def _words(name: str, text: str) -> str:
    if len(text) > _WORDS:
        raise OptionError(f"Face option {name} has {len(text)} letters: give at most {_WORDS}.")
    return text


def _latent(low: int, high: int) -> Reader:
    """A whole number that is one more than a multiple of EVERY."""

    def read(name: str, text: str) -> int:
        value: int = whole(low, high)(name, text)
        if (value - 1) % EVERY:
            near = min(high, round((value - 1) / EVERY) * EVERY + 1)
            raise OptionError(
                f"Face option {name} is {value}: give one more than a multiple of {EVERY}, such as {near}."
            )
        return value

    return read


_READERS: dict[str, Reader] = {
    "steps": whole(1, 250),
    "guidance": number(1.0, 30.0),
    "prompt": _words,
    "negative": _words,
    "side": whole(32, 2048),
    "frames": _latent(5, _LONGEST),
    "overlap": _latent(1, _LONGEST),
    "hands": number(0.0, 2.0),
    "precision": choice(("auto", "float32", "float16", "bfloat16")),
    "offload": choice(("none", "model", "sequential")),
    "tiling": switch,
    "weights": folder,
}
