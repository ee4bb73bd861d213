"""Where no fitting Python is found, make takes one from uv, or says the one command that helps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="make and sh are not at home there")
TOOLS = ("make", "sh", "rm", "mkdir", "touch", "dirname", "cat", "chmod")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs without any Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def _make_environment(bare: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Let make create the environment ``VENV``, and nothing more."""
    place = bare.parent / "venv"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "PYTHON"))}
    return subprocess.run(
        ["make", f"VENV={place}", f"{place}/bin/python", *words],
        cwd=ROOT, env={**kept, "PATH": str(bare)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def _program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_without_python_and_uv_the_command_that_helps_is_said(bare: Path) -> None:
    result = _make_environment(bare)
    assert result.returncode != 0
    assert "Govorun needs a Python from 3.11 to 3.14" in result.stdout
    assert "https://astral.sh/uv/install.sh" in result.stdout
    assert not (bare.parent / "venv").exists()


def test_uv_gets_a_python_where_there_is_none(bare: Path) -> None:
    _program(
        bare,
        "uv",
        f'echo "$@" >{bare.parent}/asked; for last; do :; done; mkdir -p "$last/bin"; touch "$last/bin/python"',
    )
    result = _make_environment(bare)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "a Python that uv gets" in result.stdout
    asked = (bare.parent / "asked").read_text().split()
    assert asked[0] == "venv"
    assert "--seed" in asked  # pip installs the rest
    assert asked[asked.index("--python") + 1] == ">=3.11,<3.15"


def test_an_old_python_is_passed_over(bare: Path) -> None:
    _program(bare, "python3", "exit 1")
    assert "Govorun needs a Python" in _make_environment(bare).stdout


def test_a_python_that_fits_comes_before_uv(bare: Path) -> None:
    _program(bare, "uv", "exit 9")
    (bare / "python3").symlink_to(Path(sys.executable).resolve())
    result = _make_environment(bare)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Python 3.{sys.version_info[1]}" in result.stdout
    assert (bare.parent / "venv/bin/python").exists()


def test_a_python_that_is_named_is_taken(bare: Path) -> None:
    result = _make_environment(bare, f"PYTHON={Path(sys.executable).resolve()}")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (bare.parent / "venv/bin/python").exists()
