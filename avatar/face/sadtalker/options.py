"""What a user may choose about SadTalker (``--face-option KEY=VALUE``), checked before anything is loaded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar.core.errors import OptionError

__all__ = ["LANDMARKS", "PREPROCESS", "SIZES", "STYLES", "SadTalkerOptions"]

SIZES = (256, 512)
PREPROCESS = ("crop", "extcrop", "resize", "full", "extfull")
LANDMARKS = ("facemesh", "face-alignment")
STYLES = 46
_STEEPEST = 90.0
_MOST_BATCH = 64


@dataclass(frozen=True)
class SadTalkerOptions:
    """``size``: side of the picture that the generator draws, in pixels. ``preprocess``: what of the photo it sees and
    what the video shows, one of PREPROCESS. ``gestures``: Govorun's own gestures move the head, else the network's
    poses of ``pose_style`` (0..45) do; ``still``: nothing does. ``expression_scale``: times the expression
    coefficients. ``blink``: whether the eyes blink. ``reference_pose``, ``reference_blink``: videos whose head motion,
    and whose eyes and expression, are taken over. ``yaw``, ``pitch``, ``roll``: degrees of the head along the video,
    instead of any other motion. ``landmarks``: who finds the 68 points. ``compat``: the original's geometry, with its
    slips. ``batch``: frames drawn at once, None for what suits the device. ``half``, ``compile``: half precision and
    compiled networks, on CUDA. ``weights``: folder of the checkpoints, None for the cache."""

    size: int = 256
    preprocess: str = "full"
    still: bool = False
    gestures: bool = True
    pose_style: int = 0
    expression_scale: float = 1.0
    blink: bool = True
    reference_pose: Path | None = None
    reference_blink: Path | None = None
    yaw: tuple[float, ...] = ()
    pitch: tuple[float, ...] = ()
    roll: tuple[float, ...] = ()
    landmarks: str = "facemesh"
    compat: bool = False
    batch: int | None = None
    half: bool = False
    compile: bool = False
    weights: Path | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> SadTalkerOptions:
        """Read options as they were typed; OptionError names the option and what it takes.

        Gestures step back where another source of head motion is asked for, unless both are, which is an error.
        """
        for name in given:
            if name not in _READERS:
                raise OptionError(f"Face engine sadtalker has no option {name!r}: choose from {', '.join(_READERS)}.")
        values = {name: _READERS[name](name, text.strip()) for name, text in given.items()}
        movers: list[str] = [name for name in ("pose_style", "reference_pose") if name in values]
        movers += ["still"] if values.get("still") else []
        if values.get("gestures") and movers:
            raise _contradiction("gestures=on", movers[0])
        if values.get("still") and len(movers) > 1:
            raise _contradiction("still=on", movers[0])
        if "reference_blink" in values and "blink" in values:
            raise _contradiction("reference_blink", "blink")
        return cls(**{"gestures": not movers, **values})

    @property
    def whole(self) -> bool:
        """Whether the drawn face is put back into the whole photo."""
        return self.preprocess in ("full", "extfull")


def _contradiction(one: str, other: str) -> OptionError:
    return OptionError(f"Face options {one} and {other} contradict each other: leave one of them out.")


def _choice(choices: tuple[Any, ...]) -> Callable[[str, str], Any]:
    def read(name: str, text: str) -> Any:
        for choice in choices:
            if text == str(choice):
                return choice
        raise OptionError(f"Face option {name} is {text!r}: choose {', '.join(map(str, choices))}.")

    return read


def _switch(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise OptionError(f"Face option {name} is {text!r}: choose on or off.")
    return text == "on"


def _number(low: float, high: float) -> Callable[[str, str], float]:
    def read(name: str, text: str) -> float:
        value = _as_number(text)
        if not low <= value <= high:
            raise OptionError(f"Face option {name} is {text!r}: give a number from {low:g} to {high:g}.")
        return value

    return read


def _as_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 5 and low <= int(text) <= high):
            raise OptionError(f"Face option {name} is {text!r}: give a whole number from {low} to {high}.")
        return int(text)

    return read


def _degrees(name: str, text: str) -> tuple[float, ...]:
    values = tuple(_as_number(part) for part in text.split(","))
    if not all(abs(value) <= _STEEPEST for value in values):
        raise OptionError(
            f"Face option {name} is {text!r}: give degrees from {-_STEEPEST:g} to {_STEEPEST:g}, with commas between "
            "several, for example 0,15,-10."
        )
    return values


def _file(name: str, text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise OptionError(f"Face option {name}: there is no file {text!r}; name a video of one face.")
    return path.absolute()


def _folder(name: str, text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise OptionError(f"Face option {name}: there is no folder {text!r}; name the one with the checkpoints.")
    return path.absolute()


_READERS: dict[str, Callable[[str, str], Any]] = {
    "size": _choice(SIZES),
    "preprocess": _choice(PREPROCESS),
    "still": _switch,
    "gestures": _switch,
    "pose_style": _whole(0, STYLES - 1),
    "expression_scale": _number(0.0, 3.0),
    "blink": _switch,
    "reference_pose": _file,
    "reference_blink": _file,
    "yaw": _degrees,
    "pitch": _degrees,
    "roll": _degrees,
    "landmarks": _choice(LANDMARKS),
    "compat": _switch,
    "batch": _whole(1, _MOST_BATCH),
    "half": _switch,
    "compile": _switch,
    "weights": _folder,
}
