"""What an upload is taken for by its content alone, on both sides of every limit."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from avatar.core import media
from avatar.core.errors import MediaError
from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.api.form import uploads
from orchestrator.api.form.parse import Upload
from orchestrator.api.form.uploads import check_face, check_film, check_picture, check_sound
from orchestrator.probes import photo

WAV = b"RIFF\0\0\0\0WAVEfmt "


def upload(tmp_path: Path, data: bytes, sha256: str = "abc") -> Upload:
    (tmp_path / "file").write_bytes(data)
    return Upload(tmp_path / "file", sha256, len(data))


def probed(monkeypatch: pytest.MonkeyPatch, **found: Any) -> None:
    plain = {"audio_codec": "pcm", "seconds": 5.0, "size": None}
    monkeypatch.setattr(media, "probe", lambda path: SimpleNamespace(**{**plain, **found}))


def refused(check: Any, *given: Any) -> tuple[int, str | None, str | None, str, Any]:
    with pytest.raises(ApiError) as told:
        check(*given)
    error = told.value
    assert isinstance(error.message, Message)
    return error.status, error.code, error.param, error.message.reason, error.message.params


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_picture_of_a_usual_kind_is_taken(kind: str, tmp_path: Path) -> None:
    Image.new("RGB", (3, 2)).save(tmp_path / "file", kind)
    assert check_picture(Upload(tmp_path / "file", "", 1), "logo") == tmp_path / "file"


def test_what_is_no_picture_is_told_by_what_it_is_instead(tmp_path: Path) -> None:
    for data, reason in (
        (b"", "photo_empty"), (b"\0\0\0\x18ftypheic....", "photo_heic"), (b"\0\0\0\x18ftypmif1....", "photo_heic"),
        (b"\0\0\0\x18ftypisom....", "photo_unreadable"), (b"hello", "photo_unreadable"),
    ):  # fmt: skip
        told = refused(check_picture, upload(tmp_path, data), "logo")
        assert told == (400, "invalid_photo", "logo", reason, {"name": "The file logo"})
    Image.new("RGB", (3, 2)).save(tmp_path / "file", "PPM")
    assert refused(check_picture, Upload(tmp_path / "file", "", 1), "logo")[3] == "photo_unreadable"


def test_a_picture_has_a_hundred_and_twenty_million_pixels_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uploads._MOST_PIXELS == 120_000_000
    Image.new("L", (50, 40)).save(tmp_path / "file", "PNG")
    one = Upload(tmp_path / "file", "", 1)
    monkeypatch.setattr(uploads, "_MOST_PIXELS", 2000)
    assert check_picture(one, "image") == one.path
    monkeypatch.setattr(uploads, "_MOST_PIXELS", 1999)
    told = refused(check_picture, one, "image")
    assert told[2:] == ("image", "photo_far_too_many_pixels", {"name": "The picture image", "megapixels": 0})


def test_a_picture_that_bursts_the_memory_has_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bursts(*_: object, **__: object) -> None:
        raise Image.DecompressionBombError

    monkeypatch.setattr(Image, "open", bursts)
    told = refused(check_picture, upload(tmp_path, b"\x89PNG"), "image")
    assert told[3:] == ("photo_far_too_many_pixels", {"name": "The picture image", "megapixels": 120})


@pytest.mark.parametrize(
    ("head", "sound"),
    [
        (WAV, True), (b"ID3", True), (b"fLaC", True), (b"OggS", True), (b"\x1a\x45\xdf\xa3", True), (b"FORM", True),
        (b"caff", True), (b"#!AMR", True), (b".snd", True), (b"\0\0\0\x18ftypM4A ", True), (b"\xff\xfb", True),
        (b"\xff\xe0", True), (b"\xff\xdf", False), (b"\xff", False), (b"\xfe\xfb", False), (b"#EXTM3U", False),
        (b"", False), (b"\0ftyp", False), (b"riff", False),
    ],
)  # fmt: skip
def test_a_sound_is_known_by_its_first_bytes(
    head: bytes, sound: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probed(monkeypatch)
    one = upload(tmp_path, head)
    if sound:
        assert check_sound(one, "audio") == one.path
    else:
        told = refused(check_sound, one, "audio")
        assert told == (400, "invalid_audio", "audio", "audio_unreadable", {"name": "audio"})


def test_a_recording_lasts_three_hours_at_most_and_has_a_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = upload(tmp_path, WAV)
    probed(monkeypatch, seconds=10_800.0)
    assert check_sound(one, "audio") == one.path
    probed(monkeypatch, seconds=10_800.1)
    told = refused(check_sound, one, "audio")
    assert told == (400, "invalid_audio", "audio", "audio_too_long", {"name": "audio", "hours": 3})
    probed(monkeypatch, audio_codec="")
    assert refused(check_sound, one, "audio")[3] == "audio_unreadable"


def broken(path: Path) -> None:
    raise MediaError("damaged")


def test_a_film_lasts_a_second_and_has_a_moving_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = upload(tmp_path, b"GIF89a")
    for seconds in (0.0, 1.0, 5.0):
        probed(monkeypatch, size=(2, 2), seconds=seconds)
        assert check_film(one, "influence") == one.path
    probed(monkeypatch, size=(2, 2), seconds=0.99)
    told = refused(check_film, one, "influence")
    assert told == (400, "invalid_film", "influence", "film_too_short", {"name": "influence", "least": "1"})
    probed(monkeypatch, seconds=5.0)
    assert refused(check_film, one, "influence")[3:] == ("film_without_picture", {"name": "influence"})
    monkeypatch.setattr(media, "probe", broken)
    told = refused(check_film, one, "influence")
    assert told == (400, "invalid_film", "influence", "film_no_film", {"name": "The file influence"})
    assert refused(check_sound, upload(tmp_path, WAV), "audio")[3] == "audio_unreadable"
    probed(monkeypatch, size=(2, 2))
    for data in (b"hello", b"", WAV):
        assert refused(check_film, upload(tmp_path, data), "influence")[3] == "film_no_film"


def test_a_photo_is_looked_at_once_for_each_face_and_told_with_all_its_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look(path: Path, face: str) -> dict[str, list[Any]]:
        asked.append(face)
        return {"problems": ["No face.", "Dark."], "problem_reasons": [{"reason": "no_face", "params": {"n": 1}}, {}]}

    monkeypatch.setattr(photo, "check", look)
    monkeypatch.setattr(uploads, "_seen", {})
    monkeypatch.setattr(uploads, "_MOST_SEEN", 2)
    one = upload(tmp_path, b"x")
    for _ in range(2):
        with pytest.raises(ApiError) as told:
            check_face(one, "left")
        error = told.value
        assert (error.status, error.code, error.param) == (400, "invalid_photo", "input_reference")
        assert str(error.message) == "No face. Dark."
        assert error.message.reason == "no_face"  # type: ignore[attr-defined]
    for face in ("right", "left", "largest", "right"):
        with pytest.raises(ApiError):
            check_face(one, face)
    assert asked == ["left", "right", "largest"]
    with pytest.raises(ApiError):
        check_face(one, "left")
    assert asked[-1] == "left"


def test_a_good_photo_is_taken_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_seen", {})
    asked: list[Path] = []
    monkeypatch.setattr(
        photo, "check", lambda path, face: asked.append(path) or {"problems": [], "problem_reasons": []}
    )
    check_face(upload(tmp_path, b"x"), "left")
    check_face(upload(tmp_path, b"x"), "left")
    check_face(upload(tmp_path, b"y", "def"), "left")
    assert len(asked) == 2
