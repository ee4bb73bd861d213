"""One video a row of a table: ``{{name}}`` in any text option stands for the value of that column."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from avatar.core.errors import InputError, OptionError
from avatar.core.reasons import Message

__all__ = ["MOST_ROWS", "Row", "file_names", "fill", "placeholders", "read_rows", "row_of", "rows_of"]

MOST_ROWS = 10_000
_MOST_BYTES = 64 << 20
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_DELIMITERS = ",;\t|"
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_LISTED = 8
_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{k}" for name in ("com", "lpt") for k in range(1, 10))}


@dataclass(frozen=True)
class Row:
    """``number``: the line of the table, counted from 1 without its head. ``values``: column -> text."""

    number: int
    values: Mapping[str, str]


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV (comma, semicolon, tab or bar between, with or without BOM) or of JSON lines.

    InputError says in which row something is wrong: a column too many, no JSON, more than MOST_ROWS rows.
    """
    text = _text(path)
    json_lines = path.suffix.lower() in (".jsonl", ".ndjson") or text.lstrip().startswith("{")
    rows = list(_json_rows(path, text) if json_lines else _csv_rows(path, text))
    if not rows:
        raise InputError(Message("table_empty", name=path.name))
    return rows


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(Message("table_large", name=path.name, megabytes=_MOST_BYTES >> 20))
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"The data {path} cannot be read ({error.strerror}): check the path.") from error
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(Message("table_encoding", name=path.name, byte=error.start)) from error


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        head = [name.strip() for name in next(lines, [])]
        _check_head(path, head)
        number = 0
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            number += 1
            _check_count(path, number)
            if len(cells) > len(head):
                raise InputError(
                    Message("table_cells", row=number, name=path.name, cells=len(cells), columns=len(head))
                )
            yield Row(number, dict(zip(head, [cell.strip() for cell in cells] + [""] * len(head), strict=False)))
    except csv.Error as error:
        raise InputError(Message("table_no_csv", line=lines.line_num, name=path.name, why=str(error))) from error


def _delimiter(text: str) -> str:
    """What stands between the names of the first line, outside quotes; a comma where there is one column."""
    first = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return max(_DELIMITERS, key=lambda sign: (first.count(sign), sign == ","))


def _check_head(path: Path, head: Sequence[str]) -> None:
    twice = [name for name in dict.fromkeys(head) if head.count(name) > 1 and name]
    if twice:
        raise InputError(Message("table_twice", name=path.name, column=twice[0]))


def _check_count(path: Path, number: int) -> None:
    if number > MOST_ROWS:
        raise InputError(Message("table_rows", name=path.name, most=MOST_ROWS))


def _json_rows(path: Path, text: str) -> Iterator[Row]:
    number = 0
    for line in text.splitlines():
        if not line.strip():
            continue
        number += 1
        _check_count(path, number)
        try:
            values = json.loads(line)
        except ValueError as error:
            raise InputError(Message("table_no_json", row=number, name=path.name, why=str(error))) from error
        if not isinstance(values, dict) or any(isinstance(value, (dict, list)) for value in values.values()):
            raise InputError(Message("table_no_object", row=number, name=path.name))
        yield row_of(number, values)


def row_of(number: int, values: Mapping[str, object]) -> Row:
    """The row of plain values of JSON: numbers and words as their texts, null as nothing."""
    return Row(number, {str(key): _plain(value) for key, value in values.items()})


def _plain(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def placeholders(options: Mapping[str, object]) -> list[str]:
    """Names in double braces in the texts of ``options``, each once, in order."""
    return list(dict.fromkeys(name for text in _texts(options) for name in _PLACE.findall(text)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def fill(options: Mapping[str, object], values: Mapping[str, str]) -> dict[str, object]:
    """``options`` with the values in place of their names, in lists and objects too; OptionError where one is missing
    or empty."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1], "")
        if not found:
            raise OptionError(f"there is no value for {match[0]}")
        return found

    def filled(inner: object) -> object:
        if isinstance(inner, str):
            return _PLACE.sub(value, inner)
        if isinstance(inner, Mapping):
            return {name: filled(part) for name, part in inner.items()}
        return [filled(part) for part in inner] if isinstance(inner, list) else inner

    return {name: filled(inner) for name, inner in options.items()}


def rows_of(rows: Sequence[Row], options: Mapping[str, object]) -> list[tuple[Row, dict[str, object]]]:
    """Every row with its own options. InputError names all rows that lack a value, before anything is made of any."""
    columns = list(dict.fromkeys(name for row in rows for name in row.values))
    unknown = [name for name in placeholders(options) if name not in columns]
    if unknown:
        raise InputError(Message("table_no_column", column=unknown[0], columns=", ".join(filter(None, columns))))
    filled, lacking = [], []
    for row in rows:
        try:
            filled.append((row, fill(options, row.values)))
        except OptionError as error:
            lacking.append(f"row {row.number}: {error}")
    if lacking:
        more = f", and {len(lacking) - _LISTED} more" if len(lacking) > _LISTED else ""
        raise InputError(Message("table_values", rows="; ".join(lacking[:_LISTED]) + more))
    return filled


def file_names(rows: Sequence[Row], pattern: str) -> list[str]:
    """A name for the file of each row, without ending: ``pattern`` filled in, safe on every system, each once."""
    names: list[str] = []
    taken: set[str] = set()
    for row in rows:
        values = {**row.values, "row": f"{row.number:0{len(str(len(rows)))}d}"}
        name = _UNSAFE.sub(" ", str(fill({"name": pattern}, values)["name"]))
        name = " ".join(name.split()).strip(". ")[:80].rstrip(". ") or values["row"]
        while name.lower() in taken or name.partition(".")[0].lower() in _RESERVED:
            name = f"{name} {values['row']}"
        taken.add(name.lower())
        names.append(name)
    return names
