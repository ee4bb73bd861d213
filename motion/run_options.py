"""The options of a training run: from a file and from what is given besides, and kept with the run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from avatar.core.artefacts import write_atomically
from avatar.core.errors import InputError, OptionError

__all__ = ["check_numbers", "keep_options", "read_options"]


def read_options(path: Path | None, given: Mapping[str, object], known: Collection[str]) -> dict[str, object]:
    """The options of a JSON or TOML file with what is ``given`` instead; OptionError for one that is not ``known``,
    InputError for a file that cannot be read."""
    options: dict[str, object] = {}
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8-sig")
            options = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
        except OSError as error:
            raise InputError(f"The configuration {path} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise OptionError(f"The configuration {path} is neither JSON nor TOML: {error}.") from error
        if not isinstance(options, dict):
            raise OptionError(f"The configuration {path} holds no options: write names with values.")
    options = {**options, **given}
    for name in options:
        if name not in known:
            raise OptionError(f"Unknown training option {name!r}: known are {', '.join(known)}.")
    return options


def check_numbers(config: object, bounds: Mapping[str, tuple[float, float]]) -> None:
    """OptionError for a field of ``config`` that is no number within its bounds, the ends included; a whole one where
    the bounds are whole."""
    for name, (low, high) in bounds.items():
        value, whole = getattr(config, name), isinstance(low, int)
        kinds = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            span = f"a whole number from {low} to {high}" if whole else f"a number from {low:g} to {high:g}"
            raise OptionError(f"Training option {name} is {value!r}: give {span}.")


def keep_options(path: Path, options: Mapping[str, object]) -> None:
    """Write the options of a run to ``path``; OptionError where a run with other ones lies there."""
    written = json.dumps(options, indent=1)
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != json.loads(written):
        raise OptionError(f"{path.parent} holds a run of another configuration: name another folder, or delete it.")
    write_atomically(path, written.encode() + b"\n")
