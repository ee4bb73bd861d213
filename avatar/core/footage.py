"""Parts of a video: stretches as frames, where decoding begins at the keyframe before each and nothing after it is
read, and small pictures of all of it on one sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import ffmpeg
import numpy as np

from avatar.core.program import QUIET, Encoder, local, raw_pictures
from avatar.core.types import Size

__all__ = ["Footage", "read_stretches", "write_contact_sheet"]


@dataclass(frozen=True)
class Footage:
    """A video of which is known what it holds; ``frames``: how many."""

    path: Path
    size: Size
    fps: float
    frames: int


def read_stretches(footage: Footage, stretches: Sequence[range], every: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the frames of ``stretches``, which are in order and do not meet: (number, uint8 [h, w, 3]).

    ``every``: frames from one keyframe to the next; what lies between two is decoded once. Where the video is shorter
    or damaged there are fewer frames.
    """
    for key, together in groupby(stretches, lambda stretch: stretch.start // every):
        yield from _read(footage, key * every, list(together))


def _read(footage: Footage, key: int, stretches: Sequence[range]) -> Iterator[tuple[int, np.ndarray]]:
    """Frames of stretches that one run of ffmpeg reads, from the keyframe ``key`` on."""
    wanted = [number for stretch in stretches for number in stretch]
    second = lambda number: f"{max(number, 0) / footage.fps:.6f}"  # noqa: E731
    # By times, half a frame early: were the keyframe elsewhere, the frames would be the same.
    seek = ["-noaccurate_seek", "-ss", second(key + 0.5)] if key else []
    chosen = "+".join(f"between(t,{second(one.start - 0.5)},{second(one.stop - 0.5)})" for one in stretches)
    arguments = [
        *QUIET, "-protocol_whitelist", "file,pipe", "-threads", "1", "-copyts", *seek, "-i", local(footage.path),
        "-map", "0:v:0", "-vf", f"select='{chosen}',setpts=N/(FR*TB)", "-frames:v", str(len(wanted)),
        "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:",
    ]  # fmt: skip
    yield from zip(wanted, raw_pictures(arguments, footage.size.width, footage.size.height), strict=False)


def write_contact_sheet(
    video: Path, path: Path, tile: Size, columns: int, rows: int, every: int, keyframes: bool = False
) -> None:
    """Write small frames of ``video`` as one JPEG, row by row from the top left; places that are left are black.

    ``every``: which frames, counted from the first; of ``keyframes`` alone, which costs a small part of the time.
    """
    few = {"skip_frame": "nokey"} if keyframes else {}
    arguments = (
        ffmpeg.input(local(video), protocol_whitelist="file,pipe", **few)
        .filter("select", f"not(mod(n,{every}))")
        .filter("scale", str(tile.width), str(tile.height), flags="area")
        .filter("tile", f"{columns}x{rows}")
        .output("OUT", vframes="1", vcodec="mjpeg", pix_fmt="yuvj420p", format="image2", **{"q:v": "4"})
        .get_args()
    )
    with Encoder(path, arguments[:-1]):
        pass
