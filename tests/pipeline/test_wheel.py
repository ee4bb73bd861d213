"""The wheel alone makes a video: no checkout, an empty folder, an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from avatar.core.media import probe
from avatar.core.places import cache_folder
from avatar.core.types import Size
from avatar.core.weights import locate

ROOT = Path(__file__).parents[2]
SOURCES = ("avatar", "speech", "motion", "orchestrator")
FILES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, since building writes into them."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / "source" / name)
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
         "--wheel-dir", str(folder), str(folder / "source"))  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command ``govorun`` of an environment that has the wheel, and sees this one's packages but not its checkout.

    A line of a .pth file adds a folder without reading the .pth files in it, so no editable install comes along.
    """
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    paths = {key: Path(path) for key, path in sysconfig.get_paths(vars={"base": str(folder)}).items()}
    (paths["purelib"] / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--prefix", str(folder),
         "--ignore-installed", "--no-warn-script-location", str(wheel))  # fmt: skip
    command = paths["scripts"] / "govorun"
    lines = command.read_text().splitlines(keepends=True)
    command.write_text("".join([f"#!{paths['scripts'] / 'python'}\n", *lines[1:]]))
    return command


def _run(*command: str | Path, **options: object) -> str:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert result.returncode == 0, result.stderr[-2000:]
    return str(result.stdout)


def _alone(tmp_path: Path, **more: str) -> dict[str, object]:
    """Options of a call that knows nothing of this checkout and of the user's caches."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GOVORUN_", "VIRTUAL_ENV"))
    }
    (tmp_path / "empty").mkdir(exist_ok=True)
    return {"cwd": tmp_path / "empty", "env": {**kept, "GOVORUN_CACHE": str(tmp_path / "cache"), **more}}


def test_the_wheel_holds_the_product_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    described = {name for name in names if ".dist-info/" in name}
    assert {name.partition("/")[0] for name in names - described} == set(SOURCES)
    data = [path for source in SOURCES for path in (ROOT / source).rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in data if "__pycache__" not in path.parts}
    assert wanted == names - described
    assert any(name.endswith("licenses/LICENSE") for name in described)


def test_a_first_video_without_networks_and_index_says_what_to_do(
    program: Path, portrait_png: Path, tmp_path: Path
) -> None:
    nowhere = _alone(tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path), PIP_CONFIG_FILE=os.devnull)
    words = ["render", "--text", "Hi.", "--photo", str(portrait_png), "-o", str(tmp_path / "hi.mp4")]
    words += ["--speech-engine", "tone", "--backdrop", "#203040"]
    result = subprocess.run([str(program), *words], capture_output=True, text=True, check=False, **nowhere)  # type: ignore[call-overload]
    assert result.returncode == 8
    assert "PIP_FIND_LINKS" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "hi.mp4").exists()


def test_the_wheel_alone_makes_a_video(program: Path, portrait_png: Path, tmp_path: Path) -> None:
    options = _alone(tmp_path)
    where = "import avatar, orchestrator, sys; print(avatar.__file__, orchestrator.__file__, sys.prefix)"
    places = _run(program.parent / "python", "-c", where, **options)
    assert str(ROOT / "avatar") not in places
    assert places.count(str(program.parents[1])) == 3
    beside = program.parents[1] / "share" / "govorun" / "weights"
    beside.mkdir(parents=True, exist_ok=True)
    shutil.copytree(locate("face", cache_folder()), beside / "face")
    words = ["render", "--text", "Hello there.", "--photo", str(portrait_png), "--backdrop", "calm ocean at dusk"]
    _run(program, *words, "--size", "192x192", "--fps", "10", "-o", tmp_path / "hello.mp4", **options)
    video = probe(tmp_path / "hello.mp4")
    assert video.size == Size(192, 192)
    frames = json.loads((tmp_path / "hello.json").read_text())["frames"]
    assert video.seconds == pytest.approx(frames / 10, abs=0.15)
    assert not list((tmp_path / "empty").iterdir())
