"""Whether the tables of a database are those that this version works with; older ones are brought up to date.

The database notes in ``alembic_version`` which revision its tables are of. Version 0.1.0 did not; it is known by its
tables. Alembic is loaded only where there is something to change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine, MetaData, false, func, inspect, select, text

from avatar.core.errors import OutputError

__all__ = ["REVISION", "lacking", "settle"]

REVISION = "0005"
"""The newest file of :mod:`orchestrator.jobs.migrations.versions`."""
_NOTE = "alembic_version"
_FIRST = "0001"
_FIRST_TABLES = frozenset({"deliveries", "jobs", "keys", "pieces", "replies", "workers"})
_WAITING = 0x676F766F72756E  # what processes of PostgreSQL lock while one of them changes the tables
_ANOTHER = "name another database by GOVORUN_DATABASE, or another folder by GOVORUN_DATA_DIR"
_changing = Lock()  # Alembic keeps what it works on in variables of its modules


def settle(engine: Engine, wanted: MetaData) -> None:
    """Make the tables of ``wanted`` or bring them up to date, in one transaction; whoever comes meanwhile waits.

    OutputError for tables of a newer version or of another program, which stay as they are.
    """
    with engine.connect().execution_options(reading=True) as connection:
        settled = _revision(connection) == REVISION
        if settled:
            _refuse_others(connection, wanted)
    if not settled:
        with _changing, _alone(engine) as connection:
            _bring_up_to_date(connection, wanted)


def lacking(connection: Connection, wanted: MetaData) -> str:
    """What the tables lack of ``wanted``, for people; "" where they fit."""
    there = set(inspect(connection).get_table_names())
    for table in wanted.sorted_tables:
        if table.name not in there:
            return f"the table {table.name} is missing"
        columns = connection.execute(select(text("*")).select_from(table).where(false())).keys()
        for name in set(table.columns.keys()) - set(columns):
            return f"the column {table.name}.{name} is missing"
    found = _revision(connection)
    return "" if found == REVISION else f"they are of revision {found}, this version works with {REVISION}"


def _bring_up_to_date(connection: Connection, wanted: MetaData) -> None:
    from orchestrator.jobs import migrations

    found = _revision(connection)
    if found != REVISION:  # else another process has done it by now
        if found is not None and found not in migrations.known():
            raise OutputError(
                f"The database of the jobs was made by a newer version of Govorun (revision {found}, this one knows "
                f"{REVISION}): run that one, or {_ANOTHER}."
            )
        migrations.upgrade(connection, found or _first(connection))
    _refuse_others(connection, wanted)


def _first(connection: Connection) -> str | None:
    """The revision of tables without a note: that of version 0.1.0, None where there are no tables."""
    there = set(inspect(connection).get_table_names())
    if there >= _FIRST_TABLES:
        return _FIRST
    if not there:
        return None
    found = ", ".join(sorted(there)[:3])
    raise OutputError(f"The database holds tables of another program or of no released version ({found}): {_ANOTHER}.")


def _refuse_others(connection: Connection, wanted: MetaData) -> None:
    lacks = lacking(connection, wanted)
    if lacks:
        raise OutputError(f"The tables of the jobs do not fit ({lacks}): restore them from a backup, or {_ANOTHER}.")


def _revision(connection: Connection) -> str | None:
    """What the database notes; None where it notes nothing."""
    if not inspect(connection).has_table(_NOTE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {_NOTE}")).scalar()
    return found


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction for one process at a time. On SQLite every one is that, and nothing may hang on rows of a table
    that is made anew, so references count for nothing in it."""
    with engine.connect() as connection:
        connection.detach()  # and not used again with what is set here
        if engine.dialect.name == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_WAITING)))
            yield connection
