"""``govorun worker``: workers alone, for the jobs of a service that runs elsewhere under the same settings."""

from __future__ import annotations

import argparse
import socket

from avatar.core.errors import MissingEngine, OptionError
from orchestrator.console import show
from orchestrator.settings import Settings, load_settings

__all__ = ["add", "run"]


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    text = "Work on the jobs of a service: GOVORUN_BROKER, GOVORUN_DATABASE and GOVORUN_STORAGE say where it is."
    parser = commands.add_parser("worker", parents=[common], help="more workers for a service", description=text)
    parser.add_argument("--queues", metavar="NAMES", default="", help="of cpu, gpu, quick (what suits the machine)")
    parser.add_argument("--concurrency", metavar="N", type=int, default=0, help="processes (one a core, one a GPU)")
    parser.add_argument("--check", action="store_true", help="only ask whether a worker of this machine is at work")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 after a signal; InputError or OutputError where it cannot start."""
    from orchestrator.server.programs import QUEUES, work

    if arguments.check:
        _check(load_settings())
        return 0
    queues = [name for name in arguments.queues.split(",") if name]
    for name in queues:
        if name not in QUEUES:
            raise OptionError(f"Unknown queue {name!r}: choose from {', '.join(QUEUES)}.")
    if not 0 <= arguments.concurrency <= 256:
        raise OptionError(f"--concurrency {arguments.concurrency} is out of range: choose 1 to 256.")
    work(load_settings(), queues, arguments.concurrency)
    return 0


def _check(settings: Settings) -> None:
    """MissingEngine unless a worker of this machine said in the last seconds that it is there."""
    from orchestrator.jobs.database import open_database
    from orchestrator.jobs.workers import Presence

    machine = socket.gethostname()
    engine = open_database(settings.database, settings.data_dir)
    try:
        workers = [worker for worker in Presence(engine).alive() if worker.name.rpartition(":")[0] == machine]
    finally:
        engine.dispose()
    if not workers:
        raise MissingEngine(f"No worker of {machine} has said anything lately: look at its log.")
    show(f"{len(workers)} at work on {machine}")
