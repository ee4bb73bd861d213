"""One change in a copy of the tree, and the tests that may notice it; several at once, each in a copy of its own."""

from __future__ import annotations

import compileall
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

from tests.mutants.places import PACKAGES, Mutation

__all__ = ["LIBRARIES", "ROOT", "Outcome", "Tree", "Trees", "load_libraries", "within"]

ROOT = Path(__file__).parents[2]

_STARTING = 30.0  # seconds that Python, torch and pytest may take to begin
_SLOWER = 4.0  # a test that takes so many times its time has noticed
_ARGUMENTS = 400  # tests in one command
LIBRARIES = (
    "numpy", "scipy.ndimage", "scipy.optimize", "scipy.signal", "scipy.stats", "cv2", "PIL.Image", "skimage.data",
    "torch", "kornia", "ai_edge_litert.interpreter", "matplotlib.ft2font", "safetensors.torch", "diffusers",
    "onnxruntime", "sqlalchemy", "fastapi.testclient", "celery", "httpx", "num2words", "pytest", "hypothesis",
    "schemathesis.pytest.plugin",
)  # fmt: skip
"""What takes long to import and is not ours."""
_QUIETLY = ("-x", "-q", "--no-header", "--tb=no", "-W", "ignore::pytest.PytestAssertRewriteWarning")


@dataclass(frozen=True)
class Outcome:
    """``noticed``: whether a test failed; ``by``: which, or how else. ``ran`` of ``known`` tests were asked."""

    noticed: bool
    by: str
    ran: int
    known: int


def within(tests: Sequence[str], seconds: dict[str, float], most: float) -> list[str]:
    """The first of ``tests`` that together take at most ``most`` seconds, one at least."""
    chosen, spent = [], 0.0
    for test in tests[:_ARGUMENTS]:
        spent += seconds[test]
        if chosen and spent > most:
            break
        chosen.append(test)
    return chosen


class Tree:
    """A copy of the files of ``root`` that git knows, in a folder of its own, gone at the end of the block."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = Path()

    def __enter__(self) -> Tree:
        self.folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        told = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self._root,
            capture_output=True,
            check=True,
        )
        for name in filter(None, told.stdout.decode().split("\0")):
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (self._root / name).is_file():
                shutil.copy2(self._root / name, target)
        for package in (*PACKAGES, "tests"):
            compileall.compile_dir(self.folder / package, quiet=2)
        return self

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def attempt(self, mutation: Mutation, tests: Sequence[str], seconds: dict[str, float], most: float) -> Outcome:
        """Make the change, ask the tests, take it back."""
        chosen = within(tests, seconds, most)
        if not chosen:
            return Outcome(False, "no test runs it", 0, 0)
        file = self.folder / mutation.path
        original, times = file.read_bytes(), file.stat()
        file.write_bytes(mutation.applied(original))
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + 10**10))  # so that no compiled copy fits it
        try:
            by = self._failure(chosen, _STARTING + _SLOWER * sum(seconds[test] for test in chosen))
        finally:
            file.write_bytes(original)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        return Outcome(by != "", by, len(chosen), len(tests))

    def _failure(self, tests: Sequence[str], patience: float) -> str:
        """The test that failed, or what else went wrong; "" where all passed."""
        words = self.folder / "said.txt"
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _become_pytest(self.folder, words, tests)
        status = _ended(child, patience)
        if status is None:
            return "it never ends"
        if status == 0:
            return ""
        said = words.read_text(errors="replace").splitlines()
        failed = [line.split(" ")[1] for line in said if line.startswith(("FAILED ", "ERROR "))]
        return failed[0] if failed else f"pytest ended with {status}"


class Trees:
    """``count`` copies of the tree for as many threads."""

    def __init__(self, root: Path, count: int) -> None:
        self._trees = [Tree(root) for _ in range(count)]
        self._free: SimpleQueue[Tree] = SimpleQueue()
        self._open = ExitStack()

    def __enter__(self) -> Trees:
        for tree in self._trees:
            self._free.put(self._open.enter_context(tree))
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def attempt(self, mutation: Mutation, tests: Sequence[str], seconds: dict[str, float], most: float) -> Outcome:
        """As ``Tree.attempt``, in the first copy that is free."""
        tree = self._free.get()
        try:
            return tree.attempt(mutation, tests, seconds, most)
        finally:
            self._free.put(tree)


def load_libraries() -> None:
    """Import LIBRARIES once for all children."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in LIBRARIES:
            importlib.import_module(name)


def _become_pytest(folder: Path, words: Path, tests: Sequence[str]) -> NoReturn:
    """In a child: forget our own modules, and run ``tests`` as a process would that was started in ``folder``."""
    code = 3
    try:
        os.setsid()
        os.chdir(folder)
        file = words.open("w", buffering=1)
        sys.stdout = sys.stderr = file
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        for name in [name for name in sys.modules if name.partition(".")[0] in (*PACKAGES, "tests")]:
            del sys.modules[name]
        sys.path[:] = [str(folder), *(place for place in sys.path if place not in ("", str(ROOT)))]
        os.environ |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        sys.dont_write_bytecode = True
        import pytest

        code = int(pytest.main([*_QUIETLY, *tests]))
    finally:
        sys.stdout.flush()
        os._exit(code)


def _ended(child: int, patience: float) -> int | None:
    """The exit status of ``child``, None where it had to be killed; what it started is ended in any case."""
    deadline = time.monotonic() + patience
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        late = time.monotonic() > deadline
        if done or late:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        if done:
            return os.waitstatus_to_exitcode(status)
        if late:
            os.waitpid(child, 0)
            return None
        time.sleep(0.02)
