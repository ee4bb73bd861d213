"""A plugin of pytest that writes down which lines of the product each test runs, and how long it takes.

    MUTANTS_RECORD=FILE python -m pytest -p tests.mutants.recorder tests/motion/test_drift.py

Lines that run while something shared is set up count for every test of the file: any of them may be the one that looks
at it.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest
from coverage.exceptions import CoverageWarning

from tests.mutants.places import PACKAGES, functions_of

__all__: list[str] = []

_RECORD = "MUTANTS_RECORD"


def pytest_configure(config: pytest.Config) -> None:
    """Begin before the product is imported."""
    config.pluginmanager.register(_Recorder(config.rootpath, Path(os.environ[_RECORD])), "mutants-recorder")


class _Recorder:
    def __init__(self, root: Path, target: Path) -> None:
        self._root, self._target = root, target
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()
        include = [str(root / package / "*") for package in PACKAGES]
        self._coverage = coverage.Coverage(data_file=None, include=include, config_file=False)
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(f"{item.nodeid}|setup")
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(f"{item.nodeid}|call")
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        try:
            return (yield)
        finally:
            self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration
        if report.outcome != "passed":
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        tests = sorted(set(self._seconds) - self._failed)
        files = self._lines_by_file({test: number for number, test in enumerate(tests)})
        told = {"tests": [[test, round(self._seconds[test], 3)] for test in tests], "files": files}
        self._target.write_text(json.dumps(told))

    def _lines_by_file(self, numbers: dict[str, int]) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CoverageWarning)  # other processes may do all
            data = self._coverage.get_data()
        found = {}
        for name in data.measured_files():
            source = Path(name).read_bytes()
            functions = functions_of(source)
            lines: dict[str, list[int]] = {}
            shared: set[int] = set()
            for line, contexts in data.contexts_by_lineno(name).items():
                split = [context.rpartition("|") for context in contexts if context]
                lines[str(line)] = sorted({numbers[test] for test, _, _ in split if test in numbers})
                shared |= {line} if any(phase == "setup" for _, _, phase in split) else set()
            text = source.splitlines()
            # where threads end, the tracer may count lines of a library for ours
            told = {
                line: tests
                for line, tests in lines.items()
                if (tests or int(line) in shared) and int(line) <= len(text)
            }
            path = Path(name).relative_to(self._root).as_posix()
            found[path] = {
                "lines": told,
                "shared": sorted(shared),
                "functions": sorted({functions.get(int(line), "") for line in told}),
                "text": {line: text[int(line) - 1].decode().strip() for line in told},
            }
        return found
