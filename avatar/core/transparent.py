"""The formats of video with transparency: straight colour and alpha, for editors and web pages.

======  =====================================================  ==================================================
kind    file                                                   what it is for
======  =====================================================  ==================================================
webm    ``.webm``, VP9 with alpha, Opus                        web pages; lossy: edges within a few steps of 255
mov     ``.mov``, ProRes 4444 with 16-bit alpha, PCM           editors; within three steps of 255
png     ``-frames.zip``, a PNG a frame and the sound as WAV    anything; lossless
======  =====================================================  ==================================================

A segment is encoded by itself, and segments are joined without encoding them again, as those of the MP4 are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["TRANSPARENT", "Kind"]


@dataclass(frozen=True)
class Kind:
    """``ending``: of the finished file, after its stem; ``part``: of a segment. ``bytes_per_pixel``: how large it gets
    at most, a guess on the safe side for the room on the disk. The rest are ffmpeg's settings; none for pictures."""

    ending: str
    part: str
    media_type: str
    bytes_per_pixel: float
    pictures: tuple[str, ...] = ()
    sound: tuple[str, ...] = ()


TRANSPARENT: Mapping[str, Kind] = {
    "webm": Kind(
        ".webm", ".webm", "video/webm", 0.3,
        ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", "6", "-b:v", "0", "-deadline", "realtime",
         "-cpu-used", "5", "-lag-in-frames", "0", "-auto-alt-ref", "0", "-g", "250", "-row-mt", "0", "-f", "webm"),
        ("-metadata:s:v:0", "alpha_mode=1", "-c:a", "libopus", "-b:a", "128k", "-f", "webm"),  # else browsers see none
    ),
    "mov": Kind(
        ".mov", ".mov", "video/quicktime", 2.0,
        ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le", "-alpha_bits", "16",
         "-vendor", "apl0", "-f", "mov"),
        ("-c:a", "pcm_s16le", "-movflags", "+faststart", "-f", "mov"),
    ),
    "png": Kind("-frames.zip", ".zip", "application/zip", 2.0),
}  # fmt: skip
"""Every kind by its name."""
