"""The database of the service: SQLite in the data folder, or PostgreSQL by its URL; the same tables on both."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from avatar.core.errors import OptionError, OutputError
from orchestrator.jobs.schema import settle
from orchestrator.private import close_to_others

__all__ = [
    "BATCHES",
    "DELIVERIES",
    "JOBS",
    "KEYS",
    "LINKS",
    "METADATA",
    "PAST",
    "PATIENCE",
    "PRESETS",
    "READING",
    "REPLIES",
    "SIGNED_OUT",
    "STEPS",
    "WORKERS",
    "insistently",
    "open_database",
    "told",
]

_LOG = logging.getLogger(__name__)
_BUSY_SECONDS, _CONNECT_SECONDS = 30, 5
PATIENCE, _PAUSE = 120.0, 0.25
T = TypeVar("T")

METADATA = MetaData()
READING = {"reading": True}  # execution options of a connection that will not write

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False, default="video"),
    Column("owner", String(64), nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("priority", Integer, nullable=False, default=0),
    Column("request", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("segments", JSON, nullable=False),
    Column("error_code", String(32), nullable=False),
    Column("error_message", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("expires_at", Float),
    Column("tidy", Boolean, nullable=False, default=False),
    Index("jobs_by_tidiness", "tidy", "ended_at"),
    Index("jobs_by_state", "state", "created_at"),
    Index("jobs_by_owner", "owner", "created_at"),
)

STEPS = Table(
    "steps",
    METADATA,
    Column("job", String(64), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("queue", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("worker", String(64), nullable=False, default=""),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("leased_until", Float, nullable=False, default=0.0),
    Column("called_at", Float, nullable=False, default=0.0),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("fraction", Float, nullable=False, default=0.0),
    Column("frames", Integer, nullable=False, default=0),
    Index("steps_by_state", "state", "queue"),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("webhook_secret", Text, nullable=False, default=""),
    Column("webhook_url", Text, nullable=False, default=""),
    Column("priority", Integer, nullable=False, default=0),
    Column("open_jobs", Integer),
    Column("requests_per_minute", Integer),
    Column("created_at", Float, nullable=False),
    Column("used_at", Float),
    Column("revoked_at", Float),
)

REPLIES = Table(
    "replies",
    METADATA,
    Column("owner", String(64), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("job", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("job", String(64), nullable=False),
    Column("owner", String(64), nullable=False, default=""),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("leased_until", Float, nullable=False, default=0.0),
    Column("created_at", Float, nullable=False),
    Column("last_error", Text, nullable=False, default=""),
    Index("deliveries_by_state", "state", "not_before"),
)

WORKERS = Table(
    "workers",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("queues", String(128), nullable=False),
    Column("processes", Integer, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)

PAST = Table(
    "past",
    METADATA,
    Column("what", String(32), primary_key=True),
    Column("label", String(64), primary_key=True),
    Column("number", Float, nullable=False),
)

SIGNED_OUT = Table(
    "signed_out",
    METADATA,
    Column("session", String(64), primary_key=True),
    Column("until", Float, nullable=False),
)

PRESETS = Table(
    "presets",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("name", String(80), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Index("presets_by_owner", "owner", "created_at"),
)

BATCHES = Table(
    "batches",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("jobs", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Index("batches_by_owner", "owner", "created_at"),
)

LINKS = Table(
    "links",
    METADATA,
    Column("job", String(64), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
)


def open_database(url: str, data_dir: Path) -> Engine:
    """Connect to ``url``, or to ``data_dir/jobs.sqlite`` where it is empty; its tables are made, or brought up to
    date.

    OptionError for a URL that names no database that is installed, OutputError where it does not answer, or holds what
    this version cannot work with.
    """
    try:
        engine = _engine(url, data_dir / "jobs.sqlite")
    except (ImportError, ValueError, ArgumentError) as error:
        raise OptionError(f"GOVORUN_DATABASE cannot be used ({error}): write postgresql+psycopg://...") from error
    try:
        settle(engine, METADATA)
    except DBAPIError as error:
        engine.dispose()
        wrong = "does not answer" if isinstance(error, OperationalError) else "cannot be used"
        raise OutputError(f"The database of the jobs {wrong} ({told(error)}).") from error
    except OutputError:
        engine.dispose()
        raise
    return engine


def _engine(url: str, path: Path) -> Engine:
    if not url:
        close_to_others(path.parent)
        path.touch(mode=0o600)
        url = f"sqlite:///{path}"
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_SECONDS})
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _write_from_the_start)
    return engine


def insistently(action: Callable[[], T], patience: float = PATIENCE) -> T:
    """The result of ``action``, tried again while the database is away; after ``patience`` seconds the error."""
    deadline, pause = time.monotonic() + patience, _PAUSE
    while True:
        try:
            return action()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() + pause > deadline:
                raise
            _LOG.warning("the database is away (%s), trying again", told(error))
            time.sleep(pause)
            pause = min(5.0, 2.0 * pause)


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; see _write_from_the_start
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """How a new file is written is changed by one process at a time, and SQLite itself does not wait for its turn."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _write_from_the_start(connection: Any) -> None:
    """SQLite refuses a transaction that read first when another has written before it writes itself."""
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def told(error: DBAPIError) -> str:
    """What the database said, in one line."""
    said = str(error.orig or "").strip().splitlines()
    return said[0] if said else type(error.orig or error).__name__
