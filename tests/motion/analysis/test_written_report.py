"""A report as it is written: tables, pictures and the page, word by word."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from motion.analysis.report import Report, Table, versions

TABLE = Table("walked-far", ("name", "r"), [("one", 0.12345), ("two", 7), ("three", -1.0)])


def test_numbers_with_a_point_have_three_figures_in_a_table_and_all_in_its_file(tmp_path: Path) -> None:
    assert TABLE.markdown() == "| name | r |\n| --- | --- |\n| one | 0.123 |\n| two | 7 |\n| three | -1.000 |"
    Report("t", "c", tables=[TABLE]).write(tmp_path)
    assert (tmp_path / "walked-far.csv").read_bytes() == b"name,r\none,0.12345\ntwo,7\nthree,-1.0\n"


def test_long_tables_are_files_and_not_on_the_page(tmp_path: Path) -> None:
    report = Report("t", "c", tables=[TABLE], long_tables=[Table("steps", ("index", "text"), [(1, 'a,"b"')])])
    page = report.write(tmp_path / "new" / "folder")
    assert page == tmp_path / "new" / "folder" / "index.html"
    assert (page.parent / "steps.csv").read_bytes() == b'index,text\n1,"a,""b"""\n'
    text = page.read_text(encoding="utf-8")
    assert "Walked far" in text and "Steps" not in text and "index" not in text
    report.write(tmp_path / "new" / "folder")


def test_the_page_has_everything_in_order(tmp_path: Path) -> None:
    report = Report(
        "A & B", "make <it>", ["First.", "Second & last."], [TABLE], pictures={"angle-and-pixels": b"\x89P"}
    )
    page = report.write(tmp_path)
    assert (tmp_path / "angle-and-pixels.png").read_bytes() == b"\x89P"
    text = page.read_text(encoding="utf-8")
    head, rest = text.split("<style>")
    assert head == (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>A &amp; B</title>"
    )
    body = rest.split("</style>")[1]
    made = "".join(f"<li>{name} {number}</li>" for name, number in versions().items())
    assert body == (
        "<h1>A &amp; B</h1><p>First.</p><p>Second &amp; last.</p>"
        '<h2>Walked far</h2><div class="wide"><table><tr><th>name</th><th>r</th></tr>'
        "<tr><td>one</td><td>0.123</td></tr><tr><td>two</td><td>7</td></tr><tr><td>three</td><td>-1.000</td></tr>"
        "</table></div>"
        '<h2>Angle and pixels</h2><img alt="Angle and pixels" src="data:image/png;base64,iVA=">'
        f"<h2>How to make this again</h2><pre>make &lt;it&gt;</pre><ul>{made}</ul></html>\n"
    )


def test_reports_share_nothing() -> None:
    first, second = Report("a", "b"), Report("a", "b")
    first.sentences.append("x")
    first.tables.append(TABLE)
    first.pictures["p"] = b""
    assert (second.sentences, second.tables, second.long_tables, second.pictures) == ([], [], [], {})


def test_versions_are_those_of_what_is_installed() -> None:
    found = versions()
    assert list(found)[:2] == ["python", "machine"]
    assert (found["python"], found["machine"]) == (platform.python_version(), platform.machine())
    for name in ("numpy", "torch", "scikit-image"):
        assert found[name] == version(name)
    assert set(found) <= {"python", "machine", "govorun", "numpy", "torch", "diffusers", "transformers",
                          "opencv-python-headless", "scikit-image", "matplotlib"}  # fmt: skip
