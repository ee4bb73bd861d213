"""Fonts for letters that the packaged one lacks: pulled ones (``govorun models pull fonts``), then the system's.

Which fonts a system has is its own affair: the first one in the order of preference is taken that has the letter.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont, features

from avatar.core.places import cache_folder
from avatar.core.weights import found_folder

__all__ = ["FontFile", "characters", "cjk_language", "fallback", "opened", "shapes", "stacks"]

_WEIGHTS = "fonts"
_ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH", "BOPOMOFO"})
# Scripts whose letters stand one beside another as they are; all others need a shaping engine.
_SIMPLE = _CJK | {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ETHIOPIC", "CHEROKEE", "DIGIT"}
_UNFIT = re.compile("emoji|color|italic|oblique|mono|symbol|nastaliq|lastresort|-thin|-?light|-black|demi|condensed")
_CJK_NAMES = re.compile(
    "cjk|noto ?sans ?(jp|sc|tc|kr)|sourcehan|hiragino|pingfang|yugoth|msyh|msgothic|malgun|meiryo|wqy|"
    "droidsansfallback|ipaex|ipag|takao|nanum|simhei|applesdgothic|stheiti|unifont"
)
_REGION = {"ja": "JP", "ko": "KR", "zh-hans": "SC"}


@dataclass(frozen=True)
class FontFile:
    """A file of fonts and the ``index`` of one in it."""

    path: Path
    index: int = 0


def shapes() -> bool:
    """Whether Pillow has the engine here that joins and stacks the letters of complex scripts."""
    return bool(features.check("raqm"))


def stacks(character: str) -> bool:
    """Whether letters of this script join, or stand on one another."""
    return _script_of(character) not in _SIMPLE


def cjk_language(text: str) -> str:
    """Whose forms of the Chinese characters ``text`` is written in: Japanese beside kana, Korean beside hangul."""
    names = {_script_of(character) for character in text}
    return "ja" if names & {"HIRAGANA", "KATAKANA"} else "ko" if "HANGUL" in names else "zh-hans"


@functools.lru_cache(maxsize=8192)
def _script_of(character: str) -> str:
    """The first word of the character's name in Unicode: LATIN, DEVANAGARI, CJK."""
    return unicodedata.name(character, "").split(" ")[0]


@functools.lru_cache(maxsize=8192)
def fallback(character: str, language: str) -> FontFile | None:
    """The font for ``character``; None where none here has it, or where it needs shaping and nothing here does that.

    ``language``: of :func:`cjk_language`.
    """
    script = _script_of(character)
    if stacks(character) and not shapes():
        return None
    for path in _ordered(script):
        if ord(character) in characters(path):
            return _face(path, _REGION[language]) if script in _CJK else FontFile(path)
    return None


@functools.lru_cache(maxsize=64)
def _ordered(script: str) -> tuple[Path, ...]:
    """Every font here, the likeliest for ``script`` first."""
    return tuple(sorted(_files(), key=lambda path: (_rank(path, script), path.name, str(path))))


def _rank(path: Path, script: str) -> tuple[bool, bool, bool, bool, bool]:
    name = path.name.lower()
    named = _CJK_NAMES.search(name) is not None if script in _CJK else script.lower() in name
    return not named, "sans" not in name, _UNFIT.search(name) is not None, "bold" not in name, "noto" not in name


@functools.cache
def _files() -> tuple[Path, ...]:
    pulled = found_folder(_WEIGHTS, cache_folder())
    found = [path for folder in (pulled, *_folders()) for path in _below(folder)]
    return tuple(path for path in dict.fromkeys(found) if not re.search("emoji|color|lastresort", path.name.lower()))


def _below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in sorted(names) if Path(name).suffix.lower() in _ENDINGS)


def _folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
        return Path(os.environ.get("WINDIR", "C:\\Windows")) / "Fonts", local / "Microsoft" / "Windows" / "Fonts"
    if sys.platform == "darwin":
        return home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")
    data = os.environ.get("XDG_DATA_HOME", "")
    own = Path(data) if data else home / ".local/share"
    return own / "fonts", home / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")


@functools.lru_cache(maxsize=256)
def characters(path: Path) -> frozenset[int]:
    """The characters that the font has; none where it cannot be read."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(str(path)).get_charmap())
    except (OSError, RuntimeError, ValueError):
        return frozenset()


@functools.lru_cache(maxsize=64)
def _face(path: Path, region: str) -> FontFile:
    """The font of a collection that is named for ``region``, else its first."""
    for index in range(10 if path.suffix.lower() in (".ttc", ".otc") else 0):
        try:
            name = ImageFont.truetype(str(path), 10, index=index).getname()[0] or ""
        except OSError:
            break
        if name.split()[-1:] == [region] and "Mono" not in name:
            return FontFile(path, index)
    return FontFile(path)


@functools.lru_cache(maxsize=64)
def opened(file: FontFile, pixels: int) -> ImageFont.FreeTypeFont:
    """The font in this size, bold where it can be."""
    layout = ImageFont.Layout.RAQM if shapes() else ImageFont.Layout.BASIC
    font = ImageFont.truetype(str(file.path), pixels, index=file.index, layout_engine=layout)
    try:
        names = font.get_variation_names()
    except OSError:  # what is no variable font has none
        return font
    if b"Bold" in names:
        font.set_variation_by_name("Bold")
    return font
