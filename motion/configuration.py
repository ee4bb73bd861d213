"""Options of a training run: from a file, and what is given besides."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from avatar.core.errors import InputError, OptionError

__all__ = ["read_options", "within_limits"]


def read_options(path: Path | None, given: Mapping[str, object], known: Sequence[str]) -> dict[str, object]:
    """The options of a JSON or TOML file with what is ``given`` instead.

    InputError for a file that cannot be read, OptionError for one that is neither and for a name that is not
    ``known``.
    """
    options: dict[str, object] = {}
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8-sig")
            options = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
        except OSError as error:
            raise InputError(f"The configuration {path} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise OptionError(f"The configuration {path} is neither JSON nor TOML: {error}.") from error
    options = {**options, **given}
    for name in options:
        if name not in known:
            raise OptionError(f"Unknown training option {name!r}: known are {', '.join(known)}.")
    return options


def within_limits(config: object, limits: Iterable[tuple[str, float, float]]) -> None:
    """OptionError where a field of ``config`` is no number, or not from ``low`` to ``high``, or not whole where both of
    these are; ``limits``: name, low, high."""
    for name, low, high in limits:
        value, whole = getattr(config, name), isinstance(low, int) and isinstance(high, int)
        numbers = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, numbers) or not low <= value <= high:
            kind = "whole number" if whole else "number"
            raise OptionError(f"Training option {name} is {value!r}: give a {kind} from {low:g} to {high:g}.")
