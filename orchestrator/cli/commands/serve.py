"""``govorun serve``: the service on this machine, with its page, its API and its workers."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatar.core.errors import OptionError
from orchestrator.settings import load_settings

__all__ = ["add", "run"]

_PORT = 8000


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = "Open the page and the API, and start workers. Nothing else has to be installed or running."
    parser = commands.add_parser("serve", parents=[common], help="the page and the API", description=text)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen to (127.0.0.1: this machine alone)")
    parser.add_argument("--port", type=int, default=_PORT, help=f"port to listen to ({_PORT}); 0 takes a free one")
    parser.add_argument("--data-dir", metavar="DIR", type=Path, help="where jobs are kept, for GOVORUN_DATA_DIR")
    parser.add_argument("--workers", metavar="N", type=int, help="processes that render (one a core)")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 after a signal; InputError or OutputError where it cannot start."""
    from orchestrator.server.programs import Door, serve

    if not 0 <= arguments.port <= 65535:
        raise OptionError(f"--port {arguments.port} is no port: choose one from 1 to 65535.")
    if arguments.workers is not None and not 0 <= arguments.workers <= 256:
        raise OptionError(f"--workers {arguments.workers} is out of range: choose 0 to 256.")
    settings = load_settings()
    if arguments.data_dir is not None:
        settings = settings.model_copy(update={"data_dir": arguments.data_dir})
    workers = settings.worker_count() if arguments.workers is None else arguments.workers
    serve(settings, Door(arguments.host, arguments.port, arguments.open), workers)
    return 0
