"""Charts and strips as PNG bytes: the same input gives the same picture."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

__all__ = ["lines", "scatter", "strip"]

_SIZE = (6.4, 3.4)
_COLOURS = ("#2f6f9f", "#c8553d", "#588b4c", "#8a5aa8", "#b98a2e")


def lines(
    rows: Mapping[str, tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]], across: str, up: str
) -> bytes:
    """Each row (x, y) as a line with its name."""
    figure, axes = _axes(across, up)
    for colour, (name, (x, y)) in zip(_repeated(len(rows)), rows.items(), strict=True):
        axes.plot(x, y, color=colour, label=name, linewidth=1.4, marker="o" if len(x) < 16 else None, markersize=3.5)
    if len(rows) > 1:
        axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def scatter(
    rows: Mapping[str, tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]], across: str, up: str
) -> bytes:
    """Each row (x, y) as points with its name."""
    figure, axes = _axes(across, up)
    for colour, (name, (x, y)) in zip(_repeated(len(rows)), rows.items(), strict=True):
        axes.scatter(x, y, s=12, alpha=0.6, color=colour, label=name, linewidths=0)
    if len(rows) > 1:
        axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def strip(rows: Sequence[Sequence[np.ndarray]], width: int = 1440) -> bytes:
    """Frames uint8 [h, w, 3] side by side, one row below the other, as a PNG of ``width`` pixels."""
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
    height = max(1, round(sheet.shape[0] * width / sheet.shape[1]))
    small = cv2.resize(sheet, (width, height), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".png", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    assert done
    return bytes(data)


def _axes(across: str, up: str):  # type: ignore[no-untyped-def]
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _repeated(count: int) -> list[str]:
    return [_COLOURS[k % len(_COLOURS)] for k in range(count)]


def _png(figure) -> bytes:  # type: ignore[no-untyped-def]
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=110, metadata={"Software": None})
    return held.getvalue()
