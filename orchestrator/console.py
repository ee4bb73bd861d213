"""What the commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import io
import json
import sys

__all__ = ["say", "show", "show_json", "spell_out_what_cannot_be_shown"]


def spell_out_what_cannot_be_shown() -> None:
    """Characters that the console's encoding lacks become escapes: printing a result is never what fails."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show(line: str) -> None:
    """One line of the result, to standard output."""
    sys.stdout.write(f"{line}\n")


def show_json(value: object) -> None:
    """The result for programs, to standard output; in ASCII where the console's encoding lacks a character."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=1, default=str)
    show(text)


def say(message: str) -> None:
    """A message about the work, to standard error."""
    sys.stderr.write(f"govorun: {message}\n")
    sys.stderr.flush()
