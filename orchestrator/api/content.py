"""Files of a video over HTTP: whole, by range, or not at all where the client has them already."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from orchestrator.api.errors import ApiError
from orchestrator.jobs.folder import FILES
from orchestrator.jobs.pieces import pieces_of
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import FINAL, Job

__all__ = ["answer", "has_it", "photo", "piece"]

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNSAFE = re.compile(r"[^\w .()-]+")
_PHOTOS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "image/webp": b"WEBP", "image/gif": b"GIF8"}
_PLAIN = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
_WAITING = "The {variant} of {job} is not there yet, the video is {state}: ask again later."
_NEVER = "The {variant} of {job} is not there: the video is {state}."
_GONE = "The {variant} of {job} is not there."


@dataclass(frozen=True)
class _Span:
    """Bytes ``start`` up to ``stop`` of ``size``."""

    start: int
    stop: int
    size: int

    def __str__(self) -> str:
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def answer(request: Request, service: Service, job: Job, variant: str, named: bool = True) -> Response:
    """The file of ``job`` that ``variant`` names: 200, 206, 304; ApiError 404, 409, 416. ``named``: whether its title,
    which is the owner's, or its id is told as the name of the file."""
    if variant not in FILES:
        raise ApiError(400, f"Unknown variant: choose {', '.join(FILES)}.", "invalid_value", "variant")
    name, media_type = FILES[variant]
    size = service.storage.size(job.id, name)
    if size is None or (variant not in ("thumbnail", "draft") and job.state != "completed"):
        raise _missing(job, variant)
    headers = _headers(job, name, size, media_type)
    if not named:
        headers["Content-Disposition"] = f'inline; filename="{name}"'
    return _given(request, service, job, name, headers, size)


def piece(request: Request, service: Service, job: Job, number: int) -> Response:
    """One of the pieces that can be played already; ApiError 404 for one that is not there yet or any more, 416."""
    there = pieces_of(service, job)
    size = service.storage.size(job.id, there[number].name) if number < len(there) else None
    if size is None:
        raise _missing(job, f"piece {number}", "piece")
    name = there[number].name
    return _given(request, service, job, name, _headers(job, name, size, "video/mp4"), size)


def _given(request: Request, service: Service, job: Job, name: str, headers: dict[str, str], size: int) -> Response:
    if has_it(request, headers["ETag"]):
        return Response(status_code=304, headers={k: v for k, v in headers.items() if k != "Content-Type"})
    span = _asked(request, headers["ETag"], size)
    if span is not None:
        headers["Content-Range"] = str(span)
    part = span or _Span(0, size, size)
    headers["Content-Length"] = str(part.stop - part.start)
    status = 200 if span is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_bytes(service, job.id, name, part), status, headers)


def photo(service: Service, job: Job, number: int) -> Response:
    """The photo of a scene as it was sent; ApiError 404 where there is none that a browser may be shown."""
    scenes = service.scenes(job)
    name = service.folder(job.id).inputs_of(scenes[number]).get("photo") if number < len(scenes) else None
    size = service.storage.size(job.id, name) if name else None
    if name is None or size is None:
        raise ApiError(404, "There is no such photo.", "not_found", "scene")
    beginning = b"".join(service.storage.read(job.id, name, 0, min(size, 12)))
    media_type = next((kind for kind, mark in _PHOTOS.items() if mark in beginning), "application/octet-stream")
    headers = {"Content-Length": str(size), "Cache-Control": "private, max-age=3600", **_PLAIN}
    return StreamingResponse(
        _bytes(service, job.id, name, _Span(0, size, size)), headers=headers, media_type=media_type
    )


def _bytes(service: Service, job_id: str, name: str, part: _Span) -> Iterator[bytes]:
    if part.stop > part.start:
        yield from service.storage.read(job_id, name, part.start, part.stop)


def _missing(job: Job, variant: str, param: str = "variant") -> ApiError:
    words = {"variant": variant, "job": job.id, "state": job.state}
    if job.state == "completed":
        return ApiError(404, _GONE.format(**words), "not_found", param)
    if job.state in FINAL:
        return ApiError(404, _NEVER.format(**words), f"video_{job.state}", param)
    return ApiError(404, _WAITING.format(**words), "video_not_ready", param, {"Retry-After": "2"})


def _headers(job: Job, name: str, size: int, media_type: str) -> dict[str, str]:
    mark = hashlib.sha256(f"{job.id} {name} {size} {job.ended_at if name.startswith('video') else ''}".encode())
    return {
        "Content-Type": f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type,
        "ETag": f'"{mark.hexdigest()[:32]}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": _disposition(job.details, job.id, name.rpartition(".")[2]),
        "X-Content-Type-Options": "nosniff",
    }


def _disposition(details: Mapping[str, object], job_id: str, ending: str) -> str:
    """A name from the title, in ASCII and in full."""
    title = _UNSAFE.sub(" ", str(details.get("title") or "")).strip(" .")[:80] or job_id
    plain = " ".join(title.encode("ascii", "ignore").decode().split()) or job_id
    full = quote(f"{' '.join(title.split())}.{ending}", safe="")
    return f"inline; filename=\"{plain}.{ending}\"; filename*=UTF-8''{full}"


def has_it(request: Request, etag: str) -> bool:
    """Whether the client has what ``etag`` marks already."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in [one.strip().removeprefix("W/") for one in known.split(",")]


def _asked(request: Request, etag: str, size: int) -> _Span | None:
    """The span of a Range header; None for the whole file, as where the header cannot be understood."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or match[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return None
    first, last = match[1], match[2]
    if not first:
        span = _Span(max(0, size - int(last)), size, size)
    else:
        span = _Span(int(first), min(size, int(last) + 1 if last else size), size)
    if first and last and int(last) < int(first):
        return None
    if span.start >= span.stop:
        raise ApiError(
            416, "The range is beyond the file.", "invalid_range", headers={"Content-Range": f"bytes */{size}"}
        )
    return span
