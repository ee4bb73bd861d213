"""How the ``govorun`` command ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = """
import atexit, sys

class Loaded:
    def __del__(self):
        print("taken apart")

loaded = Loaded()
atexit.register(print, "left")
sys.argv = ["govorun", *{words!r}]
from orchestrator.cli.main import main
main()
"""


@pytest.mark.parametrize(("words", "status"), [(["models"], 0), (["render"], 2)])
def test_the_command_ends_with_its_status_and_takes_nothing_apart(words: list[str], status: int) -> None:
    code = CODE.format(words=words)
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == status
    assert ended.stdout.splitlines()[-1] == "left"
    assert ("govorun: " in ended.stderr) == (status != 0)
