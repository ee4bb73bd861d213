"""Video with transparency, written and joined: the formats of :mod:`avatar.core.transparent`."""

from __future__ import annotations

import io
import tempfile
import wave
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from avatar.core.artefacts import appearing
from avatar.core.media import concatenated, exact_rate, tags
from avatar.core.program import Encoder
from avatar.core.transparent import TRANSPARENT
from avatar.core.types import Size
from avatar.core.xmp import in_png

__all__ = ["TransparentWriter", "join_transparent"]

_RATE = 48_000
_FIRST_OF_ZIP = (1980, 1, 1, 0, 0, 0)
"""The moment that every entry carries: equal frames give equal bytes."""


class TransparentWriter:
    """Encode frames with straight alpha as they come; the file appears under its name only when it is whole.

    ``kind``: a name of TRANSPARENT. The same frames give the same bytes. Use as a context manager.
    Raises OutputError, MediaError.
    """

    def __init__(self, path: Path, size: Size, fps: float, kind: str) -> None:
        self._shape = (size.height, size.width, 4)
        settings = TRANSPARENT[kind].pictures
        self._encoder: Encoder | _Pictures = (
            Encoder(path, _arguments(size, fps, settings)) if settings else _Pictures(path)
        )

    def write(self, frames: np.ndarray) -> None:
        """Add frames uint8 [b, h, w, 4]: red, green, blue (not multiplied by alpha), alpha."""
        if frames.dtype != np.uint8 or frames.shape[1:] != self._shape:
            raise ValueError(f"frames must be uint8 [b, {self._shape}], not {frames.dtype} {frames.shape}")
        if isinstance(self._encoder, Encoder):
            self._encoder.feed(np.ascontiguousarray(frames).data.cast("B"))
        else:
            self._encoder.add(frames)

    def __enter__(self) -> TransparentWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._encoder.__exit__(kind, error, trace)


def _arguments(size: Size, fps: float, settings: Sequence[str]) -> list[str]:
    # The colours of a ProRes or VP9 file are those of BT.709, as in the MP4.
    return [
        "-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{size.width}x{size.height}", "-r", exact_rate(fps),
        "-i", "pipe:0",
        "-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+bicubic",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
        "-threads", "1", "-flags", "+bitexact", "-fflags", "+bitexact", "-map_metadata", "-1", *settings,
    ]  # fmt: skip


class _Pictures:
    """PNG files in a ZIP, numbered."""

    def __init__(self, path: Path) -> None:
        self._number = 0
        self._open = ExitStack()
        partial = self._open.enter_context(appearing(path))
        self._zip = self._open.enter_context(zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED))

    def add(self, frames: np.ndarray) -> None:
        from PIL import Image

        for frame in frames:
            buffer = io.BytesIO()
            Image.fromarray(frame).save(buffer, "PNG", compress_level=3)
            _put(self._zip, f"{self._number:06d}.png", buffer.getvalue())
            self._number += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)


def join_transparent(
    kind: str, segments: Sequence[Path], sound: Iterable[np.ndarray], rate: int, frames: int, fps: float, path: Path,
    metadata: Mapping[str, str] | None = None, channels: int = 1, xmp: bytes = b"",
) -> None:  # fmt: skip
    """Join ``segments`` of TransparentWriter by copying and lay the sound under them; ``path`` appears when whole.

    ``sound``: blocks of float mono, or [n, channels], at ``rate`` Hz, as long as the ``frames``, or padded with silence
    to their length. ``xmp``: a packet that each of the pictures carries, where they are pictures.
    Raises OutputError, MediaError.
    """
    settings = TRANSPARENT[kind]
    if not settings.pictures:
        _join_pictures(segments, sound, rate, path, channels, xmp)
        return
    length = frames / fps
    with concatenated(segments) as source:
        arguments = [
            *source, "-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0",
            "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy",
            "-af", f"aresample={_RATE}:resampler=swr,apad=whole_dur={length:.6f}", "-ac", "2", "-ar", str(_RATE),
            "-flags:a", "+bitexact", "-fflags", "+bitexact", "-map_metadata", "-1", *tags(metadata or {}),
            *settings.sound,
        ]  # fmt: skip
        with Encoder(path, arguments) as encoder:
            for block in sound:
                encoder.feed_samples(block)


def _join_pictures(
    segments: Sequence[Path], sound: Iterable[np.ndarray], rate: int, path: Path, channels: int, xmp: bytes
) -> None:
    """All pictures of ``segments``, in order, and ``sound.wav`` in one ZIP."""
    number = 0
    with appearing(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as whole:
        for segment in segments:
            with zipfile.ZipFile(segment) as part:
                for name in sorted(part.namelist()):
                    picture = part.read(name)
                    _put(whole, f"{number:06d}.png", in_png(picture, xmp) if xmp else picture)
                    number += 1
        with tempfile.TemporaryFile() as heard:
            _write_wav(heard, sound, rate, channels)
            heard.seek(0)
            with whole.open(zipfile.ZipInfo("sound.wav", _FIRST_OF_ZIP), "w", force_zip64=True) as entry:
                while block := heard.read(1 << 20):
                    entry.write(block)


def _write_wav(file: IO[bytes], sound: Iterable[np.ndarray], rate: int, channels: int) -> None:
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        for block in sound:
            out.writeframes(np.round(np.clip(block, -1.0, 1.0) * 32767).astype("<i2").tobytes())


def _put(target: zipfile.ZipFile, name: str, content: bytes) -> None:
    target.writestr(zipfile.ZipInfo(name, _FIRST_OF_ZIP), content)
