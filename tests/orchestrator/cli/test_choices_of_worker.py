"""``govorun worker``: what its options become, and which are refused before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli.main import run
from orchestrator.server import programs


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, ...]]:
    """What workers would have been started with: data folder, queues, processes."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(
        programs, "work", lambda settings, queues, count: calls.append((settings.data_dir, queues, count))
    )
    return calls


@pytest.mark.parametrize(
    ("words", "queues", "processes"),
    [
        ([], [], 0), (["--queues", "cpu,quick"], ["cpu", "quick"], 0), (["--queues", ",gpu,"], ["gpu"], 0),
        (["--concurrency", "0"], [], 0), (["--concurrency", "256"], [], 256),
        (["--concurrency", "3", "--queues", "gpu"], ["gpu"], 3),
    ],
)  # fmt: skip
def test_options_say_what_is_listened_to_and_by_how_many(
    words: list[str], queues: list[str], processes: int, begun: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    assert run(["worker", *words]) == 0
    assert begun == [(tmp_path / "data", queues, processes)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--queues", "cpu,gpus"], "Unknown queue 'gpus': choose from cpu, gpu, quick"),
        (["--concurrency", "-1"], "--concurrency -1 is out of range: choose 1 to 256"),
        (["--concurrency", "257"], "--concurrency 257 is out of range"),
    ],
)
def test_what_cannot_be_starts_nothing(
    words: list[str], said: str, begun: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["worker", *words]) == 2
    assert said in capsys.readouterr().err
    assert begun == []


def test_a_check_starts_nothing(begun: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["worker", "--check", "--queues", "none"]) == 8
    assert "has said anything lately" in capsys.readouterr().err
    assert begun == []
