"""Figures of a drift: the statistics, the steps, the report."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MediaError
from avatar.core.progress import silent
from motion.analysis import research
from motion.analysis.analyse import analyse_film
from motion.analysis.measure import steps_of
from motion.analysis.report import Report, Table
from motion.analysis.research.__main__ import STAGES
from motion.analysis.research.page import filled, over_films, spread
from motion.analysis.statistics import fisher, mean_correlation, mean_interval, pearson, resampled
from tests.motion.films import Brightness, moving, write


def test_correlation_and_its_intervals() -> None:
    draw = np.random.default_rng(0)
    x = draw.standard_normal(400)
    y = 0.8 * x + 0.6 * draw.standard_normal(400)
    for interval in (fisher(x, y), resampled(x, y)):
        assert interval.low < 0.8 < interval.high and interval.positive
        assert interval.high - interval.low < 0.15 and interval.n == 400
    assert resampled(x, y) == resampled(x, y)
    assert not fisher(x, draw.standard_normal(400)).positive
    assert math.isnan(pearson(x, np.ones(400)))
    for count, undefined in ((3, True), (4, False)):
        for interval in (fisher(x[:count], y[:count]), resampled(x[:count], y[:count])):
            assert (math.isnan(interval.low), math.isnan(interval.high)) == (undefined, undefined)


def test_neighbours_that_are_alike_widen_the_interval() -> None:
    draw = np.random.default_rng(1)
    x, y = np.cumsum(draw.standard_normal((2, 200)), axis=1)
    alone, together = resampled(x, y, block=1), resampled(x, y, block=25)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_the_mean_of_runs_has_the_interval_of_runs() -> None:
    found = mean_correlation(np.array([0.5, 0.7, 0.6, 0.65]))
    assert found.n == 4
    assert (found.r, found.low, found.high) == pytest.approx((0.6177, 0.4673, 0.7334), abs=1e-4)
    mean = mean_interval(np.array([0.1, 0.2, 0.3]))
    assert (mean.mean, mean.low, mean.high) == pytest.approx((0.2, -0.0484, 0.4484), abs=1e-4)
    assert f"{mean:+.2f}" == "+0.20 [-0.05, +0.45]"
    assert spread(np.array([0.1, 0.25, 0.4]), 2) == "0.25 (0.10-0.40)"


def test_seeds_of_one_film_are_no_witnesses_of_their_own() -> None:
    films = np.array([[0.5], [0.7], [0.6], [0.65]])
    assert over_films(np.repeat(films, 3, axis=1)).n == 4
    thrice, once = over_films(np.repeat(films, 3, axis=1)), mean_correlation(films[:, 0])
    assert (thrice.r, thrice.low, thrice.high) == pytest.approx((once.r, once.low, once.high))


def test_a_film_that_shifts_is_explained_by_its_flow_and_one_that_darkens_is_not() -> None:
    noise = np.random.default_rng(0).random((9, 24, 3))
    wide = np.kron(noise, np.ones((4, 4, 1)))
    shifting = [(255 * wide[:, 3 * k : 3 * k + 64]).astype(np.uint8) for k in range(5)]
    darkening = [(255 * wide[:, :64] * (1.0 - 0.1 * k)).astype(np.uint8) for k in range(5)]
    shift, dark = (list(steps_of(frames, Brightness())) for frames in (shifting, darkening))
    assert len(shift) == 4 and [step.index for step in shift] == [1, 2, 3, 4]
    assert np.mean([step.flow for step in shift]) == pytest.approx(3.0, abs=0.8)
    assert min(step.explained for step in shift) > 0.4 > max(step.explained for step in dark)
    assert dark[-1].start_angle == pytest.approx(sum(step.angle for step in dark), rel=1e-3)
    assert dark[-1].start_pixels > dark[0].start_pixels == dark[0].pixels


def test_the_report_of_a_film_opens_offline_and_says_how_it_was_made(tmp_path: Path) -> None:
    film = write(tmp_path / "moving.mp4", moving(24))
    report = analyse_film(film, Brightness(), 8.0, None, "govorun drift analyse moving.mp4 --out r", silent())
    page = report.write(tmp_path / "r").read_text(encoding="utf-8")
    assert "govorun drift analyse moving.mp4 --out r" in page and "numpy" in page
    assert "http" not in page and page.count("data:image/png;base64,") == len(report.pictures) == 5
    with (tmp_path / "r" / "steps.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 23 and float(rows[3]["angle"]) > 0.0
    assert (tmp_path / "r" / "strip.png").exists() and (tmp_path / "r" / "summary.csv").exists()
    short = analyse_film(film, Brightness(), 8.0, 1.0, "", silent())
    assert len(short.long_tables[0].rows) == 8
    with pytest.raises(MediaError, match="too short"):
        analyse_film(film, Brightness(), 8.0, 0.25, "", silent())


def test_what_comes_from_outside_is_text_on_the_page(tmp_path: Path) -> None:
    page = Report("<b>drift</b>", "rm & <x>", ["<i>"], [Table("t", ("<c>",), [("<v>",)])]).write(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert not any(sign in text for sign in ("<b>", "<x>", "<i>", "<c>", "<v>"))


def test_tables_of_the_research_page_are_filled_between_their_marks() -> None:
    table = Table("found", ("a", "b"), [("x", 0.5)])
    page = "before\n<!-- table: found -->\nold\n<!-- end -->\nafter\n"
    done = filled(page, table)
    assert done == "before\n<!-- table: found -->\n| a | b |\n| --- | --- |\n| x | 0.500 |\n<!-- end -->\nafter\n"
    assert filled("nothing", table) == "nothing"


def test_every_table_and_figure_of_the_research_is_on_the_page() -> None:
    docs, rooms = Path(__file__).parents[3] / "docs", Path(research.__file__).parent
    page, code = (docs / "research.md").read_text(encoding="utf-8"), "".join(p.read_text() for p in rooms.glob("*.py"))
    tables, figures = (set(re.findall(each, code)) for each in (r'Table\(\s*"([a-z-]+)"', r'"(research-[a-z-]+)"'))
    assert len(tables) >= len(STAGES) and tables == set(re.findall(r"<!-- table: ([a-z-]+) -->\n\| ", page))
    assert figures == set(re.findall(r"\(pictures/(research-[a-z-]+)\.png\)", page))
    assert all((docs / "pictures" / f"{name}.png").exists() for name in figures)
