"""Folders of captioned pictures: the two ways that people write captions, and what is told of a wrong folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.errors import InputError
from avatar.core.progress import silent
from motion.generator.pictures import captioned_pictures, fingerprint, read_picture, shaped
from tests.captioned import write_pictures


def rewrite(path: Path, *rows: object) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def test_captions_beside_the_pictures_and_in_a_table(tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "beside")
    found = captioned_pictures(tmp_path / "beside", silent())
    assert [one.path for one in found] == paths
    assert (found[1].caption, found[1].english) == ("a blue bar number 1", "a blue bar number 1")
    listed = write_pictures(tmp_path / "table" / "train")
    for path in listed:
        path.with_suffix(".txt").unlink()
    rows = [{"file_name": path.name, "text": f"  спокойный океан\nна закате {k} ы"} for k, path in enumerate(listed)]
    rewrite(tmp_path / "table" / "train" / "metadata.jsonl", *rows)
    told = captioned_pictures(tmp_path / "table", silent())
    assert told[2].caption == "спокойный океан на закате 2 ы"
    assert told[2].english == "calm ocean sunset 2" and told[2].unknown == ("ы",)


def test_a_table_counts_more_than_a_text_beside(tmp_path: Path) -> None:
    first, *_ = write_pictures(tmp_path)
    rewrite(tmp_path / "metadata.jsonl", {"file_name": first.name, "text": "a garden"})
    assert [one.caption for one in captioned_pictures(tmp_path, silent())][:2] == ["a garden", "a blue bar number 1"]


def test_contents_decide_the_fingerprint(tmp_path: Path) -> None:
    write_pictures(tmp_path / "a"), write_pictures(tmp_path / "b")
    first, second = (captioned_pictures(tmp_path / name, silent()) for name in "ab")
    assert fingerprint(first) == fingerprint(second)
    (tmp_path / "b" / "03.txt").write_text("another bar")
    assert fingerprint(captioned_pictures(tmp_path / "b", silent())) != fingerprint(first)


def test_pictures_are_upright_and_white_where_transparent(tmp_path: Path) -> None:
    picture = Image.new("RGB", (40, 20), "black")
    picture.paste("red", (0, 0, 40, 10))
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by a quarter
    picture.save(tmp_path / "turned.png", exif=turned)
    upright = read_picture(tmp_path / "turned.png")
    assert upright.shape == (40, 20, 3)
    assert np.allclose(upright[20, -1], (1, 0, 0)) and np.allclose(upright[20, 0], 0)
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert np.allclose(read_picture(tmp_path / "clear.png"), 1.0)


def test_the_middle_is_taken_in_the_shape_that_is_asked_for() -> None:
    picture = np.zeros((60, 100, 3), np.float32)
    assert shaped(picture, (224, 128)).shape == (57, 100, 3)
    assert shaped(picture, (160, 160)).shape == (60, 60, 3)
    assert shaped(picture, (128, 224)).shape == (60, 34, 3)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (lambda folder: folder.rename(folder.with_name("moved")), r"The folder .*pictures does not exist"),
    "no picture": (lambda folder: [path.unlink() for path in folder.iterdir()], r"There is no picture in .*pictures"),
    "few": (lambda folder: [path.unlink() for path in folder.glob("0[5-9].*")], "has 7 pictures: give 8 or more"),
    "no captions": (
        lambda folder: [path.unlink() for path in folder.glob("*.txt")],
        "have no captions: write photo.txt",
    ),
    "one without": (lambda folder: (folder / "04.txt").unlink(), r"04\.png has no caption: write photo\.txt"),
    "two without": (
        lambda folder: [(folder / f"0{k}.txt").unlink() for k in (4, 6)],
        r"04\.png has no caption, nor 1 more",
    ),
    "empty": (lambda folder: (folder / "02.txt").write_text(" \n"), r"The caption of .*02\.webp is empty"),
    "not read": (
        lambda folder: (folder / "02.txt").write_text("海边", "utf-8"),
        r"The caption of .*02\.webp cannot be",
    ),
    "no text": (lambda folder: (folder / "02.txt").write_bytes(b"\xff\xfe\xfa"), r"02\.txt cannot be read"),
    "broken": (lambda folder: (folder / "03.jpg").write_bytes(b"nothing"), r"The picture .*03\.jpg cannot be read"),
    "cut": (
        lambda folder: (folder / "04.png").write_bytes((folder / "04.png").read_bytes()[:90]),
        r"The picture .*04\.png cannot be read",
    ),
    "no json": (
        lambda folder: (folder / "metadata.jsonl").write_text("\n{"),
        r"Line 2 of .*metadata\.jsonl is no JSON",
    ),
    "no name": (lambda folder: rewrite(folder / "metadata.jsonl", {"text": "a"}), r"Line 1 .* with file_name and text"),
    "a number": (
        lambda folder: rewrite(folder / "metadata.jsonl", {"file_name": "03.jpg", "text": 3}),
        "Line 1 .* that is no string",
    ),
    "not there": (
        lambda folder: rewrite(folder / "metadata.jsonl", {"file_name": "99.jpg", "text": "a"}),
        r"Line 1 .* names '99\.jpg', which is no picture there",
    ),
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_a_wrong_folder_is_told_in_a_sentence_with_the_file(wrong: str, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    write_pictures(folder)
    spoil, said = WRONG[wrong]
    spoil(folder)
    with pytest.raises(InputError, match=said):
        captioned_pictures(folder, silent())
