"""What is no sound by its first bytes is refused before ffmpeg sees it: a playlist could name other files of the
machine."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from avatar.core import media
from orchestrator.api.errors import ApiError
from orchestrator.api.form.parse import Upload
from orchestrator.api.form.uploads import check_sound, check_tune


def _upload(path: Path, content: bytes) -> Upload:
    path.write_bytes(content)
    return Upload(path, "", len(content))


@pytest.mark.parametrize("check", [check_sound, check_tune])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"\xff\x1f no frame of MPEG",
        b"#\xe2\x82\xac a text, its second byte like that of a frame",
        b"#EXTM3U\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"xRIFF....WAVE",
        b"....xftyp",
    ],
)
def test_what_is_no_container_is_refused_unread(
    check: object, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> NoReturn:
        raise AssertionError("ffmpeg was asked")

    monkeypatch.setattr(media, "probe", asked)
    monkeypatch.setattr("orchestrator.video.music.check_music", asked)
    with pytest.raises(ApiError) as caught:
        check(_upload(tmp_path / "sound", content), "audio")  # type: ignore[operator]
    assert (caught.value.code, caught.value.param) == ("invalid_audio", "audio")


@pytest.mark.parametrize("ending", [".mp3", ".wav", ".flac", ".m4a", ".opus"])
def test_what_is_sound_is_taken_whatever_its_name(ending: str, tmp_path: Path) -> None:
    sound = (0.2 * np.sin(np.arange(22_050) / 20)).astype(np.float32)
    media.write_sound(tmp_path / f"a{ending}", sound, 22_050)
    content = (tmp_path / f"a{ending}").read_bytes()
    if ending == ".mp3":
        content = content[content.index(b"\xff\xfb") :]  # bare frames, as streams have them
    assert check_sound(_upload(tmp_path / "sound", content), "audio") == tmp_path / "sound"
