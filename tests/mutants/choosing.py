"""Which tests may notice a change: those that run its lines, as far as the recorded runs of the suite say.

A run of a test file is recorded when the file is new or has changed. Where a line of the product has changed since,
tests that run the function around it are taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.mutants.places import Mutation, functions_of

__all__ = ["Suite", "record", "stale"]

_RECORD_SECONDS = 900


def stale(root: Path, records: Path, files: Iterable[str]) -> list[str]:
    """The test files that have no record of what they are now."""
    return [file for file in files if not _record_of(root, records, file).exists()]


def record(root: Path, records: Path, file: str) -> bool:
    """Run ``file`` once and write down what it runs; False where it could not be run."""
    records.mkdir(parents=True, exist_ok=True)
    path = _record_of(root, records, file)
    for old in records.glob(f"{path.name.rsplit('-', 1)[0]}-*.json"):
        old.unlink()
    hidden = path.with_suffix(".part")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.recorder", file]
    environment = {**os.environ, "MUTANTS_RECORD": str(hidden), "PYTHONPATH": str(root)}
    try:
        subprocess.run(command, cwd=root, env=environment, timeout=_RECORD_SECONDS, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return False
    if not hidden.exists():
        return False
    hidden.replace(path)
    return True


def _record_of(root: Path, records: Path, file: str) -> Path:
    digest = hashlib.sha256((root / file).read_bytes()).hexdigest()[:12]
    return records / f"{file.replace('/', '.').removesuffix('.py')}-{digest}.json"


class Suite:
    """The recorded tests: how long each takes, and what it runs."""

    def __init__(self, root: Path, records: Path, files: Iterable[str]) -> None:
        self._root = root
        self.seconds: dict[str, float] = {}
        self._by_line: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._by_function: dict[tuple[str, str], set[str]] = defaultdict(set)
        for file in files:
            path = _record_of(root, records, file)
            if path.exists():
                self._take(json.loads(path.read_text()))

    def _take(self, told: dict) -> None:  # type: ignore[type-arg]
        names = [name for name, _ in told["tests"]]
        self.seconds.update(dict(told["tests"]))
        for path, about in told["files"].items():
            functions = _functions(self._root, path)
            texts = about["text"]
            for line, numbers in about["lines"].items():
                tests = set(names) if int(line) in about["shared"] else {names[number] for number in numbers}
                self._by_line[path, texts[line]] |= tests
                if functions.get(int(line)) in about["functions"]:
                    self._by_function[path, functions[int(line)]] |= tests

    def tests_of(self, mutation: Mutation) -> list[str]:
        """Tests that may notice ``mutation``: those of the file named after the module, then of the folder named after
        the package, then all others; in each the quickest of every file, the second of each, and so on. Behind those
        that run the line itself come those that run others of its module, and those of its package."""
        found = set[str]()
        lines = (self._root / mutation.path).read_text().splitlines()
        for line in lines[mutation.line - 1 : mutation.last_line]:
            found |= self._by_line.get((mutation.path, line.strip()), set())
        if not found and mutation.function:
            found |= self._by_function.get((mutation.path, mutation.function), set())
        if not found or not mutation.function:  # a line outside functions runs where its module is first imported
            found = found | self._of_users(mutation, lines)
        others = self._of_module(mutation) - found
        return [*self._in_turn(found, mutation), *self._in_turn(others, mutation)]

    def _in_turn(self, found: Iterable[str], mutation: Mutation) -> list[str]:
        places, turns = Counter[str](), []
        for test in sorted(found, key=lambda test: (self.seconds[test], test)):
            file = test.partition("::")[0]
            turns.append((_distance(file, mutation.path), places[file], test))
            places[file] += 1
        return [test for _, _, test in sorted(turns, key=lambda turn: turn[:2])]

    def _of_module(self, mutation: Mutation) -> set[str]:
        """Tests that run anything of the module, and those of its package: some lines run while modules are imported,
        which is before any test."""
        tests = (tests for (path, _), tests in self._by_line.items() if path == mutation.path)
        package = {test for test in self.seconds if _distance(test.partition("::")[0], mutation.path) < 2}
        return package.union(*tests)

    def _of_users(self, mutation: Mutation, lines: list[str]) -> set[str]:
        """A constant is looked at by tests that run the lines which name it."""
        found = set[str]()
        for name in _names_above(lines, mutation.line):
            own = name.startswith("_") or not name
            for path in [mutation.path] if own else sorted({path for path, _ in self._by_line}):
                found |= set().union(*(self._by_line[path, text] for text in _lines_with(self._root, path, name)))
            if found:
                break
        return found


def _distance(test: str, path: str) -> int:
    """0 from a module to the tests named after it, 1 to those of its package or one around it, 2 to others."""
    tests, module = Path(test), Path(path)
    if tests.stem.endswith(f"_{module.stem}"):
        return 0
    return 1 if tests.parent.relative_to("tests") in list(module.parents)[:-1] else 2


def _names_above(lines: list[str], line: int) -> Iterator[str]:
    """The name that the statement around ``line`` gives a value to, then the class or table that it stands in."""
    depth = 10**6
    for text in reversed(lines[:line]):
        indent = len(text) - len(text.lstrip())
        match = re.match(r"\s*(?:class |def )?([A-Za-z_]\w*)\b", text)
        if match and text.strip() and indent < depth:
            yield match[1]
            depth = indent
        if not indent and match:
            return


@cache
def _functions(root: Path, path: str) -> dict[int, str]:
    file = root / path
    return functions_of(file.read_bytes()) if file.exists() else {}


@cache
def _lines_with(root: Path, path: str, name: str) -> tuple[str, ...]:
    file = root / path
    text = file.read_text() if file.exists() else ""
    return tuple({line.strip() for line in text.splitlines() if re.search(rf"\b{re.escape(name)}\b", line)})
