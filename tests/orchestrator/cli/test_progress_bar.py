"""What the bar of the terminal shows: whose turn it is, how much is done, and when a time is told."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from orchestrator.cli import bar
from orchestrator.cli.bar import TerminalBar, overall_fraction, plain_bar, remaining_seconds
from orchestrator.video.steps import shares


def fields_of(shown: TerminalBar) -> dict[str, str]:
    return dict(shown._bar.tasks[0].fields)


def on_a_terminal() -> TerminalBar:
    return TerminalBar(Console(file=io.StringIO(), force_terminal=True))


def at_moments(monkeypatch: pytest.MonkeyPatch, *moments: float) -> None:
    left = iter(moments)
    monkeypatch.setattr(bar.time, "monotonic", lambda: next(left))


def test_no_time_is_told_before_two_seconds_nor_before_a_fiftieth_is_done() -> None:
    assert remaining_seconds(1.99, 0.5) is None
    assert remaining_seconds(2.0, 0.5) == pytest.approx(2.06)
    assert remaining_seconds(10.0, 0.02) is None
    assert remaining_seconds(10.0, 0.021) == pytest.approx(10.0 * 0.979 / 0.021 * 1.03)


def test_the_time_that_is_left_shrinks_with_what_is_done() -> None:
    assert remaining_seconds(30.0, 0.25) == pytest.approx(92.7)
    assert remaining_seconds(30.0, 0.75) == pytest.approx(10.3)
    assert remaining_seconds(30.0, 1.0) == 0.0


def test_what_is_done_is_weighed_by_the_share_of_its_stage() -> None:
    video, join = shares()["video"], shares()["join"]
    assert overall_fraction({"video": 0.5}) == pytest.approx(0.5 * video)
    assert overall_fraction({"video": 1.0, "join": 0.25}) == pytest.approx(video + 0.25 * join)
    assert overall_fraction(dict.fromkeys(shares(), 1.0)) == pytest.approx(1.0)


def test_stages_that_run_side_by_side_are_named_in_their_order() -> None:
    shown = on_a_terminal()
    shown("backdrop", 0.5, "a sea")
    shown("speech", 0.2, "a sentence")
    assert fields_of(shown)["stage"] == "speech + backdrop"
    assert fields_of(shown)["detail"] == "a sentence"
    shown("backdrop", 1.0, "a sea")
    assert fields_of(shown)["stage"] == "speech"
    assert shown._bar.tasks[0].completed == pytest.approx(0.2 * shares()["speech"] + shares()["backdrop"])


def test_a_stage_that_has_begun_with_nothing_is_named_and_one_that_ended_alone_too() -> None:
    shown = on_a_terminal()
    shown("portrait", 0.0, "")
    assert fields_of(shown)["stage"] == "portrait"
    shown("portrait", 1.0, "")
    assert fields_of(shown)["stage"] == "portrait"


def test_a_fraction_never_goes_back() -> None:
    shown = on_a_terminal()
    shown("face", 0.8, "")
    shown("face", 0.3, "")
    assert shown._bar.tasks[0].completed == pytest.approx(0.8 * shares()["face"])


def test_a_time_is_told_of_the_drawing_alone() -> None:
    shown = on_a_terminal()
    assert fields_of(shown) == {"stage": "starting", "eta": "", "detail": ""}
    shown("speech", 0.5, "")
    assert fields_of(shown)["eta"] == "ETA --:--"
    shown("join", 0.5, "")
    assert fields_of(shown)["eta"] == "ETA a moment"


def test_the_time_counts_from_the_first_picture_in_minutes_and_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_a_terminal()
    at_moments(monkeypatch, 100.0, 100.0, 130.0, 147.0)
    eta = [shown._eta("video", fraction) for fraction in (0.0, 0.2)]
    assert eta == ["ETA --:--", "ETA 2:03"]
    assert shown._eta("video", 0.9) == "ETA 0:05"


@pytest.mark.parametrize(("terminal", "moves"), [(True, True), (False, False)])
def test_the_bar_draws_on_a_terminal_alone(terminal: bool, moves: bool) -> None:
    out = io.StringIO()
    with TerminalBar(Console(file=out, force_terminal=terminal, width=120)) as shown:
        assert shown._bar.disable is not moves
        shown("speech", 0.5, "words")
        shown._bar.refresh()
        assert shown._bar.live.is_started is moves
    assert ("speech" in out.getvalue() and "words" in out.getvalue()) is moves
    assert not shown._bar.live.is_started


def test_the_bar_is_gone_behind_the_work_and_full_where_all_is_done() -> None:
    shown = on_a_terminal()
    assert shown._bar.live.transient
    for stage in shares():
        shown(stage, 1.0, "")
    assert shown._bar.tasks[0].percentage == pytest.approx(100.0)


def test_a_plain_bar_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_bar("speech") as progress:
        progress(0.5, "half")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("quiet", "told"), [(False, True), (True, False)])
def test_a_plain_bar_names_its_stage_and_how_far_it_is(
    quiet: bool, told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bar, "Console", lambda file: Console(file=file, force_terminal=True, width=120))
    with plain_bar("speaking", quiet) as progress:
        progress(0.41, "a sentence")
        time.sleep(0.15)
    said = capsys.readouterr().err
    assert [word in said for word in ("speaking", "41%", "a sentence")] == [told] * 3
    assert not said.rstrip(" ").endswith("a sentence\n")
