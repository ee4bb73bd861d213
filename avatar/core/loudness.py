"""How loud a sound is, measured by ffmpeg's ``ebur128``: integrated loudness and true peak after EBU R128."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import numpy as np

from avatar.core.errors import MediaError
from avatar.core.program import ffmpeg_binary, reason

__all__ = ["Loudness", "measured"]

_FLOOR_LUFS = -69.9  # what ebur128 says of silence is -70
_CHUNK = 1 << 16  # frames handed over at a time


@dataclass(frozen=True)
class Loudness:
    """``lufs``: integrated loudness, None where nothing is heard. ``peak``: true peak in dBTP, -inf for silence.
    ``frames``: how many sample frames were measured."""

    lufs: float | None
    peak: float
    frames: int


def measured(blocks: Iterable[np.ndarray], rate: int) -> Loudness:
    """Loudness of a sound that comes in blocks, float32 [n, channels] at ``rate`` Hz, to a tenth of a LU.

    The blocks are streamed: memory does not grow with their number. Raises MediaError.
    """
    frames = 0
    with tempfile.TemporaryFile() as said, ExitStack() as stack:
        meter: subprocess.Popen[bytes] | None = None
        for block in blocks:
            meter = meter or stack.enter_context(_meter(rate, block.shape[1], said.fileno()))
            if not _fed(meter, block):
                break
            frames += len(block)
        if meter is None:
            return Loudness(None, float("-inf"), 0)
        assert meter.stdin is not None
        with suppress(BrokenPipeError):
            meter.stdin.close()
        status = meter.wait()
        said.seek(0)
        return _read(said.read(), status, frames)


@contextmanager
def _meter(rate: int, channels: int, said: int) -> Iterator[subprocess.Popen[bytes]]:
    """A running ffmpeg, which does not outlive the block."""
    source = ["-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0"]
    command = ["-hide_banner", "-nostats", *source, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    process = subprocess.Popen(
        [ffmpeg_binary(), *command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _fed(meter: subprocess.Popen[bytes], block: np.ndarray) -> bool:
    """Hand over a block; False where ffmpeg listens no more."""
    assert meter.stdin is not None
    try:
        for start in range(0, len(block), _CHUNK):
            meter.stdin.write(np.ascontiguousarray(block[start : start + _CHUNK], np.float32).data.cast("B"))
    except BrokenPipeError:
        return False
    return True


def _read(said: bytes, status: int, frames: int) -> Loudness:
    summary = said.decode("utf-8", "replace").rpartition("Summary:")[2]
    lufs = re.search(r"\bI:\s+(-?[\d.]+|-?inf|nan) LUFS", summary)
    peak = re.search(r"\bPeak:\s+(-?[\d.]+|-?inf|nan) dBFS", summary)
    if status or lufs is None or peak is None:
        raise MediaError(f"ffmpeg could not measure the loudness: {reason(said)}")
    heard = float(lufs[1])
    return Loudness(heard if heard > _FLOOR_LUFS else None, float(peak[1]), frames)
