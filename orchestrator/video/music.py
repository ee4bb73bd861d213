"""A file that is to be heard under speech: looked at before a video is taken, not heard to its end."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from avatar.core.errors import AudioError, MediaError, OptionError
from avatar.core.media import probe, read_audio
from avatar.core.reasons import Message

__all__ = ["LEAST_SECONDS", "check_film_sound", "check_music"]

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


def check_film_sound(path: Path, start: float, seconds: float) -> None:
    """OptionError where a film has no sound, one that cannot be decoded, or a silent one in the ``seconds`` from
    ``start`` on that are shown."""
    if not probe(path).audio_codec:
        raise OptionError(Message("film_without_sound", name=path.name))
    try:
        _, audible = _listen(path, start, seconds)
    except AudioError as error:
        if getattr(error.message, "reason", "") != "audio_without_sound":
            raise OptionError(Message("film_sound_unreadable", name=path.name)) from error
        audible = False  # it ends before
    if not audible:
        raise OptionError(Message("film_silent", name=path.name))


def _listen(path: Path, start: float | None = None, most: float | None = None) -> tuple[float, bool]:
    """Seconds that were heard, at most ``most`` from ``start`` on, and whether there was anything; no longer than it
    takes to know both."""
    left, frames, audible = round((most or _LISTENED_S) * _RATE), 0, False
    with closing(read_audio(path, _RATE, start=start)) as blocks:
        for block in blocks:
            heard = block[: left - frames]
            frames += len(heard)
            audible = audible or bool(np.abs(heard).max(initial=0.0) > _AUDIBLE)
            if frames >= left or (audible and frames > LEAST_SECONDS * _RATE):
                break
    return frames / _RATE, audible
