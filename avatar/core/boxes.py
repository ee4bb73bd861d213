"""Boxes of MP4 and MOV files (ISO 14496-12): what lies where, and room for more near the beginning of a file."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Box", "box", "boxes", "write_with_room"]

_HEADER = struct.Struct(">I4s")
_AROUND_OFFSETS = (b"trak", b"mdia", b"minf", b"stbl")
_LARGEST = (1 << 32) - 1
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Box:
    """``size`` bytes from ``start`` on, of which the first ``header`` say its ``kind`` and size."""

    kind: bytes
    start: int
    header: int
    size: int

    @property
    def stop(self) -> int:
        """Where the next box begins."""
        return self.start + self.size


def box(kind: bytes, content: bytes) -> bytes:
    """A box with ``content``."""
    return _HEADER.pack(_HEADER.size + len(content), kind) + content


def boxes(file: IO[bytes], start: int = 0, stop: int | None = None) -> Iterator[Box]:
    """The boxes from ``start`` to ``stop`` (the end of the file) in order; ValueError where the bytes are no boxes."""
    end = file.seek(0, 2) if stop is None else stop
    while start < end:
        file.seek(start)
        head = file.read(16)
        if len(head) < _HEADER.size:
            raise ValueError(f"{end - start} bytes at {start} are no box")
        size, kind = _HEADER.unpack_from(head)
        header = _HEADER.size
        if size == 1 and len(head) == 16:
            size, header = struct.unpack_from(">Q", head, 8)[0], 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            raise ValueError(f"the box at {start} says that it has {size} bytes")
        yield Box(kind, start, header, size)
        start += size


def write_with_room(source: Path, target: Path, room: int, tail: bytes = b"") -> int:
    """Copy an MP4 or MOV with ``room`` free bytes behind its first box, and ``tail`` at the end; returns where the room
    begins.

    The room is one box ``free``, at least 8 bytes, which players pass over. What the file says about where its samples
    lie is corrected. Memory flat: all but the box ``moov`` is copied piece by piece. ValueError for a file that is
    built otherwise.
    """
    with source.open("rb") as old, target.open("wb") as new:
        found = list(boxes(old))
        if not found or found[0].kind != b"ftyp" or sum(each.kind == b"moov" for each in found) != 1:
            raise ValueError(f"{source.name} is no MP4 with one moov box")
        for number, each in enumerate(found):
            old.seek(each.start)
            if each.kind == b"moov":
                new.write(_shifted(old.read(each.size), each.header, room))
            else:
                _copy(old, new, each.size)
            if number == 0:
                new.write(box(b"free", bytes(room - _HEADER.size)))
        new.write(tail)
    return found[0].stop


def _copy(old: IO[bytes], new: IO[bytes], length: int) -> None:
    while length > 0:
        piece = old.read(min(_CHUNK, length))
        if not piece:
            raise ValueError("the file ends within a box")
        new.write(piece)
        length -= len(piece)


def _shifted(moov: bytes, header: int, by: int) -> bytes:
    """``moov`` with every offset of a chunk ``by`` bytes further on."""
    changed, file = bytearray(moov), io.BytesIO(moov)
    waiting = list(boxes(file, header, len(moov)))
    while waiting:
        each = waiting.pop()
        if each.kind in _AROUND_OFFSETS:
            waiting += boxes(file, each.start + each.header, each.stop)
        elif each.kind in (b"stco", b"co64"):
            _shift_table(changed, each, "I" if each.kind == b"stco" else "Q", by)
    return bytes(changed)


def _shift_table(moov: bytearray, table: Box, width: str, by: int) -> None:
    first = table.start + table.header + 4  # behind version and flags
    (count,) = struct.unpack_from(">I", moov, first)
    form = struct.Struct(f">{count}{width}")
    if first + 4 + form.size > table.stop:
        raise ValueError("a table of offsets is cut short")
    offsets = [offset + by for offset in form.unpack_from(moov, first + 4)]
    if width == "I" and offsets and max(offsets) > _LARGEST:
        raise ValueError("the file is too long for offsets of 32 bits")
    form.pack_into(moov, first + 4, *offsets)
