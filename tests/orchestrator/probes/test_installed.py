"""What is installed is asked in a process of its own, and only as much of it as somebody wants to know."""

from __future__ import annotations

import subprocess
import sys

import pytest

from avatar.core.errors import EngineError
from orchestrator.probes import installed

TONE = {"stage": "speech", "name": "tone", "available": True, "reason": "", "licence": "Apache-2.0"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was asked of children, each of which knows one engine."""
    words: list[tuple[str, ...]] = []

    def answer(*what: str) -> list[dict[str, object]]:
        words.append(what)
        return [TONE]

    monkeypatch.setattr(installed, "_ask", answer)
    monkeypatch.setattr(installed, "_ENGINES", installed._Kept("engines"))
    installed._one_engine.cache_clear()
    return words


def test_one_engine_is_asked_alone_and_once(asked: list[tuple[str, ...]]) -> None:
    assert [installed.engine("speech", "tone") for _ in range(2)] == [TONE, TONE]
    assert asked == [("engine", "speech", "tone")]


def test_an_engine_of_the_whole_list_is_not_asked_again(asked: list[tuple[str, ...]]) -> None:
    assert installed.engines() == [TONE]
    assert installed.engine("speech", "tone") == TONE
    assert installed.engine("face", "tone") is None
    assert asked == [("engines",)]


def test_what_a_child_says_of_one_engine() -> None:
    one, missing = installed._ask("engine", "speech", "tone"), installed._ask("engine", "speech", "coqui")
    assert [{key: one[0][key] for key in TONE}] == [TONE]
    assert (len(one), missing[0]["name"], missing[0]["available"]) == (1, "coqui", False)
    assert "pip install 'govorun[coqui]'" in missing[0]["reason"]


def test_a_name_that_no_engine_has_is_not_one_that_is_missing_here() -> None:
    assert installed._ask("engine", "speech", "none") == []


def test_a_child_that_fails_is_told_with_what_it_was_asked() -> None:
    with pytest.raises(EngineError, match="The engine speech could not be listed: run `govorun doctor`"):
        installed._ask("engine", "speech")


def test_a_small_engine_loads_nothing_of_the_large_ones() -> None:
    code = (
        "import sys\n"
        "from orchestrator.probes.installed import main\n"
        "sys.argv[1:] = ['engine', 'speech', 'tone']\n"
        "main()\n"
        "print(sorted({'torch', 'diffusers', 'motion', 'avatar.face'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
