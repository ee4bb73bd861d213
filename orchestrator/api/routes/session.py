"""``/v1/session``: a key once, then a cookie, for what a browser asks without headers: pictures, videos, events."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from avatar.core.reasons import Message
from orchestrator.api.access import COOKIE, SESSION_SECONDS, Asker, address_of, end_session, session_value
from orchestrator.api.errors import ApiError
from orchestrator.api.form.json_body import body_of
from orchestrator.api.form.schema import described
from orchestrator.api.rates import Rates

__all__ = ["router"]

router = APIRouter(tags=["session"])


class SignIn(BaseModel):
    """The body of a sign-in."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=200, examples=["gvr_..."])


@router.post(
    "/v1/session",
    summary="Sign in with a key",
    responses={401: {"description": "The key is not valid"}},
    openapi_extra=described(SignIn, {"key": "gvr_..."}),
)
async def sign_in(request: Request, response: Response) -> dict[str, Any]:
    """Sets a cookie that scripts cannot read and other sites cannot use."""
    body = await body_of(request, SignIn)
    service = request.app.state.service
    key = await run_in_threadpool(service.keys.find, body.key)
    if key is None:
        await run_in_threadpool(Rates.of(request.app).count_wrong_key, address_of(request))
        message = Message("key_wrong", how="check it, or ask for another one.")
        raise ApiError(401, message, "invalid_api_key", "key")
    value = await run_in_threadpool(session_value, service, key)
    lasting: dict[str, Any] = {"max_age": SESSION_SECONDS, "path": "/", "secure": request.url.scheme == "https"}
    response.set_cookie(COOKIE, value, httponly=True, samesite="strict", **lasting)
    return {"object": "session", "name": key.name}


@router.get("/v1/session", summary="Who is signed in")
async def who_is_signed_in(request: Request, who: Asker) -> dict[str, Any]:
    """200 where requests are answered, with or without a key; 401 where a key is needed. `public_links`: whether
    videos may be shown to everybody by a link."""
    public = request.app.state.service.settings.public_links
    return {"object": "session", "key": who.owner or None, "public_links": public}


@router.delete("/v1/session", summary="Sign out")
async def sign_out(request: Request, response: Response) -> dict[str, Any]:
    """Takes the cookie back, and ends what it stands for."""
    await run_in_threadpool(end_session, request)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return {"object": "session", "deleted": True}
