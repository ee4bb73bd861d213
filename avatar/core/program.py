"""The ffmpeg program: which binary, what it can do, and a process of it that is fed and writes one file.

The binary is the one that imageio-ffmpeg carries, unless ``GOVORUN_FFMPEG`` names another. No shell is ever involved,
file names travel with a ``file:`` prefix, so that no name is taken for an option or a protocol.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import imageio_ffmpeg
import numpy as np

from avatar.core.artefacts import appearing
from avatar.core.errors import DiskFull, MediaError, OutputError
from avatar.core.reasons import Message

__all__ = [
    "QUIET",
    "Encoder",
    "check_ffmpeg",
    "ffmpeg_binary",
    "ffmpeg_version",
    "local",
    "raw_pictures",
    "reason",
    "run_ffmpeg",
]

_OLDEST = (4, 3)
_PLACE = re.compile(r"\[[^\]\n]* @ (?:0x)?[0-9A-Fa-f]+\]\s*")
_CHUNK = 1 << 18  # samples handed over at a time
QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error")
"""Arguments with which ffmpeg says nothing but errors."""


def ffmpeg_binary() -> str:
    """Path of the ffmpeg to use: ``GOVORUN_FFMPEG``, else the packaged one. MediaError where there is none."""
    chosen = os.environ.get("GOVORUN_FFMPEG", "")
    if chosen:
        if not (Path(chosen).is_file() and os.access(chosen, os.X_OK)):
            raise MediaError(f"GOVORUN_FFMPEG names {chosen}, which is no program: correct it or unset it.")
        return chosen
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MediaError("No ffmpeg was found: reinstall imageio-ffmpeg, or name one in GOVORUN_FFMPEG.") from error


@functools.lru_cache(maxsize=4)
def _described(binary: str) -> tuple[str, str]:
    try:
        version = subprocess.run([binary, "-version"], capture_output=True, text=True, timeout=30, check=True).stdout
        encoders = subprocess.run([binary, "-hide_banner", "-encoders"], capture_output=True, text=True, timeout=30,
                                  check=True).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise MediaError(f"{binary} does not run as ffmpeg: {error}") from error
    return version, encoders


def ffmpeg_version() -> str:
    """Version of the ffmpeg in use, as it names itself ("7.0.2-static ...")."""
    found = re.match(r"ffmpeg version (\S+)", _described(ffmpeg_binary())[0])
    return found.group(1) if found else "unknown"


def check_ffmpeg() -> str:
    """Make sure that ffmpeg can do the job (version, H.264 and AAC encoders) and return its version; MediaError
    else."""
    version = ffmpeg_version()
    number = re.match(r"n?(\d+)\.(\d+)", version)
    if number and (int(number[1]), int(number[2])) < _OLDEST:
        raise MediaError(
            f"ffmpeg {version} is too old: 4.3 or newer is needed (unset GOVORUN_FFMPEG for the packaged one)."
        )
    encoders = _described(ffmpeg_binary())[1]
    for name in ("libx264", "aac"):
        if not re.search(rf"^ \S+ {name} ", encoders, re.MULTILINE):
            raise MediaError(f"This ffmpeg lacks the encoder {name}: unset GOVORUN_FFMPEG to use the packaged one.")
    return version


def local(path: Path) -> str:
    """``path`` as ffmpeg takes it for nothing but a file."""
    return f"file:{Path(path).absolute()}"


def run_ffmpeg(arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run to the end and hand over what ffmpeg said, whether it failed or not."""
    return subprocess.run([ffmpeg_binary(), *arguments], capture_output=True, stdin=subprocess.DEVNULL, check=False)


def reason(stderr: bytes) -> str:
    """The last telling line of ffmpeg's complaint, without the places in memory that its parts name themselves by."""
    said = _PLACE.sub("", stderr.decode("utf-8", "replace"))
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def raw_pictures(arguments: Sequence[str], width: int, height: int) -> Iterator[np.ndarray]:
    """Pictures uint8 [height, width, 3] that ffmpeg writes to its output as rgb24, one by one; it ends with the last
    whole one."""
    process = subprocess.Popen(
        [ffmpeg_binary(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    length = width * height * 3
    try:
        while len(chunk := process.stdout.read(length)) == length:
            yield np.frombuffer(chunk, np.uint8).reshape(height, width, 3)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


class Encoder:
    """A running ffmpeg that is fed through its standard input and writes a temporary file beside ``path``.

    Closing it in peace moves the file to its place in one step; any error stops ffmpeg and removes the file.
    """

    def __init__(self, path: Path, arguments: Sequence[str]) -> None:
        self.path = Path(path)
        self._appearing = contextlib.ExitStack()
        try:
            self._partial = self._appearing.enter_context(appearing(self.path))
        except OSError as error:
            raise OutputError(f"Cannot write to {self.path.parent}: {error.strerror}.") from error
        self._complaint: list[bytes] = []
        self._process = subprocess.Popen(
            [ffmpeg_binary(), *QUIET, "-y", *arguments, local(self._partial)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        self._input: IO[bytes] = self._process.stdin
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._complaint = [*self._complaint[-20:], line]

    def feed(self, data: bytes | memoryview) -> None:
        """Hand over input; OutputError where ffmpeg has given up."""
        try:
            self._input.write(data)
        except (BrokenPipeError, OSError) as error:
            raise self._failure() from error

    def feed_samples(self, samples: np.ndarray) -> None:
        """Hand over sound, float [n] or [n, channels], piece by piece."""
        for start in range(0, len(samples), _CHUNK):
            self.feed(np.ascontiguousarray(samples[start : start + _CHUNK], np.float32).data.cast("B"))

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            self.finish()
        else:
            self.abandon()

    def finish(self) -> None:
        """End the input, wait, move the file to its place."""
        try:
            self._input.close()
        except OSError as error:
            raise self._failure() from error
        if self._process.wait() != 0:
            raise self._failure()
        self._reader.join()
        self._close_error_pipe()
        try:
            self._appearing.close()
        except OSError as error:
            raise OutputError(f"Cannot write {self.path}: {error.strerror}.") from error

    def _close_error_pipe(self) -> None:
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _failure(self) -> MediaError | OutputError:
        self.abandon()
        said = reason(b"".join(self._complaint))
        if re.search(r"no space left|disk quota", said, re.IGNORECASE) or _disk_is_full(self.path.parent):
            return DiskFull(Message("disk_full", folder=str(self.path.parent)))
        return MediaError(f"ffmpeg could not write {self.path.name}: {said}")

    def abandon(self) -> None:
        """Stop ffmpeg and remove what it wrote."""
        with contextlib.suppress(OSError):
            self._input.close()
        self._process.kill()
        self._process.wait()
        self._reader.join(timeout=5)
        self._close_error_pipe()
        self._partial.unlink(missing_ok=True)


def _disk_is_full(folder: Path) -> bool:
    try:
        state = os.statvfs(folder)
    except OSError:
        return False
    return state.f_bavail * state.f_frsize < (1 << 20)
