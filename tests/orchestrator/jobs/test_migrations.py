"""Tables of earlier versions: brought up to date with all that is in them, or refused in one sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from avatar.core.errors import OutputError
from avatar.core.progress import silent
from orchestrator.jobs import migrations
from orchestrator.jobs.database import METADATA, open_database
from orchestrator.jobs.schema import REVISION
from orchestrator.jobs.service import Service, service_of
from orchestrator.settings import Settings
from orchestrator.upkeep.readiness import look
from orchestrator.video.folder import WorkFolder
from orchestrator.video.place import Place
from orchestrator.video.run import backdrop, portrait, speech
from orchestrator.video.scenes import scenes_from_json
from orchestrator.video.steps import step_of
from tests.service.at_once import START, at_once
from tests.service.crew import ROOT, environment_of
from tests.service.inline import do_steps

OLD = (ROOT / "tests" / "fixtures" / "version_0_1_0.sql").read_text("utf-8")
PREPARED = {"0/portrait": portrait, "0/speech": speech, "0/backdrop": backdrop}


@pytest.fixture
def plain(database: str, tmp_path: Path) -> Iterator[Engine]:
    """The database without anything of ours around it."""
    (tmp_path / "data").mkdir()
    opened = create_engine(database or f"sqlite:///{tmp_path}/data/jobs.sqlite")
    yield opened
    opened.dispose()


@pytest.fixture
def old(plain: Engine) -> Engine:
    """A database of version 0.1.0."""
    run(plain, *OLD.split(";\n"))
    return plain


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in filter(str.strip, statements):
            connection.exec_driver_sql(statement)


def rows(engine: Engine, table: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return sorted(tuple(map(str, row)) for row in connection.execute(text(f"SELECT * FROM {table}")))


def opened(database: str, tmp_path: Path) -> Engine:
    return open_database(database, tmp_path / "data")


def drawn(engine: Engine) -> dict[str, object]:
    """All that can be told of the tables."""
    looking = inspect(engine)
    tables = sorted(looking.get_table_names())
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in looking.get_columns(name)],
            sorted((i["name"] or "", i["column_names"], i["unique"]) for i in looking.get_indexes(name)),
            looking.get_pk_constraint(name),
            looking.get_foreign_keys(name),
            looking.get_unique_constraints(name),
        )
        for name in tables
    }


def test_what_is_in_an_old_database_is_kept(old: Engine, database: str, tmp_path: Path) -> None:
    names = ("jobs", "keys", "replies", "deliveries", "workers")
    before = {**{name: rows(old, name) for name in names}, "steps": rows(old, "pieces")}
    opened(database, tmp_path).dispose()
    assert before == {name: rows(old, name) for name in (*names, "steps")}
    assert len(before["steps"]) == 17
    assert not inspect(old).has_table("pieces")


def test_an_upgraded_database_is_the_same_as_a_new_one(old: Engine, database: str, tmp_path: Path) -> None:
    opened(database, tmp_path).dispose()
    upgraded = drawn(old)
    run(
        old,
        *(
            f"DROP TABLE {name}"
            for name in ("steps", "links", "jobs", *sorted(set(upgraded) - {"steps", "links", "jobs"}))
        ),
    )
    opened(database, tmp_path).dispose()
    assert drawn(old) == upgraded
    assert upgraded["steps"][3][0]["referred_table"] == "jobs"  # type: ignore[index]


def test_the_migrated_tables_are_those_of_the_code(plain: Engine, database: str, tmp_path: Path) -> None:
    opened(database, tmp_path).dispose()
    with plain.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert migrations.known()[0] == REVISION


def test_jobs_of_an_old_version_go_on_to_their_end(
    old: Engine, database: str, tmp_path: Path, small_portrait_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path / "data"))
    service = service_of(Settings(data_dir=tmp_path / "data", database=database), call=lambda job_id, queues: None)
    _files(service, "video_waiting", small_portrait_png)
    place = _files(service, "video_under_way", small_portrait_png)
    for name, step in PREPARED.items():
        step(step_of(name), place, silent())
    assert service.claims.recover() == 1
    done = do_steps(service)
    assert done[:3] == ["0/face", "0/segment/0", "join"]
    assert len(done) == 10
    states = {job.id: (job.state, job.stage, job.progress) for job in service.jobs.page()}
    assert states["video_under_way"] == states["video_waiting"] == states["video_done"] == ("completed", "", 1.0)
    assert states["video_failed"] == ("failed", "speech", 0.0)
    assert service.jobs.state("speech_waiting") == "completed"
    assert service.folder("video_under_way").video.exists()
    assert (service.folder("video_waiting").folder / "video.srt").exists()
    assert service.remove("video_done")
    assert not [row for row in rows(old, "steps") if row[0] == "video_done"]
    service.jobs.close()


def _files(service: Service, job_id: str, photo: Path) -> Place:
    """What the job had on the disk."""
    folder = service.folder(job_id)
    (folder.folder / "inputs").mkdir(parents=True)
    shutil.copy(photo, folder.folder / "inputs" / "photo.png")
    scenes = tuple(folder.placed(scene) for scene in scenes_from_json(service.jobs.get(job_id).request))
    WorkFolder.create(folder.work / "0", scenes[0])
    return Place(folder.work, scenes)


def test_many_processes_bring_one_database_up_to_date(old: Engine, database: str, tmp_path: Path) -> None:
    at_once(START, 8, database, tmp_path / "data")
    assert len(rows(old, "steps")) == 17
    assert rows(old, "alembic_version") == [(REVISION,)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('0999')"),
         "made by a newer version of Govorun (revision 0999"),
        (("DROP TABLE replies",), "of another program or of no released version (deliveries, jobs, keys)"),
        (("ALTER TABLE pieces DROP COLUMN fraction",), "the column steps.fraction is missing"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_left_alone(
    change: tuple[str, ...], sentence: str, old: Engine, database: str, tmp_path: Path
) -> None:
    run(old, *change)
    before = drawn(old)
    with pytest.raises(OutputError) as refused:
        opened(database, tmp_path)
    assert sentence in str(refused.value)
    assert "GOVORUN_DATABASE" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert drawn(old) == before


def test_tables_of_another_program_are_left_alone(plain: Engine, database: str, tmp_path: Path) -> None:
    run(plain, "CREATE TABLE orders (id INTEGER)")
    with pytest.raises(OutputError, match=r"another program .* \(orders\)"):
        opened(database, tmp_path)
    assert inspect(plain).get_table_names() == ["orders"]


def test_a_column_that_is_lost_is_told_at_every_start(plain: Engine, database: str, tmp_path: Path) -> None:
    opened(database, tmp_path).dispose()
    run(plain, "ALTER TABLE jobs DROP COLUMN priority")
    with pytest.raises(OutputError, match=r"do not fit \(the column jobs\.priority is missing\)"):
        opened(database, tmp_path)


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ("ALTER TABLE steps RENAME TO tasks", "the table steps is missing"),
        ("UPDATE alembic_version SET version_num = '0999'", "they are of revision 0999, this version works"),
    ],
)  # fmt: skip
def test_tables_that_change_under_a_service_are_told(
    change: str, lacks: str, plain: Engine, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = service_of(Settings(data_dir=tmp_path / "data", database=database))
    assert look("database", service).ok
    run(plain, change)
    assert look("database", service).reason.startswith("The tables of the database are not those of this version")
    assert lacks in caplog.text
    assert "Traceback" not in caplog.text
    service.jobs.close()


def test_a_service_ends_with_the_sentence(tmp_path: Path) -> None:
    engine = opened("", tmp_path)
    run(engine, "UPDATE alembic_version SET version_num = '0999'")
    engine.dispose()
    environment = environment_of(Settings(data_dir=tmp_path / "data"))
    command = [sys.executable, "-m", "orchestrator", "serve", "--port", "0"]
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == OutputError.exit_code
    assert ended.stderr.count("\n") == 1
    assert "made by a newer version of Govorun (revision 0999" in ended.stderr


def test_alembic_is_loaded_only_where_something_changes(tmp_path: Path) -> None:
    opened("", tmp_path).dispose()
    told = "import sys; print('alembic' in sys.modules)"
    words = at_once(f"{START}\n{told}", 1, "", tmp_path / "data")
    assert words == ["False"]
    assert at_once(f"{START}\n{told}", 1, "", tmp_path / "new") == ["True"]
