"""Production documents at the command line and in Python: one video, one video a row, a look, and the schema."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.media import probe, read_frames
from orchestrator import render
from orchestrator.cli.main import run
from orchestrator.productions.schema import production_schema

LOOKS = {"speech_engine": "tone", "face_engine": "still", "fps": 10, "size": "128x128", "photo": "me.png"}
SCENES = [{"text": "Hello.", "backdrop": "#a02020"}, {"text": "Goodbye.", "backdrop": "#2020a0"}]


@pytest.fixture
def folder(small_portrait_png: Path, tmp_path: Path) -> Path:
    (tmp_path / "me.png").write_bytes(small_portrait_png.read_bytes())
    return tmp_path


def written(folder: Path, **content: Any) -> str:
    path = folder / "me.json"
    path.write_text(json.dumps({"govorun": 1, **LOOKS, **content}))
    return str(path)


def sides(path: Path) -> list[int]:
    """Which colour the corner of the first and of the last frame has most of."""
    frames = list(read_frames(path))
    return [int(np.argmax(frame[2, 2])) for frame in (frames[0], frames[-1])]


def test_a_production_becomes_a_video(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = written(folder, scenes=SCENES)
    assert run(["production", film]) == 0
    assert "2 scenes, 1 video" in capsys.readouterr().out
    assert run(["render", "--production", film, "--fps", "12", "--quiet", "-o", str(folder / "film.mp4")]) == 0
    assert probe(folder / "film.mp4").fps == 12
    assert sides(folder / "film.mp4") == [0, 2]


def test_what_is_wrong_is_told_and_nothing_is_made(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film, output = written(folder, scenes=[*SCENES, {"voice": 5}]), str(folder / "film.mp4")
    for words in (["production", film], ["render", "--production", film, "-o", output],
                  ["batch", "--production", film, "-o", str(folder / "out")]):  # fmt: skip
        assert run(words) == 2
        assert "/scenes/2/voice: it has to be text, not 5." in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == {"me.png", "me.json"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"scenes": [*SCENES, {"text": "Hi.", "voice": "en_US-jo"}]}, "/scenes/2/voice: Unknown voice"),
        ({"speech_engine": "piper", "voice": "en_US-jo", "scenes": SCENES}, "/voice: Unknown voice"),
        ({"voice": "en_US-jo", "text": "Hi."}, "/voice: Unknown voice"),
        ({"scenes": [*SCENES, {"text": "Hi [dance] you."}]}, "/scenes/2/text: Script line 1, column 4: "),
        ({"scenes": [{"text": "Hi.", "backdrop": "@film.mp4", "backdrop_blur": 0.5}]}, "/scenes/0"),
        ({"scenes": [*SCENES, {"text": "Hi.", "face_engine": "none"}]}, "/scenes/2"),
    ],
)
def test_what_engines_do_not_know_is_told_with_its_place(
    content: dict[str, Any], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    film = written(folder, **{"speech_engine": "piper", **content})
    for words in (["production", film], ["render", "--production", film, "-o", str(folder / "a.mp4")]):
        assert run(words) != 0
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["production"], "Name a production document"),
        (["production", "FILM", "--schema"], "Name a production document"),
        (["render", "--production", "FILM", "--scenes", "FILM", "-o", "a.mp4"], "say the same"),
        (["batch", "--production", "FILM", "-o", "out"], "holds no data"),
        (["batch", "-o", "out", "--text", "Hello."], "There is no data"),
        (["render", "--production", "FILM", "-o", "FILM"], "me.json"),
    ],
)
def test_what_does_not_go_together_is_told(
    words: list[str], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = written(folder, scenes=SCENES)
    assert run([film if word == "FILM" else word for word in words]) != 0
    assert told in capsys.readouterr().err


def results(folder: Path) -> list[tuple[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["problem"]) for row in csv.DictReader(file)]


def test_a_production_with_data_becomes_a_video_a_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = written(
        folder, title="For {{name}}", data=[{"name": "Anna", "place": "#a02020"}, {"name": "Bo", "place": "#2020a0"}],
        scenes=[{"text": "Hello {{name}}.", "backdrop": "{{place}}"}],
    )  # fmt: skip
    assert run(["production", film]) == 0
    assert "1 scene, 2 videos" in capsys.readouterr().out
    assert run(["render", "--production", film, "-o", str(folder / "film.mp4")]) == 2
    assert "/data: one video a row" in capsys.readouterr().err
    assert run(["batch", "--production", film, "--quiet", "-o", str(folder / "out")]) == 0
    assert results(folder / "out") == [("For Anna.mp4", ""), ("For Bo.mp4", "")]
    assert [sides(folder / "out" / f"For {name}.mp4")[0] for name in ("Anna", "Bo")] == [0, 2]
    (folder / "others.csv").write_text("name,place\nCy,#20a020\n")
    words = ["batch", str(folder / "others.csv"), "--production", film, "--name", "{{name}}", "--quiet"]
    assert run([*words, "-o", str(folder / "more")]) == 0
    assert results(folder / "more") == [("Cy.mp4", "")]
    assert sides(folder / "more" / "Cy.mp4") == [1, 1]


def test_a_wrong_row_names_itself_and_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"name": "Anna", "mood": "circle"}, {"name": "Bo", "mood": "upside"}]
    film = written(folder, data=rows, scenes=[{"text": "Hello {{name}}.", "layout": "{{mood}}"}])
    for words in (["production", film], ["batch", "--production", film, "-o", str(folder / "out")]):
        assert run(words) == 2
        assert "Row 2: /scenes/0/layout: 'upside' is no layout" in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_no_video_of_a_row_is_written_over_the_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = written(folder, data=[{"name": "me"}], title="{{name}}", scenes=[{"text": "Hello {{name}}."}])
    before = Path(film).read_text()
    assert run(["batch", "--production", film, "-o", str(folder)]) == 2
    assert "would be written over" in capsys.readouterr().err
    assert Path(film).read_text() == before


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["production", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == production_schema()


def test_python_makes_a_production_from_a_file_or_its_content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder, scenes=SCENES)
    made = render(production=folder / "me.json", output=folder / "a.mp4")
    monkeypatch.chdir(folder)
    again = render(production={"govorun": 1, **LOOKS, "scenes": SCENES}, output="b.mp4")
    assert (made.frames, sides(made.path)) == (again.frames, sides(again.path))
    assert all((one == other).all() for one, other in zip(read_frames(made.path), read_frames(again.path), strict=True))
    with pytest.raises(OptionError, match="say the same"):
        render(production={"govorun": 1}, scenes=[], output="c.mp4")
