"""Progress and cancellation in one small object that every long function takes.

``progress(0.4, "sentence 2 of 5")`` reports; ``progress.part(0.2, 0.6)`` gives a child whose 0..1 is that part of the
parent. A sink that wants the work to stop raises :class:`~avatar.core.errors.Cancelled` when it is called, so a
function that reports often can be cancelled often.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent"]


class Progress:
    """Reports a fraction in 0..1 and a short message to ``sink``; never goes backwards within one object."""

    def __init__(self, sink: Callable[[float, str], None], start: float = 0.0, end: float = 1.0) -> None:
        self._sink = sink
        self._start = start
        self._end = end
        self._reached = 0.0

    def __call__(self, fraction: float, message: str = "") -> None:
        self._reached = max(self._reached, min(1.0, max(0.0, fraction)))
        self._sink(self._start + (self._end - self._start) * self._reached, message)

    def part(self, start: float, end: float) -> Progress:
        """A child that covers ``start``..``end`` of this progress."""
        return Progress(self, start, end)


def silent() -> Progress:
    """A progress that nobody watches."""
    return Progress(lambda fraction, message: None)
