"""``govorun batch``: one video a row of a table."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar.core.artefacts import appearing
from avatar.core.errors import Cancelled, GovorunError, InputError
from orchestrator.cli.commands import render
from orchestrator.console import say, show
from orchestrator.video.request import RenderRequest, request_of

__all__ = ["add", "run"]

_DESCRIPTION = (
    "Make one video a row of a CSV or of JSON lines: {{column}} in script, heading, backdrop and other texts "
    "stands for the value of the row. All rows are checked before the first is made; results.csv in the folder lists "
    "what came out. Takes the options of `govorun render`."
)
_RESULTS = "results.csv"


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "batch", parents=[common], help="make one video a row of a table", description=_DESCRIPTION
    )
    parser.add_argument("data", metavar="DATA", type=Path, help="a CSV with a line of column names, or JSON lines")
    parser.add_argument(
        "--name",
        metavar="PATTERN",
        default="{{row}}",
        help="names of the files, for example {{name}} (default: {{row}})",
    )
    parser.add_argument("--again", action="store_true", help="make those that are there already once more")
    render.add_options(parser, output="the folder of the videos")
    parser.set_defaults(run=run)


@dataclass
class _Result:
    row: int
    file: str
    seconds: str = ""
    took: str = ""
    problem: str = ""


def run(arguments: argparse.Namespace) -> int:
    """Check every row, then render one after another; a row that fails is told and the others go on."""
    from orchestrator.productions.batch import file_names, read_rows, rows_of

    given = render.given_options(arguments)
    with redirect_stdout(sys.stderr):
        rows = rows_of(read_rows(arguments.data), _with_words(given))
        names = file_names([row for row, _ in rows], arguments.name)
        requests = _checked([(row.number, options) for row, options in rows])
    folder: Path = arguments.output
    _make_folder(folder)
    results = [_Result(row.number, f"{name}.mp4") for (row, _), name in zip(rows, names, strict=True)]
    failure: GovorunError | None = None
    for at, (result, request) in enumerate(zip(results, requests, strict=True)):
        said = f"{at + 1} of {len(results)}: {result.file}"
        if (folder / result.file).exists() and not arguments.again:
            result.problem = "was there already"
            say(f"{said} is there already")
            continue
        try:
            _render(request, folder / result.file, result, arguments.quiet or arguments.json, said)
        except Cancelled:
            _write(folder, results)
            raise
        except GovorunError as error:
            failure, result.problem = error, str(error)
            say(f"row {result.row}: {error}")
        _write(folder, results)
    _write(folder, results)
    show(f"{folder / _RESULTS}  {sum(bool(result.seconds) for result in results)} of {len(results)} videos made")
    return 0 if failure is None else failure.exit_code


def _with_words(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the script read, so that it may hold names of columns too."""
    if "script" not in given:
        return dict(given)
    words = request_of(photo=Path("x"), script=given["script"]).words()
    return {**{name: value for name, value in given.items() if name != "script"}, "text": words}


def _checked(rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[RenderRequest]:
    """A request a row, each checked; the error names its row."""
    from orchestrator.video.checks import check_request

    requests = []
    for number, options in rows:
        try:
            requests.append(request_of(**options))
            check_request(requests[-1])
        except GovorunError as error:
            raise type(error)(f"Row {number}: {error}") from error
    return requests


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made ({error.strerror}): name another with -o.") from error


def _render(request: RenderRequest, output: Path, result: _Result, quiet: bool, said: str) -> None:
    started = time.perf_counter()
    if not quiet:
        say(said)
    with redirect_stdout(sys.stderr):
        made = render.render_with_bar([request], output, quiet)
    result.seconds, result.took = f"{made.seconds:.2f}", f"{time.perf_counter() - started:.2f}"


def _write(folder: Path, results: Sequence[_Result]) -> None:
    """The table of what came out so far, whole or not at all."""
    with appearing(folder / _RESULTS) as partial, partial.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(("row", "file", "seconds", "took", "problem"))
        table.writerows((each.row, each.file, each.seconds, each.took, each.problem) for each in results)
