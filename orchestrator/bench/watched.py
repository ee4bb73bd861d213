"""The command line, watched from within: ``python -m orchestrator.bench.watched REPORT [--sample] -- render ...``.

The command runs as a user's would. Besides it notes when the first picture goes to an encoder and when joining begins,
which processes it starts for what and how long their processors were busy, and with ``--sample`` which part of the work
its own did. REPORT becomes a JSON file. Processes that draw are watched in the same way, as modules of their own:
``REPORT --module NAME -- ...``.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from orchestrator.bench.commands import ENCODE, WORKER, kind_of
from orchestrator.bench.parts import Sampler, files_of, part_of

__all__ = ["main"]

_SEPARATE = {ENCODE: "encoder", WORKER: "workers"}
_WATCHED: list[_Watch] = []


class _Watch:
    """What is noted; times by the clock that all processes of the machine share."""

    def __init__(self, report: Path, sampler: Sampler | None) -> None:
        self.report, self.sampler = report, sampler
        self.marks: dict[str, float] = {}
        self.kinds: dict[int, tuple[str, str]] = {}
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.counts: defaultdict[str, int] = defaultdict(int)
        self.encode: list[str] = []
        self.drawing: list[Path] = []
        self._written = False

    def watched(self, command: list[str]) -> list[str]:
        """``command``, which starts a process that draws, so that it is watched; its report lies beside this one."""
        module = command.index("-m") + 1
        self.drawing.append(self.report.with_name(f"{self.report.name}-{len(self.drawing)}"))
        own = ["orchestrator.bench.watched", str(self.drawing[-1]), "--module", command[module], "--"]
        return [*command[:module], *own, *command[module + 1 :]]

    def began(self, pid: int, command: list[str], files: list[str]) -> str:
        """A process was started by the code in ``files``; returns what it is for."""
        kind = kind_of(command)
        part = _SEPARATE.get(kind) or part_of(files)
        self.kinds[pid] = (kind, part)
        self.counts[kind] += 1
        if kind == ENCODE:
            self.note("drawing")
            self.encode = self.encode or command
        elif part == "joining":
            self.note("joining")
        return kind

    def note(self, mark: str) -> None:
        """The first time that ``mark`` is met."""
        self.marks.setdefault(mark, time.monotonic())

    def ended(self, pid: int, spent: float) -> None:
        """A process ended after ``spent`` processor seconds."""
        self.seconds[self.kinds.get(pid, ("another program", "rest"))] += spent

    def write(self) -> None:
        """The report, once."""
        if self._written:
            return
        self._written = True
        for report in self.drawing:
            self._take(report)
        looks, parts = 0, {}
        if self.sampler is not None:
            self.sampler.finish()
            looks, parts = self.sampler.looks, dict(self.sampler.seconds)
        processes = [[kind, part, seconds] for (kind, part), seconds in sorted(self.seconds.items())]
        told = {"marks": self.marks, "counts": self.counts, "processes": processes, "encode": self.encode}
        self.report.write_text(json.dumps({**told, "parts": parts, "looks": looks}), "utf-8")

    def _take(self, report: Path) -> None:
        """What a process that drew has noted; one that was sent away before it drew has left nothing."""
        if not report.exists():
            return
        told = json.loads(report.read_text("utf-8"))
        report.unlink()
        for mark, moment in told["marks"].items():
            self.marks[mark] = min(moment, self.marks.get(mark, moment))
        for kind, count in told["counts"].items():
            self.counts[kind] += count
        self.encode = self.encode or told["encode"]


class _Pipe:
    """The input of an encoder; tells when something is written to it for the first time."""

    def __init__(self, pipe: Any, watch: _Watch) -> None:
        self._pipe, self._watch = pipe, watch

    def write(self, data: Any) -> Any:
        """Hand over."""
        self._watch.note("first frame")
        return self._pipe.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipe, name)


class _Process(subprocess.Popen):
    """A child process that is noted."""

    def __init__(self, args: Any, *others: Any, **named: Any) -> None:
        watch = _WATCHED[0]
        command = [os.fsdecode(word) for word in ([args] if isinstance(args, (str, bytes, os.PathLike)) else args)]
        super().__init__(watch.watched(command) if kind_of(command) == WORKER else args, *others, **named)
        kind = watch.began(self.pid, command, files_of(sys._getframe(1)))
        if kind == ENCODE and self.stdin is not None:
            self.stdin = cast("IO[Any]", _Pipe(self.stdin, watch))

    def poll(self) -> int | None:
        """Whether it has ended; the class itself would ask past :func:`os.waitpid` as it is now."""
        status: int | None = self._internal_poll(_waitpid=os.waitpid)  # type: ignore[attr-defined]
        return status


def _install(watch: _Watch) -> None:
    leave = os._exit

    def waitpid(pid: int, options: int, /) -> tuple[int, int]:
        found, status, usage = os.wait4(pid, options)
        if found:
            watch.ended(found, usage.ru_utime + usage.ru_stime)
        return found, status

    def leaving(status: int) -> NoReturn:
        watch.write()
        leave(status)

    _WATCHED[:] = [watch]
    subprocess.Popen = _Process  # type: ignore[misc]
    os.waitpid, os._exit = waitpid, leaving


def main(arguments: list[str]) -> None:
    """Run the command that follows ``--`` and write the report at its end, whatever that is."""
    cut = arguments.index("--")
    own, command = arguments[:cut], arguments[cut + 1 :]
    sampler = Sampler() if "--sample" in own else None
    watch = _Watch(Path(own[0]), sampler)
    _install(watch)
    if sampler is not None:
        sampler.start()
    module = own[own.index("--module") + 1] if "--module" in own else "orchestrator"
    sys.argv = ["govorun", *command]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        watch.write()


if __name__ == "__main__":
    main(sys.argv[1:])
