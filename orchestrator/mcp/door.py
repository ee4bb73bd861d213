"""What an assistant may ask for: checked as the API checks it, with files of this machine in the place of uploads."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from avatar.core import weights
from avatar.core.errors import InputError, OptionError, PhotoError, ScriptError
from avatar.core.places import cache_folder
from avatar.core.progress import silent
from avatar.core.reasons import Message
from orchestrator.probes import photo as photos
from orchestrator.probes import script as scripts
from orchestrator.settings import Settings
from orchestrator.video.checks import spoken_minutes
from orchestrator.video.outputs import check_output
from orchestrator.video.request import RenderRequest, request_of

__all__ = ["allowed_file", "new_path", "ordered", "photo_facts"]

_ADDRESS = re.compile(r"(?i)\s*[a-z][a-z0-9+.-]+:(//|[^\\/])")
_FACE_WEIGHTS = "face"
_LONGEST_BACKDROP, _LONGEST_NAME = 2000, 60


def allowed_file(given: str, what: str, settings: Settings) -> Path:
    """The file that is meant; InputError for an address, a path that does not begin at the root or with ~, no plain
    file, one that may not be read, and one that is larger than the API takes."""
    if _ADDRESS.match(given):
        raise InputError(f"The {what} is an address, and nothing is fetched: name a file of this machine.")
    path = Path(given).expanduser()
    if not path.is_absolute():
        raise InputError(f"The {what} {given!r} is no whole path: begin with / or ~.")
    if not path.is_file():
        raise InputError(f"The {what} {given} does not exist, or is no plain file: check the path.")
    try:
        with path.open("rb"):
            size = path.stat().st_size
    except OSError as error:
        raise InputError(f"The {what} {given} may not be read ({error.strerror}).") from error
    if size > settings.upload_mb << 20:
        raise InputError(f"The {what} {given} is larger than {settings.upload_mb} MB: use a smaller one.")
    return path


def photo_facts(path: Path, face: str) -> dict[str, Any]:
    """What a photo is good for; PhotoError where it cannot be read.

    The networks that see faces are fetched before the first one, as `render` does: MissingEngine where they cannot be.
    """
    if not weights.state(_FACE_WEIGHTS, cache_folder()).ready:
        weights.pull(_FACE_WEIGHTS, cache_folder(), silent())
    return photos.check(path, face=face)


def ordered(given: dict[str, Any], settings: Settings) -> RenderRequest:
    """The request of what was ``given``, options of a video by their names and ``backdrop_image``; a GovorunError says
    what is wrong, before anything long begins."""
    given = {name: value for name, value in given.items() if value is not None}
    for name in ("photo", "music"):
        if name in given:
            given[name] = allowed_file(given[name], name, settings)
    if "voice" in given and not scripts.is_voice_name(given["voice"]):
        raise OptionError(Message("voice_not_a_name", voice=given["voice"][:80]))
    given["backdrop"] = _backdrop(given, settings)
    request = request_of(**{name: value for name, value in given.items() if name != "backdrop_image"})
    minutes = spoken_minutes((request,))
    if minutes > settings.video_minutes:
        raise ScriptError(Message("video_too_long", minutes=round(minutes), most=settings.video_minutes))
    scripts.check((request,))
    if request.photo is None:
        return request
    found = photo_facts(request.photo, request.face)
    if not found["ok"]:
        raise PhotoError(" ".join(found["problems"]))
    return request


def _backdrop(given: dict[str, Any], settings: Settings) -> str:
    if "backdrop_image" in given:
        return f"@{allowed_file(given['backdrop_image'], 'backdrop picture', settings)}"
    words: str = given.get("backdrop", RenderRequest.model_fields["backdrop"].default)
    if words.lstrip().startswith("@") or _ADDRESS.match(words):
        raise OptionError("The backdrop is a place in words: name a picture as backdrop_image.")
    if len(words) > _LONGEST_BACKDROP:
        raise OptionError(Message("backdrop_field_too_long", most=_LONGEST_BACKDROP))
    return words


def new_path(folder: Path, title: str, taken: Collection[Path]) -> Path:
    """A file in the folder of videos that does not exist, named after ``title``; OutputError where it cannot be
    written."""
    stem = re.sub(r"[^\w]+", "-", title.lower())[:_LONGEST_NAME].strip("-_") or "video"
    names = (f"{stem}.mp4" if number == 1 else f"{stem}-{number}.mp4" for number in range(1, 100_000))
    path = next(folder / name for name in names if not (folder / name).exists() and folder / name not in taken)
    check_output(path)
    return path
