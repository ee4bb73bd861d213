"""Boxes of MP4 files: walked, and room made between them without moving a picture."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from avatar.core.boxes import Box, box, boxes, write_with_room
from avatar.core.media import VideoWriter, join, probe
from avatar.core.types import Size
from tests.packets import packets


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of noise with sound: many chunks of both."""
    folder = tmp_path_factory.mktemp("boxes")
    frames = np.random.default_rng(1).integers(0, 255, (20, 64, 64, 3), np.uint8)
    with VideoWriter(folder / "segment.mp4", Size(64, 64), 10.0) as writer:
        writer.write(frames)
    sound = np.sin(np.arange(32_000) / 20).astype(np.float32)
    join([folder / "segment.mp4"], sound, 16_000, 20, 10.0, folder / "video.mp4")
    return folder / "video.mp4"


def _kinds(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [each.kind for each in boxes(file)]


@pytest.mark.parametrize("room", [8, 9, 40_000])
def test_room_moves_no_packet(video: Path, tmp_path: Path, room: int) -> None:
    place = write_with_room(video, tmp_path / "a.mp4", room, box(b"uuid", bytes(16)))
    written, before = (tmp_path / "a.mp4").read_bytes(), video.read_bytes()
    assert _kinds(tmp_path / "a.mp4") == [b"ftyp", b"free", *_kinds(video)[1:], b"uuid"]
    assert written[place : place + 8] == struct.pack(">I4s", room, b"free")
    assert len(written) == len(before) + room + 24
    assert packets(tmp_path / "a.mp4") == packets(video)
    assert probe(tmp_path / "a.mp4").seconds == probe(video).seconds


def test_without_the_correction_the_packets_would_be_others(video: Path, tmp_path: Path) -> None:
    content = video.read_bytes()
    (tmp_path / "b.mp4").write_bytes(content[:32] + box(b"free", bytes(100)) + content[32:])
    with pytest.raises(AssertionError):
        assert packets(tmp_path / "b.mp4") == packets(video)


def _movie(table: bytes, moov_header: bytes = b"") -> bytes:
    inside = table
    for kind in (b"stbl", b"minf", b"mdia", b"trak"):
        inside = box(kind, inside)
    moov = box(b"moov", inside) if not moov_header else moov_header + inside
    return box(b"ftyp", b"isom") + moov + box(b"mdat", b"12345678")


def _table(kind: bytes, width: str, *offsets: int) -> bytes:
    return box(kind, bytes(4) + struct.pack(f">I{len(offsets)}{width}", len(offsets), *offsets))


@pytest.mark.parametrize(("kind", "width"), [(b"stco", "I"), (b"co64", "Q")])
def test_both_widths_of_offsets_are_corrected(tmp_path: Path, kind: bytes, width: str) -> None:
    (tmp_path / "a").write_bytes(_movie(_table(kind, width, 100, 0xFFFF0000)))
    write_with_room(tmp_path / "a", tmp_path / "b", 16)
    assert _table(kind, width, 116, 0xFFFF0010) in (tmp_path / "b").read_bytes()


def test_an_offset_beyond_its_width_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(_movie(_table(b"stco", "I", 0xFFFFFFFF)))
    with pytest.raises(ValueError, match="32 bits"):
        write_with_room(tmp_path / "a", tmp_path / "b", 16)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no MP4"),
        (b"junk", "no box"),
        (box(b"mdat", b"1") + box(b"moov", b""), "no MP4"),
        (box(b"ftyp", b"isom"), "no MP4"),
        (box(b"ftyp", b"isom") + box(b"moov", b"") * 2, "no MP4"),
        (box(b"ftyp", b"isom") + struct.pack(">I4s", 5000, b"moov"), "says that it has 5000"),
        (box(b"ftyp", b"isom") + struct.pack(">I4s", 3, b"moov"), "says that it has 3"),
        (_movie(box(b"stco", bytes(4) + struct.pack(">II", 9, 1))), "cut short"),
    ],
)
def test_files_that_are_built_otherwise_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        write_with_room(tmp_path / "a", tmp_path / "b", 16)


def test_long_headers_and_boxes_that_end_with_the_file_are_walked() -> None:
    long = struct.pack(">I4sQ", 1, b"mdat", 20) + b"abcd"
    last = struct.pack(">I4s", 0, b"free") + b"xyz"
    assert list(boxes(BytesIO(long + last))) == [Box(b"mdat", 0, 16, 20), Box(b"free", 20, 8, 11)]
