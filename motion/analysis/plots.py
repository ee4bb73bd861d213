"""Charts and sheets as PNG bytes: the same input gives the same picture."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Line", "lines", "pairs", "scatter", "scatters", "several", "sheet", "strip"]

_SIZE = (7.2, 3.8)
_DPI = 120
_FONT = 9.5
_COLOURS = ("#2f6f9f", "#c8553d", "#588b4c", "#8a5aa8", "#b98a2e", "#4a4f55")
_MARKS = "osD^vP"
Row = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Line:
    """``y`` over ``x``; ``colour``: its number, its own by default."""

    x: Row
    y: Row
    colour: int | None = None
    dashed: bool = False


def lines(rows: Mapping[str, Line], across: str, up: str) -> bytes:
    """Each row as a line; their names stand beside the chart where there are more than one."""
    figure, (axes,) = _axes(1, across, up)
    for k, (name, row) in enumerate(rows.items()):
        colour, few = _colour(k if row.colour is None else row.colour), len(row.x) < 16
        axes.plot(row.x, row.y, color=colour, label=name, linewidth=1.5, linestyle="--" if row.dashed else "-",
                  marker=_MARKS[k % len(_MARKS)] if few else None, markersize=4.5)  # fmt: skip
    if len(rows) > 1:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _png(figure)


def scatter(rows: Mapping[str, tuple[Row, Row]], across: str, up: str) -> bytes:
    """Each row (x, y) as points with its name."""
    return scatters({"": rows}, across, up)


def scatters(panels: Mapping[str, Mapping[str, tuple[Row, Row]]], across: str, up: str) -> bytes:
    """Panels side by side under their titles; each row (x, y) of a panel as points with its name."""
    figure, axes = _axes(len(panels), across, up)
    for place, (title, rows) in zip(axes, panels.items(), strict=True):
        place.set_title(title, fontsize=_FONT)
        for k, (name, (x, y)) in enumerate(rows.items()):
            place.scatter(x, y, s=20, alpha=0.75, color=_colour(k), label=name, linewidths=0, marker=_MARKS[k % 6])
    if max(map(len, panels.values())) > 1:
        axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _png(figure)


def pairs(panels: Mapping[str, tuple[Row, Row]], names: tuple[str, str], across: str) -> bytes:
    """Panels under their titles, three in a row: two rows of numbers over their index, each with an axis of its own."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    high = math.ceil(len(panels) / 3)
    figure = Figure(figsize=(9.6, 2.2 * high + 0.3), layout="constrained")
    for k, (title, both) in enumerate(panels.items()):
        left = figure.add_subplot(high, 3, k + 1)
        right = left.twinx()
        left.set_title(title, fontsize=_FONT)
        for number, (axes, row) in enumerate(zip((left, right), both, strict=True)):
            axes.plot(range(1, len(row) + 1), row, color=_colour(number), linewidth=1.5, marker=_MARKS[number],
                      markersize=3.5)  # fmt: skip
            axes.tick_params(axis="y", colors=_colour(number), labelsize=8)
            axes.spines["top"].set_visible(False)
            axes.set_ylim(bottom=0.0)
        if k % 3 == 0:
            left.set_ylabel(names[0], color=_colour(0))
        if k % 3 == 2:
            right.set_ylabel(names[1], color=_colour(1))
        if k // 3 == high - 1:
            left.set_xlabel(across)
        left.tick_params(axis="x", labelsize=8)
        left.xaxis.set_major_locator(MaxNLocator(integer=True))
    return _png(figure)


def several(panels: Mapping[str, Mapping[str, Line]], across: str, up: str) -> bytes:
    """Panels under their titles, three in a row and of one scale from 0; their lines in turn have the same names."""
    from matplotlib.figure import Figure

    high = math.ceil(len(panels) / 3)
    figure = Figure(figsize=(9.6, 2.2 * high + 0.3), layout="constrained")
    grid = figure.subplots(high, 3, squeeze=False, sharex=True, sharey=True)
    for axes, (title, rows) in zip(grid.flat, panels.items(), strict=False):
        axes.set_title(title, fontsize=_FONT)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#e6e9ec", linewidth=0.7)
        for k, (name, row) in enumerate(rows.items()):
            axes.plot(row.x, row.y, color=_colour(k), label=name, linewidth=1.5, marker=_MARKS[k % 6], markersize=4)
    grid[0, 0].set_ylim(bottom=0.0)
    figure.supxlabel(across, fontsize=_FONT + 0.5)
    figure.supylabel(up, fontsize=_FONT + 0.5)
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right upper", frameon=False)
    return _png(figure)


def sheet(rows: Mapping[str, Sequence[np.ndarray]], width: int = 1120) -> bytes:
    """Pictures uint8 [h, w, 3] side by side, row below row, each with its name on the left; about ``width`` pixels."""
    from matplotlib.figure import Figure

    across = max(map(len, rows.values()))
    tall, wide = next(iter(rows.values()))[0].shape[:2]
    left, high = 0.12, tall / wide * (width * 0.88 / across) * len(rows)
    figure = Figure(figsize=(width / _DPI, high / _DPI))
    grid = figure.subplots(len(rows), across, squeeze=False)
    figure.subplots_adjust(left, 0.0, 1.0, 1.0, wspace=0.03, hspace=0.03)
    for line, (name, pictures) in zip(grid, rows.items(), strict=True):
        for axes in line:
            axes.set_axis_off()
        for axes, picture in zip(line, pictures, strict=False):
            axes.imshow(picture, aspect="auto", interpolation="bilinear")
        line[0].text(-0.06, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=_FONT)
    return _png(figure)


def strip(rows: Sequence[Sequence[np.ndarray]], width: int = 1440) -> bytes:
    """Frames uint8 [h, w, 3] side by side, one row below the other, as a PNG of ``width`` pixels."""
    drawn = np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
    height = max(1, round(drawn.shape[0] * width / drawn.shape[1]))
    small = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".png", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    assert done
    return bytes(data)


def _axes(count: int, across: str, up: str) -> tuple[Any, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIZE[0] + 1.2 * (count - 1), _SIZE[1]), layout="constrained")
    found = list(figure.subplots(1, count, squeeze=False, sharey=count > 1)[0])
    for axes in found:
        axes.set_xlabel(across)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#e6e9ec", linewidth=0.7)
        axes.set_axisbelow(True)
    found[0].set_ylabel(up)
    return figure, found


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _png(figure: Any) -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=_DPI, metadata={"Software": None})
    return held.getvalue()
