"""A process that loads what draws before it is known what it will draw."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar.core.progress import silent
from orchestrator.video import standby
from orchestrator.video.folder import WorkFolder
from orchestrator.video.place import Place, Step
from orchestrator.video.render_crew import hired
from orchestrator.video.request import request_of

_NEVER = 60.0


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two cores, no GPU, and nobody left waiting."""
    monkeypatch.delenv("GOVORUN_WORKERS", raising=False)
    monkeypatch.setattr(standby, "available_cores", lambda: 2)
    monkeypatch.setattr(standby, "has_gpu", lambda: False)
    yield
    standby.sent_away()


def test_whoever_asks_first_gets_the_one_process_that_waits() -> None:
    standby.stand_by()
    standby.stand_by()
    waiting = standby.called()
    assert waiting is not None
    assert waiting.process.poll() is None
    assert standby.called() is None
    waiting.process.kill()
    waiting.process.wait()
    waiting.close()


def test_nobody_waits_where_no_core_is_left_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "available_cores", lambda: 1)
    standby.stand_by()
    assert standby.called() is None


def test_nobody_waits_where_one_worker_was_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVORUN_WORKERS", "1")
    standby.stand_by()
    assert standby.called() is None


def test_nobody_waits_where_a_gpu_may_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "has_gpu", lambda: True)
    standby.stand_by()
    assert standby.called() is None


def test_who_is_sent_away_ends_at_once() -> None:
    standby.stand_by()
    (waiting,) = standby._WAITING
    standby.sent_away()
    assert waiting.process.returncode == -signal.SIGKILL
    assert standby.called() is None


def test_who_waits_ends_quietly_with_a_parent_that_was_killed() -> None:
    started = standby.start()
    said, _ = started.process.communicate(timeout=_NEVER)  # closes its input
    assert (started.process.returncode, said, started.last_words()) == (0, "", "")
    started.close()


def test_the_last_line_of_its_complaints_is_kept() -> None:
    started = standby.start([str(Path("/nowhere")), "cpu", "", ""])
    said, _ = started.process.communicate(timeout=_NEVER)
    assert started.process.returncode == 1
    assert "/nowhere" in said
    assert started.last_words().startswith("FileNotFoundError")
    started.close()


def test_a_crew_takes_the_process_that_waits_and_tells_it_where_it_draws(
    small_portrait_png: Path, tmp_path: Path
) -> None:
    request = request_of(
        text="One.", photo=small_portrait_png, speech_engine="tone", backdrop="#203040", size="128x128"
    )
    work = WorkFolder.create(tmp_path / "0", request)
    standby.stand_by()
    (waiting,) = standby._WAITING
    with hired(Place(tmp_path, (request,), "cpu"), 2, leads=True) as crew:
        first, second = crew.children
        assert first._process is waiting.process
        assert second._process is not waiting.process
        assert not work.has_backdrop()
        crew.run(Step("backdrop"), silent())
        assert work.has_backdrop()
    assert waiting.process.returncode is not None


@pytest.mark.parametrize(
    ("words", "waits"),
    [
        (["render", "--photo", "nobody.png"], True),
        (["render", "--help"], False),
        (["voices", "render"], False),
        ([], False),
    ],
)
def test_only_a_command_that_makes_a_video_has_a_process_wait_and_none_outlives_it(
    words: list[str], waits: bool, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    code = (
        "from pathlib import Path\n"
        "from orchestrator.video import standby\n"
        "standby.available_cores, standby.has_gpu, start = lambda: 2, lambda: False, standby.start\n"
        "def started():\n"
        "    one = start()\n"
        f"    Path({str(note)!r}).write_text(str(one.process.pid))\n"
        "    return one\n"
        "standby.start = started\n"
        "from orchestrator.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, timeout=_NEVER
    )
    assert note.exists() == waits, done.stderr
    if waits:
        assert "Traceback" not in done.stderr
        assert not _lives(int(note.read_text()))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
