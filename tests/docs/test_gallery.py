"""The productions of the gallery are documents that can be made, and each is shown."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from avatar.core.media import probe
from orchestrator.productions.batch import rows_of
from orchestrator.productions.document import read_production
from orchestrator.productions.story import read_story, scenes_of_story
from orchestrator.video.checks import check_scenes

DOCS = Path(__file__).parents[2] / "docs"
GALLERY = DOCS / "gallery"
DRAWN = runpy.run_path(str(DOCS / "draw_gallery.py"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents with the parts that are drawn for them."""
    found = tmp_path_factory.mktemp("gallery")
    for path in GALLERY.iterdir():
        (found / path.name).write_bytes(path.read_bytes())
    DRAWN["draw_parts"](found)
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in GALLERY.glob("*.json")))
def test_a_document_can_be_made(name: str, folder: Path) -> None:
    production = read_production(folder / name)
    if production.data is None:
        check_scenes(production.video())
        return
    rows = rows_of(production.rows(), production.template())
    assert len(rows) == 2
    for _, filled in rows:
        check_scenes(production.filled(filled).video())


def test_the_parts_are_what_the_documents_name(folder: Path) -> None:
    chart = probe(folder / "chart.mp4")
    assert chart.size is not None and chart.seconds == pytest.approx(4.0, abs=0.05)
    assert (folder / "slides.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "lesson.txt").read_text("utf-8").count("\n---\n") == 2


def test_the_tale_goes_from_the_sea_to_the_mountains() -> None:
    scenes = scenes_of_story(read_story(GALLERY / "tale.txt"), {})
    assert [str(scene["backdrop"]).split(",")[0] for scene in scenes] == ["ocean", "forest", "mountains"]


def test_every_production_has_its_command_and_its_picture_on_the_page() -> None:
    page = (DOCS / "gallery.md").read_text("utf-8")
    for name, command in DRAWN["MADE"].items():
        assert f"pictures/gallery/{name}.jpg" in page and (DOCS / "pictures" / "gallery" / f"{name}.jpg").is_file()
        assert f"govorun {' '.join(command)} -o {name}" in page
