"""How the values of ``--face-option KEY=VALUE`` are read: each reader takes the option's name and the text that was
typed, and raises OptionError that says what the option takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from avatar.core.errors import OptionError

__all__ = ["Reader", "choice", "degrees", "file", "folder", "number", "photo", "read_options", "switch", "whole"]

Reader = Callable[[str, str], Any]
_STEEPEST = 90.0


def read_options(engine: str, given: Mapping[str, str], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The values of the options ``given`` to ``engine``, by name; OptionError for a name that has no reader."""
    for name in given:
        if name not in readers:
            raise OptionError(f"Face engine {engine} has no option {name!r}: choose from {', '.join(readers)}.")
    return {name: readers[name](name, text.strip()) for name, text in given.items()}


def choice(choices: tuple[Any, ...]) -> Reader:
    """One of ``choices``, as it is written."""

    def read(name: str, text: str) -> Any:
        for choice in choices:
            if text == str(choice):
                return choice
        raise OptionError(f"Face option {name} is {text!r}: choose {', '.join(map(str, choices))}.")

    return read


def switch(name: str, text: str) -> bool:
    """on or off."""
    if text not in ("on", "off"):
        raise OptionError(f"Face option {name} is {text!r}: choose on or off.")
    return text == "on"


def number(low: float, high: float) -> Reader:
    """A number from ``low`` to ``high``."""

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


def whole(low: int, high: int) -> Reader:
    """A whole number from ``low`` to ``high``."""

    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 5 and low <= int(text) <= high):
            raise OptionError(f"Face option {name} is {text!r}: give a whole number from {low} to {high}.")
        return int(text)

    return read


def degrees(name: str, text: str) -> tuple[float, ...]:
    """One angle or several, with commas between them."""
    values = tuple(_as_number(part) for part in text.split(","))
    if not all(abs(value) <= _STEEPEST for value in values):
        raise OptionError(
            f"Face option {name} is {text!r}: give degrees from {-_STEEPEST:g} to {_STEEPEST:g}, with commas between "
            "several, for example 0,15,-10."
        )
    return values


def file(name: str, text: str) -> Path:
    """A video that exists."""
    path = Path(text)
    if not path.is_file():
        raise OptionError(f"Face option {name}: there is no file {text!r}; name a video of one face.")
    return path.absolute()


def photo(name: str, text: str) -> Path:
    """A photo that exists."""
    path = Path(text)
    if not path.is_file():
        raise OptionError(f"Face option {name}: there is no file {text!r}; name a photo of one face.")
    return path.absolute()


def folder(name: str, text: str) -> Path:
    """A folder that exists."""
    path = Path(text)
    if not path.is_dir():
        raise OptionError(f"Face option {name}: there is no folder {text!r}; name the one with the checkpoints.")
    return path.absolute()
