"""Which files a video has, how much room they may take, and what is told where they cannot be written."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from avatar.core.errors import DiskFull, OptionError, OutputError
from avatar.core.types import Size
from orchestrator.video.outputs import (
    Outputs,
    check_bytes,
    check_inputs,
    check_output,
    check_place,
    check_room,
    outputs_of,
    staged,
)

MIB = 1 << 20
_Usage = namedtuple("_Usage", "total used free")


def with_free(monkeypatch: pytest.MonkeyPatch, free: int) -> list[Path]:
    """A disk with so many bytes; which folders are asked about."""
    asked: list[Path] = []

    def usage(folder: Path) -> _Usage:
        asked.append(folder)
        return _Usage(10 * free, 9 * free, free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return asked


def test_a_video_has_its_companions_beside_it_and_comes_last() -> None:
    outputs = outputs_of(
        Path("a/talk.first.mp4"), ("vtt", "srt", "burn"), Path("a/sheet.jpg"), alpha=("webm", "png", "mov")
    )
    assert outputs.captions == {"srt": Path("a/talk.first.srt"), "vtt": Path("a/talk.first.vtt")}
    assert [path.name for path in outputs.all()] == [
        "talk.first.json", "talk.first.srt", "talk.first.vtt", "talk.first.webm", "talk.first-frames.zip",
        "talk.first.mov", "sheet.jpg", "talk.first.mp4",
    ]  # fmt: skip


def test_a_plain_video_has_its_sidecar_alone() -> None:
    assert outputs_of(Path("talk.mp4"), ()).all() == (Path("talk.json"), Path("talk.mp4"))


def test_no_input_is_written_over_by_whatever_name(tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path / "a.mp4", ("srt",))
    check_inputs(outputs, [tmp_path / "b.mp4", tmp_path / "a.vtt"])
    for name in ("a.mp4", "a.json", "a.srt", "sub/../a.mp4"):
        with pytest.raises(OptionError, match=f"written over .*{name}, which it is made of"):
            check_inputs(outputs, [tmp_path / "b.mp4", tmp_path / name])


def test_the_ending_is_mp4_in_any_letters(tmp_path: Path) -> None:
    check_output(tmp_path / "a.MP4")
    with pytest.raises(OptionError, match=r"a\.mov must end with \.mp4"):
        check_output(tmp_path / "a.mov")


def test_a_disk_has_to_have_32_megabytes_for_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, 32 * MIB)
    check_place(tmp_path / "new" / "a.mp4")
    asked = with_free(monkeypatch, 32 * MIB - 1)
    with pytest.raises(DiskFull) as refused:
        check_output(tmp_path / "new" / "a.mp4")
    assert asked == [tmp_path]
    assert refused.value.message.params == {"folder": str(tmp_path), "free": 31, "needed": 32}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("alpha", "each"), [((), 0.06), (("webm",), 0.36), (("mov",), 2.06), (("webm", "png"), 2.36)])
def test_a_video_needs_room_by_its_pixels_and_kinds(
    alpha: tuple[str, ...], each: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = int(640 * 360 * 500 * each) + 8 * MIB
    asked = with_free(monkeypatch, needed + 1)
    check_room((tmp_path, tmp_path / "later" / "still"), Size(640, 360), 500, alpha)
    assert asked == [tmp_path, tmp_path]
    with_free(monkeypatch, needed - 2)
    with pytest.raises(DiskFull) as refused:
        check_room((tmp_path,), Size(640, 360), 500, alpha)
    assert refused.value.message.params["needed"] == needed >> 20  # type: ignore[attr-defined]


def test_bytes_that_are_known_leave_32_megabytes_besides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, 33 * MIB)
    check_bytes(tmp_path, MIB)
    with pytest.raises(DiskFull):
        check_bytes(tmp_path, MIB + 1)


def test_every_file_has_a_hidden_name_of_its_own_kind(tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path / "a.mp4", ("srt", "vtt"), tmp_path / "s.jpg", alpha=("mov",))
    with staged(outputs) as hidden:
        assert len(set(hidden.all())) == 6
        for name, path in (("v", hidden.video), ("j", hidden.sidecar), ("s", hidden.captions["srt"])):
            path.write_text(name)
        hidden.captions["vtt"].write_text("t")
        hidden.transparent["mov"].write_text("m")
        assert hidden.sheet is not None
        hidden.sheet.write_text("sheet")
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {"a.mp4": "v", "a.json": "j", "a.srt": "s", "a.vtt": "t", "a.mov": "m", "s.jpg": "sheet"}


def test_without_a_sheet_there_is_none_hidden(tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path / "a.mp4", ())
    with staged(outputs) as hidden:
        assert (hidden.sheet, hidden.captions, hidden.transparent) == (None, {}, {})
        for path in hidden.all():
            path.touch()


@pytest.mark.parametrize(("error", "why"), [(OSError(28, "No space left"), "No space left"), (OSError("odd"), "odd")])
def test_a_disk_that_fails_while_it_is_written_is_told_with_the_video(error: OSError, why: str, tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path / "a.mp4", ())
    with pytest.raises(OutputError) as refused, staged(outputs):
        raise error
    assert refused.value.message.params == {"name": str(tmp_path / "a.mp4"), "why": why}  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_all_has_every_kind_of_file_once() -> None:
    outputs = Outputs(Path("v"), Path("j"), {"srt": Path("s")}, None, {"mov": Path("m")})
    assert [str(path) for path in outputs.all()] == ["j", "s", "m", "v"]
