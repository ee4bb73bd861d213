"""The walls of the house: who may import whom, and what a door may load before it is needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL_LIBRARIES = ("torch", "kornia", "ai_edge_litert", "onnxruntime", "cv2", "piper", "transformers", "numba")


def test_import_contracts_hold() -> None:
    """In a process of its own: import-linter silences every logger that exists."""
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "from orchestrator.cli.main import build_parser; build_parser()",
        "from orchestrator.settings import load_settings; load_settings()",
        "from orchestrator.jobs import storage, table; from orchestrator.video import request, steps",
        "import avatar, avatar.core.types, speech, motion, avatar.face, avatar.compose",
    ],
)
def test_doors_open_without_model_libraries(statement: str) -> None:
    code = f"import sys; {statement}; print(sorted(set({MODEL_LIBRARIES!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_a_face_is_planned_without_torch_where_that_is_said() -> None:
    code = (
        "import sys\n"
        "from avatar.face import ENGINES, PLANS_WITHOUT_TORCH\n"
        "for engine in PLANS_WITHOUT_TORCH:\n"
        "    ENGINES.resolve(engine)().card()\n"
        "print('torch' in sys.modules)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "False"


_SLOW = (*MODEL_LIBRARIES, "diffusers", "scipy", "sqlalchemy", "celery", "fastapi", "PIL", "rich")


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["--help"], ()),
        (["render", "--help"], ()),
        (["models"], ()),
        (["verify", "pyproject.toml"], ()),
        (["voices"], ("onnxruntime", "piper")),
    ],
)
def test_a_light_command_loads_only_what_it_needs(words: list[str], needed: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from orchestrator.cli.main import run\n"
        "try:\n"
        f"    run({words!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        f"print('loaded:', sorted(set({_SLOW!r}) & set(sys.modules)))\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.rstrip().rpartition("loaded: ")[2] == str(sorted(needed))


def test_importing_opens_no_connection() -> None:
    code = (
        "import sys\n"
        "def watch(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        raise SystemExit(f'{event} {arguments}')\n"
        "sys.addaudithook(watch)\n"
        "import importlib, pkgutil\n"
        "for room in ('avatar', 'speech', 'motion', 'orchestrator'):\n"
        "    package = importlib.import_module(room)\n"
        "    for module in pkgutil.walk_packages(package.__path__, room + '.'):\n"
        "        importlib.import_module(module.name)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line.partition("#")[0].strip() for line in (ROOT / "requirements.lock").read_text().splitlines()]
    locked = {line.partition("==")[0].lower().replace("_", "-") for line in lines if line}
    wanted = [
        *project["dependencies"],
        *(r for extra in ("service", "test") for r in project["optional-dependencies"][extra]),
    ]
    names = {_name(requirement) for requirement in wanted} - {"govorun", "pip"}  # pip installs the others
    assert names <= locked
    assert not [line for line in lines if "+cpu" in line]


def test_every_data_file_is_packaged() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    rooms = [ROOT / room for room in ("avatar", "speech", "motion", "orchestrator")]
    files = [path for room in rooms for path in room.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    data = [path for path in files if path.suffix != ".py"]
    assert len(data) >= 3
    assert not [path for path in data if not any(path.match(pattern) for pattern in patterns)]


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~\[ ;]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_functions_and_files_stay_small() -> None:
    too_long = []
    for path in sorted(
        path for room in ("avatar", "speech", "motion", "orchestrator") for path in (ROOT / room).rglob("*.py")
    ):
        source = path.read_text()
        if source.count("\n") >= 450:
            too_long.append(f"{path.relative_to(ROOT)}: {source.count(chr(10))} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno - node.lineno >= 60:
                too_long.append(
                    f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
                )
    assert not too_long
