"""Everything that people hand in by mistake: one clear sentence, its exit code, and nothing left behind."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from orchestrator.cli import main
from orchestrator.settings import load_settings

FAKES = ["--speech-engine=tone", "--face-engine=still", "--backdrop=#203040", "--size=128x128", "--fps=10"]


@pytest.fixture
def run(tmp_path: Path, small_portrait_png: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Render with ``words`` on top of valid ones; exit code and what was said. Checks that a failure leaves nothing."""
    output = tmp_path / "out" / "a.mp4"

    def call(*words: str) -> tuple[int, str]:
        given = [word.partition("=")[0] for word in words]
        defaults = [f"--photo={small_portrait_png}", "--text=Hello there.", f"--output={output}", *FAKES]
        source = {"--text", "--script", "--audio"} & set(given)
        kept = [d for d in defaults if d.partition("=")[0] not in given and not (source and d.startswith("--text"))]
        status = main.run(["render", *kept, *words])
        said = capsys.readouterr().err
        if status:
            assert said.startswith("govorun: ")
            assert said.count("\n") == 1, said
            assert "Traceback" not in said
            assert not output.parent.exists() or list(output.parent.iterdir()) == []
        work = load_settings().work
        assert not work.exists() or list(work.iterdir()) == []
        return status, said

    return call


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["--text="], 3, "empty"),
        (["--text= \n\t "], 3, ""),
        (["--text=... !!! ---"], 3, ""),
        (["--text=[nod"], 3, "1"),
        (["--text=Hi [dance] there"], 3, "dance"),
        (["--text=[slow]Hi there"], 3, "slow"),
        (["--script=/nowhere/script.txt"], 3, "does not exist"),
        (["--photo=/nowhere/me.jpg"], 4, "does not exist"),
        (["--audio=/nowhere/voice.wav", "--speech-engine=recorded"], 5, "does not exist"),
        (["--voice=nobody", "--speech-engine=piper"], 6, "nobody"),
        (["--speech-engine=shouting"], 2, "choose one of"),
        (["--face-engine=mask"], 2, "choose one of"),
        (["--backdrop-engine=oil"], 2, "choose one of"),
        (["--backdrop=@/nowhere/sea.jpg"], 2, "does not exist"),
        (["--backdrop=#12345"], 2, "#rrggbb"),
        (["--size=127x128"], 2, "nearest is 128x128"),
        (["--size=513x512"], 2, "nearest is 512x512"),
        (["--size=8000x8000"], 2, "nearest is 3840x3840"),
        (["--fps=5"], 2, "fps"),
        (["--fps=1000"], 2, "fps"),
        (["--captions=ass"], 2, "srt, vtt, burn"),
        (["--expression=bored"], 2, "neutral"),
        (["--gesture-style=wild"], 2, "calm"),
        (["--device=tpu"], 2, "auto, cpu, cuda"),
        (["--seed=-5"], 2, "seed"),
        (["--face-option=a"], 2, "KEY=VALUE"),
        (["--output=/proc/nowhere/a.mp4"], 10, "cannot be written"),
        (["--output=a.avi"], 2, ".mp4"),
    ],
)
def test_wrong_options_and_scripts(
    run: Callable[..., tuple[int, str]], words: list[str], status: int, sentence: str
) -> None:
    ended, said = run(*words)
    assert ended == status, said
    assert sentence in said


def _photos(folder: Path, face: Path) -> dict[str, Path]:
    paths = {name: folder / name for name in ("text.jpg", "cut.jpg", "bomb.png", "tiny.png", "nobody.png", "empty.png")}
    paths["text.jpg"].write_text("this is no picture")
    paths["empty.png"].write_bytes(b"")
    with Image.open(face) as photo:
        photo.convert("RGB").save(folder / "whole.jpg")
        photo.resize((20, 20)).save(paths["tiny.png"])
    paths["cut.jpg"].write_bytes((folder / "whole.jpg").read_bytes()[:900])
    paths["bomb.png"].write_bytes(_png_header(60_000, 60_000))
    Image.fromarray(np.full((300, 300, 3), 128, np.uint8)).save(paths["nobody.png"])
    return paths


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("text.jpg", ""),
        ("cut.jpg", ""),
        ("bomb.png", ""),
        ("tiny.png", ""),
        ("nobody.png", "face"),
        ("empty.png", ""),
    ],
)
def test_photos_that_cannot_be_used(
    run: Callable[..., tuple[int, str]], tmp_path: Path, small_portrait_png: Path, name: str, sentence: str
) -> None:
    ended, said = run(f"--photo={_photos(tmp_path, small_portrait_png)[name]}")
    assert ended == 4, said
    assert sentence in said
    assert name in said


def test_a_folder_is_no_photo(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    assert run(f"--photo={tmp_path}")[0] == 4


@pytest.mark.parametrize("kind", ["cmyk", "alpha", "sixteen", "animated", "rotated"])
def test_odd_photos_that_can_be_used(
    run: Callable[..., tuple[int, str]], tmp_path: Path, small_portrait_png: Path, kind: str
) -> None:
    with Image.open(small_portrait_png) as photo:
        path = _odd(photo.convert("RGB"), kind, tmp_path)
    ended, said = run(f"--photo={path}", "--text=Hi.")
    assert ended == 0, said
    if kind == "animated":
        assert "first" in said


def _odd(photo: Image.Image, kind: str, folder: Path) -> Path:
    if kind == "cmyk":
        photo.convert("CMYK").save(folder / "p.jpg")
    elif kind == "rotated":
        exif = Image.Exif()
        exif[0x0112] = 6
        photo.rotate(90, expand=True).save(folder / "p.jpg", exif=exif)
    elif kind == "animated":
        photo.save(folder / "p.gif", save_all=True, append_images=[photo.rotate(5)], duration=100)
    elif kind == "alpha":
        photo.putalpha(200)
        photo.save(folder / "p.png")
    else:
        grey = np.asarray(photo.convert("L"), np.uint16) * 257
        Image.fromarray(grey).save(folder / "p.png")
    return next(folder.glob("p.*"))


def test_a_recording_that_is_no_sound(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    (tmp_path / "voice.wav").write_text("no sound")
    ended, said = run(f"--audio={tmp_path / 'voice.wav'}", "--speech-engine=recorded")
    assert ended == 5, said


def test_a_full_disk_is_told_before_the_work(
    run: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr("orchestrator.video.outputs.shutil.disk_usage", lambda folder: usage)
    ended, said = run()
    assert ended == 10
    assert "MB free" in said


def test_odd_characters_in_a_script_are_spoken_around(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    script = tmp_path / "odd.txt"
    script.write_bytes("\ufeffHello \x07 😀 www.example.org, 42 times.\r\nBye.\x00".encode())
    ended, said = run(f"--script={script}")
    assert ended == 0, said
