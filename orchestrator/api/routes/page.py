"""The web page: its files under ``/``, and a portrait for those who have no photo at hand."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

from fastapi import APIRouter, Request
from starlette.responses import Response

from avatar.core.errors import GovorunError
from orchestrator.api.content import has_it
from orchestrator.api.errors import ApiError
from orchestrator.probes import photo as photos
from orchestrator.probes import script as scripts
from orchestrator.video.request import request_of

__all__ = ["POLICY", "router", "sample_portrait"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-cache",
}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_ROOM = Path(__file__).parents[2]
_WEB = _ROOM / "web"

_LOG = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class _Asset:
    content: bytes
    media_type: str
    etag: str


@router.get("/")
async def _page(request: Request) -> Response:
    Thread(target=_wake, name="wake", daemon=True).start()
    return _answer(request, _WEB / "index.html")


@router.head("/")
async def _page_head(request: Request) -> Response:
    return _answer(request, _WEB / "index.html")


def _wake() -> None:
    """Start the processes that look at photos and scripts while whoever opened the page still types."""
    if photos.waiting():
        return
    try:
        photo = sample_portrait()
        photos.check(photo)
        scripts.check([request_of(photo=photo, text="Hello.")])
    except (ApiError, GovorunError):
        _LOG.debug("the processes that look at photos and scripts are not awake yet", exc_info=True)


@router.api_route("/web/{name:path}", methods=["GET", "HEAD"])
async def _file(request: Request, name: str) -> Response:
    path = _files().get(name)
    if path is None:
        raise ApiError(404, "There is no such file of the page: open / instead.", "not_found")
    return _answer(request, path)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
async def _icon(request: Request) -> Response:
    return _answer(request, _WEB / "icon.svg")


@router.api_route("/sample/portrait.png", methods=["GET", "HEAD"])
async def _portrait(request: Request) -> Response:
    return _answer(request, sample_portrait())


@router.api_route("/sample/script.txt", methods=["GET", "HEAD"])
async def _script(request: Request) -> Response:
    return _answer(request, _ROOM / "samples" / "demo.txt")


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """Name as in the address -> file; what is not listed here is not served."""
    found = (path for path in _WEB.rglob("*") if path.is_file() and path.suffix in _TYPES)
    return {path.relative_to(_WEB).as_posix(): path for path in found}


def sample_portrait() -> Path:
    """The astronaut of scikit-image, which is in the public domain; found without importing the library."""
    spec = find_spec("skimage")
    path = Path(spec.origin).parent / "data" / "astronaut.png" if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise ApiError(404, "The sample portrait is not installed: use a photo of your own.", "not_found")
    return path


@lru_cache(maxsize=256)
def _loaded(path: Path, changed: int) -> _Asset:
    content = path.read_bytes()
    return _Asset(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _answer(request: Request, path: Path) -> Response:
    asset = _loaded(path, path.stat().st_mtime_ns)
    headers = {**_HEADERS, "ETag": asset.etag}
    if has_it(request, asset.etag):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
