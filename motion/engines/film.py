"""A film behind the speaker: trimmed, looped without a jump, decoded as it is drawn.

The plan carries the film in short pieces, encoded anew at the size of the frame, so that any worker draws any segment
of it without the file. Its sound is not in it; what is needed to lay it under the pictures is.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from avatar.core.errors import MediaError, OptionError
from avatar.core.media import exact_rate, probe, read_film
from avatar.core.program import QUIET, Encoder, ffmpeg_binary
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.options import BackdropOptions, number_option, refuse_unknown

if TYPE_CHECKING:
    import torch

__all__ = ["MOST_SECONDS", "Film", "FilmClip", "stretch_of"]

MOST_SECONDS = 300.0
"""Of a film that are shown before it begins again."""
_LONGEST = 86400.0
_RATES = (5.0, 30.0)
_PIECE_SECONDS = 2.0
_FADE_SECONDS = 0.5  # in which the end of the film turns into its beginning
_CRF = "21"


class Film:
    """Options: ``from`` and ``to``, seconds of the film between which it is shown; ``fade``, seconds in which its end
    turns into its beginning, 0 for a cut."""

    def card(self) -> EngineCard:
        """Name, version and licence."""
        return EngineCard("film", "1", "Apache-2.0")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Read the film and encode its pieces; OptionError for a stretch that it does not have, MediaError where it
        cannot be read."""
        refuse_unknown(options, "film", ("from", "to", "fade"))
        if options.image is None:
            raise OptionError("The film backdrop needs a film: give @FILE.")
        found = probe(options.image)
        start, end = stretch_of(options, found.seconds)
        rate = min(max(found.fps or _RATES[1], _RATES[0]), _RATES[1])
        wanted = min(end - start, MOST_SECONDS)
        fade = number_option(options, "fade", _FADE_SECONDS, 0.0, 5.0)
        frames = _Counted(islice(read_film(options.image, options.size, rate, start), round(wanted * rate)))
        expected = max(1.0, min(wanted, max(found.seconds - start, 0.1)) * rate)
        looped = _looped(frames, round(fade * rate))
        pieces, count = _encoded(looped, options.size, rate, expected, progress)
        progress(1.0, "film")
        notes = []
        if end == _LONGEST and found.seconds - start > MOST_SECONDS + 1.0:
            notes.append(Message("film_looped", name=options.image.name, seconds=round(MOST_SECONDS)))
        arrays: dict[str, np.ndarray] = {
            "data": np.frombuffer(b"".join(pieces), np.uint8),
            "ends": np.cumsum([len(piece) for piece in pieces], dtype=np.int64),
        }
        # The first frame that is shown is that at "from" and "faded" frames: the film's end turns into those before.
        settings: dict[str, str | float | int] = {
            "rate": rate, "frames": count, "file": options.image.name, "from": start, "faded": frames.count - count,
        }  # fmt: skip
        return BackdropPlan("film", count / rate, arrays, settings, f"film {options.image.name}", tuple(notes))

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> FilmClip:
        """Make the clip; ``size`` is that of the plan."""
        return FilmClip(plan, size, fps, device)


def stretch_of(options: BackdropOptions, seconds: float) -> tuple[float, float]:
    """Where in a film of so many ``seconds`` (0 where nobody knows) the stretch that is shown begins and ends, in
    seconds; OptionError where it has none there."""
    start = number_option(options, "from", 0.0, 0.0, _LONGEST)
    end = number_option(options, "to", _LONGEST, 0.0, _LONGEST)
    if end <= start:
        raise OptionError(f"The film cannot be shown from {start:g} s to {end:g} s: let it end later.")
    if 0.0 < seconds <= start:
        name = options.image.name if options.image else "film"
        raise OptionError(Message("film_begins_later", name=name, seconds=round(start, 1)))
    return start, end


class FilmClip:
    """Frames in order cost one decoded frame each; a jump begins again with the piece that it lands in."""

    def __init__(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> None:
        self._data, ends = plan.arrays["data"], plan.arrays["ends"]
        self._bounds = [0, *(int(end) for end in ends)]
        self._rate, self._frames = float(plan.settings["rate"]), int(plan.settings["frames"])
        self._size, self._fps, self._device = size, fps, device
        self._piece_frames = round(_PIECE_SECONDS * self._rate)
        self._stream: Iterator[np.ndarray] = iter(())
        self._next, self._shown = -1, -1
        self._picture: np.ndarray | None = None

    def frame(self, index: int) -> torch.Tensor:
        """Frame ``index`` of the video, float32 [3, h, w]; MediaError where the film is damaged."""
        import torch

        planes = torch.from_numpy(self.byte_frame(index).copy()).permute(2, 0, 1).to(torch.float32).div_(255.0)
        return planes.contiguous().to(self._device)

    def byte_frame(self, index: int) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]: see :class:`avatar.core.types.GivesBytes`."""
        return self._at(int(index * self._rate / self._fps + 1e-6) % self._frames)

    def _at(self, number: int) -> np.ndarray:
        """Frame ``number`` of the film, uint8 [h, w, 3]."""
        if self._picture is not None and number == self._shown:
            return self._picture
        if number != self._next or number % self._piece_frames == 0:
            piece = number // self._piece_frames
            blob = self._data[self._bounds[piece] : self._bounds[piece + 1]]
            self._stream = _decoded(blob.tobytes(), self._size)
            for _ in range(number - piece * self._piece_frames):
                next(self._stream, None)
        picture = next(self._stream, None)
        if picture is None:
            raise MediaError(f"Frame {number} of the film behind the speaker is not there: render the video again.")
        self._picture, self._shown, self._next = picture, number, number + 1
        return picture


class _Counted(Iterator[np.ndarray]):
    """``frames``, and how many of them were taken."""

    def __init__(self, frames: Iterator[np.ndarray]) -> None:
        self._frames, self.count = frames, 0

    def __next__(self) -> np.ndarray:
        frame = next(self._frames)
        self.count += 1
        return frame


def _looped(frames: Iterator[np.ndarray], fade: int) -> Iterator[np.ndarray]:
    """``frames`` without the first ``fade`` of them, into which the last ones turn instead; a film that is too short
    for it as it is."""
    opening: list[np.ndarray] = []
    held: list[np.ndarray] = []
    for frame in frames:
        if len(opening) < fade:
            opening.append(frame)
            continue
        held.append(frame)
        if len(held) > fade:
            yield held.pop(0)
    if len(held) < fade or len(opening) < fade:
        yield from opening
        yield from held
        return
    for number, (ending, beginning) in enumerate(zip(held, opening, strict=True), 1):
        share = number / (fade + 1)
        yield np.rint(ending + (beginning.astype(np.float32) - ending) * share).astype(np.uint8)


def _encoded(
    frames: Iterator[np.ndarray], size: Size, rate: float, expected: float, progress: Progress
) -> tuple[list[bytes], int]:
    """The film in pieces of Matroska, and how many frames it has."""
    each, pieces, count = round(_PIECE_SECONDS * rate), [], 0
    with tempfile.TemporaryDirectory(prefix="govorun-film-") as folder:
        path = Path(folder) / "piece.mkv"
        while (first := next(frames, None)) is not None:
            with Encoder(path, _arguments(size, rate)) as encoder:
                for frame in chain([first], islice(frames, each - 1)):
                    encoder.feed(np.ascontiguousarray(frame).data.cast("B"))
                    count += 1
                    progress(min(1.0, count / expected), "film")
            pieces.append(path.read_bytes())
    return pieces, count


def _arguments(size: Size, rate: float) -> list[str]:
    return [
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size.width}x{size.height}", "-r", exact_rate(rate),
        "-i", "pipe:0", "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
        "-c:v", "libx264", "-preset", "superfast", "-crf", _CRF, "-threads", "1", "-bf", "0",
        "-flags", "+bitexact", "-fflags", "+bitexact", "-map_metadata", "-1", "-f", "matroska",
    ]  # fmt: skip


def _decoded(blob: bytes, size: Size) -> Iterator[np.ndarray]:
    """The frames of one piece, uint8 [h, w, 3]."""
    command = [
        ffmpeg_binary(), "-f", "matroska", "-i", "pipe:0", "-vf", "scale=in_color_matrix=bt709:in_range=tv",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-threads", "1", "pipe:1", *QUIET,
    ]  # fmt: skip
    length = size.width * size.height * 3
    with tempfile.TemporaryFile() as source:
        source.write(blob)
        source.seek(0)
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stream: IO[bytes] | None = process.stdout
    assert stream is not None
    try:
        while len(chunk := stream.read(length)) == length:
            yield np.frombuffer(chunk, np.uint8).reshape(size.height, size.width, 3)
    finally:
        stream.close()
        process.kill()
        process.wait()
