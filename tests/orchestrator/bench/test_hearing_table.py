"""The table of what is heard: its rows, its halves, and what a voice is called by its figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestrator.bench import hearing


@pytest.mark.parametrize(
    ("words", "called"),
    [(0.0, "native"), (0.149, "native"), (0.15, "accented"), (0.399, "accented"), (0.4, "robotic"), (1.2, "robotic")],
)
def test_a_voice_is_called_by_its_word_error_rate(words: float, called: str) -> None:
    assert hearing.mark(words) == called


def test_a_row_tells_what_the_second_half_of_a_list_was_heard_as(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ru.txt").write_text("один\nдва\nтри\nчетыре\n", "utf-8")

    def heard(lines: Sequence[str], language: str, voice: str) -> hearing.Errors:
        assert (lines, language) == (["три", "четыре"], "ru")
        return hearing.Errors(0.2, 0.05, len(lines), ("три", "читыре"))

    monkeypatch.setattr(hearing, "errors", heard)
    hearing.main(["--lists", str(tmp_path), "--lang", "ru", "--voice", "kokoro-vera", "--show"])
    rows = capsys.readouterr().out.splitlines()
    assert rows[2] == "| ru | `kokoro-vera` | 2 | 0.200 | 0.050 | accented |"
    assert rows[3:] == ["    три", "    три", "    четыре", "    читыре"]
