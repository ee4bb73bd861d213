"""The data folder is closed to other users of the machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from orchestrator.jobs.database import open_database
from orchestrator.private import close_to_others

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no such rights")


def _open(folder: Path) -> dict[str, int]:
    """What others may do with something in or with ``folder``, where they may do anything."""
    everything = [folder, *folder.rglob("*")]
    rights = {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in everything}
    return {name: mode for name, mode in rights.items() if mode & 0o077}


def test_a_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    close_to_others(tmp_path / "a" / "data")
    assert _open(tmp_path / "a" / "data") == {}
    open_database("", tmp_path / "b").dispose()
    assert (tmp_path / "b" / "jobs.sqlite").exists()
    assert _open(tmp_path / "b") == {}


def test_one_that_stood_open_is_closed_with_all_that_is_ours(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    (data / "jobs" / "video_1" / "inputs").mkdir(parents=True)
    for path in (data / "jobs.sqlite", data / "jobs" / "video_1" / "inputs" / "photo.png", elsewhere):
        path.write_text("x")
        path.chmod(0o644)
    (data / "jobs" / "link").symlink_to(elsewhere)
    data.chmod(0o755)
    close_to_others(data)
    (data / "jobs" / "link").unlink()
    assert _open(data) == {}
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


def test_a_folder_of_others_keeps_its_rights(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "notes.txt").write_text("x")
    tmp_path.chmod(0o755)
    close_to_others(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert "is open to others" in caplog.text
