"""Small JSON bodies: read up to a limit, checked by a model, described in OpenAPI."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from orchestrator.api.errors import ApiError

__all__ = ["body_of", "described"]

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
        return model.model_validate_json(bytes(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else None
        message = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise ApiError(400, f"{name or 'The body'}: {message}.", "invalid_value", name) from None


def described(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """``openapi_extra`` of a route that takes ``model``."""
    content = {"application/json": {"schema": model.model_json_schema(), "example": example}}
    return {"requestBody": {"required": True, "content": content}}
