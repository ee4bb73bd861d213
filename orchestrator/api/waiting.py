"""A request that waits for a quick job, without a thread of its own, and hands out its file."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from avatar.core.reasons import Message
from orchestrator.api.access import Caller
from orchestrator.api.errors import ApiError
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import Job
from orchestrator.previews.asked import BackdropAsked, SpeechAsked, result_of
from orchestrator.previews.order import order

__all__ = ["quick_answer", "quick_file"]

_PATIENCE = 60.0
_LOOKS = (0.03, 0.05, 0.1, 0.2)  # seconds between looks into the table; the last one repeats
_MOST_WAITING = 32
_INPUT_ERRORS = ("invalid_", "engine_missing")


async def quick_answer(
    request: Request, who: Caller, asked: SpeechAsked | BackdropAsked, media_type: str, **headers: str
) -> Response:
    """The file that ``asked`` describes, made by a worker. ApiError 400 for what cannot be made, 429 where the caller
    waits for too much already, 503 with Retry-After where no worker comes to it in a minute."""
    service: Service = request.app.state.service
    job = await _made(request, who, asked)
    return await run_in_threadpool(_file, service, job, result_of(asked), media_type, headers)


async def quick_file(request: Request, who: Caller, asked: SpeechAsked | BackdropAsked) -> Iterator[bytes]:
    """The bytes of the same file; errors as above. It is made to its end whoever goes away, as it serves others too."""
    service: Service = request.app.state.service
    job = await _made(request, who, asked, lasting=True)
    return service.storage.read(job.id, result_of(asked))


async def _made(request: Request, who: Caller, asked: SpeechAsked | BackdropAsked, lasting: bool = False) -> Job:
    service: Service = request.app.state.service
    waiting = _waiting(request, who)
    if waiting[who.owner] >= _MOST_WAITING:
        raise ApiError(429, Message("too_many_previews"), "too_many_open", headers={"Retry-After": "2"})
    waiting[who.owner] += 1
    try:
        return await _ended(request, who, service, asked, lasting)
    finally:
        waiting[who.owner] -= 1


def _waiting(request: Request, who: Caller) -> Counter[str]:
    state = request.app.state
    if not hasattr(state, "quick_waiting"):
        state.quick_waiting, state.quick_wanted = Counter(), Counter()
    found: Counter[str] = state.quick_waiting
    return found


async def _ended(
    request: Request, who: Caller, service: Service, asked: SpeechAsked | BackdropAsked, lasting: bool
) -> Job:
    """The job, completed; it is cancelled where nobody waits for it any more and it is not ``lasting``."""
    wanted: Counter[str] = request.app.state.quick_wanted
    job_id = await run_in_threadpool(order, service, asked, who.owner, who.priority)
    wanted[job_id] += 1
    try:
        state = await _await_end(request, service, job_id)
    finally:
        wanted[job_id] -= 1
        alone = not wanted[job_id]
        if alone:
            del wanted[job_id]
    if state in ("", "cancelled"):  # somebody else who wanted the same went away
        raise _busy(Message("preview_stopped"))
    job = await run_in_threadpool(service.jobs.get, job_id)
    if state == "completed":
        return job
    if state == "failed":
        raise _failed(job)
    if alone and not lasting:
        await run_in_threadpool(service.cancel, job_id)
    raise _busy(Message("preview_late"))


async def _await_end(request: Request, service: Service, job_id: str) -> str:
    """The state at the end, at the end of the patience, or when the client has gone."""
    deadline, looks = time.monotonic() + _PATIENCE, iter(_LOOKS)
    while (state := await run_in_threadpool(service.jobs.state, job_id)) in ("queued", "in_progress"):
        if time.monotonic() > deadline or await request.is_disconnected():
            break
        await asyncio.sleep(next(looks, _LOOKS[-1]))
    return state


def _busy(why: Message) -> ApiError:
    return ApiError(503, why, "busy", headers={"Retry-After": "5"})


def _failed(job: Job) -> ApiError:
    wrong = job.error_code.startswith(_INPUT_ERRORS)
    return ApiError(400 if wrong else 500, job.failure, job.error_code)


def _file(service: Service, job: Job, name: str, media_type: str, headers: dict[str, str]) -> Response:
    size = service.storage.size(job.id, name)
    if size is None:
        raise _busy(Message("preview_gone"))
    chunks = service.storage.read(job.id, name)
    about = {"Content-Length": str(size), "X-Content-Type-Options": "nosniff", **headers}
    return StreamingResponse(chunks, headers=about, media_type=media_type)
