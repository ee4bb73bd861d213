"""For whoever runs the service: is it alive, is it ready, what is it doing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from orchestrator.api.access import Watcher
from orchestrator.jobs.service import Service
from orchestrator.upkeep.readiness import CHECKS, Finding, look
from orchestrator.version import __version__

__all__ = ["router"]

router = APIRouter(tags=["operations"])
_PATIENCE, _KEPT_SECONDS = 8.0, 1.0
_READY = {"status": "ready", "checks": {name: {"ok": True, "reason": "", "ms": 1.0} for name in CHECKS}}


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> dict[str, str]:
    """200 as long as the process answers; looks at nothing else."""
    return {"status": "ok", "version": __version__}


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="Can videos be made now?",
    responses={
        200: {"description": "Yes", "content": {"application/json": {"example": _READY}}},
        503: {"description": "No; the checks say why"},
    },
)
async def readyz(request: Request) -> JSONResponse:
    """Looks at the database, the broker, the storage, the workers and the disk, at most once a second."""
    state = request.app.state
    looked_at, findings = getattr(state, "findings", (0.0, []))
    if not findings or time.monotonic() - looked_at > _KEPT_SECONDS:
        findings = await asyncio.gather(*(_looked(name, state.service) for name in CHECKS))
        state.findings = (time.monotonic(), findings)
    ready = all(finding.ok for finding in findings)
    checks = {name: asdict(finding) for name, finding in zip(CHECKS, findings, strict=True)}
    body: dict[str, Any] = {"status": "ready" if ready else "not ready", "checks": checks}
    return JSONResponse(body, 200 if ready else 503, {"Cache-Control": "no-store"})


async def _looked(name: str, service: Service) -> Finding:
    try:
        return await asyncio.wait_for(run_in_threadpool(look, name, service), _PATIENCE)
    except TimeoutError:
        return Finding(False, f"The {name} does not answer in time.", 1000.0 * _PATIENCE)


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={200: {"description": "The text format of Prometheus", "content": {"text/plain": {}}}},
)
async def metrics(request: Request, who: Watcher) -> Response:
    """Jobs, queues, stages, failures, webhooks, requests. From elsewhere a key is needed."""
    text = await run_in_threadpool(request.app.state.metrics.text)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
