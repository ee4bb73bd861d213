"""Which part of the work a processor does: the stack of every thread is looked at many times a second, and what the
thread's own clock has run since the last look goes to the part that the stack shows.

Parts are rooms of the code, so a function that is new is counted where it lies. Nothing of the product is changed or
wrapped. Stacks are read as faulthandler writes them: with frames of other threads as Python objects a run crashed.
Linux alone: other systems have no clock of another thread.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from types import FrameType

__all__ = ["ANYWHERE", "DRAWN", "INNERMOST", "PARTS", "REST", "SAMPLING", "Sampler", "files_of", "part_of", "stacks_of"]

REST, SAMPLING = "rest", "sampling"
"""What no room does; what the bench itself costs in the process that it looks at."""
ANYWHERE: tuple[tuple[str, str], ...] = (
    ("<frozen importlib", "loading libraries"),
    ("orchestrator/video/quality.py", "measuring"),
    ("avatar/face/quality.py", "measuring"),
    ("speech/", "speech"),
    ("orchestrator/video/prepare.py", "photo and plans"),
    ("orchestrator/video/finish.py", "joining"),
)
"""(beginning of a path, part): the first one that any file of the stack has decides."""
INNERMOST: tuple[tuple[str, str], ...] = (
    ("avatar/core/media.py", "handing to the encoder"),
    ("avatar/core/program.py", "handing to the encoder"),
    ("avatar/face/", "face"),
    ("motion/", "backdrop"),
    ("avatar/compose/", "blending"),
)
"""Otherwise the innermost file that one of these names."""
DRAWN = ("face", "backdrop", "blending", "handing to the encoder", "encoder")
"""The parts that make a frame out of plans, in order; the encoder is a process of its own."""
PARTS = (*DRAWN, "speech", "measuring", "joining", "photo and plans", "loading libraries", "workers", REST)
"""All parts of the product, in the order in which they are shown."""

_ROOT = str(Path(__file__).resolve().parents[2]) + "/"
_PAUSE = 0.008
_BETWEEN = (0.01, 0.03)  # seconds of processor time
_MOST = 1 << 20


def part_of(files: Sequence[str]) -> str:
    """The part that a stack belongs to. ``files``: of its functions, the innermost first, those of the project
    relative to its root."""
    for beginning, part in ANYWHERE:
        if any(file.startswith(beginning) for file in files):
            return part
    for file in files:
        for beginning, part in INNERMOST:
            if file.startswith(beginning):
                return part
    return REST


def files_of(frame: FrameType | None) -> list[str]:
    """The files of the functions that ``frame`` was called from, as :func:`part_of` takes them."""
    return [name.removeprefix(_ROOT) for name in _names(frame)]


def stacks_of(said: str) -> dict[int, list[str]]:
    """What :mod:`faulthandler` said of all threads: thread -> its files, the innermost first."""
    stacks: dict[int, list[str]] = {}
    files: list[str] = []
    for line in said.splitlines():
        if line.startswith(("Thread 0x", "Current thread 0x")):
            files = stacks.setdefault(int(line.partition("0x")[2].split()[0], 16), [])
        elif line.startswith('  File "'):
            files.append(line[8:].partition('", line ')[0].removeprefix(_ROOT))
    return stacks


def _names(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


class Sampler(threading.Thread):
    """Looks at all other threads of the process until :meth:`finish`. ``seconds``: part -> processor seconds since it
    was made; ``looks``: how many there were."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="sampler")
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.looks = 0
        self._over = threading.Event()
        self._paper = os.memfd_create("stacks")
        self._began = time.process_time()
        numbers = [thread.native_id for thread in threading.enumerate() if thread.native_id is not None]
        self._clocks = {number: _clock(number) or 0.0 for number in numbers}

    def run(self) -> None:
        """Look, after every few milliseconds that the process has worked; by chance, so that no beat is followed."""
        chance, next_look = Random(0), 0.0
        while not self._over.wait(_PAUSE):
            if time.process_time() >= next_look:
                self._look()
                next_look = time.process_time() + chance.uniform(*_BETWEEN)
        self._look()
        self.seconds[SAMPLING] = time.thread_time()

    def finish(self) -> None:
        """The last look; then ``seconds`` add up to the processor time that the process has had.

        What no look has seen is ``rest``: threads of libraries, and threads that ended between two looks.
        """
        self._over.set()
        self.join()
        os.close(self._paper)
        self.seconds[REST] += max(0.0, time.process_time() - self._began - sum(self.seconds.values()))

    def _look(self) -> None:
        threads = [(thread.ident, thread.native_id) for thread in threading.enumerate() if thread is not self]
        spent = {
            thread: self._spent(number) for thread, number in threads if thread and number
        }  # none: begins just now
        stacks = self._stacks()
        for thread, seconds in spent.items():
            self.seconds[part_of(stacks.get(thread, []))] += seconds
        self.looks += 1

    def _spent(self, number: int) -> float:
        """Seconds that the clock of a thread has run since the last look."""
        now, before = _clock(number) or 0.0, self._clocks.get(number, 0.0)
        self._clocks[number] = now
        return now - before if now >= before else now  # a number that is given again

    def _stacks(self) -> dict[int, list[str]]:
        """Thread -> its files, as :func:`part_of` takes them."""
        os.ftruncate(self._paper, 0)
        os.lseek(self._paper, 0, os.SEEK_SET)
        faulthandler.dump_traceback(self._paper, all_threads=True)
        return stacks_of(os.pread(self._paper, _MOST, 0).decode("utf-8", "replace"))


def _clock(number: int) -> float | None:
    """Processor seconds of the thread with this number of the kernel; None for one that has ended."""
    try:
        return time.clock_gettime(~number << 3 | 6)  # how the kernel names the clock of a thread
    except OSError:
        return None
