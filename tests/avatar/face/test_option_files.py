"""Options of a face engine: what they are where nobody says, and files among them by their whole paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from avatar.core.errors import OptionError
from avatar.core.types import Size
from avatar.face import FaceOptions, check_engine_options
from avatar.face.option_values import file, folder, photo


@pytest.mark.parametrize(("read", "name"), [(file, "film.mp4"), (photo, "face.png"), (folder, "weights")])
def test_a_relative_path_is_made_whole(
    read: Callable[[str, str], Path], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir() if read is folder else (tmp_path / name).write_bytes(b"x")
    assert read("driving", name) == tmp_path / name


@pytest.mark.parametrize("read", [file, photo, folder])
def test_what_is_not_there_or_of_the_other_kind_is_refused(read: Callable[[str, str], Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for wrong in (tmp_path / "none", tmp_path / "file" if read is folder else tmp_path):
        with pytest.raises(OptionError, match=r"driving.*there is no f"):
            read("driving", str(wrong))


@pytest.mark.parametrize("engine", ["embedded", "still"])
def test_an_engine_without_options_of_its_own_takes_none(engine: str) -> None:
    check_engine_options(engine, {})
    with pytest.raises(OptionError, match=f"{engine} has no option 'size': it has none of its own"):
        check_engine_options(engine, {"size": "1"})


def test_what_nobody_asks_for_is_the_plain_way() -> None:
    plain = FaceOptions(Size(8, 8))
    assert (plain.fps, plain.keep_background, plain.expression) == (25.0, False, "neutral")
    assert (plain.seed, plain.closer, dict(plain.engine_options)) == (0, 1.0, {})
