"""The database itself: many processes at once, a database that goes away, a URL that is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import InterfaceError, OperationalError

from avatar.core.errors import OptionError, OutputError
from orchestrator.jobs import database as database_module
from orchestrator.jobs.claims import Claims
from orchestrator.jobs.database import insistently, open_database
from orchestrator.jobs.table import Jobs, new_job
from orchestrator.settings import Settings
from orchestrator.video.request import request_of
from tests.service.at_once import START, at_once
from tests.service.crew import FAKES, Crew, calling, wait_for_end
from tests.service.servers import free_port

_CLAIM = """
claims, empty = Claims(engine), 0
while empty < 5:
    claim = claims.claim(["cpu"], sys.argv[4], 600.0)
    empty = 0 if claim else empty + 1
    if claim:
        print(claim.job, claim.name)
"""


def test_many_processes_make_the_tablesat_once(database: str, tmp_path: Path) -> None:
    at_once(START, 8, database, tmp_path)
    engine = open_database(database, tmp_path)
    assert Jobs(engine).counts() == {}
    engine.dispose()


def test_eight_processes_never_take_the_same_step(database: str, tmp_path: Path) -> None:
    engine = open_database(database, tmp_path)
    claims = Claims(engine)
    for number in range(40):
        claims.open(new_job(f"job{number}", "{}", owner=f"owner{number % 3}"), 1, {})
    taken = at_once(START + _CLAIM, 8, database, tmp_path)
    assert len(taken) == len(set(taken)) == 120
    engine.dispose()


@pytest.mark.parametrize("url", ["postgresql+nothing://x", "what is this", "mongodb://localhost"])
def test_a_url_of_no_database_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"GOVORUN_DATABASE cannot be used .*: write postgresql"):
        open_database(url, tmp_path)


def test_a_database_that_does_not_answer_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="database of the jobs does not answer"):
        open_database(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/x", tmp_path)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("the server closed the connection", "the server closed the connection"),
        ("\nno route to host\n\tIs the server running?\n", "no route to host"),
        ("", "ConnectionError"),
    ],
)
def test_a_database_that_comes_back_is_asked_again_and_the_first_line_of_its_complaint_is_logged(
    said: str, told: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_PAUSE", 0.001)
    failures = iter(
        [OperationalError("SELECT 1", None, ConnectionError(said)), InterfaceError("", None, OSError(said))]
    )

    def action() -> str:
        for failure in failures:
            raise failure
        return "done"

    assert insistently(action) == "done"
    assert caplog.messages[0] == f"the database is away ({told}), trying again"
    assert len(caplog.messages) == 2


def test_a_database_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def action() -> None:
        tried.append(1)
        raise OperationalError("SELECT 1", None, ConnectionError("away"))

    monkeypatch.setattr(database_module, "_PAUSE", 0.001)
    with pytest.raises(OperationalError, match="away"):
        insistently(action, patience=0.02)
    assert 2 <= len(tried) <= 6  # pauses double


def test_doors_and_workers_start_at_once_on_an_empty_data_folder(
    database: str, tmp_path: Path, small_portrait_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "new", database=database)
    for name in ("DATA_DIR", "DATABASE"):
        monkeypatch.setenv(f"GOVORUN_{name}", str(getattr(settings, name.lower())))
    with Crew(settings, 2) as workers:
        at_once("from orchestrator.api.app import create_app; create_app()", 4, database, tmp_path)
        service = calling(settings)
        job = service.submit(request_of(photo=small_portrait_png, text="Hello.", **FAKES))
        assert wait_for_end(service, job.id, workers).state == "completed", workers.words()
        assert not workers.ends
    service.jobs.close()
