"""What the client raises.

Exception
├── ServiceError     the service refuses; it says why
│   └── VideoFailed  the video could not be made, or was cancelled
└── Unreachable      the service does not answer
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import httpx

from govorun.client.objects import Reason

if TYPE_CHECKING:
    from govorun.client.objects import Video

__all__ = ["ServiceError", "Unreachable", "VideoFailed"]


class Unreachable(Exception):  # noqa: N818
    """The service did not answer, however often it was asked."""


class ServiceError(Exception):
    """The service refuses.

    ``message``: for a person. ``code``, ``reason``: for a program. ``status``: of HTTP, 0 for a video that failed
    later. ``param``: the field that is wrong. ``request_id``: what whoever runs the service finds in its log.
    """

    def __init__(
        self, message: str, status: int, code: str | None, reason: Reason, param: str | None, request_id: str | None
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.reason = message, status, code, reason
        self.param, self.request_id = param, request_id

    @classmethod
    def of(cls, response: httpx.Response) -> ServiceError:
        """The error of ``response``, which has been read."""
        told = _told(response)
        message = str(told.get("message") or f"{response.status_code} {response.reason_phrase}")
        reason = Reason(told.get("reason"), told.get("params") or {})
        request_id = response.headers.get("X-Request-Id")
        return cls(message, response.status_code, told.get("code"), reason, told.get("param"), request_id)


class VideoFailed(ServiceError):  # noqa: N818
    """``video`` ended without a picture: its error says why, or it was cancelled."""

    def __init__(self, video: Video) -> None:
        failure = video.error
        message = failure.message if failure else f"The video {video.id} was {video.status}."
        code, reason = (failure.code, failure.reason) if failure else (f"video_{video.status}", Reason(None))
        super().__init__(message, 0, code, reason, None, None)
        self.video = video


def _told(response: httpx.Response) -> Mapping:
    """The envelope; what stands between may answer something else."""
    try:
        told = response.json().get("error")
    except (ValueError, AttributeError):
        told = None
    return told if isinstance(told, Mapping) else {}
