"""Work folders: artefacts by the hash of their inputs, samples through a memory map, segments of a fixed length."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from avatar.core.artefacts import prune
from avatar.core.errors import OptionError
from avatar.core.progress import silent
from avatar.core.types import Phoneme, Speech, Word
from orchestrator.video import prepare
from orchestrator.video.cache import sweep_work, work_folder
from orchestrator.video.folder import Keys, WorkFolder, segments_of
from orchestrator.video.request import RenderRequest, request_of


def _request(tmp_path: Path, **options: object) -> RenderRequest:
    photo = tmp_path / "me.png"
    if not photo.exists():
        photo.write_bytes(b"photo")
    return request_of(**{"photo": photo, "text": "Hello.", **options})


@pytest.mark.parametrize("frames", [1, 249, 250, 251, 1000])
def test_segments_cover_every_frame_once(frames: int) -> None:
    segments = segments_of(frames)
    assert [f for s in segments for f in range(s.start, s.stop)] == list(range(frames))
    assert [s.index for s in segments] == list(range(len(segments)))
    assert all(s.stop - s.start == 250 for s in segments[:-1])


@pytest.mark.parametrize(
    ("change", "same", "other"),
    [
        ({"seed": 1}, {"portrait"}, {"speech", "face", "backdrop", "segment"}),
        ({"backdrop": "#102030"}, {"speech", "portrait", "face"}, {"backdrop", "segment"}),
        ({"captions": "burn"}, {"speech", "portrait", "face", "backdrop"}, {"segment"}),
        ({"captions": "srt"}, {"speech", "portrait", "face", "backdrop", "segment"}, set()),
        ({"gesture_style": "lively"}, {"speech", "portrait", "backdrop"}, {"face", "segment"}),
    ],
)
def test_keys_change_with_what_they_depend_on(tmp_path: Path, change: dict, same: set[str], other: set[str]) -> None:
    before, after = Keys.of(_request(tmp_path)), Keys.of(_request(tmp_path, **change))
    assert {name for name in same if getattr(before, name) == getattr(after, name)} == same
    assert {name for name in other if getattr(before, name) != getattr(after, name)} == other


def test_keys_know_the_content_of_the_photo(tmp_path: Path) -> None:
    before = Keys.of(_request(tmp_path))
    (tmp_path / "me.png").write_bytes(b"another")
    assert Keys.of(_request(tmp_path)).portrait != before.portrait


def test_speech_comes_back_through_a_memory_map(tmp_path: Path) -> None:
    work = WorkFolder.create(tmp_path / "work", _request(tmp_path))
    samples = np.linspace(-1, 1, 2_500_000, dtype=np.float32)
    work.save_speech(Speech(samples, 22050, "en", (Phoneme(0.0, 0.1, "a", 1),)))
    speech = WorkFolder.open(tmp_path / "work").load_speech()
    assert isinstance(speech.samples, np.memmap)
    assert np.array_equal(speech.samples, samples)
    assert speech.phonemes == (Phoneme(0.0, 0.1, "a", 1),)


def test_a_work_folder_is_gone_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), work_folder(tmp_path / "work") as folder:
        (folder / "x").write_text("x")
        raise KeyboardInterrupt
    assert list((tmp_path / "work").iterdir()) == []


def test_folders_of_dead_processes_are_swept(tmp_path: Path) -> None:
    dead, alive = tmp_path / "999999999-abc", tmp_path / f"{os.getpid()}-abc"
    for folder in (dead, alive):
        folder.mkdir()
        os.utime(folder, (1, 1))
    sweep_work(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [alive.name]


def test_the_oldest_files_go_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "middle", "old")):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    prune(tmp_path, 250)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["middle", "new"]


def test_letters_of_heard_words_that_no_font_has_are_told_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Speech(np.zeros(16_000, np.float32), 16_000, "xx", words=(Word(0.0, 0.9, "\U00012000\U00012001"),))
    monkeypatch.setattr("speech.speak", lambda *arguments: heard)
    monkeypatch.setattr("avatar.compose.fonts._files", lambda: ())
    (tmp_path / "a.wav").write_bytes(b"sound")
    recorded = {"text": None, "audio": tmp_path / "a.wav"}
    work = WorkFolder.create(tmp_path / "burnt", _request(tmp_path, captions="burn", **recorded))
    with pytest.raises(OptionError, match="No font here can write \U00012000\U00012001 into the picture"):
        prepare.speak_script(work, silent())
    files = WorkFolder.create(tmp_path / "files", _request(tmp_path, captions="srt", **recorded))
    prepare.speak_script(files, silent())
    assert files.load_speech().words == heard.words
