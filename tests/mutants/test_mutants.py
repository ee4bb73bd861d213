"""The tool that changes the product: what it changes, what it leaves alone, whom it asks, and what the ledger says."""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.mutants.choosing import Suite, _record_of
from tests.mutants.ledger import LEDGER, line_of, read_ledger
from tests.mutants.places import PACKAGES, Mutation, functions_of, mutations_of, parses
from tests.mutants.trying import LIBRARIES, ROOT, Tree, within

_SOURCE = '''
"""Words."""
import os

__all__ = ["f"]
_LIMIT: float = 0.5


def f(x: "int" = 3) -> int:
    """More words, 7."""
    _LOG.info("%d", 8)
    if x and len(x) < _LIMIT:
        raise ValueError("no")
    x.close()
    told = f"{x + 1} привет"
    return min(x, -2) + 1
'''.lstrip()


def changed() -> set[str]:
    return {one.after for one in mutations_of("a.py", _SOURCE.encode())}


@pytest.mark.parametrize(
    "after",
    [
        "_LIMIT: float = 1.0",
        'def f(x: "int" = 4) -> int:',
        "if x or len(x) < _LIMIT:",
        "if x and len(x) >= _LIMIT:",
        "if x and len(x) <= _LIMIT:",
        "if x and x < _LIMIT:",
        "pass",
        "told = None",
        "return None",
        "return max(x, -2) + 1",
        "return min(x, -3) + 1",
        "return min(x, -2) - 1",
        "return min(x, -2) + 0",
    ],
)
def test_a_place_is_changed_as_people_err(after: str) -> None:
    assert after in changed()


def test_what_says_nothing_to_a_user_is_left_alone() -> None:
    lines = {one.before for one in mutations_of("a.py", _SOURCE.encode())}
    assert not [line for line in lines if line.startswith(("import", "__all__", '"""', "_LOG"))]
    assert {one.after for one in mutations_of("a.py", _SOURCE.encode()) if "told" in one.before} == {"told = None"}


def test_every_change_is_where_it_says_and_makes_another_program() -> None:
    source = (ROOT / "motion" / "gaze.py").read_bytes()
    functions = functions_of(source)
    for one in mutations_of("motion/gaze.py", source):
        other = one.applied(source)
        assert parses(other)
        assert ast.dump(ast.parse(other)) != ast.dump(ast.parse(source))
        assert " ".join(source.splitlines()[one.line - 1].decode().split()) in one.before
        assert functions.get(one.line, "") == one.function


def test_the_quickest_tests_are_asked_and_one_at_least() -> None:
    seconds = {"a": 1.0, "b": 2.0, "c": 50.0}
    assert within(["a", "b", "c"], seconds, 4.0) == ["a", "b"]
    assert within(["c"], seconds, 4.0) == ["c"]
    assert within([], seconds, 4.0) == []


def test_tests_named_after_a_module_are_asked_first(tmp_path: Path) -> None:
    records = {
        "tests/avatar/face/test_matte.py": [("a", 3.0), ("b", 2.0)],
        "tests/avatar/face/test_alpha.py": [("c", 1.0), ("d", 0.5)],
        "tests/avatar/face/test_photo.py": [("e", 0.7)],
        "tests/pipeline/test_real.py": [("f", 0.1)],
    }
    module = tmp_path / "avatar" / "face" / "matte.py"
    module.parent.mkdir(parents=True)
    module.write_text("def f():\n    return 1\n")
    for file, tests in records.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(file)
        about = {"lines": {"2": [0, 1][: len(tests)]}, "shared": [], "functions": ["f"], "text": {"2": "return 1"}}
        told = {"tests": [[f"{file}::{name}", took] for name, took in tests], "files": {"avatar/face/matte.py": about}}
        _record_of(tmp_path, tmp_path, file).write_text(json.dumps(told))
    one = mutations_of("avatar/face/matte.py", module.read_bytes())[0]
    found = Suite(tmp_path, tmp_path, records).tests_of(one)
    assert [test.partition("::")[2] for test in found] == ["b", "a", "d", "e", "c", "f"]


def test_the_libraries_that_are_loaded_before_are_there() -> None:
    assert [name for name in LIBRARIES if find_spec(name) is None] == []


def test_a_change_is_noticed_in_a_copy_and_taken_back(tmp_path: Path) -> None:
    """With two small files in place of the product: one change is looked at by the test, the other is not."""
    product = tmp_path / "motion" / "small.py"
    product.parent.mkdir()
    (product.parent / "__init__.py").touch()  # else any other folder of this name on the path comes first
    product.write_text("def half(x):\n    spare = 3\n    return x / 2\n")
    (tmp_path / "test_small.py").write_text(
        "from motion.small import half\n\ndef test_half():\n    assert half(8) == 4\n"
    )
    tree = Tree(tmp_path)
    tree.folder = tmp_path
    found = {one.after: one for one in mutations_of("motion/small.py", product.read_bytes())}
    before = product.read_bytes()
    noticed = tree.attempt(found["return x * 2"], ["test_small.py"], {"test_small.py": 0.1}, 5.0)
    said = (tmp_path / "said.txt").read_text()
    assert (noticed.noticed, noticed.by) == (True, "test_small.py::test_half"), said
    unseen = tree.attempt(found["spare = 4"], ["test_small.py"], {"test_small.py": 0.1}, 5.0)
    assert (unseen.noticed, unseen.ran) == (False, 1)
    assert product.read_bytes() == before


def test_the_ledger_can_be_read_and_speaks_of_files_that_are_there() -> None:
    for path, function, before, after in read_ledger():
        assert path.split("/")[0] in PACKAGES
        source = (ROOT / path).read_bytes()
        known = {one.key for one in mutations_of(path, source)}
        assert (path, function, before, after) in known, f"{path} has no such change any more: {before} -> {after}"


def test_a_line_of_the_ledger_needs_its_reason(tmp_path: Path) -> None:
    one = Mutation("motion/gaze.py", 3, 3, "f", "number", "a = 1", "a = 0", 0, 1, "0")
    path = tmp_path / "ledger.tsv"
    path.write_text("# head\n" + line_of(one, "equivalent", "nobody reads it") + "\n")
    assert read_ledger(path)[one.key].why == "nobody reads it"
    for verdict, why in (("fine", "why"), ("left", "")):
        path.write_text(line_of(one, verdict, why))
        with pytest.raises(ValueError, match="line 1"):
            read_ledger(path)
    assert LEDGER.exists()
