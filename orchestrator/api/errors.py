"""Errors as clients of the OpenAI API expect them: ``{"error": {"message", "type", "param", "code"}}``."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from avatar.core.errors import GovorunError, InputError, MissingEngine

__all__ = ["ApiError", "install", "reply"]


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
    body = {"message": error.message, "type": word, "param": error.param, "code": error.code}
    return JSONResponse({"error": body}, status_code=error.status, headers=error.headers)


def install(app: FastAPI) -> None:
    """Make ``app`` answer with the envelope whatever goes wrong."""

    @app.exception_handler(ApiError)
    async def _known(request: Request, error: ApiError) -> JSONResponse:
        return reply(error)

    @app.exception_handler(GovorunError)
    async def _from_below(request: Request, error: GovorunError) -> JSONResponse:
        status = 422 if isinstance(error, MissingEngine) else 400 if isinstance(error, InputError) else 500
        return reply(ApiError(status, str(error), error.code))
