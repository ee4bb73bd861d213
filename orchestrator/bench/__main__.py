"""Speed and memory, measured: ``python -m orchestrator.bench --photo me.jpg --json out/bench.json``.

Renders by the command line, one after another, each in a process of its own; docs/performance.md tells how they are
measured and what the tables say. Tables are printed as they come and kept in the JSON file; with ``--only`` those that
are not measured anew stay there. ``python -m orchestrator.bench.table`` writes them into a page.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from avatar.core.artefacts import write_atomically
from avatar.core.errors import GovorunError
from orchestrator.bench import findings
from orchestrator.bench.floor import Floor, measure_floor
from orchestrator.bench.render import Run, render, script_of
from orchestrator.bench.service import first_draft
from orchestrator.bench.table import Table, as_json, read_tables
from orchestrator.bench.tree import Noise
from orchestrator.bench.workers import ceiling
from orchestrator.console import say, show

__all__ = ["SECTIONS", "SIZES", "Bench", "main"]

_PLACE = ("--backdrop", "calm ocean at dusk", "--voice", "en_US-joe")
SIZES = ("512x512", "1280x720")
"""Of the frame, as the page shows them."""
_WORDS = "Good morning everybody."
_STARTS = 3


@dataclass
class Bench:
    """What is measured: ``photo``, frame ``sizes`` (the first one for everything, each one for parts and floor),
    ``lengths`` in seconds, how many ``rounds``, and ``place``: options of the render. Works in ``folder``."""

    photo: Path
    folder: Path
    sizes: Sequence[str]
    lengths: Sequence[int]
    rounds: int
    place: Sequence[str] = _PLACE
    runs: list[tuple[str, Run]] = field(default_factory=list)

    @cached_property
    def cold(self) -> Run:
        """The first render with an empty cache folder; whatever follows finds photo and place there."""
        say("bench: the first render of all")
        return self._run(_WORDS, self.sizes[0])

    @cached_property
    def whole(self) -> dict[int, list[Run]]:
        """Renders of each length with all cores, round by round."""
        assert self.cold
        runs: dict[int, list[Run]] = {length: [] for length in self.lengths}
        for turn in range(self.rounds):
            for length, of in runs.items():
                if turn == 0 or length <= 60:
                    say(f"bench: {length} s of video, round {turn + 1}")
                    of.append(self._run(script_of(length), self.sizes[0]))
        return runs

    def starts(self) -> Iterator[Table]:
        """From start to picture."""
        cold = self.cold
        warm = [self._run(_WORDS, self.sizes[0]) for _ in range(_STARTS)]
        say("bench: the first draft of the service")
        yield findings.start_table(cold, warm, self._drafted(), self.sizes[0])

    def lengths_and_stages(self) -> Iterator[Table]:
        """Against length."""
        yield findings.length_table(self.whole, self.sizes[0])
        yield findings.stage_table(self.whole, self.sizes[0])

    def workers(self) -> Iterator[Table]:
        """Two workers against one, in turn."""
        assert self.cold
        one: list[Run] = []
        two: list[Run] = []
        length = min(60, max(self.lengths))
        for turn in range(self.rounds):
            for workers, runs in ((1, one), (2, two)):
                say(f"bench: {workers} worker(s), round {turn + 1}")
                runs.append(self._run(script_of(length), self.sizes[0], workers))
        yield findings.worker_table(one, two, ceiling(), self.sizes[0])

    def parts(self) -> Iterator[Table]:
        """Where the time of a frame goes, and its floor, size by size."""
        for size in self.sizes:
            say(f"bench: the place at {size}")
            self._run(_WORDS, size)
            pairs: list[findings.Pair] = []
            floors: list[Floor] = []
            for turn in range(self.rounds):
                say(f"bench: parts of a frame at {size}, round {turn + 1}")
                short = self._run(script_of(min(self.lengths)), size, sample=True)
                floors.append(measure_floor(short.video, short.encode))
                long = self._run(script_of(min(60, max(self.lengths))), size, sample=True)
                floors += [measure_floor(long.video, long.encode) for _ in range(2)]
                pairs.append((short, long))
            yield findings.parts_table(size, pairs)
            yield findings.floor_table(size, pairs, floors)

    def _run(self, text: str, size: str, workers: int = 0, sample: bool = False) -> Run:
        run = render(text, self.photo, self.folder, [*self.place, "--size", size], workers, sample)
        self.runs.append((size, run))
        return run

    def _drafted(self) -> findings.Drafted:
        noise = Noise()
        named = [name.removeprefix("--").replace("-", "_") for name in self.place[::2]]
        fields = dict(zip(named, self.place[1::2], strict=True))
        settings = {"CACHE": str(self.folder / "cache"), "SENTENCE_CACHE_MB": "0"}
        with tempfile.TemporaryDirectory(dir=self.folder) as data:
            words = script_of(min(self.lengths))
            seconds = first_draft(self.photo, Path(data), {**fields, "size": self.sizes[0]}, words, settings)
        return findings.Drafted(*seconds, noise.load, noise.others())


SECTIONS: dict[str, Callable[[Bench], Iterator[Table]]] = {
    "machine": lambda bench: iter([findings.machine_table()]),
    "start": Bench.starts,
    "length": Bench.lengths_and_stages,
    "workers": Bench.workers,
    "parts": Bench.parts,
}
"""What can be measured by itself, in order."""


def main(arguments: list[str]) -> int:
    """Measure, print and keep; a figure is never judged here."""
    parser = argparse.ArgumentParser(prog="orchestrator.bench", description="Measure speed and memory.")
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--json", type=Path, help="where the tables are kept, with every run that they come from")
    parser.add_argument("--long", action="store_true", help="a video of 600 s too, which takes minutes")
    parser.add_argument("--rounds", type=int, default=1, help="how often, for medians (default: 1)")
    parser.add_argument("--size", action="append", help=f"WxH, may be repeated (default: {' and '.join(SIZES)})")
    parser.add_argument("--only", action="append", choices=tuple(SECTIONS), help="these sections alone")
    parser.add_argument("options", nargs="*", help=f"instead of {' '.join(_PLACE)}, pairs of options after --")
    given = parser.parse_args(arguments)
    lengths = (10, 60, 600) if given.long else (10, 60)
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as name:
        sizes = tuple(given.size or SIZES)
        bench = Bench(given.photo, Path(name), sizes, lengths, given.rounds, tuple(given.options) or _PLACE)
        try:
            for section in given.only or SECTIONS:
                for table in SECTIONS[section](bench):
                    show(f"\n{table.text()}")
                    sys.stdout.flush()
                    _keep(given.json, table, bench.runs)
        except GovorunError as error:
            say(str(error))
            return error.exit_code
    return 0


def _keep(path: Path | None, table: Table, runs: Sequence[tuple[str, Run]]) -> None:
    """``table`` in the file, in the place of the one of its name, and what was run in this process."""
    if path is None:
        return
    tables = {kept.name: kept for kept in read_tables(path)} if path.exists() else {}
    tables[table.name] = table
    told = [{"size": size, **asdict(run), "video": run.video.name} for size, run in runs]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps({"tables": as_json(tables.values()), "runs": told}, indent=1).encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
