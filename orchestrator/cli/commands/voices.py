"""``govorun voices``: who can speak."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from avatar.core.errors import VoiceError
from orchestrator.cli.commands import voices_convert
from orchestrator.console import show, show_json
from orchestrator.probes.installed import installed_voices

if TYPE_CHECKING:
    from speech import Voice

__all__ = ["add", "run"]

_NEURAL = "neural"


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = "List the voices that are installed: name, language, quality, engine, licence."
    parser = commands.add_parser("voices", parents=[common], help="list the voices", description=text)
    parser.add_argument("--lang", metavar="CODE", help="only voices of this language, en or ru for example")
    parser.add_argument("--all", action="store_true", help="also the voices that can be pulled from Piper's catalogue")
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    parser.set_defaults(run=run)
    voices_convert.add(parser.add_subparsers(dest="action", metavar="ACTION"), common)


def run(arguments: argparse.Namespace) -> int:
    """Print the voices, one a line."""
    here = installed_voices()
    names = {voice.name for voice in here}
    others = [voice for voice in _catalogue() if voice.name not in names] if arguments.all else []
    wanted = [voice for voice in [*here, *others] if arguments.lang is None or _speaks(voice, arguments.lang)]
    if not wanted:
        more = "" if arguments.all else " or with --all, which asks Piper's catalogue too"
        raise VoiceError(f"No voice here speaks {arguments.lang!r}: see `govorun voices` without --lang{more}.")
    if arguments.json:
        show_json([{**asdict(voice), "here": voice.name in names} for voice in wanted])
        return 0
    for voice in _robotic_last(wanted, arguments.lang):
        state = "" if voice.name in names else "  (pulled when it is first used)"
        show(f"{voice.name:<28} {voice.language:<10} {voice.quality:<10} {voice.engine:<10} {voice.licence}{state}")
        if voice.languages:
            show(f"{'':<28} {_manner(voice)}")
    return 0


def _robotic_last(voices: list[Voice], language: str | None) -> list[Voice]:
    """Of one language, those that speak it best come first; else as the engines list them."""
    if language is None:
        return voices
    return sorted(voices, key=lambda voice: voice.speaks(language) == "robotic")


def _manner(voice: Voice) -> str:
    """``woman, warm; native: en, ru; accented: de``."""
    by_quality: dict[str, list[str]] = {}
    for code, quality in voice.languages.items():
        by_quality.setdefault(quality, []).append(code)
    spoken = [f"{quality}: {', '.join(codes)}" for quality, codes in by_quality.items()]
    return "; ".join([f"{voice.gender}, {voice.manner}", *spoken])


def _catalogue() -> Iterator[Voice]:
    """The voices of Piper's catalogue, fetched where it was not before."""
    from speech import Voice
    from speech.voices.catalogue import list_voices

    for voice in list_voices():
        yield Voice(voice.name, voice.language, voice.manifest.licence, _NEURAL, "piper")


def _speaks(voice: Voice, language: str) -> bool:
    return voice.quality != "test" and voice.speaks(language) is not None
