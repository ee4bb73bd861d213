"""A file that is to be music: looked at before a video is taken, not heard to its end."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from avatar.core.errors import AudioError, MediaError
from avatar.core.media import probe, read_audio
from avatar.core.reasons import Message

__all__ = ["LEAST_SECONDS", "check_music"]

LEAST_SECONDS = 1.0
_LISTENED_S = 600.0
_RATE = 8000
_AUDIBLE = 1e-3  # -60 dBFS


def check_music(path: Path, name: str | None = None) -> None:
    """AudioError for a file without sound, one that cannot be decoded, is silent for ten minutes or lasts no second.

    ``name``: what it is called in the error. A video with sound is music too, and longer ones are trimmed later.
    """
    name = name or path.name
    try:
        if not probe(path).audio_codec:
            raise AudioError(Message("music_without_sound", name=name))
    except MediaError as error:
        raise AudioError(Message("music_unreadable", name=name)) from error
    try:
        seconds, audible = _listen(path)
    except AudioError as error:
        raise AudioError(Message("music_unreadable", name=name)) from error
    if seconds < LEAST_SECONDS:
        raise AudioError(Message("music_too_short", name=name, least=LEAST_SECONDS))
    if not audible:
        raise AudioError(Message("music_silent", name=name))


def _listen(path: Path) -> tuple[float, bool]:
    """Seconds that were heard, and whether there was anything; no longer than it takes to know both."""
    frames, audible = 0, False
    with closing(read_audio(path, _RATE)) as blocks:
        for block in blocks:
            frames += len(block)
            audible = audible or bool(np.abs(block).max(initial=0.0) > _AUDIBLE)
            if frames > (LEAST_SECONDS if audible else _LISTENED_S) * _RATE:
                break
    return frames / _RATE, audible
