"""A brand kit: colour, font and logo of one house in one file, as options of a video."""

from __future__ import annotations

import json
from pathlib import Path

from avatar.core.errors import InputError

__all__ = ["KEYS", "brand_of", "read_brand"]

KEYS = ("accent", "font", "logo", "layout_ground")
_FILES = ("font", "logo")


def read_brand(path: Path) -> dict[str, object]:
    """The options that the JSON object at ``path`` holds: those of KEYS; files are looked for beside it.

    InputError for a file that is no such object, or holds something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"The brand kit {path} cannot be read ({error.strerror}).") from error
    brand = brand_of(content, path.name)
    return {key: path.parent / value if key in _FILES else value for key, value in brand.items()}


def brand_of(content: bytes, name: str) -> dict[str, str]:
    """The options that a brand kit holds, its files by their names; ``name``: of the kit. InputError as above."""
    try:
        brand = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"The brand kit {name} is no JSON in UTF-8: {error}.") from error
    if not isinstance(brand, dict) or not all(isinstance(value, str) for value in brand.values()):
        raise InputError(f'The brand kit {name} must be an object of texts, for example {{"accent": "#2f7bff"}}.')
    unknown = [key for key in brand if key not in KEYS]
    if unknown:
        raise InputError(f"The brand kit {name} has {unknown[0]!r}: what it can hold is {', '.join(KEYS)}.")
    return brand
