"""Requests that no honest client sends, each drawn from a seed: bytes for a socket."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.service.live import FAKES

__all__ = ["KINDS", "request_of"]

_FIELDS = (
    "prompt",
    "input_reference",
    "photo",
    "audio",
    "backdrop_image",
    "model",
    "seconds",
    "size",
    "fps",
    "voice",
    "lang",
    "backdrop",
    "transcript",
    "captions",
    "expression",
    "gesture_style",
    "seed",
    "label",
    "consent",
    "speech_engine",
    "face_engine",
    "backdrop_engine",
    "webhook_url",
    "title",
    "metadata",
    "scenes",
    "priority",
    "lexicon",
    "script",
    "device",
    "source_url",
    "video_inputs",
    "metadata[a]",
    "captions[]",
    "scenes[][prompt]",
    "",
)
_TEXTS = (
    "",
    " ",
    "\0",
    "null",
    "NaN",
    "-1",
    "1e999",
    "9" * 400,
    "true",
    "[]",
    "{}",
    "../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "@/etc/passwd",
    "%00",
    "%s%s%n",
    "${jndi:x}",
    "'; DROP TABLE jobs; --",
    "\u202e\u200b\ufeff",
    "🙂" * 50,
    "ǆ́̂̃" * 30,
    "<script>",
    "\r\nX-Evil: 1",
    "[pause: 9999999s]",
    "[",
    "*" * 500,
    "[voice: ../x.onnx]a[/voice]",
    "<speak>" * 40,
    "128x128",
    "0x0",
    "99999999x2",
    "-2x-2",
    "a" * 70_000,
)
_VALUES = (None, True, 0, -1, 2**70, 1e308, [], {}, [[]], {"a": {"b": []}}, "x", [None], {"image_url": 5}, *_TEXTS)
_PATHS = (
    "/v1/videos",
    "/v1/videos/video_x",
    "/v1/videos/video_x/content",
    "/v1/videos/video_x/cancel",
    "/v1/videos/video_x/events",
    "/v1/videos/video_x/remix",
    "/v1/portraits/check",
    "/v1/voices",
    "/v1/models",
    "/v1/models/x",
    "/v1/backdrops",
    "/v1/session",
    "/v1/audio/speech",
    "/v1/backdrops/preview",
    "/",
    "/healthz",
    "/openapi.json",
    "/v1/videos/../../etc/passwd",
    "/v1/videos/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/..%2f..%2fetc/passwd",
    "/v1/videos/%00",
    "/v1/videos/%ff%fe",
    "/v1/videos/" + "x" * 3000,
    "//v1//videos",
    "/web/../app.py",
    "/%2e%2e/app.py",
)
Draw = random.Random


def request_of(kind: str, seed: int, photo: bytes) -> bytes:
    """The bytes of one request; ``photo``: a good one, to be spoilt."""
    return KINDS[kind](random.Random(f"{kind} {seed}"), photo)


def _http(
    draw: Draw, body: bytes, kind: str, path: str = "/v1/videos", method: str = "POST", length: object = None
) -> bytes:
    announced = len(body) if length is None else length
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {announced}\r\n\r\n".encode("latin-1", "replace") + body


def _part(name: bytes, value: bytes, file: bytes | None = None, more: bytes = b"") -> bytes:
    named = b'; filename="' + file + b'"' if file is not None else b""
    return (
        b'--x\r\nContent-Disposition: form-data; name="'
        + name
        + b'"'
        + named
        + b"\r\n"
        + more
        + b"\r\n"
        + value
        + b"\r\n"
    )


def _form(fields: dict[str, str], files: dict[str, bytes]) -> bytes:
    texts = [_part(name.encode(), value.encode()) for name, value in fields.items()]
    return b"".join([*texts, *(_part(name.encode(), data, b"a.png") for name, data in files.items()), b"--x--\r\n"])


def _whole(draw: Draw, photo: bytes) -> bytes:
    return _form({"prompt": "Good morning.", **FAKES}, {"input_reference": photo})


_MULTIPART = "multipart/form-data; boundary=x"


def _truncated(draw: Draw, photo: bytes) -> bytes:
    body = _whole(draw, photo)
    cut = draw.choice((draw.randrange(900), draw.randrange(len(body))))
    return _http(draw, body[:cut], _MULTIPART)


def _cut_off(draw: Draw, photo: bytes) -> bytes:
    body = _whole(draw, photo)
    return _http(draw, body[: draw.randrange(len(body))], _MULTIPART, length=len(body))


def _spoilt_form(draw: Draw, photo: bytes) -> bytes:
    body = bytearray(_whole(draw, photo[:200]))
    for _ in range(draw.randrange(1, 40)):
        body[draw.randrange(len(body))] = draw.randrange(256)
    return _http(draw, bytes(body), _MULTIPART)


def _boundary(draw: Draw, photo: bytes) -> bytes:
    kinds = (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=y",
        "multipart/mixed",
        "multipart/form-data; boundary=" + "b" * 900,
        'multipart/form-data; boundary="x',
        "",
        ";;;",
        "a/b;" * 200,
        "multipart/form-data; boundary=x; charset=utf-99",
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data; boundary=\xe9\xff",
    )
    return _http(draw, _whole(draw, photo[: draw.randrange(2000)]), draw.choice(kinds))


def _lying_length(draw: Draw, photo: bytes) -> bytes:
    body = _whole(draw, photo[:1000])
    length = draw.choice(
        (0, 1, len(body) - 7, len(body) + 7, 10**7, 10**15, -1, "abc", "1e3", "0x10", "١٢", f"{len(body)}, 3")
    )
    return _http(draw, body, _MULTIPART, length=length)


def _chunked(draw: Draw, photo: bytes) -> bytes:
    head = b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nContent-Type: "
    body = _whole(draw, photo[:500])
    size = draw.choice((b"%x" % len(body), b"zz", b"-5", b"ffffffffff", b"%x" % (len(body) + 50), b"1", b""))
    tail = draw.choice((b"\r\n0\r\n\r\n", b"\r\n", b"", b"\r\n0\r\nX: y\r\n\r\n"))
    return head + _MULTIPART.encode() + b"\r\n\r\n" + size + b"\r\n" + body + tail


def _headers(draw: Draw, photo: bytes) -> bytes:
    if draw.random() < 0.5:
        more = draw.choice(
            (b"X-A: " + b"a" * 20_000, b"X: y\r\n" * 200, b"Content-Disposition: form-data\r\n" * 5, b": \r\n")
        )
        name = draw.choice((b"prompt", b"", b"n" * 5000, b"\xff\xfe", b'a"b', b"../../x"))
        file = draw.choice((None, b"", b"../../../etc/passwd", b"a" * 9000, b"\0\r\n"))
        return _http(draw, _part(name, b"v", file, more + b"\r\n") + b"--x--\r\n", _MULTIPART)
    line = draw.choice(
        (
            "Idempotency-Key: " + "k" * draw.choice((0, 1, 255, 4000)),
            "Authorization: Bearer " + "\xff" * 40,
            "Range: bytes=" + "9" * 50,
            "Cookie: " + "a=b; " * 2000,
            "Host: evil.example",
            "X-Request-Id: \x7f\x01",
            "Expect: 200-ok",
            "Upgrade: websocket",
            "Accept-Encoding: " + "gzip," * 3000,
            "X-Forwarded-For: 1.2.3.4",
            "Content-Encoding: gzip",
            "X: " + "y" * 100_000,
        )
    )
    first = f"{draw.choice(('GET', 'POST', 'HEAD'))} {draw.choice(_PATHS[:12])} HTTP/1.1"
    return f"{first}\r\nHost: 127.0.0.1\r\nConnection: close\r\n{line}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bomb(draw: Draw, photo: bytes) -> bytes:
    side = draw.choice((20_000, 60_000, 2**31 - 1, 0))
    header = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    text = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(3 << 20), 9))
    picture = draw.choice(
        (
            header + _chunk(b"IDAT", zlib.compress(bytes(1 << 20), 9)),
            header,
            photo[:33] + text + photo[33:],
            gzip.compress(bytes(1 << 20)),
            _gif(),
            photo[: draw.randrange(len(photo))],
            b"GIF89a" + draw.randbytes(300),
            b"\xff\xd8\xff\xe0" + draw.randbytes(500),
            b"II*\0" + draw.randbytes(300),
            b"RIFF\xff\xff\xff\xffWEBPVP8X" + draw.randbytes(90),
            b"\0\0\0\x18ftypheic" + draw.randbytes(50),
            b"%!PS-Adobe-3.0 EPSF",
            b"<svg/>",
            b"BM" + draw.randbytes(80),
            b"8BPS" + draw.randbytes(80),
        )
    )
    name = draw.choice(("input_reference", "backdrop_image", "audio"))
    return _http(draw, _form({"prompt": "Hello.", **FAKES}, {"input_reference": photo} | {name: picture}), _MULTIPART)


def _gif() -> bytes:
    frames = [Image.new("P", (16, 16), i) for i in range(200)]
    with io.BytesIO() as file:
        frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
        return file.getvalue()


def _field_types(draw: Draw, photo: bytes) -> bytes:
    fields = {"prompt": "Hello.", **FAKES}
    for _ in range(draw.randrange(1, 4)):
        fields[draw.choice(_FIELDS)] = draw.choice(_TEXTS)
    return _http(draw, _form(fields, {"input_reference": photo} if draw.random() < 0.5 else {}), _MULTIPART)


def _scenes(draw: Draw, photo: bytes) -> bytes:
    scenes = [
        {draw.choice(_FIELDS): draw.choice(_VALUES) for _ in range(draw.randrange(5))} for _ in range(draw.randrange(4))
    ]
    text = draw.choice(
        (json.dumps(scenes), json.dumps(draw.choice(_VALUES)), "[" * 50_000, '[{"prompt":' * 900, "\ufeff[]")
    )
    return _http(draw, _form({"prompt": "Hello.", **FAKES, "scenes": text}, {"a": photo}), _MULTIPART)


def _json(draw: Draw, photo: bytes) -> bytes:
    path = draw.choice(("/v1/videos", "/v1/videos", "/v1/videos/video_x/remix", "/v1/session", "/v1/portraits/check"))
    fields = {draw.choice(_FIELDS): draw.choice(_VALUES) for _ in range(draw.randrange(6))}
    plain = json.dumps(fields).encode()
    body = draw.choice(
        (
            plain,
            plain,
            plain,
            plain[: draw.randrange(len(plain) + 1)],
            b'{"a":' * 60_000,
            b"[" * 200_000,
            b'{"fps": NaN}',
            b"null",
            b"1" * 9000,
            b'{"prompt": "\\ud800"}',
            b'{"prompt": "\\u0000"}',
            b'{"seed": 1e999}',
            b'\xff\xfe{"a": 1}',
            b"\xef\xbb\xbf{}",
            b'{"a": 1, "a": 2}',
            b"",
            b'{"input_reference": "data:image/png;base64,AAAA"}',
            b'{"input_reference": "data:;base64,"}',
            draw.randbytes(200),
        )
    )
    return _http(draw, body, "application/json", path)


def _addresses(draw: Draw, photo: bytes) -> bytes:
    query = draw.choice(
        (
            "",
            "?limit=-1",
            "?limit=9" + "9" * 40,
            "?after=%00",
            "?after=" + "x" * 900,
            "?order=%ff",
            "?variant=../..",
            "?a" * 900,
            "?limit=NaN",
            "?after=%ed%a0%80",
            "?order[]=asc",
        )
    )
    method = draw.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "get"))
    return _http(draw, b"", "application/json", draw.choice(_PATHS) + query, method)


def _noise(draw: Draw, photo: bytes) -> bytes:
    lines = (
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET " + b"/" * 90_000 + b" HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
    )
    return draw.choice((draw.randbytes(draw.randrange(1, 3000)), draw.choice(lines)))


KINDS: dict[str, Callable[[Draw, bytes], bytes]] = {
    "truncated": _truncated,
    "cut off": _cut_off,
    "spoilt form": _spoilt_form,
    "boundary": _boundary,
    "lying length": _lying_length,
    "chunked": _chunked,
    "headers": _headers,
    "bomb": _bomb,
    "field types": _field_types,
    "scenes": _scenes,
    "json": _json,
    "addresses": _addresses,
    "noise": _noise,
}
