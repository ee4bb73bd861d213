"""The REST API: a FastAPI application over :mod:`orchestrator.jobs.service`. It loads no model library."""

from __future__ import annotations

from orchestrator.api.app import create_app

__all__ = ["create_app"]
