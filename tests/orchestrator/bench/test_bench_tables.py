"""From what was measured to tables, in a terminal, as JSON and on the page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from avatar.core.errors import InputError
from orchestrator.bench import __main__ as bench
from orchestrator.bench import findings, table
from orchestrator.bench.floor import Floor
from orchestrator.bench.parts import PARTS
from orchestrator.bench.render import STAGES, Run
from orchestrator.bench.table import Table, as_json, filled, read_tables

PAGE = Path(__file__).parents[3] / "docs" / "performance.md"
SMALL = Table("small", "What it is.", ("name", "s"), (None, 2), [("a", 1.0), ("longer", 12.345), ("none", None)])


def _run(frames: int, parts: Mapping[str, float], **changed: object) -> Run:
    run = Run(
        seconds=frames / 25, frames=frames, wall=frames / 50, processor=sum(parts.values()), peak_mb=900.0,
        first_frame=2.0, stages={STAGES[0]: (2.0, 2.0), STAGES[1]: (4.0, 6.0), STAGES[2]: (1.0, 1.0)}, parts=parts,
        processes={}, encode=[], load=1.0, others=0.1, looks=100, video=Path("v.mp4"),
    )  # fmt: skip
    return replace(run, **changed)  # type: ignore[arg-type]


def _pair(scale: float = 1.0) -> findings.Pair:
    """Face 4 ms a frame and 1 s before the first one, encoder 2 and 0, speech 3 and 0.5; ``scale`` times as much."""

    def parts(frames: int) -> dict[str, float]:
        costs = {"face": (0.004, 1.0), "encoder": (0.002, 0.0), "speech": (0.003, 0.5)}
        return {part: scale * (each * frames + fixed) for part, (each, fixed) in costs.items()}

    return _run(250, parts(250)), _run(1500, parts(1500))


def _cells(made: Table) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in made.cells()}


def test_a_part_has_a_cost_a_frame_and_one_before_the_first_frame() -> None:
    costs = findings.part_costs([_pair()])
    assert costs["face"] == pytest.approx((0.004, 1.0)) and costs["speech"] == pytest.approx((0.003, 0.5))
    assert costs["measuring"] == (0.0, 0.0) and tuple(costs) == PARTS


def test_of_several_rounds_the_median_counts() -> None:
    assert findings.part_costs([_pair(), _pair(9.0), _pair(1.1)])["face"][0] == pytest.approx(0.0044)


def test_the_table_of_parts_adds_up() -> None:
    rows = _cells(findings.parts_table("512x512", [_pair()]))
    assert rows["face"] == ["4.00", "44", "1.00"] and rows["= drawn and encoded"] == ["6.00", "67", "1.00"]
    assert rows["= all"] == ["9.00", "100", "1.50"]


def test_the_ratio_to_the_floor_is_that_of_the_same_frames() -> None:
    floors = [Floor(0.002, 0.0005, 0.001, 1.0), Floor(0.002, 0.0005, 0.001, 2.5), Floor(0.02, 0.005, 0.01, 1.0)]
    rows = _cells(findings.floor_table("512x512", [_pair()], floors))
    assert rows["= floor with grid_sample, float32"] == ["3.00", "2.00", "3.00", "2.5"]
    assert rows["= floor with remap, uint8"] == ["1.50", "4.00", "6.00", "2.5"]
    assert rows["encoding, from yuv420p"] == ["1.00", "", "", "2.5"]
    assert rows["face, beside one sample by remap, uint8"] == ["4.00", "8.00", "", "2.5"]
    assert rows["encoder, beside encoding alone"] == ["2.00", "2.00", "", "2.5"]


def test_one_more_second_is_the_slope_between_two_lengths() -> None:
    short, long = _run(250, {}, wall=8.0, processor=12.0), _run(1500, {}, wall=33.0, processor=52.0, others=0.3)
    rows = _cells(findings.length_table({10: [short], 60: [long]}, "512x512"))
    assert rows["one more second, 10 to 60 s"] == ["1.0", "0.50", "0.80", "0.50", "", "", "1.0", "30"]
    assert rows["60 s"] == ["60.0", "33.00", "52.00", "0.55", "2.00", "900", "1.0", "30"]


def test_the_most_memory_of_all_rounds_counts() -> None:
    runs = [_run(250, {}, peak_mb=megabytes, wall=1.0) for megabytes in (800.0, 1200.0, 900.0)]
    assert _cells(findings.length_table({10: runs}, "512x512"))["10 s (median of 3)"][5] == "1200"


def test_cores_are_busy_where_processor_time_is_wall_time_times_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "available_cores", lambda: 2)
    rows = findings.stage_table({10: [_run(250, {})]}, "512x512").cells()
    assert [row[4] for row in rows] == ["50", "75", "50"]


def test_two_workers_are_told_against_one_by_ratios_of_medians() -> None:
    one = [
        _run(1500, {}, wall=wall, stages={STAGES[1]: (wall - 4, 9.0)}, processor=10.0) for wall in (44.0, 90.0, 40.0)
    ]
    two = [_run(1500, {}, wall=24.0, stages={STAGES[1]: (20.0, 9.0)}, processor=12.5)]
    made = findings.worker_table(one, two, 1.87, "512x512")
    assert _cells(made)["one / two"][:3] == ["2.00", "1.83", "0.80"] and "1.87 times" in made.caption


def test_a_start_has_its_first_picture_and_the_service_its_draft() -> None:
    cold, warm = _run(50, {}, first_frame=9.0), [_run(50, {}, first_frame=first) for first in (1.0, 3.0, 2.0)]
    drafted = findings.Drafted(0.5, 1.5, 7.0, 1.2, 0.04)
    rows = findings.start_table(cold, warm, drafted, "512x512").cells()
    assert [row[1:3] for row in rows] == [["9.00", ""], ["2.00", ""], ["0.50", "1.50"]]
    assert [row[4] for row in rows] == ["2.00", "2.00", ""]


def test_numbers_stand_to_the_right_and_nothing_is_less_than_nothing() -> None:
    lines = SMALL.text().splitlines()
    assert lines == [
        "What it is.",
        "  name        s",
        "  ------  -----",
        "  a        1.00",
        "  longer  12.35",
        "  none",
    ]
    assert Table("z", "", ("s",), (2,), [(-0.0004,)]).cells() == [["0.00"]]


def test_a_table_of_the_page_is_replaced_between_its_marks_alone() -> None:
    page = "a\n<!-- bench: small -->\nold\n<!-- end -->\nb\n<!-- bench: other -->\nkept\n<!-- end -->\n"
    done = filled(page, SMALL)
    assert done.startswith("a\n<!-- bench: small -->\n*What it is.*\n\n| name | s |\n| --- | ---: |\n| a | 1.00 |\n")
    assert done.endswith("<!-- end -->\nb\n<!-- bench: other -->\nkept\n<!-- end -->\n") and "old" not in done
    assert filled(done, SMALL) == done and filled("nothing", SMALL) == "nothing"


def test_tables_go_through_json_to_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured, page = tmp_path / "bench.json", tmp_path / "page.md"
    measured.write_text(json.dumps({"tables": as_json([SMALL, replace(SMALL, name="homeless")])}))
    page.write_text("<!-- bench: small -->\n<!-- end -->\n")
    assert table.main([str(measured), "--page", str(page)]) == 1
    assert "| longer | 12.35 |" in page.read_text() and "homeless" in capsys.readouterr().err
    assert table.main([str(measured)]) == 0 and "  longer  12.35" in capsys.readouterr().out
    with pytest.raises(InputError, match="make bench"):
        read_tables(page)


def test_a_section_that_is_measured_anew_replaces_its_tables_and_keeps_the_others(tmp_path: Path) -> None:
    kept, again = tmp_path / "bench.json", replace(SMALL, rows=[("b", 2.0)])
    for made in (SMALL, replace(SMALL, name="second"), again):
        bench._keep(kept, made, [("512x512", _run(250, {"face": 1.0}))])
    assert [(one.name, one.cells()[0]) for one in read_tables(kept)] == [
        ("small", ["b", "2.00"]),
        ("second", ["a", "1.00"]),
    ]
    (run,) = json.loads(kept.read_text())["runs"]
    assert (run["size"], run["frames"], run["parts"]) == ("512x512", 250, {"face": 1.0})


def test_the_page_has_a_place_for_every_table_and_no_other_and_each_is_filled() -> None:
    marked = re.findall(r"<!-- bench: ([a-z0-9-]+) -->\n\*", PAGE.read_text("utf-8"))
    sizes = [f"{kind}-{size}" for size in bench.SIZES for kind in ("parts", "floor")]
    assert sorted(marked) == sorted(["machine", "start", "length", "stages", "workers", *sizes])


def test_the_bench_has_a_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0 and "--long" in said and all(name in said for name in bench.SECTIONS)
