"""The processes of the service, as :mod:`orchestrator.server.supervisor` starts them: the API, and workers.

``python -m orchestrator.server.process api --file N --host HOST`` is the one, ``... worker --queues cpu,quick`` the
other. The end of standard input is the wish that they stop; what has not stopped some seconds later is ended with
everything that it started.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import time
import warnings
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread

from avatar.core.errors import GovorunError
from orchestrator.logs import announce, configure_logs
from orchestrator.settings import load_settings

__all__ = ["main"]

_LOG = logging.getLogger(__name__)
_PATIENCE = 6.0
_NICENESS = 10
_OPEN_STREAMS_SECONDS = 2
_SWITCH_SECONDS = 0.001  # who only looks does not wait for threads that take in uploads


def main(words: Sequence[str]) -> int:
    """Run one process of the service; returns its exit status."""
    arguments = _parser().parse_args(words)
    try:
        settings = load_settings()
        configure_logs(settings.log_level, settings.log_format, process=f"{socket.gethostname()}:{os.getpid()}")
        status: int = arguments.run(arguments)
    except GovorunError as error:
        announce(str(error))
        status = error.exit_code
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="orchestrator.server.process")
    kinds = parser.add_subparsers(required=True)
    api = kinds.add_parser("api")
    api.add_argument("--file", type=int, required=True, help="the descriptor of a socket that listens")
    api.add_argument("--host", required=True, help="what it was bound to")
    api.add_argument("--again", action="store_true", help="say nothing, open nothing")
    api.add_argument("--open", action="store_true", help="open the page in a browser")
    api.set_defaults(run=_api)
    worker = kinds.add_parser("worker")
    worker.add_argument("--queues", required=True)
    worker.set_defaults(run=_work)
    return parser


def _api(arguments: argparse.Namespace) -> int:
    import uvicorn

    from orchestrator.api.app import create_app
    from orchestrator.api.protocol import PatientProtocol

    sys.setswitchinterval(_SWITCH_SECONDS)
    app = create_app()
    app.state.host = arguments.host
    listening = socket.socket(fileno=arguments.file)
    address = _address(arguments.host, listening.getsockname()[1])

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and not arguments.again:
                _welcome(address, arguments.open)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await app.state.watches.close()
            await super().shutdown(sockets)

    graceful = _OPEN_STREAMS_SECONDS
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=graceful,
    )
    server = Server(config)
    _when_input_ends(lambda: setattr(server, "should_exit", True))
    server.run(sockets=[listening])
    return 0 if server.started else 1


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _welcome(address: str, browse: bool) -> None:
    announce(f"Ready: open {address} (Ctrl-C stops)")
    if browse:
        Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _work(arguments: argparse.Namespace) -> int:
    from celery.exceptions import SecurityWarning
    from celery.signals import setup_logging
    from celery.worker import state

    from orchestrator.jobs.celery_app import app
    from orchestrator.worker.stop import stopping

    def stop() -> None:
        stopping.set()
        state.should_stop = 0

    setup_logging.connect(_leave_logging_alone)
    os.nice(_NICENESS)
    _when_input_ends(stop)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=SecurityWarning)  # of pickled messages, which are refused
        worker = app.Worker(
            pool="solo",
            queues=arguments.queues.split(","),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
        )
    worker.start()
    _leave(worker.exitcode or 0)
    return 0


def _leave_logging_alone(**_: object) -> None:
    """Celery sets nothing up where somebody answers this signal."""


def _leave(status: int) -> None:
    """End at once: the libraries of the engines need seconds to go in good order."""
    from orchestrator.jobs.service import service_of
    from orchestrator.jobs.workers import worker_name

    with suppress(Exception):  # the row is forgotten later where the database is away
        service_of().presence.gone(worker_name())
    logging.shutdown()
    os._exit(status)


def _when_input_ends(stop: Callable[[], object]) -> None:
    Thread(target=_wait_for_the_end, args=(stop,), name="input", daemon=True).start()


def _wait_for_the_end(stop: Callable[[], object]) -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    stop()
    time.sleep(_PATIENCE)
    _LOG.warning("this process does not stop by itself: ending it")
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
