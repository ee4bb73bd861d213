"""A process and all below it, watched from outside: processor time so far, and memory."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from contextlib import suppress

import psutil

__all__ = ["Noise", "Tree", "between"]

_EVERY = 0.1
_MEMORY_EVERY = 3  # of these looks


class Tree(threading.Thread):
    """Looks at the tree of ``pid`` until its root ends. ``spent``: (time of the monotonic clock, processor seconds of
    all its processes until then). ``peak_mb``: the most memory of all together, PSS: shared pages count once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True, name="tree")
        self.spent: list[tuple[float, float]] = [(time.monotonic(), 0.0)]
        self.peak_mb = 0.0
        self._root = psutil.Process(pid)
        self._over = threading.Event()

    def run(self) -> None:
        """Look, ten times a second."""
        looks = 0
        while not self._over.wait(_EVERY):
            processes = self._processes()
            self.spent.append((time.monotonic(), max(self.spent[-1][1], _processor(processes))))
            if looks % _MEMORY_EVERY == 0:
                self.peak_mb = max(self.peak_mb, _memory(processes))
            looks += 1

    def finish(self, whole: float) -> None:
        """Stop; the tree has ended and its processors worked ``whole`` seconds."""
        self._over.set()
        self.join()
        self.spent.append((time.monotonic(), max(whole, self.spent[-1][1])))

    def _processes(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return [self._root, *self._root.children(recursive=True)]
        return []


def between(spent: list[tuple[float, float]], start: float, stop: float) -> float:
    """Processor seconds from ``start`` to ``stop``, by a line through the nearest looks."""
    return _at(spent, stop) - _at(spent, start)


def _at(spent: list[tuple[float, float]], moment: float) -> float:
    after = bisect_left(spent, (moment, 0.0))
    if after in (0, len(spent)):
        return spent[min(after, len(spent) - 1)][1]
    (t0, s0), (t1, s1) = spent[after - 1], spent[after]
    return s0 + (s1 - s0) * (moment - t0) / (t1 - t0)


class Noise:
    """How quiet the machine is, from now on. ``load``: its average before."""

    def __init__(self) -> None:
        self.load = os.getloadavg()[0]
        self._busy, self._own, self._started = _busy_seconds(), _own_seconds(), time.monotonic()

    def others(self) -> float:
        """The share 0..1 of all cores that others had since: programs that are neither this process nor ended children
        of it, and what a virtual machine was kept waiting for."""
        spent = _busy_seconds() - self._busy - (_own_seconds() - self._own)
        wall = max(time.monotonic() - self._started, 1e-9)
        return min(1.0, max(0.0, spent / wall / (os.cpu_count() or 1)))


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    named = ("user", "nice", "system", "irq", "softirq", "steal")
    return float(sum(getattr(times, name, 0.0) for name in named))


def _own_seconds() -> float:
    return sum(os.times()[:4])


def _processor(processes: list[psutil.Process]) -> float:
    """With those of their children that have ended."""
    total = 0.0
    for process in processes:
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def _memory(processes: list[psutil.Process]) -> float:
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / 1e6
