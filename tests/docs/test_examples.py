"""What the documents say is done: examples run, options and files exist, tables agree with the code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from orchestrator.cli.main import build_parser

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
_WORDS = (
    "render|present|batch|production|repaint|say|voices|models|check|verify|doctor|backdrop|train|serve|worker|keys"
)
_WORDS += "|mcp"
README = (ROOT / "README.md").read_text()


def _commands(text: str) -> list[str]:
    """Lines that call govorun, continuation lines joined."""
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if re.match(rf"\s*(\.venv/bin/)?govorun ({_WORDS})", line)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_the_documents_are_valid(document: Path) -> None:
    for command in _commands(document.read_text()):
        build_parser().parse_args(shlex.split(command)[1:])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text()):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_the_readme_is_short_and_shows_commands() -> None:
    assert README.count("\n") < 150
    assert len(_commands(README)) >= 2


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^ {4}make ([a-z]+)", README, re.M)
    assert {"demo", "setup", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.M), f"no make target {target}"


def test_the_python_example_runs(portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's Python block as it stands, in a folder where me.jpg is a photo."""
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    with Image.open(portrait_png) as photo:
        photo.save("me.jpg", quality=95)
    block = re.search(r"```python\n(.*?)```", README, re.S)
    assert block is not None
    names: dict[str, object] = {}
    exec(compile(block[1], "README.md", "exec"), names)
    assert (tmp_path / "hello.mp4").exists()
    assert (tmp_path / "hello.json").exists()


def test_every_direction_is_documented() -> None:
    from speech.text.directions import DIRECTIONS

    documented = (ROOT / "docs" / "directions.md").read_text()
    for rule in DIRECTIONS.values():
        assert f"`[{rule.name}" in documented, rule.name


def test_every_setting_is_documented() -> None:
    from orchestrator.settings import PREFIX, Settings

    documented = (ROOT / "docs" / "cli.md").read_text()
    for name in Settings.model_fields:
        assert f"`{PREFIX}{name.upper()}`" in documented


def test_the_sample_script_parses() -> None:
    from speech import parse

    script = parse((ROOT / "orchestrator" / "samples" / "demo.txt").read_text())
    assert len(script.text.split()) > 30


def test_production_documents_of_the_documents_are_valid() -> None:
    from orchestrator.productions.document import production_of

    blocks = [json.loads(block) for document in DOCUMENTS
              for block in re.findall(r"```json\n(.*?)```", document.read_text(), re.S)]  # fmt: skip
    productions = [block for block in blocks if "govorun" in block]
    assert productions
    for production in productions:
        assert production_of(production).every()
