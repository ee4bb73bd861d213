"""How sure the time left of a job is: a prediction interval of 95 % over what its steps still cost.

Steps of one kind scatter around their line by some share of it. What is left of a kind is then known to within
t s sqrt(1/n + 1/m) of itself, where n steps are left, m were seen, s is their relative spread, and t is Student's
quantile; kinds are independent of each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Spread", "spread_of", "within"]

_STUDENT = {
    1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23, 15: 2.13, 30: 2.04,
}  # fmt: skip
"""Degrees of freedom -> the quantile of 97.5 % (any table of Student's t)."""


@dataclass(frozen=True)
class Spread:
    """``seen`` steps lay around their line by ``share`` of it (a standard deviation with ``free`` degrees of freedom);
    ``doubt``: by how much of itself the line may be wrong besides."""

    share: float
    seen: int
    free: int
    doubt: float = 0.0

    def of(self, steps: float) -> float:
        """The half width, as a share, of what ``steps`` more take together; inf where too little was seen."""
        if self.free < 1:
            return math.inf
        quantile = next((t for free, t in sorted(_STUDENT.items(), reverse=True) if free <= self.free), math.inf)
        return quantile * self.share * math.sqrt(1.0 / max(steps, 1.0) + 1.0 / self.seen) + self.doubt


def spread_of(points: Sequence[tuple[float, float]], fitted: int) -> Spread:
    """Of (seconds that were told, seconds that it took), where ``fitted`` numbers were taken from the same points."""
    shares = [took / told - 1.0 for told, took in points if told > 0.0]
    free = len(shares) - fitted
    squares = sum(share**2 for share in shares)
    return Spread(math.sqrt(squares / free) if free > 0 else 0.0, len(shares), free)


def within(left: Mapping[str, Sequence[float]], spreads: Mapping[str, Spread]) -> float:
    """The half width of the whole as a share of it. ``left``: kind of step -> seconds of each that is left."""
    total = sum(map(sum, left.values()))
    if total <= 0.0:
        return 0.0
    squares = 0.0
    for kind, seconds in left.items():
        if (whole := sum(seconds)) > 0.0:
            squares += (whole * (spreads[kind].of(len(seconds)) if kind in spreads else math.inf)) ** 2
    return math.sqrt(squares) / total
