"""The parent of the service's processes: what it starts again when, and how it stops what does not want to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from orchestrator.server import programs
from orchestrator.server.supervisor import Program, _Child
from orchestrator.settings import Settings

ROOT = Path(__file__).parents[3]
STUBBORN = "import time; open({file!r}, 'w').close(); time.sleep(600)"
PARENT = """
import os, sys
from orchestrator.server import supervisor
supervisor.GRACE_SECONDS = {grace}
supervisor.supervise([supervisor.Program("stubborn", (sys.executable, "-c", {child!r}), os.environ)])
"""


def _parent(tmp_path: Path, grace: float) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A parent whose child hears nothing, and the child."""
    code = PARENT.format(grace=grace, child=STUBBORN.format(file=str(tmp_path / "up")))
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, cwd=ROOT)
    _until((tmp_path / "up").exists)
    (child,) = psutil.Process(parent.pid).children()
    return parent, child


def _until(what) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_does_not_stop_is_killed(tmp_path: Path) -> None:
    parent, child = _parent(tmp_path, grace=0.2)
    parent.send_signal(signal.SIGTERM)
    _, words = parent.communicate(timeout=60)
    assert parent.returncode == 0
    assert "Stopping" in words
    assert not child.is_running()


def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    parent, child = _parent(tmp_path, grace=1000.0)
    parent.send_signal(signal.SIGINT)
    assert parent.stderr is not None
    assert "Stopping" in parent.stderr.readline()
    parent.send_signal(signal.SIGINT)
    parent.communicate(timeout=60)
    assert parent.returncode == 0
    assert not child.is_running()


def test_who_dies_young_is_started_later_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("orchestrator.server.supervisor.time.monotonic", lambda: now[0])
    child = _Child(Program("weak", (sys.executable, "-c", "pass"), os.environ))
    pauses = []
    for lived in (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 100.0, 1.0):
        child.start()
        assert child.process is not None
        child.process.wait()
        now[0] += lived
        assert child.ended()
        child.plan_restart()
        pauses.append(child.start_at - now[0])
    assert pauses == [0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 30.0, 0.0, 0.0]


def test_what_never_comes_up_ends_the_service() -> None:
    code = (
        "import os, sys\n"
        "from orchestrator.server import supervisor\n"
        "supervisor._PAUSES, supervisor._LOOK_EVERY = (0.0,), 0.01\n"
        "broken = supervisor.Program('the API', (sys.executable, '-c', 'raise SystemExit(1)'), os.environ)\n"
        "healthy = supervisor.Program('a worker', (sys.executable, '-c', 'input()'), os.environ)\n"
        "supervisor.supervise([healthy, broken])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert "the API does not start" in done.stderr.splitlines()[-1]


def test_who_is_killed_is_no_false_start() -> None:
    child = _Child(Program("worker", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"), os.environ))
    for _ in range(8):
        child.start()
        assert child.process is not None
        child.process.wait()
        assert child.ended()
        child.plan_restart()
    assert child.false_starts == 0


def test_the_first_start_alone_has_no_extra_words(tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'a').write(f'{sys.argv[2:]}\\n')"
    child = _Child(Program("api", (sys.executable, "-c", code, str(tmp_path / "words")), os.environ, (), ("--again",)))
    for _ in range(2):
        child.start()
        assert child.process is not None
        child.process.wait()
        assert child.ended()
    assert (tmp_path / "words").read_text() == "[]\n['--again']\n"


def test_each_gpu_has_a_worker_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    settings = Settings(data_dir=tmp_path, device="cuda", workers=3)
    crew = programs._crew(settings, 2, 0)
    assert [program.command[-1] for program in crew] == ["cpu", "cpu", "cpu", "gpu", "gpu", "quick"]
    assert [program.environment.get("CUDA_VISIBLE_DEVICES") for program in crew] == [None] * 3 + ["0", "1", None]
    assert all(program.environment["GOVORUN_DEVICE"] == "cuda" for program in crew)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    listeners = programs._listeners(settings, 2, ["gpu"], 0)
    assert [program.environment["CUDA_VISIBLE_DEVICES"] for program in listeners] == ["4", "7"]


def test_a_machine_without_workers_has_none_for_its_gpus(tmp_path: Path) -> None:
    assert programs._renderers(Settings(data_dir=tmp_path), 1, 0) == []


def test_what_draws_goes_to_a_gpu_that_is_there(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert programs._with_device(settings, 1).device == "cuda"
    assert programs._with_device(settings, 0).device == "auto"
    assert programs._with_device(settings.model_copy(update={"device": "cpu"}), 1).device == "cpu"
    assert programs._gpus("cpu") == 0
    assert programs._gpus("cuda:1") == 1
