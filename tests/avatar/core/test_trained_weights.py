"""Weights that were trained here and have a name: kept, found, listed, replaced by their own run alone, removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core import weights
from avatar.core.errors import OptionError
from avatar.core.trained import check_name, keep


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "model"
    (folder / "unet").mkdir(parents=True)
    (folder / "unet" / "a.bin").write_bytes(b"one")
    (folder / "card.md").write_bytes(b"mine")
    return folder


def kept(source: Path, cache: Path, name: str = "mine") -> Path:
    return keep(name, source, "an engine", "yours", cache)


def test_it_is_found_and_listed_and_removed_by_name(source: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert weights.resolve("mine", cache) == "mine"
    folder = kept(source, cache)
    assert weights.resolve("mine", cache) == str(folder) == str(cache / "weights" / "mine")
    assert (folder / "unet" / "a.bin").read_bytes() == b"one"
    (record,) = weights.records(cache)
    assert (record.name, record.purpose, record.licence, record.complete) == ("mine", "an engine", "yours", True)
    assert [(entry.path, entry.size) for entry in record.entries] == [("card.md", 4), ("unet/a.bin", 3)]
    assert record.entries[1].url == (source / "unet" / "a.bin").as_uri()
    assert [path.name for path in (cache / "weights").iterdir()] == ["mine"]
    assert weights.remove("mine", cache) == 7
    assert weights.resolve("mine", cache) == "mine"


def test_a_folder_counts_more_than_a_name(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    kept(source, cache)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert weights.resolve("mine", cache) == "mine"
    assert weights.resolve("../weights/mine", cache) == "../weights/mine"


def test_its_own_run_replaces_it_and_nothing_else_does(source: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = weights.read_record(kept(source, cache))
    (source / "unet" / "a.bin").write_bytes(b"two")
    (source / "card.md").unlink()
    check_name("mine", source.parent, cache)
    second = weights.read_record(kept(source, cache))
    assert first is not None and second is not None and first.revision != second.revision
    assert [path.name for path in sorted((cache / "weights" / "mine").iterdir())] == ["unet", "weights.lock"]
    other = tmp_path / "other" / "model"
    source.parent.rename(other.parent)
    with pytest.raises(OptionError, match="The name mine is taken"):
        kept(other, cache)


@pytest.mark.parametrize("name", ["sdxl", "../up", "", "a/b", ".hidden"])
def test_names_that_cannot_be_given(name: str, source: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="is taken" if name == "sdxl" else "cannot be used"):
        check_name(name, source, tmp_path / "cache")


def test_what_lies_there_without_a_record_is_left_alone(source: Path, tmp_path: Path) -> None:
    (tmp_path / "cache" / "weights" / "mine").mkdir(parents=True)
    with pytest.raises(OptionError, match="is taken"):
        kept(source, tmp_path / "cache")
