"""A process that makes one video: another one loads from the start what draws, and draws, while it speaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from avatar.core.errors import EngineError, OptionError
from avatar.core.program import run_ffmpeg
from avatar.core.progress import silent
from orchestrator import render
from orchestrator.settings import load_settings
from orchestrator.video.folder import WorkFolder
from orchestrator.video.place import Place, Step
from orchestrator.video.prepare import plans_without_torch
from orchestrator.video.render_crew import hired, render_side_by_side
from orchestrator.video.request import request_of

WORKERS = 2
PLAIN = {"speech_engine": "tone", "backdrop": "#203040", "size": "128x128", "fps": 10, "measure": "none"}
WORDS = "One two three. "


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests have planned and drawn is not there."""
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path_factory.mktemp("cache")))


def _by_command(
    output: Path, photo: Path, words: str, workers: int = WORKERS, **options: object
) -> subprocess.CompletedProcess[str]:
    """``govorun render`` in a process of its own, which tells what it has loaded."""
    code = (
        "import sys\n"
        "from orchestrator.cli.main import run\n"
        "status = run(sys.argv[1:])\n"
        "print('torch' in sys.modules)\n"
        "sys.exit(status)\n"
    )
    told = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return subprocess.run(
        [
            *(sys.executable, "-c", code, "render", "--quiet", "--text", words),
            *("--photo", str(photo), *told, "-o", str(output)),
        ],
        env={**os.environ, "GOVORUN_WORKERS": str(workers), "GOVORUN_DEVICE": "cpu"},
        capture_output=True,
        text=True,
    )


def _forget_drawn() -> None:
    shutil.rmtree(load_settings().segments)


def _packets(path: Path) -> bytes:
    """A hash of every packet of picture and sound."""
    hashed = run_ffmpeg(["-i", str(path), "-map", "0", "-c", "copy", "-f", "streamhash", "-hash", "md5", "-"])
    assert hashed.returncode == 0
    return hashed.stdout


@pytest.mark.parametrize(("length", "loads"), [(1, False), (16, True)])
def test_the_process_that_speaks_loads_torch_only_where_all_cores_draw(
    portrait_png: Path, tmp_path: Path, length: int, loads: bool
) -> None:
    words, plain = WORDS * length, {**PLAIN, "fps": 25}
    done = _by_command(tmp_path / "alone.mp4", portrait_png, words, **plain)
    assert (done.returncode, done.stdout.strip()) == (0, str(loads)), done.stderr
    _forget_drawn()
    render(text=words, photo=portrait_png, output=tmp_path / "one.mp4", **plain)
    assert _packets(tmp_path / "alone.mp4") == _packets(tmp_path / "one.mp4")


def test_with_one_core_nothing_is_loaded_beside(portrait_png: Path, tmp_path: Path) -> None:
    done = _by_command(tmp_path / "a.mp4", portrait_png, WORDS, workers=1, **PLAIN)
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr


def test_a_backdrop_that_was_planned_before_is_read_without_torch(portrait_png: Path, tmp_path: Path) -> None:
    place = {**PLAIN, "backdrop": "calm ocean", "backdrop_engine": "painted"}
    request = request_of(text=WORDS, photo=portrait_png, **place)
    work, backdrops = WorkFolder.create(tmp_path / "0", request), load_settings().backdrops
    assert not plans_without_torch("backdrop", work, "cpu", backdrops)
    render(text=WORDS, photo=portrait_png, output=tmp_path / "one.mp4", **place)
    assert plans_without_torch("backdrop", work, "cpu", backdrops)
    assert not plans_without_torch("backdrop", work, "cpu", None)
    _forget_drawn()
    done = _by_command(tmp_path / "a.mp4", portrait_png, WORDS, **place)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
    assert _packets(tmp_path / "a.mp4") == _packets(tmp_path / "one.mp4")


def test_what_the_other_process_finds_wrong_is_told_as_if_it_were_this_one(portrait_png: Path, tmp_path: Path) -> None:
    place = {**PLAIN, "backdrop": "calm ocean"}
    done = _by_command(tmp_path / "a.mp4", portrait_png, WORDS, **place, backdrop_option="steps=0")
    with pytest.raises(OptionError) as here:
        render(text=WORDS, photo=portrait_png, output=tmp_path / "b.mp4", **place, backdrop_option={"steps": "0"})
    assert done.returncode == OptionError.exit_code
    assert done.stderr.strip().splitlines()[-1] == f"govorun: {here.value}"
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_ended_before_it_was_asked_is_not_waited_for(small_portrait_png: Path, tmp_path: Path) -> None:
    request = request_of(text=WORDS, photo=small_portrait_png, **PLAIN)
    WorkFolder.create(tmp_path / "0", request)
    with hired(Place(tmp_path, (request,), "cpu"), 1, leads=True) as crew:
        (child,) = crew.children
        child._process.kill()
        child._reader.join(30.0)
        with pytest.raises(EngineError, match="ended with status -9"):
            crew.run(Step("backdrop"), silent())


def test_a_crew_that_cannot_grow_leaves_no_process_behind(
    small_portrait_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_of(text=WORDS, photo=small_portrait_png, **PLAIN)
    WorkFolder.create(tmp_path / "0", request)
    place = Place(tmp_path, (request,), "cpu")
    with hired(place, 1, leads=True) as crew:
        (child,) = crew.children

        def hire(size: int) -> None:
            raise EngineError("No process can be started.")

        monkeypatch.setattr(crew, "hire", hire)
        with pytest.raises(EngineError, match="No process"):
            render_side_by_side(place, {Step("segment"): 10}, 2, silent(), crew)
        assert child._process.poll() is not None
        assert crew.children == []
