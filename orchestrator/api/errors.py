"""Errors as clients of the OpenAI API expect them: ``{"error": {"message", "type", "param", "code"}}``."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from avatar.core.errors import DiskFull, GovorunError, InputError, MissingEngine, OutputError, StorageAway
from avatar.core.reasons import Message, coded
from orchestrator.api.restated import restated

__all__ = ["ApiError", "ErrorReply", "api_error_of", "install", "reply"]

_LOG = logging.getLogger(__name__)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


class ErrorBody(BaseModel):
    """What went wrong. ``message``: for a person; ``code``: for a program; ``param``: the field that is wrong.

    ``reason``: finer than the code, for who says it in other words; ``params``: the numbers and names of the message.
    """

    message: str
    type: str
    param: str | None = None
    code: str | None = None
    reason: str | None = None
    params: dict[str, str | int | float] = {}


class ErrorReply(BaseModel):
    """The envelope of every error."""

    error: ErrorBody


class ApiError(Exception):
    """An answer that is an error. ``param``: the field that is wrong; ``headers``: Retry-After, for one."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.headers = dict(headers or {})


def reply(error: ApiError) -> JSONResponse:
    """The response that carries ``error``."""
    kind = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    word = kind.get(error.status, "server_error" if error.status >= 500 else "invalid_request_error")
    body: dict[str, object] = {"message": error.message, "type": word, "param": error.param, "code": error.code}
    body |= coded(error.message)
    return JSONResponse({"error": body}, status_code=error.status, headers=error.headers)


def install(app: FastAPI) -> None:
    """Make ``app`` answer with the envelope whatever goes wrong."""
    handlers = {
        ApiError: _known,
        GovorunError: _from_below,
        RequestValidationError: _invalid,
        HTTPException: _plain,
        ClientDisconnect: _gone,
        OperationalError: _away,
        ProgrammingError: _away,  # a table that is not there, as PostgreSQL says it
        PoolTimeout: _away,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]


async def _known(request: Request, error: ApiError) -> JSONResponse:
    return reply(error)


async def _from_below(request: Request, error: GovorunError) -> JSONResponse:
    return reply(api_error_of(error))


def api_error_of(error: GovorunError) -> ApiError:
    """The status that fits an error of a lower floor, and the words."""
    said = restated(error.message)
    if error.code == "busy":
        return ApiError(503, said, error.code, headers={"Retry-After": "2"})
    if isinstance(error, StorageAway):
        return ApiError(503, said, error.code, headers={"Retry-After": "5"})
    if isinstance(error, DiskFull):
        return ApiError(507, said, error.code, headers={"Retry-After": "60"})
    if isinstance(error, MissingEngine):
        return ApiError(422, said, error.code)
    if isinstance(error, InputError):
        return ApiError(400, said, error.code)
    _LOG.error("a request failed: %s", error)
    return ApiError(507 if isinstance(error, OutputError) else 500, said, error.code)


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    name = str(first["loc"][-1]) if len(first["loc"]) > 1 else None
    return reply(ApiError(400, f"{name or 'The request'}: {first['msg']}.", "invalid_value", name))


async def _plain(request: Request, error: HTTPException) -> JSONResponse:
    message = f"{request.method} {request.url.path[:200]} is not here: see /docs." if error.status_code == 404 else ""
    message = message or f"{error.detail}."
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return reply(ApiError(error.status_code, message, _CODES.get(error.status_code), headers=headers))


def _allowed(request: Request) -> str:
    """Every method that some route takes at this address."""
    scopes = {method: {**request.scope, "method": method} for method in _METHODS}
    routes = request.app.routes
    return ", ".join(
        method for method, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)
    )


async def _gone(request: Request, error: ClientDisconnect) -> Response:
    return Response(status_code=400)


async def _away(request: Request, error: Exception) -> JSONResponse:
    _LOG.warning("the job table is away: %s", error)
    return reply(ApiError(503, Message("jobs_away"), "away", headers={"Retry-After": "2"}))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return reply(ApiError(500, Message("unexpected"), "internal"))
