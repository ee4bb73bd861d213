"""Changes that survived and were judged: a table beside this file, so that nobody judges them twice.

``equivalent``: nobody could tell the changed product from ours. ``left``: somebody could, and no test is worth it; such
a change still counts as one that was not noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.mutants.places import Mutation

__all__ = ["LEDGER", "VERDICTS", "Judgement", "read_ledger"]

LEDGER = Path(__file__).with_name("ledger.tsv")
VERDICTS = ("equivalent", "left")
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Judgement:
    """``verdict``: one of VERDICTS; ``why``: in a sentence."""

    verdict: str
    why: str


def read_ledger(path: Path = LEDGER) -> dict[Key, Judgement]:
    """Key of a change (see ``Mutation.key``) -> how it was judged; ValueError for a line that is no judgement."""
    found: dict[Key, Judgement] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 6 or cells[4] not in VERDICTS or not cells[5]:
            raise ValueError(f"{path.name}, line {number}: path, function, before, after, verdict and why are needed")
        found[cells[0], cells[1], cells[2], cells[3]] = Judgement(cells[4], cells[5])
    return found


def line_of(mutation: Mutation, verdict: str = "?", why: str = "?") -> str:
    """What to add to the table for a survivor."""
    return "\t".join([*mutation.key, verdict, why])
