"""The command line: parse, call a command, turn errors into one sentence and an exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NoReturn

from avatar.core.errors import Cancelled, GovorunError, OptionError
from orchestrator.cli.commands import (
    backdrop,
    batch,
    check,
    check_video,
    doctor,
    drift,
    keys,
    mcp,
    models,
    present,
    production,
    render,
    repaint,
    serve,
    story,
    train,
    verify,
    voices,
    worker,
)
from orchestrator.cli.commands import say as say_command
from orchestrator.console import say, spell_out_what_cannot_be_shown
from orchestrator.logs import configure_logs
from orchestrator.settings import load_settings
from orchestrator.version import __version__
from orchestrator.video.standby import sent_away

__all__ = ["build_parser", "main", "run"]

_LOG = logging.getLogger(__name__)
_COMMANDS: tuple[ModuleType, ...] = (
    render,
    present,
    story,
    batch,
    production,
    say_command,
    voices,
    models,
    doctor,
    check,
    check_video,
    verify,
    backdrop,
    drift,
    train,
    repaint,
    serve,
    worker,
    keys,
    mcp,
)
_REPORT_BUGS = (
    "This is a fault of Govorun: please open an issue at the project's tracker,"
    " with what the same command prints with --debug."
)


class _Parser(argparse.ArgumentParser):
    """Wrong usage is an OptionError like any other wrong option."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message[0].upper()}{message[1:]}; see {self.prog} --help.")


def build_parser() -> argparse.ArgumentParser:
    """Every command with its options; imports no engine."""
    parser = _Parser(prog="govorun", description="A script and a photo become a video of that face speaking it.")
    parser.add_argument("--version", action="version", version=f"govorun {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error and all log records")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        module.add(commands, common)
    return parser


def run(words: Sequence[str]) -> int:
    """Run one command; returns the exit code. KeyboardInterrupt counts as Cancelled."""
    debug = "--debug" in words
    spell_out_what_cannot_be_shown()
    try:
        arguments = build_parser().parse_args(words)
        settings = load_settings()
        configure_logs("debug" if debug else settings.log_level, settings.log_format)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except (KeyboardInterrupt, Cancelled):
        return _fail("Stopped; nothing was written.", Cancelled.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except GovorunError as error:
        _trace(debug)
        return _fail(str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last door: a user must not meet a traceback
        _trace(debug)
        return _fail(f"Unexpected {type(error).__name__}: {error}\n{_REPORT_BUGS}", GovorunError.exit_code)


def main() -> NoReturn:
    """Entry point of the ``govorun`` command."""
    status = run(sys.argv[1:])
    if status == Cancelled.exit_code:
        sys.stderr.flush()
        sent_away()
        os._exit(status)
    sys.exit(status)


def _trace(debug: bool) -> None:
    if debug:
        _LOG.exception("the command failed")


def _fail(message: str, status: int) -> int:
    say(message)
    return status
