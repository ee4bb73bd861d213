"""A console that cannot show every character (cp1252) still gets a result, and a finished video is no fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image
from skimage.data import astronaut

_FAKES = [
    "--speech-engine",
    "tone",
    "--face-engine",
    "still",
    "--backdrop",
    "#203040",
    "--size",
    "128x128",
    "--fps",
    "10",
]


def govorun(folder: Path, encoding: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "GOVORUN_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "orchestrator", *words]
    return subprocess.run(command, capture_output=True, check=False, env=environment)


def test_a_finished_video_is_told_on_any_console(tmp_path: Path) -> None:
    photo, video = tmp_path / "лицо.png", tmp_path / "привет 😀.mp4"
    Image.fromarray(astronaut()).save(photo)
    words = ["render", "--text", "Привет 😀.", "--photo", str(photo), "-o", str(video), *_FAKES]
    done = govorun(tmp_path, "cp1252", *words)
    assert done.returncode == 0, done.stderr
    assert video.stat().st_size > 1000
    assert rb"\u043f\u0440\u0438\u0432\u0435\u0442" in done.stdout
    assert b"fault" not in done.stderr
    assert b"Emoji" in done.stderr


def test_json_is_json_on_any_console(tmp_path: Path) -> None:
    sound = tmp_path / "привет 😀.wav"
    done = govorun(tmp_path, "cp1252", "say", "Привет.", "--speech-engine", "tone", "--json", "-o", str(sound))
    assert done.returncode == 0, done.stderr
    assert "привет 😀.wav" in str(json.loads(done.stdout))


def test_a_mistake_in_a_script_is_told_on_any_console(tmp_path: Path) -> None:
    done = govorun(tmp_path, "cp1252", "say", "Привет [смеётся].", "-o", str(tmp_path / "x.wav"))
    assert done.returncode == 3, done.stderr
    assert b"column 8" in done.stderr
    assert b"fault" not in done.stderr
