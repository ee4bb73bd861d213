"""Videos that were asked for together."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, Index, String

__all__ = ["down_revision", "revision", "upgrade"]

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """The table begins empty."""
    op.create_table(
        "batches",
        Column("id", String(64), primary_key=True),
        Column("owner", String(64), nullable=False),
        Column("jobs", JSON, nullable=False),
        Column("created_at", Float, nullable=False),
        Index("batches_by_owner", "owner", "created_at"),
    )
