"""Asking web servers: only http(s), proxies of the environment respected, failures that may pass tried again."""

from __future__ import annotations

import contextlib
import http
import http.client
import json
import logging
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from ipaddress import ip_address
from typing import IO, Any, TypeVar

from avatar.core.errors import GovorunError, MissingEngine
from avatar.core.progress import Progress

__all__ = ["BeyondEndError", "CutError", "ask", "fetch_json", "is_loopback", "network", "persist"]

_LOG = logging.getLogger(__name__)
_TIMEOUT = 30.0
_PAUSES = (1.0, 2.0, 4.0, 8.0)
_TICK = 0.2
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_REASONS = {
    302: "it leads to an address that is not followed",
    401: "it asks for a login",
    403: "it refuses this machine",
    404: "the file is not there",
    410: "the file is not there any more",
}
_LONGEST_JSON = 32 << 20
T = TypeVar("T")


class CutError(Exception):
    """The connection failed in a way that may pass; :func:`persist` catches it, nobody else sees it."""


class UnreachedError(CutError):
    """There was no connection at all."""


class BeyondEndError(CutError):
    """The server's file ends before the asked range begins."""


def ask(url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    """The opened answer of the server, redirects followed; MissingEngine where another try would not help."""
    _check_scheme(url, ("http", "https"))
    with network(url):
        request = urllib.request.Request(url, headers={"User-Agent": "govorun", **headers})
        response: http.client.HTTPResponse = urllib.request.build_opener(_WebOnly).open(request, timeout=_TIMEOUT)
    return response


def fetch_json(url: str, progress: Progress) -> tuple[Any, Message]:
    """The JSON at ``url`` and the headers of the answer; MissingEngine where there is none."""
    text, headers = persist(url, lambda: _receive_text(url), progress)
    try:
        return json.loads(text), headers
    except ValueError as error:
        raise MissingEngine(f"{url} answered with what is no JSON ({error}): is the address right?") from error


def persist(url: str, attempt: Callable[[], T], progress: Progress, received: Callable[[], int] = int) -> T:
    """Repeat ``attempt``, with pauses that grow while no more bytes were ``received``; MissingEngine in the end.

    Where there never was a connection, the first failure is the last: nobody waits to be told to go online.
    """
    failures, reached = 0, False
    while True:
        before = received()
        try:
            return attempt()
        except CutError as error:
            reached = reached or not isinstance(error, UnreachedError)
            failures = 1 if received() > before else failures + 1
            if failures > len(_PAUSES) or not reached:
                raise _unreachable(url, error) from error
            _LOG.info("%s: %s; trying again", url, error)
            _pause(_PAUSES[failures - 1], progress)


@contextlib.contextmanager
def network(url: str) -> Iterator[None]:
    """Turn what goes wrong between here and ``url`` into CutError or MissingEngine."""
    try:
        yield
    except GovorunError:
        raise
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(url, error) from error
    except urllib.error.URLError as error:
        raise UnreachedError(getattr(error.reason, "strerror", None) or str(error.reason)) from error
    except http.client.InvalidURL as error:
        raise MissingEngine(f"{url!r} is no address: {error}.") from error
    except (http.client.HTTPException, OSError) as error:
        raise CutError(str(error) or type(error).__name__) from error


def _receive_text(url: str) -> tuple[bytes, Message]:
    with ask(url, {"Accept": "application/json"}) as response, network(url):
        text = response.read(_LONGEST_JSON)
        if response.length:
            raise CutError(f"{response.length} bytes of the answer are missing")
        return text, response.headers


def _pause(seconds: float, progress: Progress) -> None:
    """Wait and stay cancellable."""
    for _ in range(round(seconds / _TICK)):
        progress(0.0, "the connection was cut, trying again")
        time.sleep(_TICK)


def _refused(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return BeyondEndError("the file is shorter there")
    if error.code in _PASSING:
        return CutError(f"the server answered {error.code} {error.reason}")
    why = _REASONS.get(error.code, "it is not served")
    return MissingEngine(
        f"{url} answered {error.code} {error.msg}: {why}. Set GOVORUN_MODELS_URL to a mirror, or put the file in its"
        " place by hand."
    )


def _unreachable(url: str, error: CutError) -> MissingEngine:
    host = urllib.parse.urlsplit(url).netloc
    if isinstance(error, UnreachedError):
        return MissingEngine(f"{host} cannot be reached ({error}): check the connection, then run it again.")
    return MissingEngine(f"The download from {host} stopped ({error}): run it again to resume.")


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to http(s), and from https only to https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        _check_scheme(newurl, ("https",) if req.full_url.startswith("https:") else ("http", "https"))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_scheme(url: str, schemes: tuple[str, ...]) -> None:
    if urllib.parse.urlsplit(url).scheme.lower() not in schemes:
        raise MissingEngine(f"{url} is no {' or '.join(schemes)} address: weights are fetched from such only.")


def is_loopback(name: str) -> bool:
    """Whether ``name`` is the machine itself: localhost or an address of the loopback network."""
    try:
        address = ip_address(name)
    except ValueError:
        return name.lower() == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
