"""The service on one machine: which processes it has, and what must be true before they start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from avatar.core.errors import OptionError, OutputError
from avatar.core.web import is_loopback
from orchestrator.logs import announce
from orchestrator.private import close_to_others
from orchestrator.provenance.embedding import check_certificate
from orchestrator.provenance.signing import Signing
from orchestrator.server.supervisor import Program, supervise
from orchestrator.settings import PREFIX, Settings

__all__ = ["QUEUES", "Door", "serve", "work"]

QUEUES = ("cpu", "gpu", "quick")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_COUNT_GPUS = "import torch; print(torch.cuda.device_count())"


@dataclass(frozen=True)
class Door:
    """Where the API listens, and whether a browser opens it."""

    host: str
    port: int
    browse: bool = False


def serve(settings: Settings, door: Door, workers: int) -> None:
    """Run the API and its workers until a signal; ``workers`` render, one more does what is quick.

    OptionError where the address cannot be had, or the operator's certificate cannot sign; OutputError where the data
    folder cannot be used, or the database.
    """
    check_certificate(Signing.of(settings))
    with _only_one(settings.data_dir), closing(_listen(door)) as listening:
        _check_database(settings, door)
        gpus = _gpus(settings.device)
        settings = _with_device(settings, gpus)
        programs = [_api(settings, door, listening), *_renderers(settings, gpus, workers)]
        supervise([*programs, _worker(settings, "worker quick", ("quick",))])


def work(settings: Settings, queues: Sequence[str], processes: int) -> None:
    """Run ``processes`` workers that listen to ``queues`` until a signal; none: those that suit the machine.

    OutputError where the data folder or the database cannot be used, OptionError where the operator's certificate
    cannot sign.
    """
    check_certificate(Signing.of(settings))
    _writable(settings.data_dir)
    _check_database(settings, None)
    gpus = _gpus(settings.device)
    settings = _with_device(settings, gpus)
    programs = _listeners(settings, gpus, queues, processes) if queues else _crew(settings, gpus, processes)
    announce(f"{len(programs)} worker(s) for {', '.join(queues) or 'all that this machine can do'} (Ctrl-C stops)")
    supervise(programs)


def _crew(settings: Settings, gpus: int, workers: int) -> list[Program]:
    """What suits the machine: as in ``serve``."""
    renderers = _renderers(settings, gpus, workers or settings.worker_count())
    return [*renderers, _worker(settings, "worker quick", ("quick",))]


def _listeners(settings: Settings, gpus: int, queues: Sequence[str], workers: int) -> list[Program]:
    """``workers`` that all listen to ``queues``; where GPUs are among them, one for each by default."""
    count = workers or (gpus if gpus and "gpu" in queues else settings.worker_count())
    return [_worker(settings, f"worker {n + 1}", queues, _card(n, gpus)) for n in range(count)]


def _api(settings: Settings, door: Door, listening: socket.socket) -> Program:
    words = ("api", "--file", str(listening.fileno()), "--host", door.host, *(("--open",) if door.browse else ()))
    return Program("the API", _command(*words), _environment(settings), (listening.fileno(),), ("--again",))


def _renderers(settings: Settings, gpus: int, workers: int) -> list[Program]:
    """``workers`` for the processor, and one for each GPU."""
    cards = range(gpus if workers else 0)
    on_gpus = [_worker(settings, f"worker gpu {n}", ("gpu",), _card(n, gpus)) for n in cards]
    return [_worker(settings, f"worker {n + 1}", ("cpu",), {}) for n in range(workers)] + on_gpus


def _worker(settings: Settings, name: str, queues: Sequence[str], card: dict[str, str] | None = None) -> Program:
    environment = {**_ONE_THREAD, **_environment(settings), **(card or {})}
    return Program(name, _command("worker", "--queues", ",".join(queues)), environment)


def _command(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "orchestrator.server.process", *words)


def _environment(settings: Settings) -> dict[str, str]:
    """The children see the settings of the parent, and the same code."""
    here = str(Path(__file__).parents[2])
    paths = os.pathsep.join(path for path in (here, os.environ.get("PYTHONPATH", "")) if path)
    own = {f"{PREFIX}DATA_DIR": str(settings.data_dir.resolve()), f"{PREFIX}DEVICE": settings.device}
    return {**os.environ, **own, "PYTHONPATH": paths}


def _card(number: int, gpus: int) -> dict[str, str]:
    """Worker ``number`` sees one GPU of several."""
    if gpus < 2:
        return {}
    cards = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    return {"CUDA_VISIBLE_DEVICES": cards[number % gpus] if len(cards) >= gpus else str(number % gpus)}


def _gpus(device: str) -> int:
    """How many GPUs the workers share out. Where a driver is loaded, a process of its own asks torch."""
    if ":" in device:
        return 1
    drivers = [*Path("/dev").glob("nvidia[0-9]*"), *Path("/dev").glob("dxg")]
    if not device.startswith("cuda") and (device != "auto" or not drivers):
        return 0
    asked = subprocess.run([sys.executable, "-P", "-c", _COUNT_GPUS], capture_output=True, text=True, check=False)
    found = int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip().isdigit() else 0
    return max(found, 1) if device.startswith("cuda") else found


def _with_device(settings: Settings, gpus: int) -> Settings:
    """With a GPU at hand, what draws goes to it."""
    return settings.model_copy(update={"device": "cuda"}) if gpus and settings.device == "auto" else settings


def _listen(door: Door) -> socket.socket:
    """A socket of the supervisor's own: connections wait in it while the API starts again."""
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((door.host, door.port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        where = f"{door.host}:{door.port}"
        raise OptionError(
            f"{where} cannot be listened to ({error.strerror}): choose another --port or --host."
        ) from error
    return listening


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """The data folder, held by this process alone."""
    _writable(data_dir)
    lock = FileLock(data_dir / "serve.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise OutputError(f"{data_dir} is in use by another `govorun serve`: give --data-dir another one.") from error
    try:
        yield
    finally:
        lock.release()


def _writable(data_dir: Path) -> None:
    probe = data_dir / f".probe-{os.getpid()}"
    try:
        close_to_others(data_dir)
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = f"The data folder {data_dir} cannot be written ({error.strerror})"
        raise OutputError(f"{reason}: name another one by --data-dir or {PREFIX}DATA_DIR.") from error


def _check_database(settings: Settings, door: Door | None) -> None:
    """The tables exist before anybody asks for them; who opens the service to others is told about keys."""
    from orchestrator.jobs.api_keys import Keys
    from orchestrator.jobs.database import open_database

    engine = open_database(settings.database, settings.data_dir)
    try:
        unlocked = all(key.revoked_at is not None for key in Keys(engine).all())
        if door is not None and not is_loopback(door.host) and unlocked:
            announce(
                "No key exists, so every request from elsewhere is refused: make one with `govorun keys create NAME`."
            )
    finally:
        engine.dispose()
