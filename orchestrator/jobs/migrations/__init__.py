"""How the tables of earlier versions become those of this one: a file in ``versions`` for each change, by Alembic.

A change of a table in :mod:`orchestrator.jobs.database` is a new file here and its number in
:mod:`orchestrator.jobs.schema`; a test compares what both make. A file says with Alembic's operations what it changes,
keeps what the tables hold, and is not touched again once a version with it was published. There is no way back: who
wants an earlier version takes the backup.
"""

from __future__ import annotations

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

__all__ = ["known", "upgrade"]


def known() -> list[str]:
    """Every revision, the newest first."""
    return [script.revision for script in _scripts().walk_revisions()]


def upgrade(connection: Connection, current: str | None) -> None:
    """Bring tables of the revision ``current``, None for a database without any, to the newest one, and note it in the
    database."""
    scripts, context = _scripts(), MigrationContext.configure(connection)
    with Operations.context(context):
        for script in reversed(list(scripts.iterate_revisions("head", current))):
            script.module.upgrade()
    context.stamp(scripts, "head")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))
