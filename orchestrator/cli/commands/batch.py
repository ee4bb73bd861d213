"""``govorun batch``: one video a row of a table."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.artefacts import appearing
from avatar.core.errors import Cancelled, GovorunError, InputError, OptionError
from orchestrator.cli.commands import render
from orchestrator.console import say, show
from orchestrator.video.outputs import check_inputs, outputs_of
from orchestrator.video.request import RenderRequest, request_of

if TYPE_CHECKING:
    from orchestrator.productions.batch import Row
    from orchestrator.productions.document import Production

__all__ = ["add", "run"]

_DESCRIPTION = (
    "Make one video a row of a CSV or of JSON lines: {{column}} in script, heading, backdrop and other texts "
    "stands for the value of the row. All rows are checked before the first is made; results.csv in the folder lists "
    "what came out. Takes the options of `govorun render`."
)
_RESULTS, _NUMBERED = "results.csv", "{{row}}"


def add(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "batch", parents=[common], help="make one video a row of a table", description=_DESCRIPTION
    )
    parser.add_argument(
        "data", metavar="DATA", type=Path, nargs="?", help="a CSV with a line of column names, or JSON lines; needed "
        "where no production holds data",
    )  # fmt: skip
    parser.add_argument(
        "--name",
        metavar="PATTERN",
        help="names of the files, for example {{name}} (default: the title of the production, else {{row}})",
    )
    parser.add_argument("--again", action="store_true", help="make those that are there already once more")
    render.add_production(parser)
    render.add_options(parser, output="the folder of the videos")
    parser.set_defaults(run=run)


@dataclass
class _Result:
    row: int
    file: str
    seconds: str = ""
    took: str = ""
    problem: str = ""


@dataclass(frozen=True)
class _Plan:
    """A video a row, checked: ``names`` of the files without ending."""

    rows: Sequence[Row]
    names: Sequence[str]
    videos: Sequence[tuple[RenderRequest, ...]]


def run(arguments: argparse.Namespace) -> int:
    """Check every row, then render one after another; a row that fails is told and the others go on."""
    given = render.given_options(arguments)
    with redirect_stdout(sys.stderr):
        plan = _planned(given, arguments) if arguments.production is None else _produced(given, arguments)
    folder: Path = arguments.output
    inputs = [path for path in (arguments.data, arguments.production) if path is not None]
    for name, scenes in zip(plan.names, plan.videos, strict=True):
        check_inputs(outputs_of(folder / f"{name}.mp4", scenes[0].captions, alpha=scenes[0].alpha), inputs)
    _make_folder(folder)
    results = [_Result(row.number, f"{name}.mp4") for row, name in zip(plan.rows, plan.names, strict=True)]
    failure: GovorunError | None = None
    for at, (result, scenes) in enumerate(zip(results, plan.videos, strict=True)):
        said = f"{at + 1} of {len(results)}: {result.file}"
        if (folder / result.file).exists() and not arguments.again:
            result.problem = "was there already"
            say(f"{said} is there already")
            continue
        try:
            _render(scenes, folder / result.file, result, arguments.quiet or arguments.json, said)
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


def _planned(given: Mapping[str, Any], arguments: argparse.Namespace) -> _Plan:
    """One scene a row, as the options say."""
    from orchestrator.productions.batch import file_names, read_rows, rows_of

    if arguments.data is None:
        raise OptionError("There is no data: name a CSV or JSON lines, or a production that holds data.")
    filled = rows_of(read_rows(arguments.data), _with_words(given))
    names = file_names([row for row, _ in filled], arguments.name or _NUMBERED)
    videos = [_checked(row, partial(_one, options)) for row, options in filled]
    return _Plan([row for row, _ in filled], names, videos)


def _produced(given: Mapping[str, Any], arguments: argparse.Namespace) -> _Plan:
    """The scenes of a production, a row of its data or of DATA."""
    from orchestrator.productions.batch import file_names, read_rows, rows_of
    from orchestrator.productions.document import read_production

    production = read_production(arguments.production)
    rows = production.rows() if arguments.data is None else read_rows(arguments.data)
    if not rows:
        raise OptionError(f"{arguments.production.name} holds no data: add it, or name a CSV or JSON lines.")
    template = {"given": _with_words(given), "production": production.template()}
    filled: list[tuple[Row, dict[str, Any]]] = rows_of(rows, template)
    names = file_names(rows, arguments.name or production.title or _NUMBERED)
    videos = [_checked(row, partial(_scenes, production, values)) for row, values in filled]
    return _Plan(rows, names, videos)


def _one(options: Mapping[str, Any]) -> tuple[RenderRequest, ...]:
    from orchestrator.video.checks import check_request

    request = request_of(**options)
    check_request(request)
    return (request,)


def _scenes(production: Production, values: Mapping[str, Any]) -> tuple[RenderRequest, ...]:
    """Those of a production, filled with the values of a row."""
    filled = production.filled(values["production"])
    scenes = filled.requests(values["given"])
    filled.check(scenes)
    return scenes


def _with_words(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the script read, so that it may hold names of columns too."""
    if "script" not in given:
        return dict(given)
    words = request_of(photo=Path("x"), script=given["script"]).words()
    return {**{name: value for name, value in given.items() if name != "script"}, "text": words}


def _checked(row: Row, make: Callable[[], tuple[RenderRequest, ...]]) -> tuple[RenderRequest, ...]:
    """The scenes of a row, checked; the error names the row."""
    try:
        scenes = make()
    except GovorunError as error:
        raise type(error)(f"Row {row.number}: {error}") from error
    return scenes


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made ({error.strerror}): name another with -o.") from error


def _render(scenes: Sequence[RenderRequest], output: Path, result: _Result, quiet: bool, said: str) -> None:
    started = time.perf_counter()
    if not quiet:
        say(said)
    with redirect_stdout(sys.stderr):
        made = render.render_with_bar(scenes, output, quiet)
    result.seconds, result.took = f"{made.seconds:.2f}", f"{time.perf_counter() - started:.2f}"


def _write(folder: Path, results: Sequence[_Result]) -> None:
    """The table of what came out so far, whole or not at all."""
    with appearing(folder / _RESULTS) as partial, partial.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(("row", "file", "seconds", "took", "problem"))
        table.writerows((each.row, each.file, each.seconds, each.took, each.problem) for each in results)
