"""The command line: exit codes, one sentence, the right stream."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from avatar.core import errors
from avatar.core.errors import Cancelled, GovorunError, PhotoError
from avatar.core.media import read_frames
from orchestrator.cli import main
from orchestrator.cli.bar import overall_fraction, remaining_seconds
from orchestrator.cli.commands import render
from orchestrator.cli.commands.render import OPTIONS, parse_pairs
from orchestrator.video.request import RenderRequest

DOCS = Path(__file__).parents[3] / "docs"


def test_every_option_of_a_request_is_a_flag_and_is_documented() -> None:
    assert list(OPTIONS) == list(RenderRequest.model_fields) or set(OPTIONS) == set(RenderRequest.model_fields)
    documented = (DOCS / "cli.md").read_text()
    for name, (metavar, _) in OPTIONS.items():
        assert f"`--{name.replace('_', '-')}{' ' if metavar else '`'}" in documented


def test_every_command_is_documented() -> None:
    documented = (DOCS / "cli.md").read_text()
    commands = next(action for action in main.build_parser()._actions if action.dest == "command").choices
    assert {"render", "voices", "doctor", "check", "check-video", "backdrop"} <= set(commands or ())
    for name in commands or ():
        assert f"## govorun {name}" in documented


def test_every_error_has_its_documented_exit_code() -> None:
    table = (DOCS / "exit-codes.md").read_text()
    for name in set(errors.__all__):
        assert f"`{name}`" in table
        assert f"| {getattr(errors, name).exit_code} |" in table


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["render"], ["render", "--photo", "x"], ["render", "--phot", "x", "-o", "y"]]
)
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("govorun: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("raised", "status", "sentence"),
    [
        (PhotoError("No face found."), 4, "No face found."),
        (KeyboardInterrupt(), 130, "Stopped"),
        (Cancelled("x"), 130, "Stopped"),
        (ZeroDivisionError("oops"), 1, "open an issue"),
    ],
)
def test_what_is_raised_becomes_an_exit_code(
    raised: BaseException,
    status: int,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(render, "render_with_bar", fail)
    assert main.run(["render", "--photo", "x", "--text", "a", "-o", "a.mp4"]) == status
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_an_engine_option_is_a_pair() -> None:
    assert parse_pairs("--face-option", ["a=b", "c=d=e"]) == {"a": "b", "c": "d=e"}
    with pytest.raises(GovorunError, match="KEY=VALUE"):
        parse_pairs("--face-option", ["a"])


def test_version_and_help_go_to_standard_output() -> None:
    for words in (["--version"], ["--help"], ["render", "--help"]):
        shown = subprocess.run(
            [sys.executable, "-m", "orchestrator", *words], capture_output=True, text=True, check=True
        )
        assert shown.stdout
        assert shown.stderr == ""


def test_an_eta_is_given_only_when_it_is_known() -> None:
    assert remaining_seconds(0.5, 0.5) is None
    assert remaining_seconds(10.0, 0.0) is None
    assert remaining_seconds(10.0, 0.5) == pytest.approx(10.3)


def test_the_whole_is_the_sum_of_its_stages() -> None:
    assert overall_fraction({}) == 0.0
    stages = ("photo", "speech", "face", "backdrop", "video", "join")
    assert overall_fraction(dict.fromkeys(stages, 1.0)) == pytest.approx(1.0)


def test_voices_of_a_language_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["voices", "--lang", "en", "--json"]) == 0
    voices = json.loads(capsys.readouterr().out)
    assert "en_US-joe" in [voice["name"] for voice in voices]
    assert main.run(["voices", "--lang", "xx"]) == 6


def test_the_doctor_finds_all_that_a_video_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["doctor", "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)
    working = {(finding["part"], finding["name"]) for finding in findings if finding["works"]}
    assert {("speech", "piper"), ("face", "embedded"), ("backdrop", "embedded"), ("licence", "piper-tts")} <= working
    assert all(finding["works"] for finding in findings if finding["needed"])


def test_a_photo_is_checked(portrait_png: Path, landscape_png: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["check", "--json", str(portrait_png)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["faces"]) == (True, 1)
    assert main.run(["check", str(landscape_png)]) == 4
    assert "face" in capsys.readouterr().out


def test_check_says_what_a_format_takes_from_a_head_that_is_cut(
    portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    close = tmp_path / "close.png"
    with Image.open(portrait_png) as photo:
        photo.crop((130, 65, 320, 245)).save(close)
    assert main.run(["check", "--size", "256x512", str(close)]) == 0
    assert "a picture of 256x512 is too high for it" in capsys.readouterr().out
    assert main.run(["check", "--size", "256x256", str(close)]) == 0
    assert "too high" not in capsys.readouterr().out
    assert main.run(["check", "--size", "tall", str(close)]) == 2
    assert "is no size" in capsys.readouterr().err


def test_a_backdrop_alone_is_a_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "sea.mp4"
    assert main.run(["backdrop", "calm ocean", "--size", "128x128", "--fps", "10", "-o", str(output)]) == 0
    assert "ocean" in capsys.readouterr().out
    frames = list(read_frames(output))
    seam, across = (np.abs(frames[0].astype(int) - frames[at]).mean() for at in (-1, len(frames) // 2))
    assert seam < 0.5 * across
    assert main.run(["backdrop", "photo", "-o", str(output)]) == 2
