"""The folder that a LoRA learns from: which files, whose captions, which frames of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.errors import MediaError, OptionError
from avatar.core.types import Size
from motion.lora.sources import PICTURES, Source, clips_of, shape_of, sources_of
from tests.motion.films import moving, write


def picture(path: Path, size: tuple[int, int] = (20, 10)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (10, 200, 30)).save(path)
    return path


def test_files_are_found_by_name_with_the_words_beside_them(tmp_path: Path) -> None:
    for name in ("b.png", "sub/a.JPG", "c.webp", ".hidden.png"):
        picture(tmp_path / name)
    (tmp_path / "film.mp4").write_bytes(b"x")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "b.txt").write_text("\ufeff red \n  box ", encoding="utf-8")
    (tmp_path / "metadata.jsonl").write_text(
        '\ufeff{"file_name": "sub/a.JPG", "text": " a  blue\\nbox "}\n\n', encoding="utf-8"
    )
    assert sources_of(tmp_path, films=False) == [
        Source(tmp_path / "b.png", "b.png", "red box", False),
        Source(tmp_path / "c.webp", "c.webp", "", False),
        Source(tmp_path / "sub/a.JPG", "sub/a.JPG", "a blue box", False),
    ]
    assert sources_of(tmp_path, films=True) == [Source(tmp_path / "film.mp4", "film.mp4", "", True)]
    (tmp_path / "metadata.jsonl").write_text(json.dumps({"file_name": "b.png", "text": ""}))
    assert sources_of(tmp_path, films=False)[0].caption == ""


def test_folders_without_anything_are_told(tmp_path: Path) -> None:
    assert PICTURES == (".png", ".jpg", ".jpeg", ".webp")
    told = rf"There is no picture in {tmp_path}: give a folder with \.png, \.jpg, \.jpeg, \.webp files\."
    with pytest.raises(OptionError, match=told):
        sources_of(tmp_path, films=False)
    with pytest.raises(OptionError, match=r"There is no film in .*nowhere: give a folder with \.mp4"):
        sources_of(tmp_path / "nowhere", films=True)


@pytest.mark.parametrize("line", ["{", '{"file_name": "a"}', "[1]", '{"text": "a"}'])
def test_a_table_that_cannot_be_read_is_told(tmp_path: Path, line: str) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "metadata.jsonl").write_text(line)
    with pytest.raises(OptionError, match=r'metadata\.jsonl cannot be read: write a line \{"file_name": "a\.mp4"'):
        sources_of(tmp_path, films=False)


def test_a_caption_that_is_no_text_is_told(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(OptionError, match=r"The caption .*a\.txt cannot be read: save it as UTF-8 text\."):
        sources_of(tmp_path, films=False)


def test_shapes_are_width_and_height(tmp_path: Path) -> None:
    film = write(tmp_path / "a.mp4", moving(4))
    assert shape_of(Source(film, "a.mp4", "", True)) == Size(128, 72)
    assert shape_of(Source(picture(tmp_path / "a.png"), "a.png", "", False)) == Size(20, 10)
    (tmp_path / "b.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError):
        shape_of(Source(tmp_path / "b.mp4", "b.mp4", "", True))


def test_a_picture_is_one_clip_of_its_middle(tmp_path: Path) -> None:
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[:, 4:12] = (200, 100, 50)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    source = Source(tmp_path / "a.png", "a.png", "", False)
    for size in (Size(4, 4), Size(8, 8), Size(16, 16)):
        (clip,) = clips_of(source, size, 7.0, 14, 0)
        assert clip.shape == (1, size.height, size.width, 3) and (clip == (200, 100, 50)).all()


def test_clips_follow_one_another_and_a_short_rest_is_left(tmp_path: Path) -> None:
    film, shown = write(tmp_path / "a.mp4", moving(26)), moving(26)
    source = Source(film, "a.mp4", "", True)
    clips = list(clips_of(source, Size(128, 72), 8.0, 6, 0))
    assert [clip.shape for clip in clips] == [(6, 72, 128, 3)] * 4
    for k, clip in enumerate(clips):
        assert np.abs(clip.astype(int) - shown[6 * k : 6 * k + 6]).mean() < 8.0
    assert len(list(clips_of(source, Size(32, 18), 8.0, 13, 0))) == 2
    assert len(list(clips_of(source, Size(32, 18), 8.0, 27, 0))) == 0


def test_no_more_frames_than_asked_for_are_spread_over_the_film(tmp_path: Path) -> None:
    film, shown = write(tmp_path / "a.mp4", moving(24)), moving(24)
    source = Source(film, "a.mp4", "", True)
    few = [clip[0] for clip in clips_of(source, Size(128, 72), 8.0, 1, 6)]
    assert len(few) == 6 and np.abs(few[5].astype(int) - shown[20]).mean() < 12.0
    assert len(list(clips_of(source, Size(128, 72), 8.0, 1, 100))) == 24
