"""What a pasted text is freed from before anything reads it: control and invisible characters, pictographs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import regex

__all__ = ["PICTOGRAPHS", "clean"]

_PICTOGRAPH = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff"
    "\u3030\u303d\u3297\u3299\ufe0f\u20e3\U000e0020-\U000e007f]"
)
PICTOGRAPHS = re.compile(f"(?:{_PICTOGRAPH}\u200d?)+")
"""Emoji and their modifiers: nothing that can be spoken."""

_GAP = re.compile(
    f"[ \u00a0]{{0,8}}{PICTOGRAPHS.pattern}(?:[ \u00a0]{{0,8}}{PICTOGRAPHS.pattern})*(?=[\\s.,:;!?…)\\]»”]|$)"
)
_LINE_ENDS = re.compile("\r\n?|\u2028|\x85|\x0b|\x0c")
_MANY_MARKS = regex.compile(r"(\p{M}{8})\p{M}+")
_JOINERS = "\u200c\u200d"


def clean(text: str) -> str:
    """``text`` with line ends as ``\\n``, tabs as spaces, composed characters (NFC), at most eight marks on a letter.

    Left out are control characters, byte order marks, invisible marks, private or unassigned code points, and emoji,
    with the blanks before one that ends a phrase.
    """
    if text.isascii() and text.isprintable():
        return text
    text = PICTOGRAPHS.sub("", _GAP.sub("", _LINE_ENDS.sub("\n", text))).replace("\u2029", "\n\n")
    return unicodedata.normalize("NFC", _MANY_MARKS.sub(r"\1", "".join(map(_kept, text))))


@lru_cache(maxsize=4096)
def _kept(character: str) -> str:
    if character == "\n" or character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if character == "\t" or category == "Zs":
        return " "
    return "" if category[0] == "C" else character
