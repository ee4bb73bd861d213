"""Messages by their codes: every reason is raised with what its sentence needs, and the page has words for it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import pytest

from avatar.core import errors
from avatar.core.errors import Cancelled, GovorunError
from avatar.core.reasons import REASONS
from orchestrator.video.steps import QUICK, STAGES
from speech.text.directions import DIRECTIONS

ROOT = Path(__file__).parents[3]
WEB = ROOT / "orchestrator" / "web"
WORDS = {name: json.loads((WEB / "words" / f"{name}.json").read_text()) for name in ("en", "ru")}
ANYWHERE = {"scene"}  # may be told of every error, and is said before its words


@dataclass(frozen=True)
class _Use:
    """A call ``Message("reason", one=..., two=...)`` in ``place``."""

    place: str
    reason: str
    params: frozenset[str]


def _uses() -> list[_Use]:
    rooms = [ROOT / room for room in ("avatar", "speech", "motion", "orchestrator")]
    return [use for room in rooms for path in sorted(room.rglob("*.py")) for use in _uses_in(path)]


def _uses_in(path: Path) -> Iterator[_Use]:
    tree = ast.parse(path.read_text())
    tables = dict(_tables(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) == "Message":
            params = {key for word in node.keywords for key in ([word.arg] if word.arg else tables[_name(word.value)])}
            for reason in _literals(node.args[0]):
                yield _Use(f"{path.relative_to(ROOT)}:{node.lineno}", reason, frozenset(params))


def _tables(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Variable or function -> the keys of the dictionary that it is or returns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield _name(node.targets[0]), _keys(node.value)
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Dict):
                    yield node.name, _keys(inner.value)


def _keys(table: ast.Dict) -> set[str]:
    return {str(key.value) for key in table.keys if isinstance(key, ast.Constant)}


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    assert isinstance(node, ast.Constant), ast.dump(node)
    return [str(node.value)]


USES = _uses()


def test_every_reason_is_raised_with_what_its_sentence_needs() -> None:
    assert {use.reason for use in USES} == REASONS.keys()
    for use in USES:
        needed = {field for _, field, _, _ in Formatter().parse(REASONS[use.reason]) if field}
        assert needed <= use.params, use


@pytest.mark.parametrize("language", WORDS)
def test_every_reason_has_words_that_can_be_filled_in(language: str) -> None:
    words = WORDS[language]
    assert {key.removeprefix("reason.") for key in words if key.startswith("reason.")} == REASONS.keys()
    for use in USES:
        text = words[f"reason.{use.reason}"]
        forms = text.values() if isinstance(text, dict) else [text]
        holes = {hole for form in forms for hole in re.findall(r"\{(\w+)\}", form)}
        assert holes <= use.params | ANYWHERE, use
        assert not isinstance(text, dict) or "n" in use.params, f"{use}: nothing tells which plural it takes"


@pytest.mark.parametrize("language", WORDS)
def test_codes_stages_and_values_have_words(language: str) -> None:
    words = WORDS[language]
    kinds = [getattr(errors, name) for name in errors.__all__ if name != Cancelled.__name__]
    assert all(issubclass(kind, GovorunError) for kind in kinds)
    wanted = {f"code.{kind.code}" for kind in kinds} | {f"stage.{name}" for name in (*STAGES, QUICK)}
    wanted |= {f"takes.{rule.group}" for rule in DIRECTIONS.values() if rule.value != "none"}
    assert wanted | {"code.other"} <= words.keys()


def test_russian_words_are_russian() -> None:
    for key, text in WORDS["ru"].items():
        if key.startswith(("reason.", "code.")):
            for form in text.values() if isinstance(text, dict) else [text]:
                prose = re.sub(r"\{\w+\}|\[[^\]]*\]|<[^>]*>", "", form)
                latin = re.findall(r"[A-Za-z]{3,}", prose)
                assert set(latin) <= {"JPEG", "PNG", "WebP", "WebM", "MOV", "MKV", "HEIC", "SSML", "SRT", "VTT", "WAV",
                                      "MP3", "FLAC", "OGG", "SadTalker", "LivePortrait", "Wan", "Animate", "SVG",
                                          "TrueType", "OpenType", "PPTX", "PPT", "PDF", "CSV", "JSON", "UTF",
                                          "LibreOffice", "govorun", "doctor", "dbde"}, form  # fmt: skip


def test_the_page_matches_no_sentence() -> None:
    """No regular expression, and no comparison, holds two words in a row: sentences are known by their reasons."""
    for path in sorted(WEB.glob("*.js")):
        code = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
        patterns = re.findall(
            r"(?<=[\[(,=:?!&|] )/(?!/)(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/|(?<=[(\[])/(?!/)[^\n]+?/", code
        )
        compared = re.findall(r"(?:startsWith|endsWith|includes|indexOf|match|test|===?|!==?)\(?\s*\"([^\"]*)\"", code)
        assert not [text for text in (*patterns, *compared) if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", text)], path
