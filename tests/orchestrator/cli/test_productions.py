"""``govorun present`` and ``govorun batch``: from slides and tables to files, with engines without weights."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core.media import probe, read_frames
from orchestrator.cli.main import run

pytest.importorskip("pypdfium2", reason="the extra slides is not installed")

FAKES = ["--speech-engine", "tone", "--face-engine", "still", "--fps", "10", "--quiet"]


def write_slides(path: Path) -> Path:
    first, *others = [Image.new("RGB", (320, 180), colour) for colour in ((200, 30, 30), (30, 30, 200))]
    first.save(path, save_all=True, append_images=others)
    return path


def test_slides_become_a_video(small_portrait_png: Path, tmp_path: Path) -> None:
    slides = write_slides(tmp_path / "talk.pdf")
    (tmp_path / "notes.txt").write_text("Hello there.\n---\nThank you.\n")
    words = ["present", str(slides), "--notes", str(tmp_path / "notes.txt"), "--photo", str(small_portrait_png)]
    status = run([*words, "--size", "256x144", "-o", str(tmp_path / "talk.mp4"), *FAKES])
    assert status == 0
    frames = np.stack(list(read_frames(tmp_path / "talk.mp4"))).astype(float)
    corners = frames[:, 10:40, 10:60].mean(axis=(1, 2))
    assert np.abs(corners[0] - (200, 30, 30)).max() < 8
    assert np.abs(corners[-1] - (30, 30, 200)).max() < 8
    assert {path.name for path in tmp_path.iterdir()} == {"talk.pdf", "notes.txt", "talk.mp4", "talk.json"}


def test_slides_without_notes_are_refused(
    small_portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slides = write_slides(tmp_path / "talk.pdf")
    words = ["present", str(slides), "--photo", str(small_portrait_png), "-o", str(tmp_path / "talk.mp4"), *FAKES]
    assert run(words) == 2
    assert "nothing to say on slides 1, 2" in capsys.readouterr().err
    assert not (tmp_path / "talk.mp4").exists()


def batch(folder: Path, content: str, photo: Path, *words: str) -> int:
    (folder / "rows.csv").write_text(content, encoding="utf-8")
    options = ["--photo", str(photo), "--backdrop", "#203040", "--size", "128x128", *FAKES]
    return run(["batch", str(folder / "rows.csv"), "-o", str(folder / "out"), *options, *words])


def results(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_becomes_a_video(small_portrait_png: Path, tmp_path: Path) -> None:
    words = ["--text", "Hello {{name}}.", "--heading", "{{name}}", "--name", "for {{name}}"]
    assert batch(tmp_path, "name\nAnna\nBoris Ivanov\n", small_portrait_png, *words) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "for Anna.mp4", "for Anna.json", "for Boris Ivanov.mp4", "for Boris Ivanov.json", "results.csv",
    }  # fmt: skip
    told = results(tmp_path)
    assert [(row["row"], row["file"], row["problem"]) for row in told] == [
        ("1", "for Anna.mp4", ""), ("2", "for Boris Ivanov.mp4", ""),
    ]  # fmt: skip
    for row in told:
        assert probe(tmp_path / "out" / row["file"]).seconds == pytest.approx(float(row["seconds"]), abs=0.1)
    before = (tmp_path / "out" / "for Anna.mp4").stat().st_mtime_ns
    assert batch(tmp_path, "name\nAnna\nClara\n", small_portrait_png, *words) == 0
    assert (tmp_path / "out" / "for Anna.mp4").stat().st_mtime_ns == before
    assert [row["problem"] for row in results(tmp_path)] == ["was there already", ""]


@pytest.mark.parametrize(
    ("content", "words", "told"),
    [
        ("name\nAnna\n\n,\n", ["--text", "{{city}}"], "no column 'city'"),
        ("name,mood\nAnna,happy\nBoris,giddy\n", ["--text", "{{name}}", "--expression", "{{mood}}"], "Row 2: "),
        ("name,city\nAnna,\n", ["--text", "{{name}} {{city}}"], "row 1: there is no value"),
    ],
)
def test_a_wrong_row_is_told_before_any_video(
    content: str, words: list[str], told: str, small_portrait_png: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert batch(tmp_path, content, small_portrait_png, *words) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_row_that_fails_does_not_stop_the_others(
    small_portrait_png: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = tmp_path / "blank.png"
    Image.new("RGB", (300, 300), "white").save(blank)
    content = f"photo\n{blank}\n{small_portrait_png}\n"
    status = batch(tmp_path, content, small_portrait_png, "--photo", "{{photo}}", "--text", "Hello.")
    assert status != 0
    assert "row 1: " in capsys.readouterr().err
    told = results(tmp_path)
    assert "face" in told[0]["problem"] and told[0]["seconds"] == ""
    assert told[1]["problem"] == "" and (tmp_path / "out" / "2.mp4").exists()
