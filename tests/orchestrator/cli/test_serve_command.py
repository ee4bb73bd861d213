"""``govorun serve``: what its options become."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.main import run
from orchestrator.server import programs
from orchestrator.server.programs import Door
from orchestrator.settings import Settings


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, Door, int]]:
    """What a service would have been started with."""
    calls: list[tuple[Settings, Door, int]] = []
    monkeypatch.setattr(programs, "serve", lambda *given: calls.append(given))
    return calls


def test_options_take_the_place_of_settings(
    begun: list[tuple[Settings, Door, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path / "usual"))
    assert run(["serve", "--data-dir", str(tmp_path / "other"), "--port", "8123", "--workers", "3"]) == 0
    assert run(["serve"]) == 0
    (other, door, three), (usual, _, workers) = begun
    assert (other.data_dir, usual.data_dir) == (tmp_path / "other", tmp_path / "usual")
    assert (door.port, three) == (8123, 3)
    assert workers == usual.worker_count()


@pytest.mark.parametrize("given", [["--port", "0"], ["--port", "65535"], ["--workers", "0"], ["--workers", "256"]])
def test_the_ends_of_a_range_are_in_it(given: list[str], begun: list[tuple[Settings, Door, int]]) -> None:
    assert run(["serve", *given]) == 0
    _, door, workers = begun[0]
    assert int(given[1]) in (door.port, workers)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--port", "-1"], "is no port"),
        (["--port", "65536"], "is no port"),
        (["--workers", "-1"], "choose 0 to 256"),
        (["--workers", "257"], "choose 0 to 256"),
    ],
)
def test_what_is_out_of_range_starts_nothing(
    given: list[str], said: str, begun: list[tuple[Settings, Door, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", *given]) == 2
    assert said in capsys.readouterr().err
    assert begun == []
