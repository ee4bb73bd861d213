"""The figures of a film and of a backdrop: which frames are looked at, what is told of them, scenario by scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar.core.errors import MediaError
from avatar.core.progress import Progress, silent
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.analysis import plots
from motion.analysis.analyse import _Kept, _report, _summed, analyse_backdrop, analyse_film, column
from motion.analysis.measure import Step
from motion.options import BackdropOptions, Influence
from tests.motion.films import Brightness, moving, write


class Darkening:
    """A backdrop that darkens by a step a frame; the scenario says how large the step is."""

    def __init__(self) -> None:
        self.planned: list[str] = []
        self.opened: list[tuple[Size, float, str]] = []
        self.drawn: list[int] = []

    def card(self) -> EngineCard:
        return EngineCard("darkening", "1", "Apache-2.0")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        scenario = options.influence.scenario if options.influence else "none"
        self.planned.append(scenario)
        progress(1.0, "planned")
        steps = {"none": 0.01, "A0": 0.006, "A1": 0.012, "B1": 0.018, "B2": 0.024}
        return BackdropPlan("darkening", 4.0, {}, {"step": steps[scenario]}, "")

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> Darkening:
        self.opened.append((size, fps, device))
        self.step, self.size = float(plan.settings["step"]), size
        return self

    def frame(self, index: int) -> torch.Tensor:
        self.drawn.append(index)
        return torch.full((3, self.size.height, self.size.width), 0.9 - self.step * index * (1 + index % 2))


@pytest.fixture(autouse=True)
def charts(monkeypatch: pytest.MonkeyPatch) -> dict[bytes, tuple[Any, ...]]:
    """What each chart is given, by the bytes that stand for it: drawing them takes a second each."""
    given: dict[bytes, tuple[Any, ...]] = {}

    def kept(*arguments: Any) -> bytes:
        given[name := f"chart {len(given)}".encode()] = arguments
        return name

    for name in ("scatter", "lines", "strip", "sheet"):
        monkeypatch.setattr(plots, name, kept)
    return given


def steps(count: int) -> list[Step]:
    rows = np.arange(1, count + 1)
    columns = np.stack([0.5 + 0.1 * rows % 0.3, 1.0 - 0.01 * rows, (7.0 * rows) % 11, 2.0 * rows, 3.0 * rows])
    return [Step(int(k), *map(float, one), 1.0, 0.5, 0.25) for k, one in zip(rows, columns.T, strict=True)]


def test_what_is_said_of_steps_is_what_they_are() -> None:
    rows = steps(10)
    report = _report("Drift of it", "do it", rows, 4.0)
    assert (report.title, report.command) == ("Drift of it", "do it")
    assert report.sentences[0] == "10 steps at 4 frames a second."
    assert report.sentences[1].startswith("Embedding change and pixel change: r = ")
    assert report.sentences[1].endswith(", not shown to be positive.")
    assert report.sentences[2] == "The drift ends 4.00° from its start; the furthest it walked is 10.00°."
    (summary,), (long,) = report.tables, report.long_tables
    assert (summary.name, summary.columns) == ("summary", ("of each step", "mean", "sd", "least", "most"))
    assert [row[0] for row in summary.rows] == [
        "angle between neighbours, degrees", "cosine of neighbours", "change of the pixels, of 255",
        "length of the optical flow, pixels", "change that the flow leaves, of 255", "share that the flow explains",
    ]  # fmt: skip
    assert list(summary.rows[1]) == ["cosine of neighbours", "0.94500", "0.02872", "0.90000", "0.99000"]
    assert list(summary.rows[2]) == ["change of the pixels, of 255", "11.000", "5.745", "2.000", "20.000"]
    assert (long.name, long.columns, len(long.rows)) == ("steps", Step.names(), 10)
    assert long.rows[3][0] == 4 and long.rows[3][4] == 8.0
    assert list(report.pictures) == ["angle-and-pixels", "angle-of-each-step", "walked-from-the-start", "optical-flow"]


def test_charts_show_the_columns_that_they_name(charts: dict[bytes, tuple[Any, ...]]) -> None:
    rows = steps(10)
    report, seconds = _report("t", "c", rows, 4.0), np.arange(1, 11) / 4.0
    points, across, down = charts[report.pictures["angle-and-pixels"]]
    assert (across, down) == ("angle of a step, degrees", "change of the pixels, of 255")
    assert np.array_equal(points["steps"], [column(rows, "angle"), column(rows, "pixels")])
    for name, told, key, values in (
        ("angle-of-each-step", "angle of a step, degrees", "angle", column(rows, "angle")),
        ("walked-from-the-start", "degrees from the start", "away", column(rows, "start_angle")),
        ("optical-flow", "share of the change that it explains", "explained", column(rows, "explained")),
    ):
        lines, across, down = charts[report.pictures[name]]
        assert (across, down, list(lines)) == ("seconds", told, [key])
        assert np.array_equal(lines[key].x, seconds) and np.array_equal(lines[key].y, values)


def test_steps_that_go_together_are_told_to() -> None:
    rows = [Step(k, a, 1.0, 0.0, 10.0 * a, 0.0, 0.0, 0.0, 0.0) for k, a in enumerate(0.1 + 0.05 * (np.arange(12) % 5))]
    assert "positive: the interval is above 0." in _report("t", "c", rows, 8.0).sentences[1]
    assert _summed("angle", np.array([1.0, 2.0])) == (
        "angle between neighbours, degrees", "1.500", "0.500", "1.000", "2.000",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "shown"), [(3, [0, 1, 2]), (16, [0, 2, 4, 6, 8, 10, 12, 14]), (20, list(range(0, 16, 2)))]
)
def test_a_strip_has_eight_frames_spread_over_the_way(count: int, shown: list[int]) -> None:
    kept = _Kept(count)
    frames = [np.full((36, 64, 3), 10 * k, np.uint8) for k in range(count)]
    passed = list(kept.passing(iter(frames)))
    assert all(one is two for one, two in zip(passed, frames, strict=True))
    assert [int(frame[0, 0, 0]) // 10 for frame in kept.frames] == shown
    assert {frame.shape for frame in kept.frames} == {(90, 160, 3)}


def test_a_film_is_measured_to_the_second_that_is_asked_for(
    tmp_path: Path, charts: dict[bytes, tuple[Any, ...]]
) -> None:
    film = write(tmp_path / "moving.mp4", moving(24))
    told: list[tuple[float, str]] = []
    report = analyse_film(film, Brightness(), 8.0, 1.5, "again", Progress(lambda f, m: told.append((f, m))))
    assert (report.title, report.command) == ("Drift of moving.mp4", "again")
    assert [row[0] for row in report.long_tables[0].rows] == list(range(1, 13))
    assert told[0] == (pytest.approx(1 / 12), "measuring the film")
    assert told[5][0] == pytest.approx(0.5) and told[-1] == (1.0, "measured")
    assert list(report.pictures)[-1] == "strip"
    ((strip,),) = charts[report.pictures["strip"]]
    assert len(strip) == 8 and {frame.shape for frame in strip} == {(90, 160, 3)}
    assert len(analyse_film(film, Brightness(), 8.0, 99.0, "", silent()).long_tables[0].rows) == 23
    assert len(analyse_film(film, Brightness(), 8.0, 0.5, "", silent()).long_tables[0].rows) == 4
    with pytest.raises(
        MediaError, match=r"moving.mp4 is too short to move anything: use one of at least 0.625 seconds"
    ):
        analyse_film(film, Brightness(), 8.0, 0.375, "", silent())


def test_a_backdrop_is_measured_as_it_is_drawn() -> None:
    engine, told = Darkening(), list[tuple[float, str]]()
    options = BackdropOptions(Size(320, 180), "calm ocean")
    sink = Progress(lambda f, m: told.append((round(f, 4), m)))
    report = analyse_backdrop(engine, options, Brightness(), 8.0, 2.0, "again", sink)
    assert report.title == "Drift of 'calm ocean'"
    assert (engine.opened, engine.drawn) == ([(Size(64, 36), 8.0, "cpu")], list(range(16)))
    assert len(report.long_tables[0].rows) == 15 and "strip" in report.pictures and len(report.tables) == 1
    assert told[0] == (0.175, "planned") and told[-1] == (1.0, "measured")
    assert told[-2] == (round(0.25 * (0.7 + 0.3 * 15 / 16), 4), "measuring the backdrop")
    engine.drawn.clear()
    analyse_backdrop(engine, options, Brightness(), 8.0, 0.1, "", silent())
    assert engine.drawn == list(range(5))
    engine.drawn.clear()
    analyse_backdrop(engine, options, Brightness(), 2.0, None, "", silent())
    assert engine.drawn == list(range(24))


def test_every_scenario_is_drawn_once_and_stands_beside_the_film(
    tmp_path: Path, charts: dict[bytes, tuple[Any, ...]]
) -> None:
    film = write(tmp_path / "moving.mp4", moving(24))
    options = BackdropOptions(Size(320, 180), "calm ocean", influence=Influence(film, scenario="B1"))
    engine = Darkening()
    report = analyse_backdrop(engine, options, Brightness(), 8.0, 2.0, "again", silent())
    assert engine.planned == ["B1", "A0", "A1", "B2"]
    summary, table = report.tables
    assert summary.name == "summary" and table.name == "scenarios"
    assert table.columns == (
        "scenario", "cosine of neighbours", "change of the pixels, of 255",
        "r of film steps and picture steps [95 %]", "angle of a step, of the film's",
    )  # fmt: skip
    assert [row[0] for row in table.rows] == ["A0", "A1", "B1", "B2"]
    pixels = [row[2] for row in table.rows]
    assert isinstance(pixels[0], float)
    assert np.allclose(np.array(pixels, float) / pixels[0], [1.0, 2.0, 3.0, 4.0], rtol=0.08)
    shares = np.array([row[4] for row in table.rows], float)
    assert np.allclose(shares / shares[0], [1.0, 2.0, 3.0, 4.0], rtol=0.08) and shares[0] > 0.1
    assert all("[" in str(row[3]) and len(str(row[1]).split(".")[1]) == 5 for row in table.rows)
    assert "film-and-scenarios" in report.pictures and "strip" not in report.pictures
    (strips,) = charts[report.pictures["film-and-scenarios"]]
    assert {name: len(shown) for name, shown in strips.items()} == dict.fromkeys(["film", "A0", "A1", "B1", "B2"], 8)
    assert strips["B2"][-1].mean() < strips["B1"][-1].mean() < strips["A0"][-1].mean()
