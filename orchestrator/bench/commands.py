"""What an ffmpeg is for, told by its arguments; and the one that encodes finished frames with nothing else to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avatar.core.errors import EngineError

__all__ = ["ENCODE", "WORKER", "floor_command", "kind_of"]

ENCODE, WORKER = "encode pictures", "worker"
_OF_PICTURES = ("-filter_complex", "-vf", "-filter:v", "-map")


def kind_of(command: Sequence[str]) -> str:
    """What ``command``, a program with its arguments, does: ``encode pictures`` for one that takes raw frames and gives
    H.264, ``worker`` for a process that draws segments, and so on."""
    words = [str(word) for word in command]
    if "ffmpeg" not in Path(words[0]).name.lower():
        return WORKER if any("render_child" in word for word in words) else "another program"
    if "-i" not in words:
        return "ask ffmpeg"
    last = len(words) - words[::-1].index("-i")
    before, after = words[:last], words[last:]
    if "libx264" in after:
        return ENCODE if "rawvideo" in before else "encode again"
    if "concat" in before:
        return "join"
    return _without_h264(before, after)


def _without_h264(before: Sequence[str], after: Sequence[str]) -> str:
    if "rawvideo" in after:
        return "decode pictures"
    if "mjpeg" in after:
        return "contact sheet"
    if any("ebur128" in word for word in after):
        return "measure loudness"
    if "f32le" in after:
        return "decode sound"
    return "encode sound" if "f32le" in before else "look at a file"


def floor_command(encode: Sequence[str], raw: Path, size: str, rate: str, result: Path) -> list[str]:
    """``encode``, the command that a render encoded its pictures with, for the yuv420p frames in the file ``raw``: the
    same encoder settings, nothing converted. ``size``: as WxH; ``rate``: frames a second, as ffmpeg reads it.

    EngineError where ``encode`` is no such command.
    """
    if kind_of(encode) != ENCODE:
        raise EngineError("The encoder's command was not understood: orchestrator/bench/commands.py has to learn it.")
    last = len(encode) - list(encode)[::-1].index("-i")
    settings: list[str] = []
    words = iter(encode[last + 1 : -1])
    for word in words:
        if word in _OF_PICTURES:
            next(words, None)
        else:
            settings.append(word)
    raw_video = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", rate, "-i", str(raw)]
    return [encode[0], "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *raw_video, *settings, str(result)]
