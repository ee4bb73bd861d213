"""Outputs appear together or not at all, and a place that cannot take them is told before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.errors import OptionError, OutputError
from avatar.core.types import Size
from orchestrator.video.outputs import check_output, check_room, outputs_of, staged


def test_names_of_the_companions(tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path / "a.mp4", ("srt", "burn"))
    assert [path.name for path in outputs.all()] == ["a.json", "a.srt", "a.mp4"]


def test_only_mp4_is_written(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"must end with \.mp4"):
        check_output(tmp_path / "a.avi")


def test_a_missing_folder_is_not_made_before_the_end(tmp_path: Path) -> None:
    check_output(tmp_path / "new" / "deeper" / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is no folder"):
        check_output(tmp_path / "file" / "a.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_output(tmp_path / "folder.mp4")


def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        check_output(Path("/proc/a.mp4"))


def test_a_disk_that_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="MB free"):
        check_room((tmp_path,), Size(3840, 3840), 10**9)


def test_all_files_appear_together(tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path / "sub" / "a.mp4", ("srt",))
    with staged(outputs) as hidden:
        for path in hidden.all():
            path.write_text("x")
            assert path.name.startswith(".")
        assert not any(path.exists() for path in outputs.all())
    assert sorted(p.name for p in (tmp_path / "sub").iterdir()) == ["a.json", "a.mp4", "a.srt"]
    assert {path.stat().st_mode & 0o777 for path in outputs.all()} == {0o644}


def test_nothing_appears_after_a_failure(tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path / "a.mp4", ())
    with pytest.raises(KeyboardInterrupt), staged(outputs) as hidden:
        hidden.video.write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
