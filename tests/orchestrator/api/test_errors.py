"""Whatever goes wrong behind an address is told in the envelope, with a status that says whose turn it is."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from avatar.core.errors import (
    DiskFull,
    EngineError,
    MissingEngine,
    OptionError,
    OutputError,
    PhotoError,
    StorageAway,
)
from orchestrator.api.errors import ApiError, install


def _answer(error: Exception) -> tuple[int, dict[str, str], dict[str, object]]:
    app = FastAPI()
    install(app)

    @app.get("/")
    def fail() -> None:
        raise error

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    return answer.status_code, dict(answer.headers), answer.json()["error"]


@pytest.mark.parametrize(
    ("error", "status", "kind", "code", "again"),
    [
        (ApiError(429, "Slow down.", "rate_limit_exceeded", headers={"Retry-After": "7"}), 429, "rate_limit_error",
         "rate_limit_exceeded", "7"),
        (ApiError(401, "Who is it?", "no_key"), 401, "authentication_error", "no_key", None),
        (ApiError(403, "Not yours.", "no_leave"), 403, "permission_error", "no_leave", None),
        (OptionError("No such size."), 400, "invalid_request_error", "invalid_option", None),
        (PhotoError("No face."), 400, "invalid_request_error", "invalid_photo", None),
        (MissingEngine("No weights."), 422, "invalid_request_error", "engine_missing", None),
        (EngineError("It broke."), 500, "server_error", "engine_failed", None),
        (OutputError("It cannot be written."), 507, "server_error", "output_failed", None),
        (DiskFull("Full."), 507, "server_error", "disk_full", "60"),
        (StorageAway("Away."), 503, "server_error", "storage_away", "5"),
        (OperationalError("select 1", {}, ValueError("secret")), 503, "server_error", "away", "2"),
        (ProgrammingError("select 1", {}, ValueError("secret")), 503, "server_error", "away", "2"),
        (PoolTimeout("secret"), 503, "server_error", "away", "2"),
        (RuntimeError("secret"), 500, "server_error", "internal", None),
        (KeyError("secret"), 500, "server_error", "internal", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)  # fmt: skip
def test_every_error_has_its_status_and_its_words(
    error: Exception, status: int, kind: str, code: str, again: str | None
) -> None:
    found, headers, told = _answer(error)
    assert (found, told["type"], told["code"], headers.get("retry-after")) == (status, kind, code, again)
    assert told["message"] and "secret" not in str(told)
    if code in ("away", "internal"):
        assert told["reason"] == {"away": "jobs_away", "internal": "unexpected"}[code]


def test_what_is_busy_asks_to_come_again() -> None:
    busy = OptionError("Many wait.")
    busy.code = "busy"
    assert _answer(busy)[0] == 503
    assert _answer(busy)[1]["retry-after"] == "2"
