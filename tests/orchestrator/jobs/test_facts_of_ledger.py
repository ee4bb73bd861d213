"""What the ledger reads out of the tables: scenes, their lengths, the pace of speech, and who works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from orchestrator.jobs import ledger as module
from orchestrator.jobs.database import STEPS, open_database
from orchestrator.jobs.ledger import Entry, Ledger, SceneFacts, StepFacts, ledger_of
from orchestrator.jobs.table import new_job
from tests.service.rows import put

PLAIN = {"size": "640x360", "fps": 25.0, "text": "Hello there.", "backdrop": "calm sea", "face_engine": "embedded"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database("", tmp_path)
    yield opened
    opened.dispose()


def keep(engine: Engine, job: str, steps: dict[str, tuple[str, float, int, float]], **facts: Any) -> None:
    """A job with steps: state, seconds, frames, fraction."""
    request = json.dumps({"scenes": facts.pop("scenes", [PLAIN])})
    put(engine, replace(new_job(job, request), **{"state": "in_progress", "created_at": 1.0, **facts}))
    with engine.begin() as connection:
        for name, (state, seconds, frames, fraction) in steps.items():
            told = {"state": state, "seconds": seconds, "frames": frames, "fraction": fraction}
            connection.execute(insert(STEPS).values(job=job, name=name, place=0, queue="cpu", **told))


def service(engine: Engine, *workers: tuple[int, tuple[str, ...]]) -> Any:
    alive = [SimpleNamespace(processes=processes, queues=queues) for processes, queues in workers]
    return SimpleNamespace(engine=engine, presence=SimpleNamespace(alive=lambda: alive))


def scene(face: StepFacts | None = None, **changes: Any) -> SceneFacts:
    return module._scene({**PLAIN, **changes}, face)


def test_open_and_finished_jobs_are_read_with_their_steps(engine: Engine) -> None:
    begun = {"0/face": ("done", 2.5, 50, 1.0), "0/segment/0": ("running", 0.0, 0, 0.25)}
    keep(engine, "a", begun, owner="me", priority=3)
    keep(engine, "b", {"0/face": ("done", 1.0, 25, 1.0)}, state="completed", ended_at=5.0)
    keep(engine, "c", {"0/face": ("done", 1.0, 25, 1.0)}, state="failed", ended_at=5.0)
    keep(engine, "d", {"0/speech": ("ready", 0.0, 0, 0.0)}, state="queued", scenes=[PLAIN, {**PLAIN, "text": "Hi."}])
    keep(engine, "e", {"quick": ("ready", 0.0, 0, 0.0)}, kind="speech", state="queued")
    found = ledger_of(service(engine, (2, ("cpu",)), (3, ("quick",)), (4, ("gpu", "quick"))), 1000.0)
    assert found.workers == 6
    assert sorted(entry.job for entry in found.open) == ["a", "d"]
    assert [entry.job for entry in found.finished] == ["b"]
    first = next(entry for entry in found.open if entry.job == "a")
    assert (first.owner, first.priority, first.created_at) == ("me", 3, 1.0)
    assert first.steps == {"0/face": StepFacts(True, 2.5, 50, 1.0), "0/segment/0": StepFacts(False, 0.0, 0, 0.25)}
    assert first.scenes == (SceneFacts(0.2304, 25.0, 12, True, 2.0, True),)
    other = next(entry for entry in found.open if entry.job == "d")
    assert [(one.letters, one.seconds) for one in other.scenes] == [(12, None), (3, None)]
    assert found.pace == 12.0


def test_the_latest_thirty_videos_are_the_history(engine: Engine) -> None:
    for number in range(32):
        keep(engine, f"job{number}", {"0/face": ("done", 1.0, 25, 1.0)}, state="completed", ended_at=float(number))
    found = ledger_of(service(engine), 1000.0)
    assert {entry.job for entry in found.finished} == {f"job{number}" for number in range(2, 32)}
    assert found.workers == 0


def test_the_tables_are_read_once_in_two_seconds_and_again_when_the_clock_goes_back(engine: Engine) -> None:
    asked = service(engine)
    first = ledger_of(asked, 1000.0)
    assert ledger_of(asked, 1001.99) is first
    second = ledger_of(asked, 1002.0)
    assert second is not first
    assert ledger_of(asked, 1003.9) is second
    assert ledger_of(asked, 1001.9) is not second


@pytest.mark.parametrize(
    ("changes", "letters"),
    [({}, 12), ({"text": None}, 0), ({"text": None, "transcript": "Four"}, 4), ({"transcript": "Four"}, 12)],
)
def test_letters_are_those_of_the_script_or_the_transcript(changes: dict[str, Any], letters: int) -> None:
    assert scene(**changes).letters == letters


@pytest.mark.parametrize(
    ("backdrop", "described"),
    [("calm sea", True), ("photo", False), ("none", False), ("#102030", False), ("@/a.png", False), ("nonesuch", True)],
)
def test_a_place_in_words_is_described(backdrop: str, described: bool) -> None:
    assert scene(backdrop=backdrop).described is described


@pytest.mark.parametrize(
    ("changes", "usual"),
    [
        ({}, True), ({"speech_engine": "piper", "backdrop_engine": "rooms"}, True), ({"speech_engine": "coqui"}, False),
        ({"face_engine": "liveportrait"}, False), ({"backdrop_engine": "kandinsky"}, False),
        ({"speech_engine": "recorded", "backdrop_engine": "painted"}, True), ({"face_engine": None}, False),
    ],
)  # fmt: skip
def test_engines_of_the_package_are_usual(changes: dict[str, Any], usual: bool) -> None:
    assert scene(**changes).usual is usual


def test_a_length_is_known_once_the_face_is_planned() -> None:
    assert scene(StepFacts(True, 1.0, 75, 1.0)).seconds == 3.0
    assert scene(StepFacts(False, 1.0, 75, 0.5)).seconds is None
    assert scene().seconds is None
    assert scene(size="1000x500").megapixels == 0.5


def test_a_length_is_guessed_where_letters_are_known() -> None:
    assert SceneFacts(1.0, 25.0, 28).guessed(14.0).seconds == 2.0
    assert SceneFacts(1.0, 25.0, 28, seconds=9.0).guessed(14.0).seconds == 9.0
    assert SceneFacts(1.0, 25.0, 0).guessed(14.0).seconds is None


def test_what_is_left_of_a_step_is_between_all_and_nothing() -> None:
    steps = {"a": StepFacts(True, 1.0, 1, 0.2), "b": StepFacts(False, 0.0, 0, 0.2), "c": StepFacts(False, 0.0, 0, 1.5)}
    entry = Entry("job", "", 0, 1.0, (), steps)
    assert [entry.rest(name) for name in ("a", "b", "c", "d")] == [0.0, 0.8, 0.0, 1.0]


def test_the_pace_is_that_of_all_scenes_of_which_letters_and_length_are_known() -> None:
    scenes = (SceneFacts(1.0, 25.0, 20, seconds=2.0), SceneFacts(1.0, 25.0, 0, seconds=9.0), SceneFacts(1.0, 25.0, 7))
    entries = [Entry("a", "", 0, 1.0, scenes, {}), Entry("b", "", 0, 1.0, (SceneFacts(1, 25, 40, seconds=4.0),), {})]
    assert module._pace(entries) == 10.0
    assert module._pace([]) == 14.0 == Ledger((), (), 0).pace
