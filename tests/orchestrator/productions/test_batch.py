"""Rows of data: every dialect that spreadsheets write, names filled in, what is missing told at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.core.errors import InputError, OptionError
from orchestrator.productions import batch
from orchestrator.productions.batch import Row, file_names, fill, placeholders, read_rows, rows_of


def table(folder: Path, content: bytes | str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        "name,city\nAnna,Omsk\nBoris,Perm\n",
        "\ufeffname;city\r\nAnna;Omsk\r\n\r\nBoris;Perm",
        "name\tcity\nAnna\tOmsk\nBoris\tPerm\n",
        ' name | city \n Anna |Omsk\n"Boris"|Perm\n',
        '"name","city"\n"Anna","Omsk"\n"Boris","Perm"',
        "name,city\nAnna,Omsk\nBoris,Perm\n".encode("utf-16"),
    ],
)
def test_every_dialect_gives_the_same_rows(content: bytes | str, tmp_path: Path) -> None:
    rows = read_rows(table(tmp_path, content))
    assert rows == [Row(1, {"name": "Anna", "city": "Omsk"}), Row(2, {"name": "Boris", "city": "Perm"})]


def test_quoted_cells_keep_commas_and_lines(tmp_path: Path) -> None:
    (row,) = read_rows(table(tmp_path, 'text,n\n"One, two\nand ""three""",4\n'))
    assert row.values == {"text": 'One, two\nand "three"', "n": "4"}
    (semicolons,) = read_rows(table(tmp_path, '"a,b";c\n1;2\n'))
    assert semicolons.values == {"a,b": "1", "c": "2"}


def test_json_lines_are_rows(tmp_path: Path) -> None:
    content = '{"name": "Анна", "n": 3, "x": null, "yes": true}\n\n{"name": "Boris"}\n'
    rows = read_rows(table(tmp_path, content, "a.jsonl"))
    assert rows == [Row(1, {"name": "Анна", "n": "3", "x": "", "yes": "true"}), Row(2, {"name": "Boris"})]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "", "has no rows"),
        ("a.csv", "name,city\n", "has no rows"),
        ("a.csv", "name,city\nAnna,Omsk,5\n", "Row 1 of a.csv has 3 cells, the head 2"),
        ("a.csv", "name,name\nA,B\n", "'name' twice"),
        ("a.csv", "name\nA\nБорис".encode("cp1251"), "no UTF-8"),
        ("a.csv", 'name\n"open\n', "no CSV"),
        ("a.jsonl", '{"a": 1}\n{"a": \n', "Row 2 of a.jsonl is no JSON"),
        ("a.jsonl", "[1]\n", "must be an object"),
        ("a.jsonl", '{"a": {"b": 1}}\n', "must be an object"),
    ],
)
def test_what_cannot_be_read_names_its_row(name: str, content: bytes | str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told):
        read_rows(table(tmp_path, content, name))


def test_too_many_rows_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert batch.MOST_ROWS == 10_000
    monkeypatch.setattr(batch, "MOST_ROWS", 3)
    assert len(read_rows(table(tmp_path, "a\n1\n2\n3\n"))) == 3
    with pytest.raises(InputError, match="more than 3 rows"):
        read_rows(table(tmp_path, "a\n1\n2\n3\n4\n"))
    with pytest.raises(InputError, match="check the path"):
        read_rows(tmp_path / "missing.csv")


def test_names_are_filled_in_every_text() -> None:
    options = {"text": "Hello {{name}} of {{ city }}!", "heading": "{{name}}", "fps": 25, "label": True}
    assert placeholders(options) == ["name", "city"]
    assert fill(options, {"name": "Anna", "city": "{{name}}"}) == {
        "text": "Hello Anna of {{name}}!", "heading": "Anna", "fps": 25, "label": True,
    }  # fmt: skip
    with pytest.raises(OptionError, match=r"no value for \{\{ city \}\}"):
        fill(options, {"name": "Anna", "city": ""})


def test_all_that_is_missing_is_told_before_anything_is_made() -> None:
    rows = [Row(1, {"a": "x", "b": ""}), Row(2, {"a": "x", "b": "y"}), Row(3, {"a": "", "b": "y"})]
    with pytest.raises(InputError, match=r"row 1: .*\{\{b\}\}; row 3: .*\{\{a\}\}\."):
        rows_of(rows, {"text": "{{a}} {{b}}"})
    with pytest.raises(InputError, match=r"no column 'A': the columns are a, b\. Capitals count"):
        rows_of(rows, {"text": "{{A}}"})
    assert [options["text"] for _, options in rows_of(rows[1:2], {"text": "{{a}} {{b}}"})] == ["x y"]
    many = [Row(number, {"a": ""}) for number in range(1, 31)]
    with pytest.raises(InputError, match=r"row 8: .*, and 22 more"):
        rows_of(many, {"text": "{{a}}"})


def test_files_have_names_that_every_system_takes() -> None:
    rows = [Row(k + 1, {"name": name}) for k, name in enumerate(
        ["Anna", "anna", "a/b:c", "..", "con", "x" * 200, "  Zoé  ", "tab\there"])]  # fmt: skip
    names = file_names(rows, "{{name}}")
    assert names[:5] == ["Anna", "anna 2", "a b c", "4", "con 5"]
    assert len(names[5]) == 80
    assert names[6:] == ["Zoé", "tab here"]
    again = [Row(k + 1, {"name": name}) for k, name in enumerate(["a 3", "a", "a"])]
    assert file_names(again, "{{name}}") == ["a 3", "a", "a 3 3"]
    assert file_names(rows[:2], "talk {{row}}") == ["talk 1", "talk 2"]


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=12))
def test_no_two_rows_share_a_file(texts: list[str]) -> None:
    names = file_names([Row(k + 1, {"name": text}) for k, text in enumerate(texts)], "{{name}}")
    assert len({name.lower() for name in names}) == len(texts)
    for name in names:
        assert name and not set(name) & set('<>:"/\\|?*\n\r\t') and name == name.strip(". ")
