"""``--transcript``: words, or a file of them after an @."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.commands.render import given_options
from orchestrator.cli.main import build_parser, run

_RECORDED = ["render", "--photo", "me.png", "--audio", "me.wav", "-o", "a.mp4"]


def _given(words: str) -> object:
    return given_options(build_parser().parse_args([*_RECORDED, "--transcript", words]))["transcript"]


def test_words_are_taken_as_they_are_and_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_bytes("\ufeffПривет, мир.".encode())
    assert _given("Hello there.") == "Hello there."
    assert _given(f"@{tmp_path / 'said.txt'}") == "Привет, мир."


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read (No such file"), ("Привет".encode("cp1251"), "save it as UTF-8")]
)
def test_a_file_that_cannot_be_read_is_named(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "said.txt"
    if content is not None:
        path.write_bytes(content)
    assert run([*_RECORDED, "--transcript", f"@{path}"]) != 0
    told = capsys.readouterr().err
    assert said in told and f"The transcript {path}" in told
