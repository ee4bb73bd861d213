"""``govorun mcp``: tools for assistants, over standard input and output."""

from __future__ import annotations

import argparse
from pathlib import Path

from platformdirs import user_videos_path

from orchestrator.settings import load_settings

__all__ = ["add", "run"]


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = "Serve tools for assistants over standard input and output (Model Context Protocol). Needs the extra mcp."
    parser = commands.add_parser("mcp", parents=[common], help="tools for assistants", description=text)
    parser.add_argument("--folder", metavar="DIR", type=Path, help="where videos go (~/Videos/Govorun)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 when the input has ended; MissingEngine without the extra."""
    from orchestrator.mcp.server import serve

    serve(load_settings(), (arguments.folder or user_videos_path() / "Govorun").expanduser().absolute())
    return 0
