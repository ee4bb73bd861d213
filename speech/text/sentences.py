"""Text → sentences of written words, each word parted from the punctuation around it. Linear time, any script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex as re

from speech.text import english, russian
from speech.text.numerals import PHONE
from speech.text.wordlists import words

__all__ = ["WrittenWord", "sentences"]

LONGEST_WORD = 80
LONGEST_SENTENCE = 400
COMFORTABLE_SENTENCE = 220
_SHORT_LINE = 50
_ABBREVIATIONS = frozenset(english.ABBREVIATIONS) | frozenset(russian.ABBREVIATIONS)
_BEFORE_FIGURES = frozenset(english.BEFORE_FIGURES) | frozenset(russian.BEFORE_FIGURES)
_OFTEN_LAST = words(
    """etc a.m p.m u.s u.k inc ltd jr т.д т.п др пр руб коп н.э мин млн млрд тыс сек шт чел мес нед экз долл уп hrs
    mins lbs oz tbsp tsp"""
)
_QUOTES_END = ("»", "”")
_ZONES = words("""EST EDT CST CDT MST MDT PST PDT GMT UTC CET CEST BST MSK""")
_BEGINNERS = words("""the a an it he she they we i you in on at but and this that these there if when as for""")
_CLOSERS = "\"'»”’)]}"
_FULL_STOPS = ".!?…。！？।॥۔؟።։།။"
_SIGNS = "$€£₽¥₹₴₩₺₪¢%°#&@+=<>~≈±×÷≥≤√²³№§©™½¼¾⅓⅔/→≠^⁺⁻⁰¹⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
_GROUPED = r"(?<![\d+.,(-])(?<!\d )[$€£₽¥₹₴−-]?\d{1,3}(?: \d{3})+(?![ -]?\d|[.,]\d{3})\S*"
_PHONE = rf"(?<![\w.,-])(?:{PHONE})(?![\w-]|[.,]\d)[^\w\s]*"
_SPACED = r"(?<![\w.])(?:(?:ст|ч)\.\s*л|л\.\s*с|(?:рт|ф)\.\s*ст)\.[^\w\s]*"
_SPACED += r"|(?<![\w.])[тТнН]\.\s+[дпекнэоч](?:\.|(?!\w))[^\w\s]*"
_DASHED = r"[^\s—]*[^\W\d_][\"”’)]?—(?=[\"“(]?[^\W\d_])"
_HALVES = r"(?:\d[\d:]*)?[aApP]\.[mM]\.?(?=[–-]\d)|(?<=[aApP]\.[mM]|\.[mM]\.)[–-](?=\d)"
_SPANS = r"(?<![\w.])(?:[12]\d{3} [–—-] [12]\d{3}|[IVX]+ [–—-] [IVX]+)(?= ?(?:гг?\.|вв?\.|год|век))"
_SPANS += r"|[-−+]?\d+(?:…|\.\.\.?)[-−+]?\d+(?![\d.])"
_HELD = r"[^\s….]+(?:…+|\.{3,})(?=[^\s.…])"
# One word each: a telephone number, 1 000 000, and т. д.; what an ellipsis holds together are two.
_CHUNK = re.compile(rf"{_PHONE}|{_GROUPED}|{_SPACED}|{_SPANS}|{_HALVES}|{_HELD}|{_DASHED}|\S+")
_PIECE = re.compile(rf"(?:(?![。！？])\X){{1,{LONGEST_WORD}}}[。！？]?|[。！？]+")
# Words end where Unicode says: \w of the library regex has the vowel signs and joiners of UAX 29, that of re has not.
_OUTER = rf"(?!(?<!\.)\.\d)(?!–\d)[^\w{re.escape(_SIGNS)}−-]"
_EDGES = re.compile(rf"(?P<lead>(?:{_OUTER}|[-−](?!\d|[$€£₽]\d))*)(?P<core>.*?)(?P<tail>(?:{_OUTER}|[-−])*)", re.DOTALL)
_FIGURES_FOLLOW = re.compile(r"[ ]{0,2}[+#(]?\d")
_AND = re.compile(r"\bи\s+$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")


@dataclass(frozen=True)
class WrittenWord:
    """A word as written at ``start``..``end`` of the text: ``core`` without the ``lead`` and ``tail`` around it.

    ``core`` keeps the stop of an abbreviation. ``breaks``: a line (1) or a paragraph (2) ends after it.
    """

    start: int
    end: int
    lead: str
    core: str
    tail: str
    breaks: int = 0


def sentences(text: str) -> Iterator[list[WrittenWord]]:
    """Yield the sentences of ``text`` in order; very long ones are cut, at a comma where there is one."""
    sentence: list[WrittenWord] = []
    length = 0
    words = _words(text)
    word = next(words, None)
    while word is not None:
        following = next(words, None)
        sentence.append(word)
        length += word.end - word.start + 1
        if (
            _ends_sentence(word, following, text)
            or _ends_with_year(sentence, following, text)
            or _too_long(length, word)
        ):
            yield sentence
            sentence, length = [], 0
        word = following
    if sentence:
        yield sentence


def _words(text: str) -> Iterator[WrittenWord]:
    for chunk in _CHUNK.finditer(text):
        last_end = chunk.end()
        for piece in _PIECE.finditer(text, chunk.start(), chunk.end()):
            breaks = _breaks_after(text, last_end) if piece.end() == last_end else 0
            yield _split(piece[0], piece.start(), breaks, text)


def _breaks_after(text: str, position: int) -> int:
    """0, 1 or 2 line ends in the blanks at ``position``."""
    lines = 0
    while position < len(text) and text[position].isspace() and lines < 2:
        lines += text[position] == "\n"
        position += 1
    return lines


def _split(written: str, start: int, breaks: int, text: str) -> WrittenWord:
    end = start + len(written)
    match = _EDGES.fullmatch(written)
    assert match is not None  # every part of the pattern may be empty
    lead, core, tail = match["lead"], match["core"], match["tail"]
    counts = core.lower() in _BEFORE_FIGURES and _FIGURES_FOLLOW.match(text, end) is not None
    unit = len(core) == 1 and text[max(0, start - 2) : max(0, start - 1)].isdigit()
    if (
        tail.startswith(".")
        and not tail.startswith("..")
        and (counts or (_is_abbreviation(core) and not (unit and (core.isupper() or core == "м"))))
    ):
        core, tail = core + ".", tail[1:]
    return WrittenWord(start, end, lead, core, tail, breaks)


def _is_abbreviation(core: str) -> bool:
    key = core.lower().replace(". ", ".")
    return (key in _ABBREVIATIONS and not (core.isascii() and core.isupper() and len(core) > 2)) or (
        _INITIALS.fullmatch(core) is not None and (core[0].isupper() or "." in core) and core != "I"
    )


def _ends_sentence(word: WrittenWord, following: WrittenWord | None, text: str) -> bool:
    if following is None or word.breaks == 2:
        return True
    if word.breaks == 1 and _line_stands_alone(word, following, text):
        return True
    stops = word.tail.strip(_CLOSERS)
    begins = text[following.start + len(following.lead) : following.start + len(following.lead) + 1]
    if not stops or stops[-1] not in _FULL_STOPS:
        key = "".join(word.core.lower().rstrip(".").split())
        if key in ("u.s", "u.k", "u.n") and following.core.lower() not in _BEGINNERS:
            return False
        if key == "пр" and not _AND.search(text, max(0, word.start - 4), word.start):
            return False
        often = (key in _OFTEN_LAST and following.core not in _ZONES) or word.tail[:1] in _QUOTES_END
        return often and word.core.endswith(".") and begins.isupper()
    quoted = word.tail[-1] in _CLOSERS
    return not begins.islower() or word.breaks == 1 or (stops[-1] in "!?。！？" and not quoted)


def _ends_with_year(sentence: list[WrittenWord], following: WrittenWord | None, text: str) -> bool:
    """Whether "2025 г." ends a sentence: a capital follows, and it is not what the sentence began with."""
    if following is None or len(sentence) < 5 or sentence[-1].core != "г." or sentence[-1].tail:
        return False
    return sentence[-2].core[-4:].isdigit() and text[following.start : following.start + 1].isupper()


def _line_stands_alone(word: WrittenWord, following: WrittenWord, text: str) -> bool:
    """A short line, a heading or a list item: the text goes on with a capital, a figure or a bullet."""
    line_start = text.rfind("\n", max(0, word.start - _SHORT_LINE - 1), word.start) + 1
    short = word.end - line_start <= _SHORT_LINE and (line_start > 0 or word.end <= _SHORT_LINE)
    begins = text[following.start : following.start + 1]
    return short and not begins.islower()


def _too_long(length: int, word: WrittenWord) -> bool:
    return length >= LONGEST_SENTENCE or (length >= COMFORTABLE_SENTENCE and word.tail[:1] in (",", ";", ":"))
