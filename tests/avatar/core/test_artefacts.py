"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.artefacts import appearing, write_atomically


def test_a_file_appears_when_its_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.png"
    with appearing(path) as partial:
        partial.write_bytes(b"whole")
        assert partial.suffix == ".png"
        assert partial.name.startswith(".")
        assert not path.exists()
    assert [(file.name, file.read_bytes()) for file in path.parent.iterdir()] == [("sheet.png", b"whole")]


def test_a_block_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "record"
    write_atomically(path, b"old")
    with pytest.raises(KeyboardInterrupt), appearing(path) as partial:
        partial.write_bytes(b"half")
        raise KeyboardInterrupt
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("record", b"old")]


def test_what_cannot_take_its_place_is_removed(tmp_path: Path) -> None:
    (tmp_path / "taken" / "by").mkdir(parents=True)
    with pytest.raises(OSError), appearing(tmp_path / "taken") as partial:
        partial.write_bytes(b"whole")
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_a_file_may_be_read_by_whom_the_user_lets(tmp_path: Path) -> None:
    write_atomically(tmp_path / "atomic", b"")
    (tmp_path / "plain").touch()
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode
