"""Counts that outlive the jobs, and sessions that were ended before their time."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Float, String

__all__ = ["down_revision", "revision", "upgrade"]

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Both begin empty: what was deleted before is not known any more."""
    op.create_table(
        "past",
        Column("what", String(32), primary_key=True),
        Column("label", String(64), primary_key=True),
        Column("number", Float, nullable=False),
    )
    op.create_table(
        "signed_out",
        Column("session", String(64), primary_key=True),
        Column("until", Float, nullable=False),
    )
