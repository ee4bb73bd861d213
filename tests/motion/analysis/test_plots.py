"""Pictures of the report: as large as they are said to be, everything in its place."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from motion.analysis import plots
from motion.analysis.plots import Line


def _read(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def _even(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((36, 64, 3), colour, np.uint8)


def test_a_sheet_shows_every_picture_in_its_row_and_keeps_its_shape() -> None:
    red, green, blue = _even((250, 0, 0)), _even((0, 250, 0)), _even((0, 0, 250))
    shown = _read(plots.sheet({"one": [red, green], "two": [blue, red]}, width=800))
    height, width = shown.shape[:2]
    assert abs(width - 800) <= 8
    assert abs(height / width - 2 * 36 / 64 * 0.88 / 2) < 0.02
    middles = [shown[int(height * y), int(width * x)] for y in (0.25, 0.75) for x in (0.34, 0.78)]
    assert [int(middle.argmax()) for middle in middles] == [0, 1, 2, 0]
    assert min(int(middle.max()) for middle in middles) > 240


def test_a_sheet_may_have_one_picture_in_a_row() -> None:
    shown = _read(plots.sheet({"one": [_even((250, 0, 0))], "two": [_even((0, 0, 250))]}, width=400))
    height, width = shown.shape[:2]
    assert abs(height / width - 2 * 36 / 64 * 0.88) < 0.02
    assert [int(shown[int(height * y), int(width * 0.55)].argmax()) for y in (0.25, 0.75)] == [0, 2]


def test_a_strip_is_rows_of_frames_side_by_side() -> None:
    red, blue = _even((250, 0, 0)), _even((0, 0, 250))
    shown = _read(plots.strip([[red, blue], [blue, red]], width=256))
    assert shown.shape == (144, 256, 3)
    assert [int(shown[y, x].argmax()) for y in (20, 120) for x in (20, 230)] == [0, 2, 2, 0]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Charts as they were before they became pictures."""
    found: list[Figure] = []

    def kept(figure: Figure) -> bytes:
        found.append(figure)
        return b""

    monkeypatch.setattr(plots, "_png", kept)
    return found


def test_pairs_stand_three_in_a_row_with_their_names_at_the_outer_edges(drawn: list[Figure]) -> None:
    panels = {str(number): ([1.0, 2.0, 4.0], [3.0, 2.0, 1.0]) for number in range(5)}
    plots.pairs(panels, ("gain", "loss"), "step")
    (figure,) = drawn
    left, right = figure.axes[::2], figure.axes[1::2]
    assert [axes.get_title() for axes in left] == ["0", "1", "2", "3", "4"]
    assert [axes.get_ylabel() for axes in left] == ["gain", "", "", "gain", ""]
    assert [axes.get_ylabel() for axes in right] == ["", "", "loss", "", ""]
    assert [axes.get_xlabel() for axes in left] == ["", "", "", "step", "step"]
    assert tuple(figure.get_size_inches()) == pytest.approx((9.6, 4.7))
    for axes, numbers in ((left[0], [1.0, 2.0, 4.0]), (right[0], [3.0, 2.0, 1.0])):
        (line,) = axes.lines
        assert list(line.get_xdata()) == [1, 2, 3]
        assert list(line.get_ydata()) == numbers
        assert axes.get_ylim()[0] == 0.0
    assert left[0].lines[0].get_color() == left[0].yaxis.label.get_color()
    assert left[0].lines[0].get_color() != right[0].lines[0].get_color()


def test_several_panels_have_one_scale_from_zero_and_one_legend(drawn: list[Figure]) -> None:
    rows = {"a": Line([0, 1], [1.0, 2.0]), "b": Line([0, 1], [4.0, 8.0])}
    plots.several({"first": rows, "second": {"a": rows["a"]}, "third": rows, "fourth": rows}, "frame", "size")
    (figure,) = drawn
    assert [axes.get_title() for axes in figure.axes] == ["first", "second", "third", "fourth", "", ""]
    assert [len(axes.lines) for axes in figure.axes] == [2, 1, 2, 2, 0, 0]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    assert figure.axes[1].get_ylim()[0] == 0.0
    assert figure.axes[1].get_ylim()[1] >= 8.0
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("frame", "size")


def test_one_line_needs_no_legend_and_two_do(drawn: list[Figure]) -> None:
    plots.lines({"alone": Line(range(20), range(20))}, "x", "y")
    plots.lines({"a": Line([0, 1], [1, 2], dashed=True), "b": Line([0, 1], [2, 3], colour=0)}, "x", "y")
    alone, both = (figure.axes[0] for figure in drawn)
    assert (alone.get_legend(), alone.get_xlabel(), alone.get_ylabel()) == (None, "x", "y")
    assert [text.get_text() for text in both.get_legend().get_texts()] == ["a", "b"]
    assert [line.get_linestyle() for line in both.lines] == ["--", "-"]
    assert both.lines[0].get_color() == both.lines[1].get_color()
    assert alone.lines[0].get_marker() == "None"
    assert [line.get_marker() for line in both.lines] == ["o", "s"]


@pytest.mark.parametrize(("count", "marked"), [(15, True), (16, False)])
def test_few_points_of_a_line_are_marked(drawn: list[Figure], count: int, marked: bool) -> None:
    plots.lines({"one": Line(range(count), range(count))}, "x", "y")
    assert (drawn[0].axes[0].lines[0].get_marker() != "None") == marked


def test_points_stand_in_panels_with_one_legend_at_the_last(drawn: list[Figure]) -> None:
    plots.scatters({"left": {"a": ([1.0], [2.0])}, "right": {"a": ([1.0], [2.0]), "b": ([3.0], [4.0])}}, "x", "y")
    plots.scatter({"only": ([1.0, 2.0], [2.0, 3.0])}, "x", "y")
    panels, single = drawn
    assert [axes.get_title() for axes in panels.axes] == ["left", "right"]
    assert [axes.get_ylabel() for axes in panels.axes] == ["y", ""]
    assert [axes.get_legend() is not None for axes in panels.axes] == [False, True]
    assert panels.get_size_inches()[0] == pytest.approx(8.4)
    assert single.axes[0].get_legend() is None
    assert single.axes[0].collections[0].get_offsets().tolist() == [[1.0, 2.0], [2.0, 3.0]]
