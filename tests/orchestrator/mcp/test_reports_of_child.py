"""What the process that makes a video tells its parent: how often, how far, and when nobody listens."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from avatar.core.errors import Cancelled
from orchestrator.mcp import child
from orchestrator.mcp.child import _facts, _Parent
from orchestrator.video.render import RenderResult
from orchestrator.video.steps import shares


class Out:
    """A pipe that keeps its lines, or is broken."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.broken = False

    def write(self, text: str) -> None:
        if self.broken:
            raise BrokenPipeError
        assert text.endswith("\n")
        self.lines.append({**json.loads(text), "plain": text})


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> tuple[_Parent, Out, list[float]]:
    """Without the pipes of this process, on a clock of the test's own."""
    made, out, now = object.__new__(_Parent), Out(), [1000.0]
    made._out, made._gone, made._lock = out, threading.Event(), threading.Lock()  # type: ignore[assignment]
    made._reached, made._told_at = dict.fromkeys(shares(), 0.0), 0.0
    monkeypatch.setattr(child.time, "monotonic", lambda: now[0])
    return made, out, now


def test_progress_is_that_of_the_whole_and_told_five_times_a_second(parent: tuple[_Parent, Out, list[float]]) -> None:
    made, out, now = parent
    made.report("speech", 0.5, "a sentence")
    now[0] += 0.19
    made.report("speech", 1.0, "")
    now[0] += 0.02
    made.report("video", 0.123456, "")
    told = [(line["event"], line["stage"], line["fraction"]) for line in out.lines]
    assert told == [("progress", "speech", 0.05), ("progress", "video", 0.1864)]


def test_the_work_stops_where_the_input_has_ended_or_nobody_reads(parent: tuple[_Parent, Out, list[float]]) -> None:
    made, out, _ = parent
    out.broken = True
    with pytest.raises(Cancelled, match="parent process is gone"):
        made.report("speech", 0.5, "")
    out.broken = False
    made._gone.set()
    with pytest.raises(Cancelled, match="work was stopped"):
        made.report("speech", 0.5, "")
    assert out.lines == []


def test_letters_are_told_as_they_are(parent: tuple[_Parent, Out, list[float]]) -> None:
    made, out, _ = parent
    made.say("error", message="Нет лица.")
    assert out.lines[0]["plain"] == '{"event": "error", "message": "Нет лица."}\n'


def test_a_finished_video_is_told_with_all_its_files() -> None:
    captions, transparent = {"srt": Path("a.srt")}, {"mov": Path("a.mov")}
    made = RenderResult(
        Path("a.mp4"), 4.2251, 106, Path("a.json"), captions, {}, ("soft",), (("tone", "en"),), transparent
    )
    assert _facts(made) == {
        "seconds": 4.23,
        "files": {"video": "a.mp4", "sidecar": "a.json", "srt": "a.srt", "mov": "a.mov"},
        "notes": ["soft"],
    }
