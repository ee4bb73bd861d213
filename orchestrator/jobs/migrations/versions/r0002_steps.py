"""Pieces of a job are called steps."""

from __future__ import annotations

from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Rename the table, with all that is in it, and what carries its name; the reference to the jobs stays."""
    op.rename_table("pieces", "steps")
    op.drop_index("pieces_by_state", "steps")
    op.create_index("steps_by_state", "steps", ["state", "queue"])
    if op.get_bind().dialect.name == "postgresql":  # SQLite names neither
        op.execute("ALTER TABLE steps RENAME CONSTRAINT pieces_pkey TO steps_pkey")
        op.execute("ALTER TABLE steps RENAME CONSTRAINT pieces_job_fkey TO steps_job_fkey")
