"""Whole renders: every picture is drawn anew, parts add up to the whole, stages follow each other."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from avatar.core.errors import EngineError
from orchestrator.bench.parts import DRAWN, PARTS, REST, SAMPLING
from orchestrator.bench.render import (
    STAGES,
    Run,
    forget_drawn,
    parts_of,
    render,
    script_of,
    slope,
    stages_of,
)
from orchestrator.bench.tree import Noise, Tree, between
from orchestrator.video.folder import segments_of

PLACE = (
    "--speech-engine",
    "tone",
    "--face-engine",
    "still",
    "--backdrop",
    "#203040",
    "--size",
    "128x128",
    "--fps",
    "10",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def runs(small_portrait_png: Path, folder: Path) -> list[Run]:
    """The same words twice in one cache folder, the second time with parts."""
    return [render("Good morning.", small_portrait_png, folder, PLACE, 1, sample) for sample in (False, True)]


def test_what_was_drawn_before_is_drawn_again(runs: list[Run]) -> None:
    first, second = runs
    assert first.frames == second.frames > 5
    assert 0.0 < second.processes["encode pictures"] < 10 * first.processes["encode pictures"]
    assert second.encode[-3:-1] == first.encode[-3:-1] and "libx264" in second.encode


def test_a_render_from_what_was_kept_is_no_measurement(
    runs: list[Run], small_portrait_png: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.bench.render.forget_drawn", lambda cache: None)
    with pytest.raises(EngineError, match="0 of 1 segments were drawn"):
        render("Good morning.", small_portrait_png, folder, PLACE, 1)


@pytest.mark.parametrize("words", ["Good morning.", script_of(30)])
def test_pictures_of_other_processes_are_seen(small_portrait_png: Path, tmp_path: Path, words: str) -> None:
    """One that leads draws a short video alone, and a long one beside this process."""
    run = render(words, small_portrait_png, tmp_path, PLACE, 2)
    assert "libx264" in run.encode
    assert run.stages[STAGES[0]][0] < run.first_frame < run.wall
    assert run.processes["worker"] > 0.0
    assert ("encode pictures" in run.processes) == (len(segments_of(run.frames)) > 1)
    assert sorted(path.name for path in tmp_path.glob("report*")) == ["report.json"]


def test_the_parts_of_a_render_add_up_to_all_that_its_processors_worked(runs: list[Run]) -> None:
    plain, sampled = runs
    assert plain.parts == {} and plain.looks == 0
    assert sum(sampled.parts.values()) == pytest.approx(sampled.processor, abs=1e-6)
    assert set(sampled.parts) <= {*PARTS, SAMPLING}
    assert sampled.looks > 20 and sampled.parts["encoder"] == sampled.processes["encode pictures"]
    assert sampled.parts["loading libraries"] > sampled.parts["encoder"] > 0.0
    assert abs(sampled.parts[REST]) < 0.4 * sampled.processor


def test_the_stages_of_a_render_follow_each_other(runs: list[Run]) -> None:
    for run in runs:
        assert tuple(run.stages) == STAGES
        assert sum(wall for wall, _ in run.stages.values()) == pytest.approx(run.wall)
        assert sum(cpu for _, cpu in run.stages.values()) == pytest.approx(run.processor)
        assert run.stages[STAGES[0]][0] < run.first_frame < run.wall
        assert run.peak_mb > 50.0 and run.load >= 0.0 and 0.0 <= run.others <= 1.0


def test_kept_segments_and_sentences_go_and_nothing_else(tmp_path: Path) -> None:
    for name in ("segments", "sentences", "portraits", "backdrops"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").touch()
    forget_drawn(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backdrops", "portraits"]
    forget_drawn(tmp_path)


def test_a_command_that_fails_is_told(small_portrait_png: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="The render ended with"):
        render("Hello.", small_portrait_png, tmp_path, ("--size", "nonsense"))


def test_parts_of_own_and_other_processes_and_the_rest_make_the_whole() -> None:
    processes = [("encode pictures", "encoder", 2.0), ("join", "joining", 0.5), ("encode pictures", "encoder", 1.0)]
    parts = parts_of({"face": 4.0, REST: 0.25}, processes, 8.0)
    assert parts == {"face": 4.0, "encoder": 3.0, "joining": 0.5, REST: 0.5}
    assert {"face", "encoder"} <= set(DRAWN)


def test_stages_are_cut_at_their_marks() -> None:
    spent = [(0.0, 0.0), (4.0, 2.0), (10.0, 14.0), (12.0, 15.0)]
    stages = stages_of(spent, {"drawing": 4.0, "joining": 10.0}, 0.0, 12.0)
    assert stages == {STAGES[0]: (4.0, 2.0), STAGES[1]: (6.0, 12.0), STAGES[2]: (2.0, 1.0)}
    assert stages_of(spent, {"drawing": 7.0}, 0.0, 12.0) == {STAGES[0]: (7.0, 8.0), STAGES[1]: (5.0, 7.0)}


def test_processor_time_between_looks_lies_on_a_line() -> None:
    spent = [(1.0, 0.0), (2.0, 3.0), (3.0, 3.0)]
    assert between(spent, 1.5, 2.5) == pytest.approx(1.5)
    assert between(spent, 0.0, 9.0) == pytest.approx(3.0)
    assert between(spent, 2.0, 2.0) == 0.0


def test_slope_is_what_one_more_costs(runs: list[Run]) -> None:
    from dataclasses import replace

    short, long = replace(runs[0], wall=10.0, frames=100), replace(runs[0], wall=13.0, frames=160)
    assert slope(short, long, lambda run: run.wall, lambda run: run.frames) == pytest.approx(0.05)


def test_scripts_are_as_long_as_their_names() -> None:
    assert len(script_of(600)) > 9.5 * len(script_of(60)) > 40 * len(script_of(10)) / 1.5
    assert script_of(60) == script_of(60) != script_of(10)


def test_a_tree_counts_children_of_children_and_their_memory() -> None:
    inner = "import time; b = bytearray(60_000_000); e = time.process_time() + 0.4\nwhile time.process_time() < e: pass"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    before = sum(os.times()[2:4])
    with subprocess.Popen([sys.executable, "-c", outer]) as process:
        tree = Tree(process.pid)
        tree.start()
        process.wait()
    tree.finish(sum(os.times()[2:4]) - before)
    assert tree.peak_mb > 60.0
    assert tree.spent[-1][1] >= 0.4
    assert tree.spent == sorted(tree.spent)


def test_others_are_those_that_are_not_ours() -> None:
    noise = Noise()
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass
    own = Noise()
    own._own -= 1000.0  # as if the processors had done more for us than anybody did
    assert own.others() == 0.0 and 0.0 <= noise.others() <= 1.0
