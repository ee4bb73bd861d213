"""Processes that begin at the same moment, each with the database open."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.service.crew import ROOT

__all__ = ["START", "at_once"]

START = """
import sys, time
from pathlib import Path
from orchestrator.jobs.database import open_database
from orchestrator.jobs.claims import Claims
while time.time() < float(sys.argv[3]):
    pass
engine = open_database(sys.argv[1], Path(sys.argv[2]))
"""


def at_once(code: str, count: int, database: str, data_dir: Path) -> list[str]:
    """What ``count`` processes print that begin at the same moment."""
    begin = str(time.time() + (3.0 if count > 1 else 0.0))
    commands = [[sys.executable, "-c", code, database, str(data_dir), begin, f"w{n}"] for n in range(count)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, cwd=ROOT, **pipes) for command in commands]
    found = []
    for process in processes:
        words, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
        found += words.splitlines()
    return found
