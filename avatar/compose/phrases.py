"""Where a word may be broken that is written without spaces, or is longer than a line: by phrases, never within what a
reader sees as one character.

The rules and word lists are ICU's: line breaking of UAX 14, Japanese by phrases, Chinese by words, Thai, Lao, Khmer and
Burmese by their dictionaries; characters are the grapheme clusters of UAX 29.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

__all__ = ["Phrase", "clusters", "columns", "is_mark", "phrases", "runs_together"]

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
# Thai, Lao, Burmese, Khmer
_DICTIONARY = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
_WIDE_MARKS = "\u3000-\u3004\u3008-\u303f\uff00-\uff65"
_TOGETHER = re.compile(f"[{_HAN}{_KANA}{_DICTIONARY}]")
_UNSPACED = re.compile(f"[{_HAN}{_KANA}{_WIDE_MARKS}]")
_KANA_IN, _HAN_IN = re.compile(f"[{_KANA}]"), re.compile(f"[{_HAN}]")
_CLINGING = frozenset("的了着过地得吗呢吧们")  # Chinese particles go with the word before them
_BREATHS = tuple("、，。；：！？…,;:!?")
_BREATH = 2.5  # letters that could be said in the pause at such a mark
_KANJI = 1.7  # kana that a Chinese character takes in Japanese, about


@dataclass(frozen=True)
class Phrase:
    """A part of a word. ``weight``: its share of the time. ``space``: the word has a space before it. ``inside``: it
    goes on with letters that only a lack of room breaks."""

    text: str
    weight: float = 1.0
    space: bool = False
    inside: bool = False


@lru_cache(maxsize=4096)
def columns(text: str) -> int:
    """Width of ``text``: two for a wide character, none for a mark over another, one for others."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def is_mark(text: str) -> bool:
    """Whether ``text`` has nothing that is said: no letter, no figure, no sign of money or mathematics."""
    return bool(text) and all(unicodedata.category(character)[0] in "PZCM" for character in text)


def runs_together(before: str, after: str) -> bool:
    """Whether no space is written between two words: both are Chinese or Japanese where they meet."""
    return bool(_UNSPACED.match(before[-1:]) and _UNSPACED.match(after[:1]))


def phrases(text: str, line: int) -> list[Phrase]:
    """``text`` in parts of at most ``line`` columns: itself where it is written with spaces and fits, none where it is
    empty."""
    if not text:
        return []
    together = _TOGETHER.search(text) is not None
    if not together and columns(text) <= line:
        return [Phrase(text)]
    kana = _KANA_IN.search(text) is not None
    parts: list[Phrase] = []
    for chunk in _chunks(text, together):
        for number, part in enumerate(_cut(chunk.strip(), line)):
            space = number == 0 and bool(parts) and text[sum(map(len, _spelled(parts)))] == " "
            parts.append(Phrase(part, _weight(part, kana), space, bool(parts) and not space and not together))
    return parts


def _spelled(parts: list[Phrase]) -> Iterator[str]:
    return ((" " if part.space else "") + part.text for part in parts)


def _chunks(text: str, together: bool) -> list[str]:
    """``text`` parted where a line may end; marks and particles stay with what stands before them."""
    chunks: list[str] = []
    for chunk in _broken(text):
        clinging = chunk.strip() in _CLINGING or is_mark(chunk.strip() or " ")
        if chunks and clinging and together:
            chunks[-1] += chunk
        else:
            chunks.append(chunk)
    return chunks


def _broken(text: str) -> list[str]:
    from icu4py.breakers import LineBreaker, WordBreaker

    if _KANA_IN.search(text):
        return list(LineBreaker(text, "ja-u-lw-phrase"))
    lines = list(LineBreaker(text, "zh" if _HAN_IN.search(text) else "en"))
    if not _HAN_IN.search(text):
        return lines
    ends = set(accumulate(map(len, lines))) & set(accumulate(map(len, WordBreaker(text, "zh"))))
    places = [0, *sorted(ends)]
    return [text[a:b] for a, b in zip(places, places[1:], strict=False)]


def clusters(text: str) -> list[str]:
    """What a reader sees as one character each."""
    from icu4py.breakers import CharacterBreaker

    return list(CharacterBreaker(text, "en"))


def _cut(chunk: str, line: int) -> list[str]:
    """``chunk`` in parts of at most ``line`` columns, about as long as one another."""
    if columns(chunk) <= line:
        return [chunk]
    most = columns(chunk) / -(-columns(chunk) // max(line - 1, 1))
    parts = [""]
    for cluster in clusters(chunk):
        if parts[-1] and columns(parts[-1] + cluster) > min(line, most + 1):
            parts.append("")
        parts[-1] += cluster
    return parts


def _weight(text: str, kana: bool) -> float:
    """How long ``text`` takes to say, in letters; the pause at a mark with it."""
    letters = sum(_KANJI if kana and _HAN_IN.match(c) else 1.0 for c in text if unicodedata.category(c)[0] in "LN")
    return max(letters, 0.5) + (_BREATH if text.endswith(_BREATHS) else 0.0)
