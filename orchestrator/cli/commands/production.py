"""``govorun production``: look at a production document, or print its schema."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path

from avatar.core.errors import GovorunError, OptionError
from orchestrator.console import show

__all__ = ["add", "run"]

_DESCRIPTION = (
    "Check a production document and say what it would make, without making it; --schema prints the JSON Schema of "
    "such documents, for editors and programs."
)


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "production", parents=[common], help="check a production document", description=_DESCRIPTION
    )
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="a production document")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of production documents")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema, or what the document holds."""
    if arguments.schema == (arguments.file is not None):
        raise OptionError("Name a production document, or say --schema.")
    if arguments.schema:
        from orchestrator.productions.schema import written_schema

        show(written_schema().rstrip())
        return 0
    with redirect_stdout(sys.stderr):
        scenes, videos = _looked_at(arguments.file)
    show(f"{arguments.file}  {_counted(scenes, 'scene')}, {_counted(videos, 'video')}")
    return 0


def _looked_at(path: Path) -> tuple[int, int]:
    """How many scenes and videos it has; a GovorunError says what cannot be, and in which row."""
    from orchestrator.productions.batch import rows_of
    from orchestrator.productions.document import read_production

    production = read_production(path)
    if production.data is None:
        production.check(production.requests())
        return len(production.every()), 1
    rows = rows_of(production.rows(), production.template())
    for row, values in rows:
        try:
            filled = production.filled(values)
            filled.check(filled.requests())
        except GovorunError as error:
            raise type(error)(f"Row {row.number}: {error}") from error
    return len(production.every()), len(rows)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
