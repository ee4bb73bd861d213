"""The application: its routes, its errors, its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from orchestrator.api import errors
from orchestrator.api.bodies import BodyLimit
from orchestrator.api.events import Watches
from orchestrator.api.form.schema import COMMON, Api
from orchestrator.api.journal import Journal
from orchestrator.api.routes import (
    backdrops,
    batches,
    links,
    models,
    operations,
    page,
    portraits,
    presentations,
    presets,
    reference,
    session,
    speech,
    videos,
    voices,
)
from orchestrator.jobs.service import service_of
from orchestrator.probes import cutout
from orchestrator.probes import photo as photos
from orchestrator.probes import script as scripts
from orchestrator.settings import Settings, load_settings
from orchestrator.upkeep import keeper
from orchestrator.upkeep.metrics import Metrics, Requests
from orchestrator.version import __version__

__all__ = ["create_app"]

_SUBMIT_AT_ONCE = 8
_ROUTES = (
    page, reference, videos, presentations, batches, links, presets, session, portraits, voices, speech, models,
    backdrops, operations,
)  # fmt: skip
_SUMMARY = "A script and a photo become a video of that face speaking it."


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    stop = keeper.start(app.state.service)
    try:
        yield
    finally:
        await run_in_threadpool(stop)
        await run_in_threadpool(scripts.close)
        await run_in_threadpool(photos.close)
        await run_in_threadpool(cutout.close)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API of the service under ``settings``, those of the environment by default."""
    app = Api(
        title="Govorun",
        summary=_SUMMARY,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        responses=COMMON,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service_of(settings or load_settings(), hasty=True)
    app.state.service.check = scripts.check
    app.state.watches = Watches()
    app.state.metrics = Metrics(app.state.service)
    app.state.submitting = CapacityLimiter(_SUBMIT_AT_ONCE)
    errors.install(app)
    for module in _ROUTES:
        app.include_router(module.router)
    app.add_middleware(BodyLimit, most=app.state.service.settings.upload_mb << 20)
    app.add_middleware(Journal)
    app.add_middleware(Requests, metrics=app.state.metrics)
    return app
