"""A process that draws: ``python -m orchestrator.video.render_child FOLDER DEVICE SEGMENTS BACKDROPS``.

:mod:`orchestrator.video.render_crew` starts it. One that is started before its arguments are known
(:mod:`orchestrator.video.standby`) reads them as a JSON list from the first line of its input. It reads one step a line
from standard input and writes one JSON object a line to standard output::

    → {"number": 3, "kind": "segment", "scene": 0, "segment": 3}
    ← {"event": "progress", "index": 3, "fraction": 0.4, "message": ""}
    ← {"event": "done", "index": 3, "frames": 250}
    ← {"event": "error", "kind": "OutputError", "message": "..."}

It ends when its input ends, also in the middle of a segment: a parent that dies takes its workers along.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TextIO

from avatar.core.errors import Cancelled, GovorunError
from avatar.core.progress import Progress
from avatar.core.reasons import coded
from orchestrator.video.place import Place, Step
from orchestrator.video.steps import run_step

__all__ = ["main"]

_LOG = logging.getLogger(__name__)
_REPORT_EVERY = 0.1
_LIBRARIES = ("torch", "avatar.compose.segment")
_USUAL = (*_LIBRARIES, "avatar.face.engines.embedded", "avatar.face.embedded_clip")
"""What a video needs that nobody knows yet: it is drawn with the default engine as a rule."""


class _Channel:
    """The two pipes to the parent; other output of this process goes to standard error."""

    def __init__(self) -> None:
        self._out: TextIO = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        os.dup2(2, 1)
        self.closed = threading.Event()
        self.steps: queue.Queue[tuple[int, Step] | None] = queue.Queue()

    def arguments(self) -> list[str] | None:
        """What this process was not told when it was started; None where it never will be."""
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    def listen(self) -> None:
        """Hear of steps, and of the end, from now on."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            given = json.loads(line)
            self.steps.put((given.pop("number"), Step(**given)))
        self.closed.set()
        self.steps.put(None)

    def send(self, event: str, **fields: object) -> None:
        """Tell the parent; Cancelled where nobody listens any more."""
        try:
            print(json.dumps({"event": event, **fields}, ensure_ascii=False), file=self._out)
        except BrokenPipeError as error:
            raise Cancelled("The parent process is gone.") from error

    def progress(self, index: int) -> Progress:
        """Progress of step number ``index``, told at most ten times a second; stops the work when the input has
        ended."""
        last = 0.0

        def sink(fraction: float, message: str) -> None:
            nonlocal last
            if self.closed.is_set():
                raise Cancelled("The work was stopped.")
            if time.monotonic() - last >= _REPORT_EVERY:
                last = time.monotonic()
                self.send("progress", index=index, fraction=round(fraction, 4), message=message)

        return Progress(sink)


def main(arguments: list[str]) -> int:
    """Serve steps of the scenes below a folder until the input ends; 0, or 1 after an error that was reported."""
    channel = _Channel()
    try:
        if not arguments:
            _load(_USUAL)
        if (told := arguments or channel.arguments()) is None:
            return 0
        folder, device, *kept = told
        channel.listen()
        _serve(Place.of_folder(Path(folder), device, *(Path(name) if name else None for name in kept)), channel)
    except Cancelled:
        return 0
    except GovorunError as error:
        channel.send("error", kind=type(error).__name__, message=str(error), **coded(error.message))
        return 1
    except Exception as error:  # noqa: BLE001 - the parent has to hear of every failure
        _LOG.exception("a segment failed")
        channel.send("error", kind="", message=f"{type(error).__name__}: {error}")
        return 1
    return 0


def _load(names: Iterable[str]) -> None:
    """Import what drawing needs while the parent still plans; the step tells of what cannot be imported."""
    for name in names:
        with suppress(ImportError):
            import_module(name)


def _load_engines(place: Place) -> None:
    from avatar.face import ENGINES

    for engine in {scene.face_engine for scene in place.scenes if scene.shows_person}:
        with suppress(ImportError, GovorunError):
            ENGINES.resolve(engine)


def _serve(place: Place, channel: _Channel) -> None:
    _load(_LIBRARIES)
    _load_engines(place)
    while (given := channel.steps.get()) is not None:
        number, step = given
        outcome = run_step(step, place, channel.progress(number))
        channel.send("done", index=number, frames=outcome.frames)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
