"""What the commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys

__all__ = ["say", "show", "show_json"]


def show(line: str) -> None:
    """One line of the result, to standard output."""
    sys.stdout.write(f"{line}\n")


def show_json(value: object) -> None:
    """The result for programs, to standard output."""
    show(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def say(message: str) -> None:
    """A message about the work, to standard error."""
    sys.stderr.write(f"govorun: {message}\n")
    sys.stderr.flush()
