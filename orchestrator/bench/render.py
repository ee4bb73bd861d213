"""One whole render by the command line, in a process of its own, watched from outside and from within.

No picture and no sentence of an earlier render is used again: what this machine keeps of both is removed before.
Prepared photos and planned backdrops stay, unless the cache folder is a new one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from avatar.core.errors import EngineError
from orchestrator.bench.commands import ENCODE
from orchestrator.bench.parts import REST
from orchestrator.bench.tree import Noise, Tree, between
from orchestrator.settings import PREFIX, load_settings
from orchestrator.video.folder import segments_of

__all__ = ["SCRIPTS", "STAGES", "Run", "forget_drawn", "parts_of", "render", "script_of", "slope", "stages_of"]

_SENTENCES = (
    "Good morning, and thank you for watching.",
    "Today we talk about the weather on the coast, and about the people who live there.",
    "The wind comes from the north, and the air is clear.",
    "Most boats leave before sunrise and come back in the afternoon.",
    "If you walk along the beach, you will find small shops and quiet places to eat.",
    "My favourite one is behind the old lighthouse, where the bread is always warm.",
    "In the evening the whole town meets at the harbour and somebody plays music.",
    "Children run between the tables, and nobody is in a hurry.",
    "Later the lights go on, one after another, until the hills look like a second sky.",
    "That is the moment when I like to sit down and write a few lines.",
    "Perhaps you will visit us one day and see it for yourself.",
    "Until then, take care of yourself and of the people around you.",
    "We will be back tomorrow with more stories from the sea, from the hills behind it, and from the islands.",
    "Some of them are old, some of them are new, and one or two may even be true.",
    "Goodbye, and sleep well.",
)
SCRIPTS = {"10 s": " ".join(_SENTENCES[:3]), "60 s": " ".join(_SENTENCES)}
STAGES = ("start and plans", "drawing", "joining and measuring")


@dataclass(frozen=True)
class Run:
    """One render; times in seconds.

    ``seconds``, ``frames``: of the video. ``wall``, ``processor``: of the whole command and all its processes.
    ``first_frame``: from the start of the process until the first picture was drawn. ``stages``: name -> (wall,
    processor). ``parts``: part of the work -> processor seconds, where they were asked for; they add up to
    ``processor``. ``processes``: what other programs were started for -> their processor seconds. ``encode``: the
    command of the encoder. ``load``: average of the machine before. ``others``: share of its cores that other programs
    had meanwhile. ``looks``: how many the parts were told from.
    """

    seconds: float
    frames: int
    wall: float
    processor: float
    peak_mb: float
    first_frame: float
    stages: Mapping[str, tuple[float, float]]
    parts: Mapping[str, float]
    processes: Mapping[str, float]
    encode: Sequence[str]
    load: float
    others: float
    looks: int
    video: Path


def script_of(seconds: int) -> str:
    """Words for about so many seconds: a script of SCRIPTS, or the longest one again and again."""
    return SCRIPTS.get(f"{seconds} s") or " ".join([SCRIPTS["60 s"]] * max(1, round(seconds / 60)))


def forget_drawn(cache: Path) -> None:
    """Remove the segments and sentences that are kept below the cache folder ``cache``."""
    settings = load_settings().model_copy(update={"cache": cache})
    for folder in (settings.segments, cache / "sentences"):
        shutil.rmtree(folder, ignore_errors=True)


def render(
    text: str, photo: Path, folder: Path, options: Sequence[str] = (), workers: int = 0, sample: bool = False
) -> Run:
    """Say ``text`` with the command line, with its cache in ``folder``; ``workers`` 0: as many as it has by default.

    ``sample``: tell the parts, of the one process that then draws. EngineError where the command failed, or where it
    did not draw all of its pictures.
    """
    workers = 1 if sample else workers
    cache, report, video = folder / "cache", folder / "report.json", folder / "bench.mp4"
    forget_drawn(cache)
    environment = os.environ | {f"{PREFIX}CACHE": str(cache), f"{PREFIX}WORKERS": str(workers)}
    environment[f"{PREFIX}SENTENCE_CACHE_MB"] = "0"
    command = [sys.executable, "-m", "orchestrator.bench.watched", str(report), *(["--sample"] if sample else []), "--"]
    command += ["render", "--json", "--text", text, "--photo", str(photo), "-o", str(video), *options]
    noise, started = Noise(), time.monotonic()
    output, tree, processor = _watched(command, environment)
    wall = time.monotonic() - started
    result, told = json.loads(output), json.loads(report.read_text("utf-8"))
    _check_drawn(result["frames"], told["counts"].get(ENCODE, 0))
    return Run(
        seconds=result["seconds"],
        frames=result["frames"],
        wall=wall,
        processor=processor,
        peak_mb=tree.peak_mb,
        first_frame=told["marks"].get("first frame", started + wall) - started,
        stages=stages_of(tree.spent, told["marks"], started, started + wall),
        parts=parts_of(told["parts"], told["processes"], processor) if sample else {},
        processes=_by_kind(told["processes"]),
        encode=told["encode"],
        load=noise.load,
        others=noise.others(),
        looks=told["looks"],
        video=video,
    )


def _watched(command: Sequence[str], environment: Mapping[str, str]) -> tuple[bytes, Tree, float]:
    """What ``command`` said, its tree, and the processor seconds of all of that."""
    before = _children()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        tree = Tree(process.pid)
        tree.start()
        output, _ = process.communicate()
    processor = _children() - before
    tree.finish(processor)
    if process.returncode:
        raise EngineError(f"The render ended with {process.returncode}: what it said stands above.")
    return output, tree, processor


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _check_drawn(frames: int, encoders: int) -> None:
    """Each segment has an encoder of its own."""
    wanted = len(segments_of(frames))
    if encoders < wanted:
        raise EngineError(
            f"{encoders} of {wanted} segments were drawn: what was kept of an earlier render was measured."
        )


def stages_of(
    spent: list[tuple[float, float]], marks: Mapping[str, float], started: float, ended: float
) -> dict[str, tuple[float, float]]:
    """Stage -> (wall, processor) seconds; they follow each other without a gap. ``marks``: when drawing and joining
    began; a stage whose mark is missing belongs to the one before it. ``spent``: as a Tree has it."""
    starts = [(STAGES[0], started)]
    starts += [
        (name, marks[mark]) for name, mark in zip(STAGES[1:], ("drawing", "joining"), strict=True) if mark in marks
    ]
    stops = [moment for _, moment in starts[1:]] + [ended]
    return {
        name: (stop - start, between(spent, start, stop)) for (name, start), stop in zip(starts, stops, strict=True)
    }


def parts_of(own: Mapping[str, float], processes: Sequence[tuple[str, str, float]], whole: float) -> dict[str, float]:
    """Part -> processor seconds: ``own`` of the process that drew, and those of the ``processes`` that it started,
    (kind, part, seconds). What is missing to ``whole`` is the rest."""
    parts = defaultdict(float, own)
    for _, part, seconds in processes:
        parts[part] += seconds
    parts[REST] += whole - sum(parts.values())
    return dict(parts)


def slope(short: Run, long: Run, value: Callable[[Run], float], by: Callable[[Run], float]) -> float:
    """How much ``value`` grows for one more of ``by``, from ``short`` to ``long``."""
    return (value(long) - value(short)) / (by(long) - by(short))


def _by_kind(processes: Sequence[tuple[str, str, float]]) -> dict[str, float]:
    kinds: defaultdict[str, float] = defaultdict(float)
    for kind, _, seconds in processes:
        kinds[kind] += seconds
    return dict(kinds)
