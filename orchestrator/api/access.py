"""Who asks, and how much they may: the dependency that every route of ``/v1`` takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

__all__ = ["Asker", "Caller", "caller"]


@dataclass(frozen=True)
class Caller:
    """``owner``: what the caller's jobs are kept under, "" where no key was needed; ``open_jobs``: how many of them
    may be unfinished at once; ``priority``: of the caller's jobs, higher is sooner."""

    owner: str
    open_jobs: int
    priority: int = 0


async def caller(request: Request) -> Caller:
    """The caller of ``request``; ApiError 401 without a valid key, 429 with Retry-After beyond the rate."""
    return Caller("", request.app.state.service.settings.open_jobs)


Asker = Annotated[Caller, Depends(caller)]
"""A route's parameter that is the caller."""
