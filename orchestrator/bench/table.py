"""The tables of ``make bench``: in a terminal, as JSON, and on a page: ``python -m orchestrator.bench.table
out/bench.json --page docs/performance.md``.

On the page a table stands between ``<!-- bench: NAME -->`` and ``<!-- end -->``; what stood there before goes.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from avatar.core.artefacts import write_atomically
from avatar.core.errors import InputError
from orchestrator.console import say, show

__all__ = ["Cell", "Table", "as_json", "filled", "main", "read_tables"]

Cell = str | float | None
_WIDTH, _PAGE_WIDTH = 110, 118  # of a terminal, of a page in Markdown


@dataclass(frozen=True)
class Table:
    """``name`` of its place on the page. ``digits``: of each column behind the point; None for words. ``caption``: what
    holds for all rows. A cell that is None is empty."""

    name: str
    caption: str
    columns: Sequence[str]
    digits: Sequence[int | None]
    rows: Sequence[Sequence[Cell]]

    def cells(self) -> list[list[str]]:
        """The rows as they are shown."""
        return [[_shown(cell, places) for cell, places in zip(row, self.digits, strict=True)] for row in self.rows]

    def text(self) -> str:
        """For a terminal: words to the left, numbers to the right."""
        lines = [list(self.columns), *self.cells()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        left = [places is None for places in self.digits]
        rows = ["  ".join(_aligned(*one) for one in zip(line, widths, left, strict=True)).rstrip() for line in lines]
        ruled = [rows[0], "  ".join("-" * width for width in widths), *rows[1:]]
        return "\n".join([textwrap.fill(self.caption, _WIDTH), *(f"  {row}" for row in ruled)])

    def markdown(self) -> str:
        """For a page."""
        marks = ["---" if places is None else "---:" for places in self.digits]
        rows = "\n".join(f"| {' | '.join(line)} |" for line in [list(self.columns), marks, *self.cells()])
        return f"{textwrap.fill(f'*{self.caption}*', _PAGE_WIDTH)}\n\n{rows}"


def _shown(cell: Cell, digits: int | None) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else f"{round(cell, digits or 0) + 0.0:.{digits or 0}f}"


def _aligned(cell: str, width: int, left: bool) -> str:
    return cell.ljust(width) if left else cell.rjust(width)


def filled(page: str, table: Table) -> str:
    """``page`` with ``table`` between its marks; as it was where it has none."""
    mark, end = f"<!-- bench: {table.name} -->", "<!-- end -->"
    if mark not in page:
        return page
    head, _, rest = page.partition(mark)
    return f"{head}{mark}\n{table.markdown()}\n{end}{rest.partition(end)[2]}"


def read_tables(path: Path) -> list[Table]:
    """The tables of a JSON file that the bench wrote; InputError where it is none."""
    try:
        return [Table(**table) for table in json.loads(path.read_text("utf-8"))["tables"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} holds no tables of the bench: make it with `make bench`.") from error


def as_json(tables: Iterable[Table]) -> list[dict[str, object]]:
    """As :func:`read_tables` reads them."""
    return [asdict(table) for table in tables]


def main(arguments: list[str]) -> int:
    """Print the tables of a JSON file, or fill a page with them; 1 where the page has no place for one."""
    parser = argparse.ArgumentParser(prog="orchestrator.bench.table", description="Show what the bench measured.")
    parser.add_argument("measured", type=Path, help="the JSON file that the bench wrote")
    parser.add_argument("--page", type=Path, help="a page with marks, whose tables are replaced")
    given = parser.parse_args(arguments)
    tables = read_tables(given.measured)
    if given.page is None:
        show("\n\n".join(table.text() for table in tables))
        return 0
    page = given.page.read_text("utf-8")
    homeless = [table.name for table in tables if f"<!-- bench: {table.name} -->" not in page]
    for table in tables:
        page = filled(page, table)
    write_atomically(given.page, page.encode())
    for name in homeless:
        say(f"{given.page} has no marks for the table {name}.")
    return 1 if homeless else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
