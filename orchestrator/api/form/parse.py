"""Request bodies → fields and files. Files are streamed to a folder that is removed with the request.

Neither the name nor the type that a client gives a file is believed or used.

Starlette's parser of forms holds each file in memory up to 1 MB and then in a nameless file elsewhere, and bounds all
texts alike: here a script may be longer than a title, and whoever looks at a file needs its path.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.jobs.folder import UPLOADS
from orchestrator.jobs.room import check_room
from orchestrator.settings import Settings

__all__ = ["FILE_FIELDS", "Form", "Upload", "form_of", "inline_file", "json_of"]

FILE_FIELDS = (
    "input_reference", "photo", "image", "audio", "backdrop_image", "backdrop_film", "influence", "logo", "music",
    "slides", "slides_pdf", "data",
)  # fmt: skip
_LONG_FIELDS = ("prompt", "transcript", "scenes", "notes", "production")
_MOST_FIELDS, _MOST_FILES = 100, 40
_MOST_BYTES, _MOST_LONG_BYTES, _MOST_TEXT = 64 << 10, 8 << 20, 16 << 20
_MOST_JSON, _MOST_VALUES = 24 << 20, 250_000
_MOST_NAME = 200
_SAFE_SIGNS = str.maketrans("-_", "+/")
_MOST_WORDS = 4096  # of a part that could be a file and has no file name: what is longer is one
_CONFUSING = "The body is no multipart form that can be read: {}."


@dataclass(frozen=True)
class Upload:
    """A file that came in, under a name of ours. ``size``: bytes."""

    path: Path
    sha256: str
    size: int

    @property
    def checked(self) -> bool:
        """Whether it was looked at when an earlier video was asked for; what is uploaded has a hash."""
        return not self.sha256


@dataclass
class Form:
    """``fields``: text of a form, or any value of a JSON object; ``files``: by the name of their part.

    ``folder``: the request's own, removed with it.
    """

    folder: Path
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Equal for equal requests: a hash of everything in them, files by content."""
        parts = {"fields": self.fields, "files": {name: upload.sha256 for name, upload in self.files.items()}}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@asynccontextmanager
async def form_of(request: Request, settings: Settings) -> AsyncIterator[Form]:
    """The body of ``request``, a multipart form or a JSON object; its files are removed at the end of the block.

    ApiError for anything else, and for what is beyond the limits; DiskFull, unread, where there is no room for it.
    """
    await run_in_threadpool(check_room, settings)
    folder = await run_in_threadpool(_fresh_folder, settings.data_dir / UPLOADS)
    try:
        yield await _read(request, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fresh_folder(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=parent))


async def _read(request: Request, folder: Path) -> Form:
    kind, options = _content_type(request)
    if kind == b"multipart/form-data":
        form = await _read_multipart(request, options.get(b"boundary", b""), folder)
    elif kind == b"application/json":
        form = await _read_json(request, folder)
    else:
        raise ApiError(
            415, "Send the request as multipart/form-data (with files) or application/json.", "unsupported_media_type"
        )
    for name, value in form.fields.items():
        _check_text(name, value)
    return form


def _content_type(request: Request) -> tuple[bytes, dict[bytes, bytes]]:
    try:
        return parse_options_header(request.headers.get("content-type", ""))
    except ValueError:
        return b"", {}


async def _read_multipart(request: Request, boundary: bytes, folder: Path) -> Form:
    if not boundary:
        raise ApiError(400, _CONFUSING.format("its Content-Type names no boundary"), "invalid_body")
    parts = _Parts(folder)
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            await run_in_threadpool(parser.write, chunk)
    except FormParserError as error:
        raise ApiError(400, _CONFUSING.format(str(error).rstrip(".")), "invalid_body") from error
    finally:
        parts.close()
    if not parts.ended:
        raise ApiError(400, _CONFUSING.format("it ends in the middle of a part"), "invalid_body")
    return parts.form


class _Parts:
    """What the parser of a multipart body calls; collects the form."""

    def __init__(self, folder: Path) -> None:
        self.form = Form(folder)
        self.ended = False
        self._folder = folder
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value = bytearray(), bytearray()
        self._name = ""
        self._text: bytearray | None = None
        self._text_in_all = 0
        self._file: IO[bytes] | None = None
        self._unnamed = False
        self._hash = hashlib.sha256()

    def callbacks(self) -> dict[str, Any]:
        """Name of the parser's event -> what hears it."""
        names = ("part_begin", "part_data", "part_end", "header_field", "header_value", "header_end")
        return {f"on_{name}": getattr(self, f"_on_{name}") for name in (*names, "headers_finished", "end")}

    def close(self) -> None:
        """Close the file that is being written, if the body broke off in it."""
        if self._file is not None:
            self._file.close()

    def _on_part_begin(self) -> None:
        self._headers = {}

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = _field_name(options.get(b"name"))
        if b"filename" in options or self._name in FILE_FIELDS:
            self._begin_file(not options.get(b"filename"))
        else:
            self._begin_text()

    def _begin_text(self) -> None:
        if len(self.form.fields) >= _MOST_FIELDS:
            raise ApiError(400, f"The form has more than {_MOST_FIELDS} fields.", "too_many_fields")
        self._text = bytearray()

    def _begin_file(self, unnamed: bool) -> None:
        if len(self.form.files) >= _MOST_FILES:
            raise ApiError(400, f"The form has more than {_MOST_FILES} files.", "too_many_files")
        if self._name in self.form.files:
            raise ApiError(400, f"The file {self._name} is there twice.", "duplicate_field", self._name)
        name = self._name if self._name in FILE_FIELDS else f"upload-{len(self.form.files)}"
        self._file = (self._folder / name).open("wb")
        self._hash = hashlib.sha256()
        self._unnamed = unnamed

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        chunk = data[start:end]
        if self._file is not None:
            self._file.write(chunk)
            self._hash.update(chunk)
        elif self._text is not None:
            self._text_in_all += len(chunk)
            most = _MOST_LONG_BYTES if self._name in _LONG_FIELDS else _MOST_BYTES
            if len(self._text) + len(chunk) > most or self._text_in_all > _MOST_TEXT:
                raise ApiError(400, Message("field_too_long", field=self._name), "field_too_long", self._name)
            self._text += chunk

    def _on_part_end(self) -> None:
        if self._file is not None:
            self._end_file(self._file)
        elif self._text is not None:
            _add(self.form.fields, self._name, _decoded(self._name, self._text))
            self._text = None

    def _end_file(self, file: IO[bytes]) -> None:
        size, path = file.tell(), Path(file.name)
        file.close()
        self._file = None
        words = _words_of(path, size) if self._unnamed else None
        if words is not None and words.startswith("data:"):
            self.form.files[self._name] = inline_file(self._name, words, self._folder, path.name)
        elif words:
            _add(self.form.fields, self._name, words)
        elif size or not self._unnamed:  # browsers send a nameless empty file where none was chosen
            self.form.files[self._name] = Upload(path, self._hash.hexdigest(), size)

    def _on_end(self) -> None:
        self.ended = True


def _words_of(path: Path, size: int) -> str | None:
    """The text of a part without a file name, where it is no file but says where one is; None where it is one."""
    with path.open("rb") as file:
        head = file.read(_MOST_WORDS)
    if head.startswith(b"data:") and size <= _MOST_JSON:
        return path.read_text("latin-1")
    try:
        return head.decode("utf-8") if size <= _MOST_WORDS and b"\0" not in head else None
    except UnicodeDecodeError:
        return None


def _field_name(raw: bytes | None) -> str:
    if not raw:
        raise ApiError(400, _CONFUSING.format("a part has no name"), "invalid_body")
    try:
        name = raw.decode("latin-1").encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError(400, _CONFUSING.format("the name of a part is no UTF-8 text"), "invalid_body") from None
    if len(name) > _MOST_NAME:
        raise ApiError(400, _CONFUSING.format(f"a part's name is longer than {_MOST_NAME} letters"), "invalid_body")
    return name


def _decoded(name: str, text: bytearray) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError(400, f"The field {name} is no UTF-8 text.", "invalid_text", name) from None


def _add(fields: dict[str, Any], name: str, value: str) -> None:
    """``captions[]`` collects a list, ``metadata[key]`` an object, as the OpenAI client sends them."""
    base, bracket, key = name.partition("[")
    if bracket and key.endswith("]") and "[" not in key:
        inside = key[:-1]
        held = fields.setdefault(base, {} if inside else [])
        if isinstance(held, list) and not inside:
            held.append(value)
            return
        if isinstance(held, dict) and inside and inside not in held:
            held[inside] = value
            return
    elif not bracket and name not in fields:
        fields[name] = value
        return
    raise ApiError(
        400, f"The field {name} is there twice, or nested: send nested values as JSON.", "invalid_body", base
    )


async def _read_json(request: Request, folder: Path) -> Form:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_JSON:
            raise ApiError(413, f"JSON is read up to {_MOST_JSON >> 20} MB: send files as a form.", "body_too_large")
    return await run_in_threadpool(_form_of_json, bytes(body), folder)


def _form_of_json(body: bytes, folder: Path) -> Form:
    try:
        value = json_of(body.decode("utf-8-sig") or "{}")
    except ValueError as error:
        raise ApiError(400, f"The body is no JSON that can be read: {error}.", "invalid_json") from None
    if not isinstance(value, dict):
        raise ApiError(400, "The body has to be a JSON object.", "invalid_json")
    form = Form(folder)
    for name, entry in value.items():
        inner = entry.get("image_url") if isinstance(entry, dict) and name in FILE_FIELDS else entry
        if name in FILE_FIELDS and isinstance(inner, str) and inner.startswith("data:"):
            form.files[name] = inline_file(name, inner, folder, name)
        elif entry is not None:
            form.fields[name] = entry
    return form


def json_of(text: str) -> Any:
    """The value of a JSON text; ValueError where it is none, or would grow large in memory."""
    if text.count(",") + text.count("[") + text.count("{") > _MOST_VALUES:
        raise ValueError(f"it has more than {_MOST_VALUES} values")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def inline_file(field: str, address: str, folder: Path, name: str) -> Upload:
    """The file of a data URL, kept in ``folder`` as ``name``; ApiError 400 where it is none.

    Base64 may have line breaks, no padding, and the two signs that are safe in addresses.
    """
    head, _, content = address.partition(",")
    plain = "".join(unquote(content).split()).rstrip("=").translate(_SAFE_SIGNS)
    try:
        whole = f"{plain}{'=' * (-len(plain) % 4)}"
        data = base64.b64decode(whole, validate=True) if head.rstrip().endswith(";base64") else b""
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        raise ApiError(400, f"{field} is no data URL: write data:image/png;base64,...", "invalid_file", field)
    path = folder / name
    path.write_bytes(data)
    return Upload(path, hashlib.sha256(data).hexdigest(), len(data))


def _check_text(name: str, value: object) -> None:
    """Refuse what no database and no file keeps: halves of characters and zero characters."""
    for text in _texts(name, value):
        if "\0" in text:
            raise ApiError(400, f"The field {name[:_MOST_NAME]!a} holds a zero character.", "invalid_text")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ApiError(400, f"The field {name[:_MOST_NAME]!a} holds half a character.", "invalid_text") from None


def _texts(*values: object) -> Iterator[str]:
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
