"""What an assistant may name: files of this machine, places in words, and names for the videos."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.errors import InputError, OptionError, OutputError
from orchestrator.mcp import door
from orchestrator.mcp.door import _backdrop, allowed_file, new_path
from orchestrator.settings import Settings
from orchestrator.video.request import DEFAULT_BACKDROP


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, upload_mb=1)


@pytest.mark.parametrize(
    "given", ["http://a/b.png", " HTTPS://a/b.png", "file:///etc/passwd", "data:image/png;base64,x", "s3://bucket/x"]
)
def test_an_address_is_fetched_by_nobody(given: str, settings: Settings) -> None:
    with pytest.raises(InputError, match=r"^The photo is an address, and nothing is fetched"):
        allowed_file(given, "photo", settings)


def test_a_file_is_named_by_its_whole_path(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a b: c.png"
    file.write_bytes(b"x")
    assert allowed_file(str(file), "photo", settings) == file
    monkeypatch.setenv("HOME", str(tmp_path))
    assert allowed_file("~/a b: c.png", "photo", settings) == file
    with pytest.raises(InputError, match=r"^The music 'a\.mp3' is no whole path: begin with / or ~"):
        allowed_file("a.mp3", "music", settings)
    for given in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(InputError, match="does not exist, or is no plain file"):
            allowed_file(str(given), "photo", settings)


def test_a_file_is_as_large_as_the_api_takes(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(bytes(1 << 20))
    assert allowed_file(str(file), "photo", settings) == file
    file.write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(InputError, match="is larger than 1 MB: use a smaller one"):
        allowed_file(str(file), "photo", settings)


def test_a_file_that_may_not_be_read_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"x")

    def closed(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(InputError, match=r"may not be read \(Permission denied\)"):
        allowed_file(str(file), "photo", settings)


def test_a_backdrop_is_words_or_a_picture_that_is_named_as_one(settings: Settings, tmp_path: Path) -> None:
    picture = tmp_path / "hall.png"
    picture.write_bytes(b"x")
    assert _backdrop({}, settings) == DEFAULT_BACKDROP
    assert _backdrop({"backdrop": "a hall: calm"}, settings) == "a hall: calm"
    assert _backdrop({"backdrop": "x", "backdrop_image": str(picture)}, settings) == f"@{picture}"
    with pytest.raises(InputError, match=r"^The backdrop picture 'hall\.png' is no whole path"):
        _backdrop({"backdrop_image": "hall.png"}, settings)
    for words in ("@/etc/passwd", "  @hall.png", "https://a/b.png"):
        with pytest.raises(OptionError, match="name a picture as backdrop_image"):
            _backdrop({"backdrop": words}, settings)


def test_a_place_has_two_thousand_letters_at_most(settings: Settings) -> None:
    assert len(_backdrop({"backdrop": "a" * 2000}, settings)) == 2000
    with pytest.raises(OptionError) as told:
        _backdrop({"backdrop": "a" * 2001}, settings)
    assert told.value.message.params == {"most": 2000}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Hello, world!", "hello-world.mp4"), ("Привет, мир", "привет-мир.mp4"), ("...", "video.mp4"),
        ("", "video.mp4"),
        ("../../etc/passwd", "etc-passwd.mp4"), ("_a_", "a.mp4"), ("a" * 70, "a" * 60 + ".mp4"),
        ("a" * 59 + " b", "a" * 59 + ".mp4"),
    ],
)  # fmt: skip
def test_a_video_is_named_after_its_title(title: str, name: str, tmp_path: Path) -> None:
    assert new_path(tmp_path, title, ()) == tmp_path / name


def test_a_name_that_is_taken_or_promised_gets_a_number(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert new_path(tmp_path, "a", ()) == tmp_path / "a-2.mp4"
    assert new_path(tmp_path, "a", {tmp_path / "a-2.mp4", tmp_path / "a-4.mp4"}) == tmp_path / "a-3.mp4"
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        new_path(tmp_path / "file", "a", ())


@pytest.mark.parametrize(("here", "pulled"), [(True, []), (False, ["face"])])
def test_what_sees_faces_is_fetched_before_the_first_photo(
    here: bool, pulled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(door.weights, "state", lambda name, folder: type("State", (), {"ready": here}))
    monkeypatch.setattr(door.weights, "pull", lambda name, folder, progress: asked.append(name))
    monkeypatch.setattr(door.photos, "check", lambda path, face: {"path": path, "face": face})
    assert door.photo_facts(tmp_path, "left") == {"path": tmp_path, "face": "left"}
    assert asked == pulled
