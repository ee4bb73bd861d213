"""What an upload really is: pictures and recordings are known by their content alone."""

from __future__ import annotations

import warnings
from pathlib import Path
from threading import Lock

from avatar.core.errors import AudioError, GovorunError
from avatar.core.reasons import Message, reworded, uncoded
from orchestrator.api.errors import ApiError
from orchestrator.api.form.parse import Upload

__all__ = ["MOST_HOURS", "check_face", "check_film", "check_picture", "check_sound", "check_tune"]

_PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "MPO")
_MOST_PIXELS = 120_000_000
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")
MOST_HOURS = 3
"""Of a recording, as speech reads it."""
_LEAST_FILM = 1.0  # seconds; a backdrop looks at four frames of it
_MOST_SEEN = 1000
_MOVING_PICTURE = b"GIF8"
_seen: dict[tuple[str, str], tuple[str, ...]] = {}
_lock = Lock()
_SOUND_BEGINNINGS = (b"RIFF", b"ID3", b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3", b"FORM", b"caff", b"#!AMR", b".snd")


def check_picture(upload: Upload, param: str) -> Path:
    """The path of a picture that can be opened; ApiError says what else it is."""
    from PIL import Image, UnidentifiedImageError

    head = _head(upload.path)
    if not head:
        raise ApiError(400, Message("photo_empty", name=f"The file {param}"), "invalid_photo", param)
    if head[4:12] in _HEIC:
        raise ApiError(400, Message("photo_heic", name=f"The file {param}"), "invalid_photo", param)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(upload.path, formats=_PICTURES) as picture:
                width, height = picture.size
    except (Image.DecompressionBombError, MemoryError):
        width = height = _MOST_PIXELS
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError):
        message = Message("photo_unreadable", name=f"The file {param}")
        raise ApiError(400, message, "invalid_photo", param) from None
    if width * height > _MOST_PIXELS:
        most = _MOST_PIXELS // 1_000_000
        message = Message("photo_far_too_many_pixels", name=f"The picture {param}", megapixels=most)
        raise ApiError(400, message, "invalid_photo", param)
    return upload.path


def check_sound(upload: Upload, param: str) -> Path:
    """The path of a recording; ApiError for anything that is no sound."""
    from avatar.core.media import probe

    if not _looks_like_sound(_head(upload.path)):
        raise _no_sound(param)
    try:
        found = probe(upload.path)
    except GovorunError:
        raise _no_sound(param) from None
    if not found.audio_codec:
        raise _no_sound(param)
    if found.seconds > 3600.0 * MOST_HOURS:
        raise ApiError(400, Message("audio_too_long", name=param, hours=MOST_HOURS), "invalid_audio", param)
    return upload.path


def check_tune(upload: Upload, param: str) -> Path:
    """The path of music of any length; ApiError for what cannot be music."""
    from orchestrator.video.music import check_music

    try:
        if not _looks_like_sound(_head(upload.path)):
            raise AudioError(Message("music_unreadable", name=f"The file {param}"))
        check_music(upload.path, f"The file {param}")
    except AudioError as error:
        raise ApiError(400, error.message, "invalid_audio", param) from None
    return upload.path


def check_film(upload: Upload, param: str) -> Path:
    """The path of a film; ApiError for anything without a moving picture, or with next to none."""
    from avatar.core.media import is_film, probe

    if not (is_film(upload.path) or _head(upload.path).startswith(_MOVING_PICTURE)):
        raise _no_film(param)
    try:
        found = probe(upload.path)
    except GovorunError:
        raise _no_film(param) from None
    if found.size is None:
        raise ApiError(400, Message("film_without_picture", name=param), "invalid_film", param)
    if 0.0 < found.seconds < _LEAST_FILM:
        message = Message("film_too_short", name=param, least=f"{_LEAST_FILM:g}")
        raise ApiError(400, message, "invalid_film", param)
    return upload.path


def check_face(upload: Upload, face: str) -> None:
    """ApiError with advice where the ``face`` that is meant could not be animated in a photo."""
    problems = _problems(upload, face)
    if problems:
        raise ApiError(400, reworded(" ".join(problems), problems[0]), "invalid_photo", "input_reference")


def _problems(upload: Upload, face: str) -> tuple[str, ...]:
    """What is wrong with a photo; one that was seen before is not looked at again."""
    from orchestrator.probes.photo import check

    with _lock:
        known = _seen.get((upload.sha256, face))
    if known is None:
        found = check(upload.path, face=face)
        known = tuple(map(uncoded, found["problems"], found["problem_reasons"]))
        with _lock:
            while len(_seen) >= _MOST_SEEN:
                del _seen[next(iter(_seen))]
            _seen[upload.sha256, face] = known
    return known


def _no_film(param: str) -> ApiError:
    return ApiError(400, Message("film_no_film", name=f"The file {param}"), "invalid_film", param)


def _looks_like_sound(head: bytes) -> bool:
    """Whether these are the first bytes of a container: a playlist in text could name other files of this machine."""
    mpeg = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    return head.startswith(_SOUND_BEGINNINGS) or head[4:8] == b"ftyp" or mpeg


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _no_sound(param: str) -> ApiError:
    return ApiError(400, Message("audio_unreadable", name=param), "invalid_audio", param)
