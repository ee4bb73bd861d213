"""Which files a Coqui voice is: a folder, a checkpoint beside its configuration, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.errors import VoiceError
from speech.engines.coqui_models import voice_files
from speech.voices.conversion import CHECKPOINT, CONFIG


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "voice"
    made.mkdir()
    (made / CONFIG).write_text("{}")
    (made / CHECKPOINT).write_bytes(b"x")
    return made


def test_a_folder_and_its_checkpoint_are_the_same_voice(folder: Path, tmp_path: Path) -> None:
    wanted = (folder / CHECKPOINT, folder / CONFIG)
    assert voice_files(str(folder), tmp_path) == wanted
    assert voice_files(str(folder / CHECKPOINT), tmp_path) == wanted


def test_a_name_that_is_no_file_is_unknown_even_beside_a_voice(folder: Path, tmp_path: Path) -> None:
    for name in (folder / "other.pth", folder / CONFIG, tmp_path / "nowhere", tmp_path):
        with pytest.raises(VoiceError, match="Unknown voice"):
            voice_files(str(name), tmp_path)


def test_a_single_checkpoint_of_any_name_is_found_and_several_are_not(folder: Path, tmp_path: Path) -> None:
    (folder / CHECKPOINT).rename(folder / "mine.pth")
    assert voice_files(str(folder), tmp_path)[0] == folder / "mine.pth"
    (folder / "yours.pth").write_bytes(b"x")
    with pytest.raises(VoiceError, match="Unknown voice"):
        voice_files(str(folder), tmp_path)


def test_a_voice_without_its_configuration_is_told(folder: Path, tmp_path: Path) -> None:
    (folder / CONFIG).unlink()
    with pytest.raises(VoiceError, match=f"{CONFIG} is not there"):
        voice_files(str(folder), tmp_path)
