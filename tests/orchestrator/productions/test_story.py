"""A story becomes scenes: places, headings, ways between them, and who tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.errors import InputError
from orchestrator.cli.main import run
from orchestrator.productions.apart import scenes_of_story_apart
from orchestrator.productions.document import read_production
from orchestrator.productions.story import MOST_LETTERS, read_story, scenes_of_story
from orchestrator.video.scenes import requests_of

TALE = """# The tale

The ship sailed over the waves.

The captain was silent.

## Ashore

At night he came into the forest.
"""


def test_paragraphs_of_one_place_are_one_scene() -> None:
    scenes = scenes_of_story(TALE, {})
    assert [(scene["text"], scene["backdrop"], scene.get("heading")) for scene in scenes] == [
        ("The ship sailed over the waves.\n\nThe captain was silent.", "ocean", "The tale"),
        ("At night he came into the forest.", "forest, night", "Ashore"),
    ]
    assert [scene.get("backdrop_from") for scene in scenes] == [None, "ocean"]
    assert [scene.get("transition") for scene in scenes] == [None, "fade:0.4"]
    assert {scene["layout"] for scene in scenes} == {"none"} and {scene["size"] for scene in scenes} == {"1280x720"}
    assert len(requests_of(scenes, {})) == 2


def test_options_of_the_whole_count(small_portrait_png: Path) -> None:
    given = {"photo": small_portrait_png, "size": "720x1280", "transition": "cut", "backdrop_engine": "animatediff"}
    scenes = scenes_of_story(TALE, given)
    assert {scene["layout"] for scene in scenes} == {"right"}
    assert not {"size", "transition", "backdrop_from"} & {name for scene in scenes for name in scene}
    assert [str(request.size) for request in requests_of(scenes, given)] == ["720x1280"] * 2


def test_headings_without_words_below_are_told_together() -> None:
    (scene,) = scenes_of_story("# A book\n## Chapter one\nThe king slept.", {})
    assert (scene["heading"], scene["text"]) == ("A book | Chapter one", "The king slept.")


def test_a_heading_begins_a_scene_in_the_same_place() -> None:
    scenes = scenes_of_story("The ship sailed.\r\n\r\n# Later\r\nThe ship sank.\r\n", {})
    assert [scene.get("heading") for scene in scenes] == [None, "Later"]
    assert "backdrop_from" not in scenes[1]


def test_a_place_alone_on_its_line_belongs_to_what_follows() -> None:
    (scene,) = scenes_of_story("[place: a red desert]\n\nNobody was there.", {})
    assert (scene["text"], scene["backdrop"]) == ("Nobody was there.", "a red desert")


@pytest.mark.parametrize("text", ["", " \n\n ", "# Only a title", "***\n\n---"])
def test_a_story_without_words_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no words"):
        scenes_of_story(text, {})


def test_a_story_is_not_endless() -> None:
    with pytest.raises(InputError, match="split it into parts"):
        scenes_of_story("word " * (MOST_LETTERS // 5 + 1), {})


def test_files_that_are_no_story(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check the path"):
        read_story(tmp_path / "none.txt")
    (tmp_path / "a.txt").write_bytes("Сказка".encode("cp1251"))
    with pytest.raises(InputError, match="save it as UTF-8"):
        read_story(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_bytes("\ufeffСказка".encode())
    assert read_story(tmp_path / "b.txt") == "Сказка"


def test_a_process_of_its_own_says_the_same() -> None:
    options = {"photo": Path("me.png"), "size": "256x144"}
    assert scenes_of_story_apart(TALE, options) == scenes_of_story(TALE, options)
    with pytest.raises(InputError, match="no words"):
        scenes_of_story_apart("", {})


def test_the_command_writes_the_scenes_to_be_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tale.txt").write_text(TALE)
    assert run(["story", str(tmp_path / "tale.txt"), "-o", str(tmp_path / "tale.json")]) == 0
    assert read_production(tmp_path / "tale.json").video() == requests_of(scenes_of_story(TALE, {}), {})
    assert "2 scenes" in capsys.readouterr().out
    assert run(["story", str(tmp_path / "no.txt"), "-o", str(tmp_path / "tale.mp4")]) != 0
    assert "check the path" in capsys.readouterr().err
