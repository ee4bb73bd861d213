"""The only place that starts ffmpeg: decode sound and pictures, encode segments, join them into the finished MP4.

The binary is the one that imageio-ffmpeg carries, unless ``GOVORUN_FFMPEG`` names another. No shell is ever involved,
file names travel with a ``file:`` prefix, so that no name is taken for an option or a protocol.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import re
import subprocess
import tempfile
import threading
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import ffmpeg
import imageio_ffmpeg
import numpy as np

from avatar.core.errors import AudioError, MediaError, OutputError
from avatar.core.types import Size

__all__ = [
    "Media",
    "VideoWriter",
    "check_ffmpeg",
    "decode_audio",
    "ffmpeg_binary",
    "ffmpeg_version",
    "has_audio",
    "join",
    "probe",
    "read_frames",
    "write_wav",
]

log = logging.getLogger(__name__)

_OLDEST = (4, 3)
_SOUND_RATE = 48_000
_CHUNK = 1 << 18  # samples handed over at a time
_MIX_DOWN = "aresample=rematrix_maxval=1.0"  # mean of the channels: no clipping
_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error")


@dataclass(frozen=True)
class Media:
    """What a file holds. ``seconds``: length as the container says; sizes and codecs are None or "" where there is
    none."""

    seconds: float
    size: Size | None
    fps: float | None
    video_codec: str
    audio_codec: str
    audio_rate: int | None


# -- the binary --------------------------------------------------------------------------------------------------------


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


def _local(path: Path) -> str:
    return f"file:{Path(path).absolute()}"


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([ffmpeg_binary(), *arguments], capture_output=True, stdin=subprocess.DEVNULL, check=False)


def _said(stderr: bytes) -> str:
    """The last telling line of ffmpeg's complaint."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


# -- reading -----------------------------------------------------------------------------------------------------------


def probe(path: Path) -> Media:
    """Look into a media file; MediaError where it is none."""
    result = _run(["-hide_banner", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", _local(path)])
    text = result.stderr.decode("utf-8", "replace")
    if "Stream #" not in text:
        raise MediaError(f"{Path(path).name} is no media file: {_said(result.stderr)}")
    length = re.search(r"Duration: (\d+):(\d+):([\d.]+)", text)
    seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]) if length else 0.0
    video = re.search(r"Stream #.*Video: (\w+).*?[ ,](\d{2,5})x(\d{2,5})", text)
    fps = re.search(r"([\d.]+) fps", text)
    audio = re.search(r"Stream #.*Audio: (\w+).*?(\d+) Hz", text)
    return Media(
        seconds=seconds,
        size=Size(int(video[2]), int(video[3])) if video else None,
        fps=float(fps[1]) if fps and video else None,
        video_codec=video[1] if video else "",
        audio_codec=audio[1] if audio else "",
        audio_rate=int(audio[2]) if audio else None,
    )


def has_audio(path: Path) -> bool:
    """Whether ``path`` is a media file with sound."""
    try:
        return bool(probe(path).audio_codec)
    except MediaError:
        return False


def decode_audio(path: Path, rate: int) -> np.ndarray:
    """Sound of a file as float32 mono [n] at ``rate`` Hz; AudioError says what is wrong with the file."""
    path = Path(path)
    if not path.exists():
        raise AudioError(f"There is no file {path}.")
    if not path.is_file():
        raise AudioError(f"{path} is no file: name a WAV, MP3, M4A, OGG, FLAC or a video.")
    command = (
        ffmpeg.input(_local(path), protocol_whitelist="file,pipe")
        .output("pipe:", format="f32le", acodec="pcm_f32le", ac="1", ar=str(rate), vn=None, af=_MIX_DOWN)
        .global_args(*_QUIET)
        .get_args()
    )
    result = _run(command)
    samples = np.frombuffer(result.stdout[: len(result.stdout) // 4 * 4], np.float32)
    if result.returncode or not len(samples):
        silent = not result.returncode or b"does not contain any stream" in result.stderr
        reason = "it has no sound" if silent else _said(result.stderr)
        raise AudioError(f"{path.name} cannot be used as a recording: {reason}.")
    if not np.isfinite(samples).all():
        raise AudioError(f"{path.name} cannot be used as a recording: it holds invalid samples.")
    return samples


def read_frames(path: Path, size: Size | None = None) -> Iterator[np.ndarray]:
    """Frames of a video or picture one by one, uint8 [h, w, 3]; MediaError where it cannot be read."""
    shape = size or probe(path).size
    if shape is None:
        raise MediaError(f"{Path(path).name} has no picture.")
    stream = ffmpeg.input(_local(path), protocol_whitelist="file,pipe")
    if size is not None:
        stream = stream.filter("scale", str(size.width), str(size.height))
    command = stream.output("pipe:", format="rawvideo", pix_fmt="rgb24").global_args(*_QUIET).get_args()
    process = subprocess.Popen([ffmpeg_binary(), *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    length = shape.width * shape.height * 3
    try:
        while len(chunk := process.stdout.read(length)) == length:
            yield np.frombuffer(chunk, np.uint8).reshape(shape.height, shape.width, 3)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    """Write float mono ``samples`` in -1..1 as 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        for start in range(0, len(samples), _CHUNK):
            part = np.clip(samples[start : start + _CHUNK], -1.0, 1.0)
            file.writeframes(np.round(part * 32767).astype("<i2").tobytes())


# -- writing -----------------------------------------------------------------------------------------------------------


class _Encoder:
    """A running ffmpeg that is fed through its standard input and writes a temporary file beside ``path``.

    Closing it in peace moves the file to its place in one step; any error stops ffmpeg and removes the file.
    """

    def __init__(self, path: Path, arguments: Sequence[str]) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".", suffix=self.path.suffix or ".mp4")
        except OSError as error:
            raise OutputError(f"Cannot write to {self.path.parent}: {error.strerror}.") from error
        os.close(handle)
        os.chmod(name, 0o644)
        self._partial = Path(name)
        self._complaint: list[bytes] = []
        self._process = subprocess.Popen(
            [ffmpeg_binary(), *_QUIET, "-y", *arguments, _local(self._partial)],
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
            os.replace(self._partial, self.path)
        except OSError as error:
            self.abandon()
            raise OutputError(f"Cannot write {self.path}: {error.strerror}.") from error

    def _close_error_pipe(self) -> None:
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _failure(self) -> MediaError | OutputError:
        self.abandon()
        reason = _said(b"".join(self._complaint))
        if re.search(r"no space left|disk quota", reason, re.IGNORECASE) or _disk_is_full(self.path.parent):
            return OutputError(f"The disk of {self.path.parent} is full: free some space and start again.")
        return MediaError(f"ffmpeg could not write {self.path.name}: {reason}")

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


class VideoWriter:
    """Encode frames to H.264 (yuv420p, BT.709) as they come; the file appears under its name only when it is whole.

    One encoder thread, a first frame that is an IDR frame, closed groups: the same frames give the same bytes, and
    segments can be joined without encoding them again. Use as a context manager.
    """

    def __init__(self, path: Path, size: Size, fps: float, crf: int = 18, preset: str = "veryfast") -> None:
        self._size = size
        raw = {"format": "rawvideo", "pix_fmt": "rgb24", "s": f"{size.width}x{size.height}", "r": _rate(fps)}
        arguments = (
            ffmpeg.input("pipe:", **raw)
            .filter("scale", out_color_matrix="bt709", out_range="tv", flags="accurate_rnd+full_chroma_int+bicubic")
            .filter("format", "yuv420p")
            .output("OUT", **_x264(crf, preset, fps))
            .get_args()
        )
        self._encoder = _Encoder(path, arguments[:-1])

    def write(self, frames: np.ndarray) -> None:
        """Add one frame uint8 [h, w, 3] or several [b, h, w, 3]."""
        expected = (self._size.height, self._size.width, 3)
        if frames.dtype != np.uint8 or frames.shape[-3:] != expected:
            raise ValueError(f"frames must be uint8 {expected}, not {frames.dtype} {frames.shape}")
        self._encoder.feed(np.ascontiguousarray(frames).data.cast("B"))

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._encoder.finish()
        else:
            self._encoder.abandon()


def _rate(fps: float) -> str:
    """Frame rate as ffmpeg reads it exactly: 29.97 is 30000/1001."""
    for nominal in (24, 30, 48, 60):
        if abs(fps - nominal * 1000 / 1001) < 0.005:
            return f"{nominal * 1000}/1001"
    return f"{round(fps * 1000)}/1000" if abs(fps - round(fps)) > 1e-6 else str(round(fps))


def _x264(crf: int, preset: str, fps: float) -> dict[str, str]:
    # Without B-frames: at these presets they are blurred against their neighbours, and a still face pulses.
    return {
        "vcodec": "libx264", "preset": preset, "crf": str(crf), "threads": "1", "g": "250", "keyint_min": "250",
        "sc_threshold": "0", "bf": "0", "flags": "+cgop+bitexact", "fflags": "+bitexact", "map_metadata": "-1",
        "profile:v": "high", "x264-params": "open-gop=0:scenecut=0", "colorspace": "bt709", "color_primaries": "bt709",
        "color_trc": "bt709", "color_range": "tv", "video_track_timescale": "90000", "r": _rate(fps), "format": "mp4",
    }  # fmt: skip


def join(
    segments: Sequence[Path], samples: np.ndarray, rate: int, frames: int, fps: float, path: Path,
    metadata: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Join video ``segments`` by stream copy and lay the sound under them: AAC, 48 kHz, moov atom first.

    ``samples`` float mono [n] at ``rate`` Hz (a memory map is read piece by piece) are cut or padded with silence to
    ``frames / fps`` seconds. The file appears under ``path`` only when it is whole.
    """
    length = frames / fps
    heard = min(len(samples), int(length * rate))
    with tempfile.TemporaryDirectory(dir=segments[0].parent, prefix=".join-") as folder:
        listing = Path(folder) / "segments.txt"
        listing.write_text("ffconcat version 1.0\n" + "".join(f"file {_quoted(s)}\n" for s in segments), "utf-8")
        arguments = [
            "-f", "concat", "-safe", "0", "-protocol_whitelist", "file,pipe", "-i", _local(listing),
            "-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0",
            "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy",
            "-af", f"aresample={_SOUND_RATE}:resampler=swr,apad=whole_dur={length:.6f}",
            "-c:a", "aac", "-b:a", "160k", "-ac", "2", "-ar", str(_SOUND_RATE), "-flags:a", "+bitexact",
            "-fflags", "+bitexact", "-map_metadata", "-1", *_tags(metadata or {}),
            "-video_track_timescale", "90000", "-movflags", "+faststart", "-f", "mp4",
        ]  # fmt: skip
        encoder = _Encoder(path, arguments)
        try:
            for start in range(0, heard, _CHUNK):
                part = samples[start : min(start + _CHUNK, heard)]
                encoder.feed(np.ascontiguousarray(part, np.float32).data.cast("B"))
            encoder.finish()
        except BaseException:
            encoder.abandon()
            raise


def _quoted(path: Path) -> str:
    return "'" + _local(path).replace("'", "'\\''") + "'"


def _tags(metadata: Mapping[str, str]) -> list[str]:
    return [part for key, value in sorted(metadata.items()) for part in ("-metadata", f"{key}={value}")]
