"""What two videos have in common where their containers differ: a signature holds a random number."""

from __future__ import annotations

from pathlib import Path

from avatar.core.program import local, run_ffmpeg

__all__ = ["packets"]


def packets(video: Path) -> str:
    """Every packet of picture and sound: its time, its length, and the MD5 of its bytes."""
    said = run_ffmpeg(["-hide_banner", "-loglevel", "error", "-i", local(video), "-c", "copy", "-f", "framemd5", "-"])
    text = said.stdout.decode()
    assert said.returncode == 0 and text.count("\n") > 10, said.stderr
    return text
