"""Which processes the service has on which machine: their words, their cards, and what they see of their parent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from avatar.core.errors import OptionError, OutputError
from orchestrator.jobs.api_keys import Keys
from orchestrator.jobs.database import open_database
from orchestrator.server import programs
from orchestrator.server.process import _address, _parser
from orchestrator.server.programs import Door
from orchestrator.server.supervisor import Program
from orchestrator.settings import Settings

COMMAND = (sys.executable, "-P", "-m", "orchestrator.server.process")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, device="cpu")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Program]:
    """What would be run."""
    found: list[Program] = []
    monkeypatch.setattr(programs, "supervise", found.extend)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return found


def told(found: list[Program]) -> list[tuple[str, str, str | None]]:
    """Name, queues, and the card that it sees."""
    return [(one.name, one.command[-1], one.environment.get("CUDA_VISIBLE_DEVICES")) for one in found]


def test_a_service_is_the_api_the_renderers_and_one_that_is_quick(
    settings: Settings, started: list[Program], capsys: pytest.CaptureFixture[str]
) -> None:
    programs.serve(settings, Door("127.0.0.1", 0), 2)
    assert [one.name for one in started] == ["the API", "worker 1", "worker 2", "worker quick"]
    assert started[1].command == (*COMMAND, "worker", "--queues", "cpu")
    assert started[3].command == (*COMMAND, "worker", "--queues", "quick")
    assert "No key exists" not in capsys.readouterr().err


def test_the_api_inherits_the_socket_and_opens_a_browser_once(settings: Settings) -> None:
    with closing(socket.socket()) as listening:
        plain = programs._api(settings, Door("::1", 8000), listening)
        browsing = programs._api(settings, Door("::1", 8000, True), listening)
        assert plain.command == (*COMMAND, "api", "--file", str(listening.fileno()), "--host", "::1")
        assert browsing.command == (*plain.command, "--open")
        assert (plain.files, plain.again) == ((listening.fileno(),), ("--again",))


def test_with_two_cards_each_has_a_worker_of_its_own(
    settings: Settings, started: list[Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_gpus", lambda device: 2)
    programs.serve(settings.model_copy(update={"device": "auto"}), Door("127.0.0.1", 0), 1)
    assert told(started)[1:] == [
        ("worker 1", "cpu", None), ("worker gpu 0", "gpu", "0"), ("worker gpu 1", "gpu", "1"),
        ("worker quick", "quick", None),
    ]  # fmt: skip
    assert {one.environment["GOVORUN_DEVICE"] for one in started} == {"cuda"}
    started.clear()
    programs.serve(settings.model_copy(update={"device": "auto"}), Door("127.0.0.1", 0), 0)
    assert [one.name for one in started] == ["the API", "worker quick"]


def test_a_single_card_is_seen_by_all_and_what_was_asked_for_stays(
    settings: Settings, started: list[Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_gpus", lambda device: 1)
    programs.work(settings, (), 1)
    assert told(started) == [("worker 1", "cpu", None), ("worker gpu 0", "gpu", None), ("worker quick", "quick", None)]
    assert started[0].environment["GOVORUN_DEVICE"] == "cpu"


@pytest.mark.parametrize(
    ("gpus", "queues", "processes", "names"),
    [
        (0, ("cpu", "gpu"), 3, ["worker 1", "worker 2", "worker 3"]),
        (2, ("gpu",), 0, ["worker 1", "worker 2"]),
        (2, ("quick",), 1, ["worker 1"]),
    ],
)
def test_workers_alone_listen_to_the_queues_that_are_named(
    gpus: int, queues: tuple[str, ...], processes: int, names: list[str], settings: Settings, started: list[Program],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(programs, "_gpus", lambda device: gpus)
    programs.work(settings, queues, processes)
    assert [one.name for one in started] == names
    assert {one.command[-1] for one in started} == {",".join(queues)}
    assert f"{len(names)} worker(s) for {', '.join(queues)} (Ctrl-C stops)" in capsys.readouterr().err


def test_workers_of_no_queue_in_particular_are_one_a_core(
    settings: Settings, started: list[Program], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Settings, "worker_count", lambda self: 3)
    programs.work(settings, (), 0)
    assert [one.name for one in started] == ["worker 1", "worker 2", "worker 3", "worker quick"]
    assert "4 worker(s) for all that this machine can do" in capsys.readouterr().err
    started.clear()
    programs.work(settings, ("cpu",), 0)
    assert len(started) == 3


def test_children_compute_in_one_thread_with_the_same_settings_and_code(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("PYTHONPATH", "/else")
    worker = programs._worker(settings, "one", ("cpu", "quick"), {"CUDA_VISIBLE_DEVICES": "3"})
    found = worker.environment
    assert worker.command[-1] == "cpu,quick"
    assert [found[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")] == ["1"] * 3
    assert found["GOVORUN_DATA_DIR"] == str(settings.data_dir.resolve())
    assert (found["GOVORUN_DEVICE"], found["CUDA_VISIBLE_DEVICES"]) == ("cpu", "3")
    assert found["PYTHONPATH"].split(os.pathsep) == [str(Path(__file__).parents[3]), "/else"]
    monkeypatch.delenv("PYTHONPATH")
    assert programs._environment(settings)["PYTHONPATH"] == str(Path(__file__).parents[3])
    assert "OMP_NUM_THREADS" not in programs._environment(settings)


@pytest.mark.parametrize(
    ("visible", "number", "gpus", "card"),
    [
        (None, 0, 1, None), (None, 1, 2, "1"), (None, 3, 2, "1"), ("5,7", 1, 2, "7"), ("5,7", 2, 2, "5"),
        ("5", 1, 2, "1"), ("5,7,9", 1, 2, "7"),
    ],
)  # fmt: skip
def test_a_worker_sees_one_card_of_those_that_its_parent_sees(
    visible: str | None, number: int, gpus: int, card: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert programs._card(number, gpus) == ({} if card is None else {"CUDA_VISIBLE_DEVICES": card})


@pytest.mark.parametrize(
    ("device", "driver", "status", "said", "gpus"),
    [
        ("cuda:1", False, 1, "", 1), ("cpu", True, 0, "2", 0), ("auto", False, 0, "2", 0), ("auto", True, 0, "2\n", 2),
        ("auto", True, 1, "2", 0), ("auto", True, 0, "none", 0), ("cuda", False, 0, "3", 3), ("cuda", False, 1, "", 1),
        ("cuda", False, 0, "0", 1),
    ],
)  # fmt: skip
def test_cards_are_counted_where_a_driver_is_or_one_was_asked_for(
    device: str, driver: bool, status: int, said: str, gpus: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Folder(type(Path())):  # type: ignore[misc]
        def glob(self, pattern: str) -> list[Path]:
            assert str(self) == "/dev"
            return [Path("/dev/nvidia0")] if driver and pattern == "nvidia[0-9]*" else []

    def run(words: list[str], **_: object) -> SimpleNamespace:
        assert words == [sys.executable, "-P", "-c", "import torch; print(torch.cuda.device_count())"]
        return SimpleNamespace(returncode=status, stdout=said)

    monkeypatch.setattr(programs, "Path", Folder)
    monkeypatch.setattr(subprocess, "run", run)
    assert programs._gpus(device) == gpus


def test_an_address_that_is_taken_is_told_and_one_of_ipv6_listened_to() -> None:
    with closing(programs._listen(Door("127.0.0.1", 0))) as first:
        port = first.getsockname()[1]
        assert first.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
        assert first.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) != 0
        with pytest.raises(OptionError, match=f"127.0.0.1:{port} cannot be listened to .*another --port"):
            programs._listen(Door("127.0.0.1", port))
    if socket.has_ipv6:
        with closing(programs._listen(Door("::1", 0))) as second:
            assert second.family == socket.AF_INET6


def test_a_data_folder_serves_one_service_at_a_time(settings: Settings, started: list[Program]) -> None:
    lock = FileLock(settings.data_dir / "serve.lock")
    with lock, pytest.raises(OutputError, match="is in use by another `govorun serve`"):
        programs.serve(settings, Door("127.0.0.1", 0), 1)
    assert started == []
    programs.serve(settings, Door("127.0.0.1", 0), 1)
    with lock.acquire(blocking=False):
        assert len(started) == 3


def test_a_data_folder_that_cannot_be_written_is_told(settings: Settings, started: list[Program]) -> None:
    (settings.data_dir / "file").touch()
    for begin in (lambda s: programs.work(s, (), 1), lambda s: programs.serve(s, Door("127.0.0.1", 0), 1)):
        with pytest.raises(OutputError, match=r"file/data cannot be written \(.*--data-dir or GOVORUN_DATA_DIR"):
            begin(settings.model_copy(update={"data_dir": settings.data_dir / "file" / "data"}))
    programs._writable(settings.data_dir / "new")
    assert list((settings.data_dir / "new").iterdir()) == []


@pytest.mark.parametrize(("host", "key", "revoked", "warned"), [
    ("0.0.0.0", False, False, True), ("0.0.0.0", True, False, False), ("0.0.0.0", True, True, True),
    ("127.0.0.1", False, False, False), (None, False, False, False),
])  # fmt: skip
def test_who_opens_the_service_without_a_key_is_told(
    host: str | None, key: bool, revoked: bool, warned: bool, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_database(settings.database, settings.data_dir)
    if key:
        keys = Keys(engine)
        made, _ = keys.create("one")
        if revoked:
            keys.revoke(made.id)
    engine.dispose()
    programs._check_database(settings, None if host is None else Door(host, 80))
    assert ("No key exists" in capsys.readouterr().err) is warned


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80"),
        ("fe80::1", "http://[fe80::1]:80"), ("studio.local", "http://studio.local:80"),
    ],
)  # fmt: skip
def test_the_page_is_told_by_an_address_that_can_be_opened(host: str, address: str) -> None:
    assert _address(host, 80) == address


def test_a_process_is_told_what_it_is_by_its_words() -> None:
    api = _parser().parse_args(["api", "--file", "7", "--host", "::1"])
    assert (api.file, api.host, api.again, api.open) == (7, "::1", False, False)
    again = _parser().parse_args(["api", "--file", "7", "--host", "::1", "--again", "--open"])
    assert (again.again, again.open) == (True, True)
    assert _parser().parse_args(["worker", "--queues", "cpu"]).queues == "cpu"
    for words in ([], ["api", "--host", "a"], ["api", "--file", "7"], ["worker"]):
        with pytest.raises(SystemExit):
            _parser().parse_args(words)
