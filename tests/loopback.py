"""A web server on the loopback interface that serves bytes, and does what real servers do to downloads.

``with Loopback() as server: server.files["/a.bin"] = b"..."; server.cut_after("/a.bin", 1000)``
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

__all__ = ["Loopback"]


class Loopback:
    """``files``: path -> bytes. ``requests``: what was asked for, as (path, headers). ``ranges``: whether Range
    requests are answered, ``skew`` bytes beside what was asked. ``mark``: the ETag, "strong", "weak" or "none".
    ``hold``: an event that every answer waits for after its body."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.statuses: dict[str, list[int]] = {}
        self.cuts: dict[str, list[int]] = {}
        self.ranges = True
        self.skew = 0
        self.mark = "strong"
        self.hold: threading.Event | None = None
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """The address without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def cut_after(self, path: str, *lengths: int) -> None:
        """The next answers for ``path`` end after that many bytes of the body, though more were announced."""
        self.cuts.setdefault(path, []).extend(lengths)

    def answer(self, path: str, *statuses: int) -> None:
        """The next answers for ``path`` are these errors."""
        self.statuses.setdefault(path, []).extend(statuses)

    def serve_json(self, path: str, value: object) -> None:
        self.files[path] = json.dumps(value).encode()

    def serve_repository(
        self, repository: str, revision: str, files: dict[str, bytes], large: str = ".safetensors"
    ) -> None:
        """A repository as the Hugging Face hub lists and serves it; names that end on ``large`` are in its LFS."""
        tree = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": "folder"}]
        for path, content in files.items():
            self.files[f"/{repository}/resolve/{revision}/{path}"] = content
            oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            entry = {"type": "file", "oid": oid, "size": len(content), "path": path}
            if path.endswith(large):
                lfs = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
                entry = {**entry, "oid": "1" * 40, "lfs": lfs}
            tree.append(entry)
        self.serve_json(f"/api/models/{repository}/tree/{revision}?recursive=true", tree)

    def serve_voices(self, voices: dict[str, dict[str, bytes]], speakers: dict[str, int] | None = None) -> None:
        """A catalogue of Piper voices and their files: name ("ru_RU-irina-medium") -> path -> bytes."""
        catalogue = {}
        for name, files in voices.items():
            self.files.update({f"/{path}": content for path, content in files.items()})
            code = name.partition("-")[0]
            catalogue[name] = {
                "key": name,
                "language": {"code": code, "family": code[:2], "name_english": code[:2].upper()},
                "quality": name.rpartition("-")[2],
                "speaker_id_map": speakers or {},
                "files": {
                    path: {"size_bytes": len(content), "md5_digest": hashlib.md5(content).hexdigest()}
                    for path, content in files.items()
                },
                "aliases": [name.replace("_", "", 1)],
            }
        self.serve_json("/voices.json", catalogue)

    def asked(self, path: str) -> list[dict[str, str]]:
        """Headers of every request for ``path``, in order."""
        return [headers for asked, headers in self.requests if asked == path]

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests are about."""


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = re.sub("^http://[^/]+", "", self.path)
            loopback.requests.append((self.path, dict(self.headers)))
            if loopback.statuses.get(path):
                self._end(loopback.statuses[path].pop(0), {"Content-Length": "0"})
            elif path in loopback.redirects:
                self._end(302, {"Location": loopback.redirects[path], "Content-Length": "0"})
            elif path in loopback.files:
                self._send(path, loopback.files[path])
            else:
                self._end(404, {"Content-Length": "0"})

        def _send(self, path: str, content: bytes) -> None:
            tag = f'"{hashlib.md5(content).hexdigest()}"'
            headers = {"strong": {"ETag": tag}, "weak": {"ETag": f"W/{tag}"}, "none": {}}[loopback.mark]
            if path in loopback.links:
                headers["Link"] = loopback.links[path]
            start = self._start(tag, content)
            if start >= len(content) > 0:
                self._end(416, {"Content-Length": "0", "Content-Range": f"bytes */{len(content)}"})
                return
            if start:
                headers["Content-Range"] = f"bytes {start + loopback.skew}-{len(content) - 1}/{len(content)}"
            self._end(206 if start else 200, {**headers, "Content-Length": str(len(content) - start)})
            self._body(path, content[start:])

        def _start(self, tag: str, content: bytes) -> int:
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            same = self.headers.get("If-Range") in (None, tag)
            return int(asked[1]) if asked and loopback.ranges and same else 0

        def _body(self, path: str, body: bytes) -> None:
            cut = loopback.cuts[path].pop(0) if loopback.cuts.get(path) else None
            self.wfile.write(body[:cut])
            self.wfile.flush()
            if loopback.hold is not None:
                loopback.hold.wait(30.0)
            if cut is not None:
                self.close_connection = True

        def _end(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
