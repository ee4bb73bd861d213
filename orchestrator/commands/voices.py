"""``govorun voices``: who can speak."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from avatar.core.errors import GovorunError, VoiceError
from orchestrator.console import say, show, show_json

if TYPE_CHECKING:
    from speech import Voice

__all__ = ["add", "installed_voices", "run"]


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "voices", parents=[common], help="list the voices", description="List the voices that are installed."
    )
    parser.add_argument("--lang", metavar="CODE", help="only voices of this language, en or ru for example")
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the voices, one a line."""
    voices = [v for v in installed_voices() if arguments.lang is None or _speaks(v, arguments.lang)]
    if not voices:
        raise VoiceError(f"No voice here speaks {arguments.lang!r}: see `govorun voices` without --lang.")
    if arguments.json:
        show_json([asdict(voice) for voice in voices])
        return 0
    for voice in voices:
        show(f"{voice.name:<24} {voice.language:<10} {voice.quality:<10} {voice.engine:<10} {voice.licence}")
    return 0


def installed_voices() -> list[Voice]:
    """Voices of every speech engine that works here; an engine that does not is told and left out."""
    from speech import ENGINES

    voices: list[Voice] = []
    for name in ENGINES:
        try:
            voices.extend(ENGINES.resolve(name)().voices())
        except (GovorunError, ImportError) as error:
            say(f"note: the voices of {name} are not listed: {error}")
    return voices


def _speaks(voice: Voice, language: str) -> bool:
    return voice.language.lower().replace("_", "-").split("-")[0] == language.lower().replace("_", "-").split("-")[0]
