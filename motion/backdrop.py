"""The forms of the backdrop option: ``none``, ``#rrggbb``, ``@file``, otherwise a prompt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypedDict

from avatar.core.errors import OptionError
from avatar.core.media import is_film
from avatar.core.reasons import Message

__all__ = ["Chosen", "choose", "rgb"]

_STUDIO_GREY = "#d9dbde"


class Chosen(TypedDict, total=False):
    """The fields of ``BackdropOptions`` that a backdrop option sets."""

    prompt: str
    colour: str
    image: Path


def choose(backdrop: str) -> tuple[str, Chosen]:
    """The engine that draws ``backdrop`` and the option fields it sets; words may have another (``motion.choosing``).

    ``none`` is a plain light-grey studio. ValueError for ``photo``, which keeps the photo's own background and has no
    engine; OptionError for an empty text, a broken colour or a missing file.
    """
    text = backdrop.strip()
    if text == "photo":
        raise ValueError("the backdrop 'photo' is the photo's own and is not drawn by an engine")
    if not text:
        raise OptionError(Message("backdrop_empty"))
    if text == "none":
        return "solid", {"colour": _STUDIO_GREY}
    if text.startswith("#"):
        rgb(text)
        return "solid", {"colour": text.lower()}
    if text.startswith("@"):
        path = _existing(text[1:])
        return "film" if is_film(path) else "image", {"image": path}
    return "embedded", {"prompt": text}


def rgb(colour: str) -> tuple[int, int, int]:
    """The three channels 0..255 of ``#rrggbb``; OptionError otherwise."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise OptionError(Message("colour_wrong", colour=colour))
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _existing(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise OptionError(f"Backdrop picture {name!r} does not exist: give @ and the path of a picture or a film.")
    return path
