"""One file over HTTP: resumed where it was cut, verified before it gets its name.

The bytes go to ``NAME.part`` beside the file. A further call asks the server for the rest; the server's own mark of
the file (ETag or date, kept in ``NAME.part.mark``) or a published checksum makes sure that it is the rest of the same
file. Without either of them the download begins again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http
import http.client
import logging
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from avatar.core.errors import MissingEngine, OutputError
from avatar.core.manifest import WeightFile
from avatar.core.progress import Progress
from avatar.core.web import BeyondEndError, CutError, ask, network, persist

__all__ = ["bytes_text", "check_room", "fetch", "part_of", "settle", "writing"]

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 18


def part_of(target: Path) -> Path:
    """Where the bytes of ``target`` lie until they are all there."""
    return target.with_name(f"{target.name}.part")


def fetch(file: WeightFile, target: Path, progress: Progress) -> str:
    """Download ``file`` to ``target``; returns its SHA-256.

    MissingEngine where the server or the bytes are not what they should be, OutputError where they cannot be written.
    Whatever stops it leaves ``target`` as it was and the received part for the next call.
    """
    part = part_of(target)
    with writing(target):
        part.parent.mkdir(parents=True, exist_ok=True)
    if file.size is not None and _bytes(part) == file.size:
        with contextlib.suppress(MissingEngine):
            return settle(file, target, progress)
        _LOG.info("%s: what lay there was another file, downloading it", file.path)
    receiving = progress.part(0.0, 0.95)
    persist(file.url, lambda: _receive(file, target, receiving), receiving, lambda: _bytes(part))
    return settle(file, target, progress.part(0.95, 1.0))


def bytes_text(count: float) -> str:
    """Bytes for people: "5.5 GB", "725 MB", "0.3 MB"."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e7 else f"{count / 1e6:.1f} MB"


def check_room(name: str, folder: Path, needed: int) -> None:
    """OutputError where ``needed`` bytes of ``name`` do not fit into ``folder``."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"The disk is too full for {name}: it needs {bytes_text(needed)} in {folder} and there are"
            f" {bytes_text(free)}. Make room, or set GOVORUN_CACHE to a folder on another disk."
        )


@contextlib.contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn an OSError of the block into an OutputError about ``target``."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(
                f"The disk is full: {target.name} does not fit into {target.parent}. Make room, or set GOVORUN_CACHE"
                " to a folder on another disk, and run it again: what was received is kept."
            ) from error
        raise OutputError(
            f"{target} cannot be written ({error.strerror or error}): set GOVORUN_CACHE to a folder that can."
        ) from error


def _receive(file: WeightFile, target: Path, progress: Progress) -> None:
    """One connection; CutError where it ended too early."""
    part, mark = part_of(target), _mark_of(target)
    start = _start(file, part, mark)
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if mark.exists():
            headers["If-Range"] = mark.read_text("ascii")
    with _dropping_longer(part), ask(file.url, headers) as response:
        start, total = _span(file, response, start)
        check_room(target.name, part.parent, total - start if total is not None else 0)
        _keep_mark(response, mark)
        _copy(file, response, target, start, total, progress)
    if total is not None and _bytes(part) < total:
        raise CutError(f"the connection ended after {_bytes(part)} of {total} bytes")


@contextlib.contextmanager
def _dropping_longer(part: Path) -> Iterator[None]:
    """Bytes that the server's file does not have are not its beginning: away with them."""
    try:
        yield
    except BeyondEndError:
        part.unlink(missing_ok=True)
        raise


def _start(file: WeightFile, part: Path, mark: Path) -> int:
    """Bytes that need not be sent again; 0 where nothing proves that the rest would fit to them."""
    have = _bytes(part)
    fits = file.size is None or have < file.size
    return have if fits and (file.digest is not None or mark.exists()) else 0


def _span(file: WeightFile, response: http.client.HTTPResponse, start: int) -> tuple[int, int | None]:
    """Where the body begins and how long the whole file is; a server may ignore the range and send everything."""
    place = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    total = file.size
    if response.status == http.HTTPStatus.PARTIAL_CONTENT and place is not None and int(place[1]) == start:
        total = int(place[2])
    elif response.status == http.HTTPStatus.OK:
        length = response.headers.get("Content-Length", "")
        start, total = 0, int(length) if length.isdigit() else file.size
    else:
        raise MissingEngine(f"{file.url} sent another part of the file than the one asked for: use another mirror.")
    if file.size is not None and total != file.size:
        raise MissingEngine(
            f"{file.url} has {total} bytes where {file.size} were expected: it is another file. Nothing was downloaded."
        )
    return start, total


def _keep_mark(response: http.client.HTTPResponse, mark: Path) -> None:
    """Remember the server's strong ETag, else its date; a weak ETag does not vouch for every byte."""
    tag = response.headers.get("ETag", "")
    value = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")
    with writing(mark):
        if value and value.isascii():
            mark.write_text(value, "ascii")
        else:
            mark.unlink(missing_ok=True)


def _copy(
    file: WeightFile,
    response: http.client.HTTPResponse,
    target: Path,
    start: int,
    total: int | None,
    progress: Progress,
) -> None:
    with contextlib.ExitStack() as stack:
        with writing(target):
            sink = stack.enter_context(_sink(part_of(target), start))
        done = start
        while True:
            progress(done / total if total else 0.0, f"{file.path}, {_amount(done, total)}")
            with network(file.url):
                chunk = response.read1(_CHUNK)
            if not chunk:
                return
            with writing(target):
                _write(sink, chunk)
            done += len(chunk)


def _sink(part: Path, start: int) -> IO[bytes]:
    """``part`` cut to ``start`` bytes and open behind them; unbuffered, so that its size is what is on the disk."""
    sink = part.open("r+b" if start else "wb", buffering=0)
    sink.seek(start)
    sink.truncate()
    return sink


def _write(sink: IO[bytes], chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[sink.write(left) :]


def _amount(done: int, total: int | None) -> str:
    return f"{bytes_text(done)} of {bytes_text(total)}" if total else bytes_text(done)


def settle(file: WeightFile, target: Path, progress: Progress) -> str:
    """Verify the received part of ``target`` and give it its name; returns the SHA-256.

    MissingEngine where it is not ``file``, and then it is removed.
    """
    part = part_of(target)
    sha256 = _verify(file, part, progress)
    with writing(target):
        os.replace(part, target)
        _mark_of(target).unlink(missing_ok=True)
    progress(1.0, file.path)
    return sha256


def _verify(file: WeightFile, part: Path, progress: Progress) -> str:
    """SHA-256 of ``part``; what is not the file is removed and told."""
    size, published = _bytes(part), file.digest
    hashes = {name: _hash(name, size) for name in {"sha256", published.algorithm if published else "sha256"}}
    with part.open("rb") as source:
        while chunk := source.read(_CHUNK):
            for one in hashes.values():
                one.update(chunk)
            progress(source.tell() / size, f"{file.path}, checking")
    if file.size is not None and size != file.size:
        _refuse(file, part, f"{file.size} bytes", f"{size} bytes")
    if published is not None and hashes[published.algorithm].hexdigest() != published.value:
        got = hashes[published.algorithm].hexdigest()
        _refuse(file, part, f"{published.algorithm} {published.value}", got)
    return str(hashes["sha256"].hexdigest())


def _hash(algorithm: str, size: int) -> Any:
    """A hash object; git hashes a file with a heading of its length before it."""
    if algorithm == "git-sha1":
        return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    return hashlib.new(algorithm, usedforsecurity=False)


def _refuse(file: WeightFile, part: Path, expected: str, got: str) -> None:
    part.unlink(missing_ok=True)
    if file.digest is not None and not file.digest.published:
        raise MissingEngine(
            f"{file.path} is not the file that was downloaded first: expected {expected}, got {got}. It was removed;"
            " where the new one is right, `govorun models remove` forgets the first."
        )
    raise MissingEngine(
        f"{file.path} is not the file that was published: expected {expected}, got {got}. It was removed; run it"
        f" again, and if that repeats, do not trust {file.url}."
    )


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _mark_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part.mark")
