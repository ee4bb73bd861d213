"""The progress bar of the terminal: stage, percent, elapsed time, and an ETA once it can be known."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from avatar.core import progress as core
from orchestrator.video.steps import STAGES, shares

__all__ = ["TerminalBar", "plain_bar", "remaining_seconds"]

_SETTLING = 2.0
_JOIN_SHARE = 1.03


def remaining_seconds(elapsed: float, fraction: float) -> float | None:
    """Seconds left of the rendering at its present speed; None while that is a guess."""
    if elapsed < _SETTLING or fraction <= 0.02:
        return None
    return elapsed * (1.0 - fraction) / fraction * _JOIN_SHARE


class TerminalBar:
    """Context manager; call it as the pipeline's ``report``. Draws only on a terminal."""

    def __init__(self, console: Console) -> None:
        self._lock = Lock()
        self._done: dict[str, float] = {}
        self._video_started = 0.0
        self._bar = Progress(
            TextColumn("{task.fields[stage]:<17}"),
            BarColumn(bar_width=32),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[eta]}"),
            TextColumn("[dim]{task.fields[detail]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("render", total=1.0, stage="starting", eta="", detail="")

    def __enter__(self) -> TerminalBar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, stage: str, fraction: float, message: str) -> None:
        with self._lock:
            self._done[stage] = max(fraction, self._done.get(stage, 0.0))
            running = [name for name in STAGES if 0.0 <= self._done.get(name, 1.0) < 1.0] or [stage]
            self._bar.update(
                self._task,
                completed=overall_fraction(self._done),
                stage=" + ".join(running),
                eta=self._eta(stage, fraction),
                detail=message,
            )

    def _eta(self, stage: str, fraction: float) -> str:
        if stage == "join":
            return "ETA a moment"
        if stage != "video":
            return "ETA --:--"
        self._video_started = self._video_started or time.monotonic()
        left = remaining_seconds(time.monotonic() - self._video_started, fraction)
        return "ETA --:--" if left is None else f"ETA {int(left) // 60}:{int(left) % 60:02d}"


def overall_fraction(done: dict[str, float]) -> float:
    """Fraction of the whole from the fractions of the stages; the time that is left is not made from it but from the
    frames rendered so far."""
    return sum(share * done.get(stage, 0.0) for stage, share in shares().items())


@contextmanager
def plain_bar(name: str, quiet: bool = False) -> Iterator[core.Progress]:
    """A bar for work of one stage; nothing where standard error is no terminal."""
    console = Console(file=sys.stderr)
    columns = (TextColumn(name), BarColumn(bar_width=32), TaskProgressColumn(), TimeElapsedColumn())
    detail = TextColumn("[dim]{task.description}")
    hidden = quiet or not console.is_terminal
    with Progress(*columns, detail, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=1.0)
        yield core.Progress(lambda fraction, message: bar.update(task, completed=fraction, description=message))
