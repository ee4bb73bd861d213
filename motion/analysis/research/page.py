"""What a stage of the research makes, and where its tables stand on a page."""

from __future__ import annotations

import numpy as np

from motion.analysis.report import Table
from motion.analysis.statistics import Correlation, mean_correlation

__all__ = ["Made", "filled", "over_films", "spread"]

Made = tuple[list[Table], dict[str, bytes]]
"""Tables, and pictures by name."""


def filled(page: str, table: Table) -> str:
    """``page`` with ``table`` between its marks; as it was where it has none."""
    mark, end = f"<!-- table: {table.name} -->", "<!-- end -->"
    if mark not in page:
        return page
    head, _, rest = page.partition(mark)
    return f"{head}{mark}\n{table.markdown()}\n{end}{rest.partition(end)[2]}"


def over_films(rs: np.ndarray) -> Correlation:
    """The mean of correlations [films, seeds]; seeds of one film are no witnesses of their own, so the interval is that
    over films."""
    return mean_correlation(np.tanh(np.arctanh(np.clip(rs, -0.999999, 0.999999)).mean(axis=1)))


def spread(values: np.ndarray, digits: int) -> str:
    """Mean and, in brackets, the least and the most of ``values``."""
    return f"{values.mean():.{digits}f} ({values.min():.{digits}f}-{values.max():.{digits}f})"
