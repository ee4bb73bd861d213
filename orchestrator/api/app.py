"""The application: its routes, its errors, its page."""

from __future__ import annotations

from fastapi import FastAPI

from orchestrator.api import errors
from orchestrator.service import service_of
from orchestrator.settings import Settings, load_settings
from orchestrator.version import __version__

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API of the service under ``settings``, those of the environment by default."""
    app = FastAPI(title="Govorun", version=__version__, docs_url="/docs", redoc_url=None)
    app.state.service = service_of(settings or load_settings())
    errors.install(app)
    return app
