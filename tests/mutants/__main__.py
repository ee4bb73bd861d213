"""Change the product a little, one change at a time, and tell which changes no test notices.

    python -m tests.mutants --seed 7 --count 60

Places are drawn by the seed, as many from each package: first a line that can be changed, then one of its changes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from avatar.core.places import user_cache
from tests.mutants.choosing import Suite, record, stale
from tests.mutants.ledger import line_of, read_ledger
from tests.mutants.places import PACKAGES, Mutation, mutations_of, parses
from tests.mutants.trying import ROOT, Outcome, Trees, load_libraries

_NOT_FOR_USERS = (
    "orchestrator/bench/",
    "motion/trials/",
    "orchestrator/jobs/migrations/",
    "motion/generator/training.py",
    "motion/generator/card.py",
    "motion/flow/training.py",
    "motion/magic/training.py",
    "motion/judge.py",
    "motion/analysis/research/",
)
"""Tools of developers: what they measure is looked at by people."""
_TESTED_ELSEWHERE = ("speech/engines/coqui",)
"""Run by tests of an extra, in an environment of its own."""
_UNASKED = ("tests/coqui/", "tests/docs/", "tests/architecture/", "tests/mutants/")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where at least nine of ten changes were noticed in every package, else 1."""
    options = _options(arguments)
    records, last = user_cache() / "mutants", user_cache() / "mutants" / "last.json"
    files = _test_files(options.without)
    if not options.no_record:
        _record_all(records, files, options.jobs)
    suite, ledger = Suite(ROOT, records, files), read_ledger()
    drawn = list(_drawn(options))
    if options.again:
        known = {tuple(key) for key in json.loads(last.read_text())}
        drawn = [one for package in PACKAGES for one in _all(package) if one.key in known]
    counts: dict[str, Counter[str]] = {package: Counter() for package in PACKAGES}
    survivors: list[Mutation] = []
    load_libraries()
    with Trees(ROOT, options.jobs) as trees, ThreadPoolExecutor(options.jobs) as pool:

        def judge(mutation: Mutation) -> tuple[str, str]:
            judged = ledger.get(mutation.key)
            if judged is not None:
                return judged.verdict, judged.why
            outcome = trees.attempt(mutation, suite.tests_of(mutation), suite.seconds, options.seconds)
            return ("killed" if outcome.noticed else "survived"), _told(outcome)

        for mutation, (word, why) in zip(drawn, pool.map(judge, drawn), strict=True):
            survivors += [mutation] if word == "survived" else []
            counts[mutation.path.partition("/")[0]][word] += 1
            _tell(f"{word:10} {mutation.path}:{mutation.line}  {mutation.before}  ->  {mutation.after}  [{why}]")
    records.mkdir(parents=True, exist_ok=True)
    last.write_text(json.dumps([one.key for one in survivors]))
    return _summed_up(counts, survivors)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--seed", default="1", help="another seed, other places")
    parser.add_argument("--count", type=int, default=60, help="how many changes, over the packages asked for")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only this one; may be repeated")
    parser.add_argument("--place", help="every change of FILE or FILE:LINE instead")
    parser.add_argument("--again", action="store_true", help="the survivors of the last run")
    parser.add_argument("--seconds", type=float, default=120.0, help="of tests for each change")
    parser.add_argument(
        "--without", action="append", default=[], help="test files with this in their name are not asked"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("--no-record", action="store_true", help="ask only tests that are recorded")
    return parser.parse_args(arguments)


def _record_all(records: Path, files: Sequence[str], jobs: int) -> None:
    """The largest first, so that none of them is alone at the end."""
    missing = sorted(stale(ROOT, records, files), key=lambda file: -(ROOT / file).stat().st_size)
    with ThreadPoolExecutor(jobs) as pool:
        for file, done in zip(missing, pool.map(lambda file: record(ROOT, records, file), missing), strict=True):
            _tell(f"recorded {file}" if done else f"cannot record {file}")


def _test_files(without: Sequence[str]) -> list[str]:
    told = subprocess.run(["git", "ls-files", "tests"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    names = [name for name in told.splitlines() if Path(name).name.startswith("test_") and (ROOT / name).exists()]
    return [name for name in names if not name.startswith(_UNASKED) and not any(word in name for word in without)]


def _all(package: str) -> list[Mutation]:
    paths = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py"))
    return [
        mutation
        for path in paths
        if not path.startswith((*_NOT_FOR_USERS, *_TESTED_ELSEWHERE))
        for mutation in mutations_of(path, (ROOT / path).read_bytes())
    ]


def _drawn(options: argparse.Namespace) -> Iterator[Mutation]:
    if options.place:
        path, _, line = options.place.partition(":")
        found = mutations_of(path, (ROOT / path).read_bytes())
        yield from (one for one in found if not line or one.line == int(line))
        return
    packages = options.package or PACKAGES
    for number, package in enumerate(packages):
        share = options.count // len(packages) + (number < options.count % len(packages))
        by_line: dict[tuple[str, int], list[Mutation]] = {}
        for mutation in _all(package):
            by_line.setdefault((mutation.path, mutation.line), []).append(mutation)
        draw = random.Random(f"{options.seed}/{package}")
        for place in draw.sample(sorted(by_line), min(share, len(by_line))):
            yield _first_that_parses(draw.sample(by_line[place], len(by_line[place])))


def _first_that_parses(mutations: Sequence[Mutation]) -> Mutation:
    source = (ROOT / mutations[0].path).read_bytes()
    return next(one for one in mutations if parses(one.applied(source)))


def _told(outcome: Outcome) -> str:
    return outcome.by or f"{outcome.ran} of {outcome.known} tests passed"


def _summed_up(counts: dict[str, Counter[str]], survivors: Sequence[Mutation]) -> int:
    enough = True
    for package, count in counts.items():
        asked = count["killed"] + count["survived"] + count["left"]
        if not asked + count["equivalent"]:
            continue
        enough &= count["killed"] >= 0.9 * asked
        share = f"{count['killed'] / asked:.0%}" if asked else "none asked"
        _tell(f"{package}: {count['killed']} of {asked} noticed ({share}), {count['equivalent']} equivalent")
    if survivors:
        _tell("\nWrite the test that is missing, or judge the change in tests/mutants/ledger.tsv:")
        for mutation in survivors:
            _tell(line_of(mutation))
    return 0 if enough else 1


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
