"""Sound, pictures and video in and out through ffmpeg: decode, encode segments, join them into the finished MP4."""

from __future__ import annotations

import logging
import re
import subprocess
import tempfile
import wave
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import ffmpeg
import numpy as np

from avatar.core.errors import AudioError, MediaError
from avatar.core.program import (
    QUIET,
    Encoder,
    check_ffmpeg,
    ffmpeg_binary,
    ffmpeg_version,
    local,
    raw_pictures,
    reason,
    run_ffmpeg,
)
from avatar.core.reasons import Message
from avatar.core.types import Size

__all__ = [
    "FAST_SOUND",
    "SOUND_FORMATS",
    "Media",
    "VideoWriter",
    "check_ffmpeg",
    "concatenated",
    "cut_video",
    "decode_audio",
    "exact_rate",
    "ffmpeg_binary",
    "ffmpeg_version",
    "has_audio",
    "is_film",
    "join",
    "probe",
    "read_audio",
    "read_film",
    "read_frames",
    "resample",
    "tags",
    "write_sound",
    "write_wav",
]

log = logging.getLogger(__name__)

_SOUND_RATE = 48_000
_CHUNK = 1 << 18  # samples handed over at a time
_MIX_DOWN = "aresample=rematrix_maxval=1.0"  # mean of the channels: no clipping
_COLOURS = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "color_range": "tv"}
_IN_TIME = "async=1:first_pts=0"  # silence before a late beginning and in gaps
SOUND_FORMATS: Mapping[str, tuple[str, ...]] = {
    ".wav": ("pcm_s16le",),
    ".flac": ("flac", "-sample_fmt", "s16"),
    ".mp3": ("libmp3lame", "-q:a", "2"),
    ".m4a": ("aac", "-b:a", "128k"),
    ".ogg": ("libvorbis", "-q:a", "6"),
    ".opus": ("libopus", "-b:a", "64k"),
    ".aac": ("aac", "-b:a", "128k"),
    ".pcm": ("pcm_s16le", "-ar", "24000", "-f", "s16le"),
}
"""Ending of a sound file → its encoder and settings; ``.pcm`` is 24 kHz, 16 bit, mono, without a header."""
# At this rate the fast coder keeps a voice 8 to 20 dB closer to what it was than the usual one, for 0.7 of the time; of
# loud music it lets peaks swing further.
FAST_SOUND = ("-aac_coder", "fast")
"""ffmpeg's arguments for the AAC of a voice alone."""


_FILM_BEGINNINGS = (b"\x1a\x45\xdf\xa3", b"OggS", b"\x00\x00\x01\xba", b"FLV")
_FILM_ATOMS = (b"moov", b"wide", b"mdat", b"skip", b"free")
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


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
    high_range: bool = False
    """Whether the picture is HDR (PQ or HLG)."""


# -- reading -----------------------------------------------------------------------------------------------------------


def probe(path: Path) -> Media:
    """Look into a media file; MediaError where it is none."""
    result = run_ffmpeg(["-hide_banner", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", local(path)])
    text = result.stderr.decode("utf-8", "replace")
    if "Stream #" not in text:
        raise MediaError(f"{Path(path).name} is no media file: {reason(result.stderr)}")
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
        high_range=re.search(r"Stream #.*Video: .*(smpte2084|arib-std-b67)", text) is not None,
    )


def is_film(path: Path) -> bool:
    """Whether the file begins as films do; pictures, moving ones too, do not."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURE_BRANDS
    return head.startswith(_FILM_BEGINNINGS) or head[4:8] in _FILM_ATOMS or head[:4] + head[8:12] == b"RIFFAVI "


def has_audio(path: Path) -> bool:
    """Whether ``path`` is a media file with sound."""
    try:
        return bool(probe(path).audio_codec)
    except MediaError:
        return False


def decode_audio(path: Path, rate: int) -> np.ndarray:
    """Sound of a file as float32 mono [n] at ``rate`` Hz; AudioError says what is wrong with the file."""
    return np.concatenate([block[:, 0] for block in read_audio(path, rate)])


def read_audio(
    path: Path, rate: int, channels: int = 1, start: float | None = None
) -> Generator[np.ndarray, None, None]:
    """Yield the sound of a file as float32 [n, channels] at ``rate`` Hz, at most some seconds at a time.

    Channels are mixed as their layout asks, without clipping. ``start``: from this second of the file's own time on, as
    :func:`read_film` counts it; the sound is silent where it begins later or has a gap. AudioError says what is wrong
    with the file; damage in the middle of a file ends the sound there, and is told by the log.
    """
    path = Path(path)
    if not path.exists():
        raise AudioError(f"There is no file {path}.")
    if not path.is_file():
        raise AudioError(f"{path} is no file: name a WAV, MP3, M4A, OGG, FLAC or a video.")
    seek = {"ss": f"{start:.3f}"} if start else {}
    filters = _MIX_DOWN if start is None else f"{_MIX_DOWN}:{_IN_TIME}"
    command = (
        ffmpeg.input(local(path), protocol_whitelist="file,pipe", **seek)
        .output("pipe:", format="f32le", acodec="pcm_f32le", ac=str(channels), ar=str(rate), vn=None, af=filters)
        .global_args(*QUIET)
        .get_args()
    )
    with tempfile.TemporaryFile() as complaint:
        process = subprocess.Popen(
            [ffmpeg_binary(), *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaint
        )
        try:
            any_sound = False
            for block in _blocks(process, channels):
                any_sound = True
                if not np.isfinite(block).all():
                    raise AudioError(Message("audio_invalid", name=path.name))
                yield block
            _check_decoded(path, process.wait(), any_sound, complaint)
        finally:
            assert process.stdout is not None
            process.stdout.close()
            process.kill()
            process.wait()


def _blocks(process: subprocess.Popen[bytes], channels: int) -> Iterator[np.ndarray]:
    assert process.stdout is not None
    frame = 4 * channels
    while chunk := process.stdout.read(_CHUNK * frame):
        yield np.frombuffer(chunk[: len(chunk) // frame * frame], np.float32).reshape(-1, channels)


def _check_decoded(path: Path, status: int, any_sound: bool, complaint: IO[bytes]) -> None:
    complaint.seek(0)
    said = complaint.read()
    if status or not any_sound:
        silent = not status or b"does not contain any stream" in said
        if silent:
            raise AudioError(Message("audio_without_sound", name=path.name))
        raise AudioError(Message("audio_undecodable", name=path.name, why=reason(said)))
    if said:
        log.warning("%s is damaged: %s", path.name, reason(said))


def read_frames(path: Path, size: Size | None = None) -> Iterator[np.ndarray]:
    """Frames of a video or picture one by one, uint8 [h, w, 3]; MediaError where it cannot be read."""
    shape = size or probe(path).size
    if shape is None:
        raise MediaError(f"{Path(path).name} has no picture.")
    stream = ffmpeg.input(local(path), protocol_whitelist="file,pipe")
    if size is not None:
        stream = stream.filter("scale", str(size.width), str(size.height))
    command = stream.output("pipe:", format="rawvideo", pix_fmt="rgb24").global_args(*QUIET).get_args()
    yield from raw_pictures(command, shape.width, shape.height)


def read_film(path: Path, size: Size, fps: float, start: float = 0.0) -> Iterator[np.ndarray]:
    """Frames of a film one by one at an even rate, uint8 [h, w, 3], covering ``size``; any length, memory flat. What
    lies before ``start``, in seconds, is passed over.

    Frames are dropped or repeated to ``fps``, scaled while they are decoded, and HDR is mapped to the usual range.
    MediaError where nothing can be read; damage in the middle of a file ends the film there, and is told by the log.
    """
    found = probe(path)
    if found.size is None:
        raise MediaError(Message("film_without_picture", name=Path(path).name))
    arguments = [
        "-nostdin", "-protocol_whitelist", "file,pipe", *(["-ss", f"{start:.3f}"] if start else []), "-i", local(path),
        "-map", "0:v:0",
        "-vf", _film_filters(size, fps, found.high_range), "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:",
    ]  # fmt: skip
    length = size.width * size.height * 3
    with tempfile.TemporaryFile() as complaint:
        process = subprocess.Popen(
            [ffmpeg_binary(), *arguments, *QUIET], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaint
        )
        assert process.stdout is not None
        frames = 0
        try:
            while len(chunk := process.stdout.read(length)) == length:
                frames += 1
                yield np.frombuffer(chunk, np.uint8).reshape(size.height, size.width, 3)
            _check_film(path, frames, process.wait(), complaint)
        finally:
            process.stdout.close()
            process.kill()
            process.wait()


def _film_filters(size: Size, fps: float, high_range: bool) -> str:
    cover = f"scale={size.width}:{size.height}:force_original_aspect_ratio=increase:flags=area"
    tone = "zscale=t=linear:npl=203,format=gbrpf32le,tonemap=hable:desat=0,zscale=p=bt709:t=bt709:m=bt709:r=tv"
    even = f"fps={fps:g}:start_time=0:eof_action=pass"  # a picture that begins later than the sound is there from 0 on
    parts = [even, cover, *([tone] if high_range else []), f"crop={size.width}:{size.height}"]
    return ",".join(parts)


def _check_film(path: Path, frames: int, status: int, complaint: IO[bytes]) -> None:
    complaint.seek(0)
    said = complaint.read()
    if not frames:
        raise MediaError(Message("film_unreadable", name=Path(path).name, why=reason(said)))
    if status or said:
        log.warning("%s is damaged: %s", Path(path).name, reason(said))


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


def write_sound(
    path: Path, samples: np.ndarray, rate: int, metadata: Mapping[str, str] | None = None, pace: float = 1.0
) -> None:
    """Write float mono ``samples`` [n] in the format that the ending of ``path`` names, one of SOUND_FORMATS.

    ``pace``: times as fast, at the same pitch. The file appears when it is whole. Raises OutputError, MediaError.
    """
    source = ["-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    paced = ["-af", f"atempo={pace:.6f}"] if pace != 1.0 else []
    target = ["-c:a", *SOUND_FORMATS[path.suffix.lower()], "-fflags", "+bitexact", *tags(metadata or {})]
    with Encoder(path, [*source, *paced, *target]) as encoder:
        encoder.feed_samples(samples)


def resample(samples: np.ndarray, rate: int, wanted: int, path: Path) -> None:
    """Write float mono ``samples`` [n] at ``rate`` Hz to ``path`` at ``wanted`` Hz, as plain float32."""
    source = ["-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    with Encoder(path, [*source, "-f", "f32le", "-ar", str(wanted)]) as encoder:
        encoder.feed_samples(samples)


class VideoWriter:
    """Encode frames to H.264 (yuv420p, BT.709) as they come; the file appears under its name only when it is whole.

    One encoder thread, a first frame that is an IDR frame, closed groups: the same frames give the same bytes, and
    segments can be joined without encoding them again. ``keyframe``: a frame that is an IDR frame too, so that the file
    can be parted there. ``planes``: frames come as luma and chroma already. Use as a context manager.
    """

    def __init__(
        self, path: Path, size: Size, fps: float, crf: int = 18, preset: str = "superfast", keyframe: int = 0,
        planes: bool = False,
    ) -> None:  # fmt: skip
        self._shape = (size.height * 3 // 2, size.width) if planes else (size.height, size.width, 3)
        source = _source(size, fps, "yuv420p" if planes else "rgb24")
        arguments = source.output("OUT", **_x264(crf, preset, fps), **_parted(keyframe)).get_args()
        self._encoder = Encoder(path, arguments[:-1])

    def write(self, frames: np.ndarray) -> None:
        """Add one frame uint8 [h, w, 3] or several [b, h, w, 3]; of a writer of ``planes`` yuv420p in the limited range
        of BT.709, uint8 [h * 3 / 2, w] or [b, h * 3 / 2, w]."""
        if frames.dtype != np.uint8 or frames.shape[-len(self._shape) :] != self._shape:
            raise ValueError(f"frames must be uint8 {self._shape}, not {frames.dtype} {frames.shape}")
        self._encoder.feed(np.ascontiguousarray(frames).data.cast("B"))

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._encoder.__exit__(kind, error, trace)


def exact_rate(fps: float) -> str:
    """Frame rate as ffmpeg reads it exactly: 29.97 is 30000/1001."""
    for nominal in (24, 30, 48, 60):
        if abs(fps - nominal * 1000 / 1001) < 0.005:
            return f"{nominal * 1000}/1001"
    return f"{round(fps * 1000)}/1000" if abs(fps - round(fps)) > 1e-6 else str(round(fps))


def _source(size: Size, fps: float, pixels: str) -> ffmpeg.Stream:
    raw = {"format": "rawvideo", "pix_fmt": pixels, "s": f"{size.width}x{size.height}", "r": exact_rate(fps)}
    if pixels != "rgb24":  # ffmpeg would turn planes that do not say what they are
        return ffmpeg.input("pipe:", **raw, **_COLOURS)
    flags = "accurate_rnd+full_chroma_int+bicubic"
    turned = ffmpeg.input("pipe:", **raw).filter("scale", out_color_matrix="bt709", out_range="tv", flags=flags)
    return turned.filter("format", "yuv420p")


def _parted(keyframe: int) -> dict[str, str]:
    return {"force_key_frames": f"expr:eq(n,{keyframe})", "forced-idr": "1"} if keyframe else {}


def _x264(crf: int, preset: str, fps: float) -> dict[str, str]:
    # Without B-frames: at these presets they are blurred against their neighbours, and a still face pulses. A short
    # look ahead spends bits where they last: the size of veryfast for two thirds of its time.
    return {
        "vcodec": "libx264", "preset": preset, "crf": str(crf), "threads": "1", "g": "250", "keyint_min": "250",
        "sc_threshold": "0", "bf": "0", "x264-params": "open-gop=0:scenecut=0:mbtree=1:rc-lookahead=5",
        "flags": "+cgop+bitexact", "fflags": "+bitexact", "map_metadata": "-1", "profile:v": "high",
        **_COLOURS,
        "video_track_timescale": "90000", "r": exact_rate(fps), "format": "mp4",
    }  # fmt: skip


def join(
    segments: Sequence[Path], sound: np.ndarray | Iterable[np.ndarray], rate: int, frames: int, fps: float, path: Path,
    metadata: Mapping[str, str] | None = None, channels: int = 1,
) -> None:  # fmt: skip
    """Join video ``segments`` by stream copy and lay the sound under them: AAC, 48 kHz, moov atom first.

    ``sound``: float mono [n] at ``rate`` Hz (a memory map is read piece by piece), cut or padded with silence to
    ``frames / fps`` seconds; or blocks of it that are not longer, padded, [n, channels] where there are two. The file
    appears under ``path`` only when it is whole.
    """
    length = frames / fps
    blocks = (sound[: int(length * rate)],) if isinstance(sound, np.ndarray) else sound
    with concatenated(segments) as source:
        arguments = [
            *source,
            "-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0",
            "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy",
            "-af", f"aresample={_SOUND_RATE}:resampler=swr,apad=whole_dur={length:.6f}",
            "-c:a", "aac", *(FAST_SOUND if channels == 1 else ()), "-b:a", "160k", "-ac", "2",
            "-ar", str(_SOUND_RATE), "-flags:a", "+bitexact",
            "-fflags", "+bitexact", "-map_metadata", "-1", *tags(metadata or {}),
            "-video_track_timescale", "90000", "-movflags", "+faststart", "-f", "mp4",
        ]  # fmt: skip
        with Encoder(path, arguments) as encoder:
            for block in blocks:
                encoder.feed_samples(block)


@contextmanager
def concatenated(segments: Sequence[Path]) -> Iterator[list[str]]:
    """ffmpeg's arguments that read ``segments`` as one input, within the block."""
    with tempfile.TemporaryDirectory(dir=segments[0].parent, prefix=".join-") as folder:
        listing = Path(folder) / "segments.txt"
        listing.write_text("ffconcat version 1.0\n" + "".join(f"file {_quoted(s)}\n" for s in segments), "utf-8")
        yield ["-f", "concat", "-safe", "0", "-protocol_whitelist", "file,pipe", "-i", local(listing)]


def cut_video(video: Path, path: Path, first: int, frames: int, fps: float) -> None:
    """Write ``frames`` pictures of ``video`` from picture ``first`` on, which must be an IDR frame, to ``path``.

    Nothing is encoded again. MediaError where they cannot be had.
    """
    arguments = [
        "-ss", f"{(first + 0.25) / fps:.6f}", "-protocol_whitelist", "file,pipe", "-i", local(video),
        "-map", "0:v:0", "-c", "copy", "-frames:v", str(frames), "-avoid_negative_ts", "make_zero",
        "-fflags", "+bitexact", "-map_metadata", "-1", "-video_track_timescale", "90000", "-f", "mp4",
    ]  # fmt: skip
    with Encoder(path, arguments):
        pass


def _quoted(path: Path) -> str:
    return "'" + local(path).replace("'", "'\\''") + "'"


def tags(metadata: Mapping[str, str]) -> list[str]:
    """ffmpeg's arguments for the words that a file carries about itself."""
    return [part for key, value in sorted(metadata.items()) for part in ("-metadata", f"{key}={value}")]
