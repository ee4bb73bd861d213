"""Servers of the tests' own: each on a free port, with a folder of its own, and gone at the end of the test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

__all__ = ["S3", "Postgres", "RabbitMQ", "Redis", "Server", "Wire", "free_port"]

_PATIENCE = 30.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """A process that listens on ``port``; ``stop`` and ``start`` again keep its folder and its port."""

    def __init__(self, folder: Path, command: Sequence[str], port: int, user: str | None = None) -> None:
        self.folder, self.port = folder, port
        self._command, self._user = list(command), user
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it listens."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, user=self._user, cwd=self.folder,
                env={**os.environ, **self.environment}, start_new_session=True,
            )  # fmt: skip
        self._await()

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        """Returns when it is gone."""
        if self._process is not None:
            self._process.send_signal(signal_number)
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _await(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError(f"nothing listens on port {self.port}: {(self.folder / 'log').read_text()[-2000:]}")

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Server):
    """A Redis that keeps what it has when it is stopped. ``url`` names its first database."""

    def __init__(self, folder: Path) -> None:
        program = _program("redis-server", "the Redis broker is not tried")
        port = free_port()
        options = ["--port", str(port), "--save", "", "--appendonly", "yes", "--bind", "127.0.0.1"]
        super().__init__(folder, [program, *options, "--dir", str(folder)], port)
        self.url = f"redis://127.0.0.1:{port}/0"


class Postgres(Server):
    """A PostgreSQL cluster in a folder that its user can reach, as root may not run it. ``url`` names a database."""

    def __init__(self) -> None:
        program = _program("postgres", "PostgreSQL is not tried", "/usr/lib/postgresql/*/bin")
        folder, user = _private_folder("postgres")
        data = folder / "data"
        initdb = [str(Path(program).with_name("initdb")), "-D", str(data), "-A", "trust", "-U", "postgres", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=folder)
        port = free_port()
        options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(folder)]
        super().__init__(folder, [program, "-D", str(data), *options], port, user)
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"

    def start(self) -> None:
        """Returns when it lets clients in."""
        super().start()
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url.replace("+psycopg", "")):
                return
            time.sleep(0.1)
        raise TimeoutError("PostgreSQL does not let clients in")

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database, which is dropped behind the block."""
        name = f"test_{uuid.uuid4().hex}"
        address = self.url.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        yield f"{self.url.rpartition('/')[0]}/{name}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]

    def stop(self, signal_number: int = signal.SIGINT) -> None:
        """Fast: clients are sent away."""
        super().stop(signal_number)


class RabbitMQ(Server):
    """A RabbitMQ node that keeps its durable queues when it is stopped."""

    def __init__(self) -> None:
        program = _program("rabbitmq-server", "the RabbitMQ broker is not tried", "/usr/lib/rabbitmq/bin")
        folder, user = _private_folder("rabbitmq")
        port = free_port()
        (folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
        (folder / "plugins").write_text("[].\n")
        super().__init__(folder, [program], port, user)
        self.environment = {
            "RABBITMQ_NODENAME": f"govorun{port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
            "HOME": str(folder),
        }
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"


class S3(Server):
    """moto's server; ``url`` is its endpoint. What it keeps is gone when it stops."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        super().__init__(folder, command, port)
        self.url = f"http://127.0.0.1:{port}"


class FilesAsS3(Server):
    """rclone serving a folder by S3: an object is a file, a bucket a folder; ``url`` is its endpoint."""

    keys = ("access-of-tests", "secret-of-tests")

    def __init__(self, folder: Path) -> None:
        port = free_port()
        (folder / "store").mkdir(parents=True)
        command = [self.program() or "rclone", "serve", "s3", "--addr", f"127.0.0.1:{port}", "--config", os.devnull]
        super().__init__(folder, [*command, "--auth-key", ",".join(self.keys), str(folder / "store")], port)
        self.url = f"http://127.0.0.1:{port}"

    @staticmethod
    def program() -> str | None:
        """Where rclone is, if it is."""
        return shutil.which("rclone", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


def _program(name: str, consequence: str, folders: str = "") -> str:
    found = None
    if folders:
        root, _, pattern = folders[1:].partition("/")
        found = next((str(path / name) for path in Path(f"/{root}").glob(pattern) if (path / name).exists()), None)
    found = found or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: {consequence}")
    return found


def _private_folder(user: str) -> tuple[Path, str | None]:
    """A folder that ``user`` owns and can reach, and whom to run the server as: root may not."""
    folder = Path(tempfile.mkdtemp(prefix=f"govorun-{user}-"))
    if os.getuid() != 0:
        return folder, None
    shutil.chown(folder, user, user)
    return folder, user


class Wire:
    """A port that leads to another one, until it is cut; what goes through it then breaks off."""

    def __init__(self, port: int) -> None:
        self._target, self.port = port, free_port()
        self._listening: socket.socket | None = None
        self._open: list[socket.socket] = []

    def join(self) -> None:
        """Let clients through from now on."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def cut(self) -> None:
        """Break every connection and let no other through."""
        if self._listening is not None:
            _close(self._listening)
        while self._open:
            _close(self._open.pop())

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=_pump, args=ends, daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    _close(source)
    _close(target)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
