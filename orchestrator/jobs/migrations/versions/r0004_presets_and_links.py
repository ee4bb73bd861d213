"""Choices that people keep, links to videos for everybody, and room for secrets that are encrypted."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, ForeignKey, Index, String, Text

__all__ = ["down_revision", "revision", "upgrade"]

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Both tables begin empty; a secret stays as it is until the service encrypts it."""
    op.create_table(
        "presets",
        Column("id", String(64), primary_key=True),
        Column("owner", String(64), nullable=False),
        Column("name", String(80), nullable=False),
        Column("fields", JSON, nullable=False),
        Column("created_at", Float, nullable=False),
        Index("presets_by_owner", "owner", "created_at"),
    )
    op.create_table(
        "links",
        Column("job", String(64), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        Column("hash", String(64), nullable=False, unique=True),
        Column("created_at", Float, nullable=False),
    )
    with op.batch_alter_table("keys") as keys:
        keys.alter_column("webhook_secret", type_=Text(), existing_type=String(64), existing_nullable=False)
