"""Who renders the segments of a video side by side: a thread of this process, and child processes for the other cores.

The children are plain processes with pipes, not multiprocessing: they start the same way from a script without a main
guard, from a notebook and from inside a Celery worker, and Ctrl-C in the terminal reaches the parent alone.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import IO, Protocol

from avatar.core import errors
from avatar.core.errors import Cancelled, EngineError, GovorunError
from avatar.core.progress import Progress
from avatar.core.reasons import Message, uncoded
from orchestrator.video.place import Outcome, Place, Step
from orchestrator.video.prepare import plans_without_torch
from orchestrator.video.standby import Started, called, start
from orchestrator.video.steps import STEPS, run_step

__all__ = ["Crew", "hired", "render_side_by_side"]

_GRACE = 1.2
_POLL = 0.1


class _Worker(Protocol):
    """Renders one segment at a time and tells ``events``."""

    def give(self, number: int, step: Step) -> None:
        """Hand over the next segment, which events will call by its ``number``."""

    def dismiss(self) -> None:
        """No more segments: it ends after what it does, or at its next progress report."""

    def finish(self, deadline: float) -> None:
        """Wait for the end until ``deadline`` (monotonic clock), then use force where that is possible."""


_Events = queue.Queue[tuple[_Worker, dict]]


class Crew:
    """The child processes of one video; they load what drawing needs as soon as they are there.

    ``leads``: the first one does all that needs these libraries, so that the calling process, which speaks meanwhile,
    has to load them only where all cores draw.
    """

    def __init__(self, place: Place, leads: bool = False) -> None:
        self.place, self.leads = place, leads
        self.events: _Events = queue.Queue()
        self.children: list[_Child] = []

    def hire(self, count: int) -> None:
        """Start processes until there are ``count``; those beyond are sent away."""
        while len(self.children) < count:
            self.children.append(_Child(self.place, self.events))
        self.dismiss(count)

    def dismiss(self, first: int = 0) -> None:
        """End the processes from number ``first`` on, those that do not listen by force."""
        leaving, self.children = self.children[first:], self.children[:first]
        _send_away(leaving)

    def run(self, step: Step, progress: Progress) -> Outcome:
        """Do a step that comes before the pictures: here, or in the process that leads where it may need torch. Raises
        what it raises."""
        if self.leads and STEPS[step.kind].on_device:
            place = self.place
            work, device = place.work(step.scene), place.device_of(step.scene)
            if not plans_without_torch(step.kind, work, device, place.backdrops):
                return self.children[0].run(step, progress)
        return run_step(step, self.place, progress)

    def beside(self, workers: int, steps: int) -> int:
        """How many processes draw ``steps`` segments with ``workers`` workers."""
        return max(int(self.leads), min(workers, steps) - 1)

    def draws_all(self, workers: int, steps: int) -> bool:
        """Whether these processes draw ``steps`` segments with ``workers`` workers, and the calling one none."""
        return self.beside(workers, steps) == min(workers, steps)


@contextmanager
def hired(place: Place, count: int, leads: bool = False) -> Iterator[Crew]:
    """``count`` processes for :func:`render_side_by_side`, started before there is anything to draw; none is left after
    the block. ``leads``: as a :class:`Crew` has it."""
    crew = Crew(place, leads)
    try:
        crew.hire(count)
        yield crew
    finally:
        crew.dismiss()


def render_side_by_side(
    place: Place, steps: Mapping[Step, int], workers: int, progress: Progress, crew: Crew | None = None
) -> None:
    """Do ``steps`` with ``workers`` workers: this process among them, unless one that leads can do them all. ``steps``:
    each with the frames that it draws. ``crew``: processes that were started for this place, more are where they are
    too few.

    Raises what the first failing worker raised, or what ``progress`` raises; nothing goes on working then.
    """
    crew = crew or Crew(place)
    working: list[_Worker] = []
    try:
        crew.hire(crew.beside(workers, len(steps)))
        working = [*crew.children]
        if not crew.draws_all(workers, len(steps)):
            working.append(_Thread(place, crew.events))
        _dispatch(working, deque(enumerate(steps)), crew.events, _frame_counter(list(steps.values()), progress))
    finally:
        _send_away(working)
        crew.dismiss()


def _send_away(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.dismiss()
    deadline = time.monotonic() + _GRACE
    for worker in workers:
        worker.finish(deadline)


class _Thread:
    """Renders in this process: the libraries are loaded here anyway."""

    def __init__(self, place: Place, events: _Events) -> None:
        self._place, self._events = place, events
        self._steps: queue.Queue[tuple[int, Step] | None] = queue.Queue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="segments")
        self._thread.start()

    def _run(self) -> None:
        try:
            while (given := self._steps.get()) is not None:
                number, step = given
                run_step(step, self._place, self._progress(number))
                self._tell("done", index=number)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._tell("error", error=error)

    def _progress(self, index: int) -> Progress:
        def sink(fraction: float, message: str) -> None:
            if self._closed.is_set():
                raise Cancelled("The work was stopped.")
            self._tell("progress", index=index, fraction=fraction)

        return Progress(sink)

    def _tell(self, event: str, **fields: object) -> None:
        self._events.put((self, {"event": event, **fields}))

    def give(self, number: int, step: Step) -> None:
        """Hand over the next segment."""
        self._steps.put((number, step))

    def dismiss(self) -> None:
        """Stop at the next report."""
        self._closed.set()
        self._steps.put(None)

    def finish(self, deadline: float) -> None:
        """Wait; a thread cannot be killed, it ends with its next batch of frames."""
        self._thread.join(max(0.05, deadline - time.monotonic()))


class _Child:
    """One child process (:mod:`orchestrator.video.render_child`); a thread of ours moves its lines into ``events``."""

    def __init__(self, place: Place, events: _Events) -> None:
        self._idle = True
        self._asked: dict[int, queue.Queue[dict]] = {}
        self._asking = threading.Lock()
        self._end: dict | None = None
        self._started = _started_for(place)
        self._process = self._started.process
        self._reader = threading.Thread(target=self._read, args=(events,), daemon=True)
        self._reader.start()

    def _read(self, events: _Events) -> None:
        for line in _pipe(self._process.stdout):
            self._tell(events, json.loads(line))
        status = self._process.wait()
        said = self._started.last_words() or "the machine may have run out of memory"
        self._tell(events, {"event": "exit", "status": status, "said": said})

    def _tell(self, events: _Events, event: dict) -> None:
        """To whoever waits for the step; the end of the process to all who wait."""
        if event.get("index", 0) < 0:
            self._asked[event["index"]].put(event)
            return
        if event["event"] in ("error", "exit"):
            self._end = event
            for answers in list(self._asked.values()):
                answers.put(event)
        events.put((self, event))

    def run(self, step: Step, progress: Progress) -> Outcome:
        """Do a step that is no segment, and wait for it: it has a number below 0."""
        with self._asking:  # two steps may be asked for at once
            number, answers = -1 - len(self._asked), queue.Queue[dict]()
            self._asked[number] = answers
            if self._end is not None:
                raise _failure(self._end)
            self.give(number, step)
        said: tuple[float, str] = (0.0, "")
        while True:
            with suppress(queue.Empty):
                event = answers.get(timeout=_POLL)
                if event["event"] == "done":
                    return Outcome(event["frames"])
                if event["event"] != "progress":
                    raise _failure(event)
                said = event["fraction"], event["message"]
            progress(*said)

    def give(self, number: int, step: Step) -> None:
        """Hand over the next segment."""
        self._idle = False
        with suppress(BrokenPipeError):
            pipe = _pipe(self._process.stdin)
            pipe.write(json.dumps({"number": number, **asdict(step)}) + "\n")
            pipe.flush()

    def dismiss(self) -> None:
        """End its input; one that never had anything to draw has nothing to remove, and is not waited for."""
        if self._idle:
            self._process.kill()
        with suppress(BrokenPipeError):
            _pipe(self._process.stdin).close()

    def finish(self, deadline: float) -> None:
        """Wait, then kill."""
        try:
            self._process.wait(max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(1.0)
        self._started.close()


def _dispatch(
    crew: Sequence[_Worker], waiting: deque[tuple[int, Step]], events: _Events, count: Callable[[int, float], None]
) -> None:
    left = len(waiting)
    for worker in crew:
        worker.give(*waiting.popleft())
    while left:
        try:
            worker, event = events.get(timeout=_POLL)
        except queue.Empty:
            count(-1, 0.0)
            continue
        if worker not in crew:
            continue
        if event["event"] == "progress":
            count(event["index"], event["fraction"])
        elif event["event"] == "done":
            left -= 1
            count(event["index"], 1.0)
            if waiting:
                worker.give(*waiting.popleft())
        elif event["event"] in ("error", "exit"):
            raise _failure(event)


def _frame_counter(lengths: Sequence[int], progress: Progress) -> Callable[[int, float], None]:
    """A function (number of a step, fraction) → overall progress by frames; -1 only asks whether to go on."""
    total = sum(lengths)
    done = [0.0] * len(lengths)

    def count(index: int, fraction: float) -> None:
        if index >= 0:
            done[index] = max(done[index], fraction * lengths[index])
        frames = sum(done)
        progress(frames / total, f"frame {round(frames)} of {total}")

    return count


def _failure(event: dict) -> BaseException:
    if event["event"] == "exit":
        return EngineError(Message("process_ended", status=event["status"], why=event["said"]))
    if "error" in event:
        error: BaseException = event["error"]
        return error
    kind = getattr(errors, event["kind"], None) if event["kind"] else None
    return (kind or EngineError)(uncoded(event["message"], event))


def _started_for(place: Place) -> Started:
    """The process that waits for a video, or a new one, told where it draws."""
    folders = ["" if folder is None else str(folder) for folder in (place.segments, place.backdrops)]
    arguments = [str(place.folder), place.device, *folders]
    if (waiting := called()) is None:
        return start(arguments)
    with suppress(BrokenPipeError):
        pipe = _pipe(waiting.process.stdin)
        pipe.write(json.dumps(arguments) + "\n")
        pipe.flush()
    return waiting


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise GovorunError("A rendering process was started without a pipe.")
    return stream
