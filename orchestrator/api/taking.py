"""Orders that are taken in: once for an Idempotency-Key, within the caller's quota, checked at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import to_thread
from fastapi import Request

from avatar.core.errors import GovorunError
from avatar.core.reasons import Message
from orchestrator.api.access import Caller
from orchestrator.api.door import refuse_late_troubles
from orchestrator.api.errors import ApiError, api_error_of
from orchestrator.api.form.orders import Order, param_of
from orchestrator.api.form.parse import Form
from orchestrator.api.form.uploads import check_face
from orchestrator.api.replies import LONGEST_KEY, once
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import OPEN

__all__ = ["answered_once", "aside", "check_order", "check_quota", "submit"]

_BUSY_SECONDS = 5
T = TypeVar("T")


async def aside(request: Request, function: Callable[..., T], *arguments: object) -> T:
    """Run what takes a while in one of few threads, so that others are left for who only looks."""
    return await to_thread.run_sync(partial(function, *arguments), limiter=request.app.state.submitting)


def answered_once(request: Request, by: Caller, fingerprint: str, make: Callable[[], str]) -> str:
    """The id of what ``make`` made, now or before for the same Idempotency-Key; ApiError 400 for a bad key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return make()
    if not key.isprintable() or not 0 < len(key) <= LONGEST_KEY:
        raise ApiError(400, f"Idempotency-Key has to be 1 to {LONGEST_KEY} characters.", "invalid_idempotency_key")
    service: Service = request.app.state.service
    return once(service.engine, by.owner, key, fingerprint, make)


def submit(service: Service, by: Caller, form: Form, order: Order, like: str | None = None) -> str:
    """The id of the job that ``order`` became; ApiError says what is wrong with it."""
    check_order(service, by, form, order)
    details = order.details | ({"remixed_from": like} if like else {})
    priority = min(by.priority, by.priority + order.priority)
    try:
        job = service.submit(order.scenes, by.owner, priority, details, like=like)
    except GovorunError as error:
        raise _told(error) from error
    try:
        check_quota(service, by, own=1)
    except ApiError:  # others were sent at the same moment
        service.cancel(job.id)
        service.remove(job.id)
        raise
    return job.id


def check_order(service: Service, by: Caller, form: Form, order: Order, whole: bool = False) -> None:
    """ApiError for a photo without a face that could speak, and for what would only be found out later. ``whole``:
    for anything that :func:`submit` would refuse."""
    for photo, face in {(str(scene.photo), scene.face) for scene in order.scenes if scene.shows_person}:
        for upload in form.files.values():
            if str(upload.path) == photo:
                check_face(upload, face)
    refuse_late_troubles(service, order, by)
    if whole:
        try:
            service.check(order.scenes)
        except GovorunError as error:
            raise _told(error) from error


def check_quota(service: Service, by: Caller, own: int = 0, coming: int = 1) -> None:
    """ApiError 429 where the caller has too many unfinished videos, ``own`` of them new ones, for ``coming`` more."""
    if by.open_jobs is None:
        return
    counts = service.jobs.counts(by.owner)
    if sum(counts.get(state, 0) for state in OPEN) - own + coming > by.open_jobs:
        message = Message("too_many_videos", n=by.open_jobs)
        raise ApiError(429, message, "too_many_open_videos", headers={"Retry-After": str(_BUSY_SECONDS)})


def _told(error: GovorunError) -> ApiError:
    known = api_error_of(error)
    known.param = param_of(error)
    return known
