"""Speed and memory of whole renders: ``python -m orchestrator.bench.render --photo me.jpg``.

A 10-second and a 60-second script are rendered by the command line with default options, each in a process of its own.
Printed are the real-time factor of every stage and of the whole, the peak memory of the whole process tree (PSS: shared
pages are counted once), the processor time, and what one more second of video costs. The first run has an empty cache,
so the preparation of the photo is seen apart.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from orchestrator.console import show
from orchestrator.settings import available_cores

__all__ = ["SCRIPTS", "Measurement", "main", "marginal_cost", "measure"]

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
_SAMPLE_SECONDS = 0.25


@dataclass(frozen=True)
class Measurement:
    """One render. ``seconds``: length of the video; ``wall``, ``cpu``: of the whole command; ``peak_mb``: PSS."""

    name: str
    seconds: float
    wall: float
    cpu: float
    peak_mb: float
    stages: dict[str, float]


def marginal_cost(short: Measurement, long: Measurement) -> tuple[float, float]:
    """Wall-clock and processor seconds that one more second of video costs."""
    more = long.seconds - short.seconds
    return (long.wall - short.wall) / more, (long.cpu - short.cpu) / more


def measure(name: str, text: str, photo: Path, folder: Path, options: list[str]) -> Measurement:
    """Render ``text`` with the command line and watch its process tree."""
    command = [sys.executable, "-m", "orchestrator", "render", "--json", "--text", text, "--photo", str(photo)]
    environment = {**os.environ, "GOVORUN_CACHE": str(folder / "cache"), "GOVORUN_SENTENCE_CACHE_MB": "0"}
    started, cpu_before = time.perf_counter(), _children_cpu()
    with subprocess.Popen(
        [*command, "-o", str(folder / "bench.mp4"), *options], stdout=subprocess.PIPE, env=environment
    ) as process:
        peak = _watch(process)
        output, _ = process.communicate()
    wall = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(process.returncode)
    result = json.loads(output)
    stages = result["stage_seconds"]
    return Measurement(name, result["seconds"], wall, _children_cpu() - cpu_before, peak(), stages)


def _watch(process: subprocess.Popen[bytes]) -> _Peak:
    peak = _Peak(process.pid)
    peak.start()
    return peak


class _Peak(threading.Thread):
    """Samples the memory of a process tree until its root ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._bytes = 0

    def run(self) -> None:
        while self._root.is_running():
            self._bytes = max(self._bytes, _tree_bytes(self._root))
            time.sleep(_SAMPLE_SECONDS)

    def __call__(self) -> float:
        """Highest total so far, in MB."""
        return self._bytes / 1e6


def _tree_bytes(root: psutil.Process) -> int:
    total = 0
    for process in _tree(root):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _show(measurement: Measurement) -> None:
    length = measurement.seconds
    apart = measurement.wall - sum(measurement.stages.values())
    show(f"\n{measurement.name}: {length:.1f} s of video")
    for stage, seconds in measurement.stages.items():
        show(f"  {stage:<9} {seconds:7.2f} s   {seconds / length:6.3f} s per second")
    show(f"  {'whole':<9} {measurement.wall:7.2f} s   {measurement.wall / length:6.3f} s per second")
    show(f"  processor {measurement.cpu:7.2f} s   {measurement.cpu / length:6.3f} s per second")
    show(f"  start-up, less what ran side by side: {apart:+.2f} s")
    show(f"  peak memory of all processes (PSS): {measurement.peak_mb:.0f} MB")


def main(arguments: list[str]) -> int:
    """Run the three renders and print the figures."""
    parser = argparse.ArgumentParser(
        prog="orchestrator.bench.render", description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("options", nargs="*", help="options for `govorun render`, after --")
    parsed = parser.parse_args(arguments)
    show(
        f"{platform.processor() or platform.machine()}, {available_cores()} core(s), Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as name:
        folder = Path(name)
        cold = measure("10 s, first time (nothing cached)", SCRIPTS["10 s"], parsed.photo, folder, parsed.options)
        short = measure("10 s", SCRIPTS["10 s"], parsed.photo, folder, parsed.options)
        long = measure("60 s", SCRIPTS["60 s"], parsed.photo, folder, parsed.options)
    for measurement in (cold, short, long):
        _show(measurement)
    wall, cpu = marginal_cost(short, long)
    show(f"\nmarginal cost: {wall:.3f} s per second of video ({cpu:.3f} s of processor time)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
