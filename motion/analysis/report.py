"""A report as a folder: tables as CSV, charts and strips as PNG, and one page that shows them and opens offline."""

from __future__ import annotations

import base64
import csv
import html
import io
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from avatar.core.artefacts import write_atomically

__all__ = ["Report", "Table", "versions"]

_LIBRARIES = ("numpy", "torch", "diffusers", "transformers", "opencv-python-headless", "scikit-image", "matplotlib")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2329}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;"
    "border-bottom:1px solid #d6dade;text-align:left;vertical-align:top;font-variant-numeric:tabular-nums}"
    "img{max-width:100%}code,pre{background:#f2f4f6;padding:.1rem .3rem;white-space:pre-wrap}"
)


@dataclass(frozen=True)
class Table:
    """``name`` of its file, ``columns``, and ``rows`` of texts and numbers."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def markdown(self) -> str:
        """The table as Markdown."""
        lines = [self.columns, ["---"] * len(self.columns), *([_shown(cell) for cell in row] for row in self.rows)]
        return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


@dataclass
class Report:
    """``title``, the ``command`` that makes it again, ``sentences`` of what was found, tables and pictures by name."""

    title: str
    command: str
    sentences: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    long_tables: list[Table] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write everything; the path of the page. ``long_tables`` are written as CSV alone."""
        folder.mkdir(parents=True, exist_ok=True)
        for table in (*self.tables, *self.long_tables):
            _write_csv(folder / f"{table.name}.csv", table)
        for name, picture in self.pictures.items():
            write_atomically(folder / f"{name}.png", picture)
        page = folder / "index.html"
        write_atomically(page, self._page().encode())
        return page

    def _page(self) -> str:
        found = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences)
        tables = "".join(f"<h2>{html.escape(_title(table.name))}</h2>{_html(table)}" for table in self.tables)
        pictures = "".join(
            f'<h2>{html.escape(_title(name))}</h2><img alt="{html.escape(_title(name))}" '
            f'src="data:image/png;base64,{base64.b64encode(data).decode()}">'
            for name, data in self.pictures.items()
        )
        made = "".join(f"<li>{html.escape(name)} {html.escape(number)}</li>" for name, number in versions().items())
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{html.escape(self.title)}</title>"
            f"<style>{_STYLE}</style><h1>{html.escape(self.title)}</h1>{found}{tables}{pictures}"
            f"<h2>How to make this again</h2><pre>{html.escape(self.command)}</pre><ul>{made}</ul></html>\n"
        )


def versions() -> dict[str, str]:
    """Name → version of what the numbers depend on."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in ("govorun", *_LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _write_csv(path: Path, table: Table) -> None:
    held = io.StringIO(newline="")
    rows = csv.writer(held, lineterminator="\n")
    rows.writerow(table.columns)
    rows.writerows(table.rows)
    write_atomically(path, held.getvalue().encode())


def _html(table: Table) -> str:
    head = "".join(f"<th>{html.escape(str(column))}</th>" for column in table.columns)
    body = "".join("<tr>" + "".join(_cells(row)) + "</tr>" for row in table.rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _cells(row: Sequence[object]) -> Iterable[str]:
    return (f"<td>{html.escape(_shown(cell))}</td>" for cell in row)


def _shown(cell: object) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()
