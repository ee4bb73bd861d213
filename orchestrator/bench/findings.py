"""What was measured becomes tables: medians, ratios of one run, what one more second costs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from avatar.core.program import ffmpeg_version
from orchestrator.bench.floor import Floor
from orchestrator.bench.parts import DRAWN, PARTS, SAMPLING
from orchestrator.bench.render import STAGES, Run, slope
from orchestrator.bench.table import Cell, Table
from orchestrator.cores import available_cores

__all__ = [
    "Drafted",
    "Pair",
    "floor_table",
    "length_table",
    "machine_table",
    "part_costs",
    "parts_table",
    "stage_table",
    "start_table",
    "worker_table",
]

Pair = tuple[Run, Run]
"""The same but for the length of the video: the short one, the long one."""
_MS = 1000.0
_QUIET = ("load", "others %")


@dataclass(frozen=True)
class Drafted:
    """One job of the service: seconds from the request to its poster, its draft and its end."""

    poster: float
    draft: float
    whole: float
    load: float
    others: float


def machine_table() -> Table:
    """On what, with what, when."""
    memory = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "opencv-python-headless"))
    rows: list[tuple[Cell, ...]] = [
        ("processor", f"{_processor()}, {available_cores()} core(s) of {os.cpu_count()}"),
        ("memory", f"{memory:.0f} GiB"),
        ("system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
        ("libraries", f"{libraries}, ffmpeg {ffmpeg_version()}"),
        ("measured", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}"),
    ]
    return Table("machine", "The machine.", ("what", "which"), (None, None), rows)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def part_costs(pairs: Sequence[Pair]) -> dict[str, tuple[float, float]]:
    """Part -> (processor seconds of one more frame, those of a video without frames): a line through both lengths, and
    the median of ``pairs``."""
    found = {}
    for part in PARTS:

        def spent(run: Run, part: str = part) -> float:
            return run.parts.get(part, 0.0)

        each = median(slope(*pair, spent, _frames) for pair in pairs)
        found[part] = each, median(spent(long) for _, long in pairs) - each * median(long.frames for _, long in pairs)
    return found


def _frames(run: Run) -> float:
    return run.frames


def parts_table(size: str, pairs: Sequence[Pair]) -> Table:
    """Where the processor's time of a frame goes."""
    costs = part_costs(pairs)
    whole = sum(each for each, _ in costs.values())
    drawn = sum(costs[part][0] for part in DRAWN)
    rows: list[tuple[Cell, ...]] = [
        (part, _MS * each, 100 * each / whole, fixed) for part, (each, fixed) in costs.items() if part in DRAWN
    ]
    rows.append(("= drawn and encoded", _MS * drawn, 100 * drawn / whole, sum(costs[part][1] for part in DRAWN)))
    rows += [
        (part, _MS * each, 100 * each / whole, fixed) for part, (each, fixed) in costs.items() if part not in DRAWN
    ]
    rows.append(("= all", _MS * whole, 100.0, sum(fixed for _, fixed in costs.values())))
    short, long = pairs[0]
    caption = (
        f"Processor time by part, {size}, one worker: one more frame, and what a video costs before its first one. "
        f"From videos of {short.seconds:.0f} and {long.seconds:.0f} s, {_told(pairs)}."
    )
    columns = ("part", "ms a frame", "%", "fixed s")
    return Table(f"parts-{size}", caption, columns, (None, 2, 0, 2), rows)


def _told(pairs: Sequence[Pair]) -> str:
    runs = [run for pair in pairs for run in pair]
    loads, others = [run.load for run in runs], [100 * run.others for run in runs]
    turns = f"median of {len(pairs)}, " if len(pairs) > 1 else ""
    looks, own = sum(run.looks for run in runs), sum(run.parts.get(SAMPLING, 0.0) for run in runs)
    cost = 100 * own / sum(run.processor for run in runs)
    return (
        f"{turns}load {min(loads):.1f} to {max(loads):.1f}, other programs on {min(others):.0f} to {max(others):.0f} % "
        f"of the cores; {looks} looks at the stack, which cost {cost:.1f} % more"
    )


def floor_table(size: str, pairs: Sequence[Pair], floors: Sequence[Floor]) -> Table:
    """How far a frame is from its floor."""
    costs = part_costs(pairs)
    drawn, whole = sum(costs[part][0] for part in DRAWN), sum(each for each, _ in costs.values())
    load = max(floor.load for floor in floors)
    samples = {
        "grid_sample, float32": median(floor.sample_float32 for floor in floors),
        "remap, uint8": median(floor.remap_uint8 for floor in floors),
    }
    encoder = median(floor.encoding for floor in floors)
    rows: list[tuple[Cell, ...]] = [
        (f"one sample by {name}", _MS * cost, None, None, load) for name, cost in samples.items()
    ]
    rows.append(("encoding, from yuv420p", _MS * encoder, None, None, load))
    for name, cost in samples.items():
        least = cost + encoder
        rows.append((f"= floor with {name}", _MS * least, drawn / least, whole / least, load))
    face, encoded = costs["face"][0], costs["encoder"][0]
    for name, cost in samples.items():
        rows.append((f"face, beside one sample by {name}", _MS * face, face / cost, None, load))
    rows.append(("encoder, beside encoding alone", _MS * encoded, encoded / encoder, None, load))
    caption = (
        f"The floor of a frame, {size}, one thread, measured {len(floors)} times between the renders of the parts; "
        f"how many times as much a frame costs that is drawn and encoded ({_MS * drawn:.1f} ms), and with all that "
        f"a video needs besides ({_MS * whole:.1f} ms). Goal: at most 3."
    )
    columns = ("what", "ms a frame", "times the floor", "all, times", "load")
    return Table(f"floor-{size}", caption, columns, (None, 2, 2, 2, 1), rows)


def length_table(runs: Mapping[int, Sequence[Run]], size: str) -> Table:
    """Time and memory against length, and what one more second costs. ``runs``: about how many seconds -> renders."""
    rows: list[tuple[Cell, ...]] = [_length_row(of) for of in runs.values()]
    lengths = sorted(runs)
    for short, long in zip(lengths, lengths[1:], strict=False):
        pairs = list(zip(runs[short], runs[long], strict=False))
        wall, processor = (_slopes(pairs, value) for value in (_wall, _processor_of))
        ends = [f"{median(run.seconds for run in runs[length]):.0f}" for length in (short, long)]
        name = f"one more second, {ends[0]} to {ends[1]} s"
        rows.append((name, 1.0, wall, processor, wall, None, None, *_noise([run for pair in pairs for run in pair])))
    caption = (
        f"Whole renders at {size} with all cores, from the start of the process to its end, photo and place known. "
        "Memory: the most of all processes together, PSS. Goal: at most 1500 MB."
    )
    columns = ("video", "video s", "wall s", "processor s", "wall / video", "first frame s", "memory MB", *_QUIET)
    return Table("length", caption, columns, (None, 1, 2, 2, 2, 2, 0, 1, 0), rows)


def _length_row(runs: Sequence[Run]) -> tuple[Cell, ...]:
    seconds, wall = median(run.seconds for run in runs), median(run.wall for run in runs)
    processor, first = median(run.processor for run in runs), median(run.first_frame for run in runs)
    times = f" (median of {len(runs)})" if len(runs) > 1 else ""
    memory = max(run.peak_mb for run in runs)
    return (f"{seconds:.0f} s{times}", seconds, wall, processor, wall / seconds, first, memory, *_noise(runs))


def _slopes(pairs: Sequence[Pair], value: Callable[[Run], float]) -> float:
    return median(slope(*pair, value, lambda run: run.seconds) for pair in pairs)


def _wall(run: Run) -> float:
    return run.wall


def _processor_of(run: Run) -> float:
    return run.processor


def _noise(runs: Sequence[Run]) -> tuple[float, float]:
    """The highest load before any of the runs, and the largest share in percent that other programs had."""
    return max(run.load for run in runs), 100 * max(run.others for run in runs)


def stage_table(runs: Mapping[int, Sequence[Run]], size: str) -> Table:
    """How busy the cores were, stage by stage, in the render of each length that is the median by wall time."""
    rows: list[tuple[Cell, ...]] = []
    for of in runs.values():
        run = sorted(of, key=_wall)[(len(of) - 1) // 2]
        for name in STAGES:
            wall, processor = run.stages.get(name, (0.0, 0.0))
            busy = 100 * processor / wall / available_cores() if wall else None
            rows.append((f"{run.seconds:.0f} s", name, wall, processor, busy, *_noise([run])))
    cores = available_cores()
    caption = f"How busy the cores were at {size}: processor time of the render over wall time and {cores} core(s)."
    columns = ("video", "stage", "wall s", "processor s", "busy %", *_QUIET)
    return Table("stages", caption, columns, (None, None, 2, 2, 0, 1, 0), rows)


def start_table(cold: Run, warm: Sequence[Run], drafted: Drafted | None, size: str) -> Table:
    """How long until something is to be seen."""
    rows: list[tuple[Cell, ...]] = [_start_row("command, nothing kept", [cold])]
    rows.append(_start_row(f"command, photo and place known (median of {len(warm)})", warm))
    if drafted is not None:
        noise = (drafted.load, 100 * drafted.others)
        rows.append(("service, libraries loaded", drafted.poster, drafted.draft, drafted.whole, None, None, *noise))
    caption = (
        f"From start to picture at {size}: a script of three words by the command line, from the start of its process; "
        "a script of 10 s by the service, from the request."
    )
    columns = ("what", "first picture s", "draft s", "whole s", "processor s before drawing", "in all", *_QUIET)
    return Table("start", caption, columns, (None, 2, 2, 2, 2, 2, 1, 0), rows)


def _start_row(name: str, runs: Sequence[Run]) -> tuple[Cell, ...]:
    first, whole = median(run.first_frame for run in runs), median(run.wall for run in runs)
    before = median(run.stages.get(STAGES[0], (0.0, 0.0))[1] for run in runs)
    return (name, first, None, whole, before, median(map(_processor_of, runs)), *_noise(runs))


def worker_table(one: Sequence[Run], two: Sequence[Run], gain: float, size: str) -> Table:
    """What the second worker brings. ``gain``: how many times as much two processes that only count get done."""

    def drawing(run: Run) -> float:
        return run.stages.get(STAGES[1], (run.wall, 0.0))[0]

    rows: list[tuple[Cell, ...]] = [
        (name, median(map(drawing, runs)), median(map(_wall, runs)), median(map(_processor_of, runs)), *_noise(runs))
        for name, runs in (("one worker", one), ("two workers", two))
    ]
    ratios = [median(map(value, one)) / median(map(value, two)) for value in (drawing, _wall, _processor_of)]
    rows.append(("one / two", *ratios, *_noise([*one, *two])))
    caption = (
        f"Two workers against one at {size}, {one[0].seconds:.0f} s of video, in turn. Two processes that only count "
        f"get {gain:.2f} times as much done as one on this machine at this moment, which no work can beat."
    )
    columns = ("workers", "drawing s", "whole s", "processor s", *_QUIET)
    return Table("workers", caption, columns, (None, 2, 2, 2, 1, 0), rows)
