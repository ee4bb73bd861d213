"""Where the extra is not installed, the command says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestrator.cli import main


def test_the_command_names_the_extra(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    assert main.run(["mcp", "--folder", str(tmp_path)]) == 8
    said = capsys.readouterr()
    assert "pip install 'govorun[mcp]'" in said.err and said.out == ""
