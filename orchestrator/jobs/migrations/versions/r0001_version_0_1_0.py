"""The tables of version 0.1.0, which made them without a note of their revision."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, String, Text

__all__ = ["down_revision", "revision", "upgrade"]

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the tables."""
    _work()
    _clients()
    op.create_table(
        "workers",
        Column("name", String(128), primary_key=True),
        Column("queues", String(128), nullable=False),
        Column("processes", Integer, nullable=False),
        Column("started_at", Float, nullable=False),
        Column("seen_at", Float, nullable=False),
    )


def _work() -> None:
    op.create_table(
        "jobs",
        Column("id", String(64), primary_key=True),
        Column("kind", String(16), nullable=False),
        Column("owner", String(64), nullable=False),
        Column("state", String(16), nullable=False),
        Column("stage", String(16), nullable=False),
        Column("progress", Float, nullable=False),
        Column("priority", Integer, nullable=False),
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
        Column("tidy", Boolean, nullable=False),
    )
    op.create_index("jobs_by_tidiness", "jobs", ["tidy", "ended_at"])
    op.create_index("jobs_by_state", "jobs", ["state", "created_at"])
    op.create_index("jobs_by_owner", "jobs", ["owner", "created_at"])
    op.create_table(
        "pieces",
        Column("job", String(64), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        Column("name", String(32), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("queue", String(16), nullable=False),
        Column("state", String(16), nullable=False),
        Column("tries", Integer, nullable=False),
        Column("worker", String(64), nullable=False),
        Column("not_before", Float, nullable=False),
        Column("leased_until", Float, nullable=False),
        Column("called_at", Float, nullable=False),
        Column("seconds", Float, nullable=False),
        Column("fraction", Float, nullable=False),
        Column("frames", Integer, nullable=False),
    )
    op.create_index("pieces_by_state", "pieces", ["state", "queue"])


def _clients() -> None:
    op.create_table(
        "keys",
        Column("id", String(32), primary_key=True),
        Column("name", String(128), nullable=False),
        Column("hash", String(64), nullable=False, unique=True),
        Column("webhook_secret", String(64), nullable=False),
        Column("webhook_url", Text, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("open_jobs", Integer),
        Column("requests_per_minute", Integer),
        Column("created_at", Float, nullable=False),
        Column("used_at", Float),
        Column("revoked_at", Float),
    )
    op.create_table(
        "replies",
        Column("owner", String(64), primary_key=True),
        Column("idempotency_key", String(255), primary_key=True),
        Column("request_hash", String(64), nullable=False),
        Column("job", String(64), nullable=False),
        Column("created_at", Float, nullable=False),
    )
    op.create_table(
        "deliveries",
        Column("id", String(64), primary_key=True),
        Column("job", String(64), nullable=False),
        Column("owner", String(64), nullable=False),
        Column("url", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("state", String(16), nullable=False),
        Column("tries", Integer, nullable=False),
        Column("not_before", Float, nullable=False),
        Column("leased_until", Float, nullable=False),
        Column("created_at", Float, nullable=False),
        Column("last_error", Text, nullable=False),
    )
    op.create_index("deliveries_by_state", "deliveries", ["state", "not_before"])
