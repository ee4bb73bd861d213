"""``govorun worker --check``: what containers ask for the health of a worker."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from orchestrator.cli.main import run
from orchestrator.jobs.database import WORKERS, open_database
from orchestrator.jobs.workers import Presence


def test_a_worker_that_speaks_is_healthy_and_one_that_fell_silent_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path))
    engine = open_database("", tmp_path)
    presence = Presence(engine)
    presence.seen("another-machine:7", ["cpu"])
    assert run(["worker", "--check"]) == 8
    assert "has said anything lately" in capsys.readouterr().err
    presence.seen(f"{socket.gethostname()}:12", ["cpu"])
    assert run(["worker", "--check"]) == 0
    assert capsys.readouterr().out.startswith("1 at work on")
    with engine.begin() as connection:
        connection.execute(update(WORKERS).values(seen_at=time.time() - 60))
    assert run(["worker", "--check"]) == 8
    engine.dispose()
