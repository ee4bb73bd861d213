"""Small JSON bodies: read up to a limit, checked by a model.

FastAPI would read them too, but its own limit of a body answers 413 in plain text, without our error object, and a
wrong type of content with a sentence about dictionaries.
"""

from __future__ import annotations

from typing import TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ValidationError

from orchestrator.api.errors import ApiError
from orchestrator.api.form.refusal import refusal

__all__ = ["body_of"]

_MOST_BYTES = 256 << 10
M = TypeVar("M", bound=BaseModel)


async def body_of(request: Request, model: type[M]) -> M:
    """The JSON body of ``request`` as ``model``; ApiError 400 names the field that is wrong, 413, 415."""
    if "json" not in request.headers.get("content-type", "").lower():
        raise ApiError(415, "Send the request as application/json.", "unsupported_media_type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise ApiError(413, f"The body is larger than {_MOST_BYTES >> 10} KB.", "body_too_large")
    try:
        return await run_in_threadpool(model.model_validate_json, bytes(body))
    except ValidationError as error:
        raise refusal(error) from None
