"""What CONTRIBUTING.md and the index of the documents promise is where they say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROWS = re.findall(r"^\| [^|]*\| (`[^|]+`) \| (`[^|]+`) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.M)


def test_the_table_is_read() -> None:
    assert len(_ROWS) >= 15


@pytest.mark.parametrize(("files", "names"), _ROWS)
def test_a_question_of_a_stranger_is_answered_where_it_says(files: str, names: str) -> None:
    for file in re.findall(r"`([^`]+)`", files):
        defined = _defined(ROOT / file)
        missing = [name for name in re.findall(r"`([^`]+)`", names) if name not in defined]
        assert not missing, f"{file} does not define {missing}"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/README.md", "docs/architecture.md"])
def test_files_that_are_named_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    linked = [target for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", text) if not target.startswith("http")]
    assert not [target for target in linked if not ((ROOT / page).parent / target).exists()]
    rooms = ("", "orchestrator", "avatar", "docs")
    named = re.findall(r"`([a-z_]+(?:/[a-z_0-9]+)*/[a-z_0-9]+\.py)`", text)
    assert not [name for name in named if not any((ROOT / room / name).exists() for room in rooms)]


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert not [page for page in sorted(pages) if f"({page})" not in index]


def _defined(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names
