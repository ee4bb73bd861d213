"""Roman numbers beside what they rank: глава IV, в III квартале, I полугодие."""

from __future__ import annotations

import re
from collections.abc import Mapping

from speech.text.near import Near
from speech.text.numerals import roman
from speech.text.russian_cases import Case
from speech.text.russian_numbers import ordinal

__all__ = ["ranked"]

_STEMS = {
    "m": "квартал том раздел этап съезд тур класс тип созыв разряд конгресс фестиваль курс семестр акт сезон уровень",
    "n": "полугоди мест отделени",
    "f": "глав част степен групп категори сери мирова мирово мировую",
}
_GENDERS = {stem: gender for gender, stems in _STEMS.items() for stem in stems.split()}
_NOUN = re.compile("(" + "|".join(sorted(_GENDERS, key=len, reverse=True)) + r")([а-я]{0,3})")
_ENDINGS: Mapping[str, Mapping[str, Case]] = {
    "m": {"": "n", "ь": "n", "а": "g", "я": "g", "у": "d", "ю": "d", "ом": "i", "ем": "i", "е": "p"},
    "n": {"о": "n", "е": "n", "а": "g", "я": "g", "у": "d", "ю": "d", "ом": "i", "ем": "i", "и": "p"},
    "f": {"а": "n", "я": "n", "ь": "n", "ы": "g", "и": "g", "е": "p", "у": "a", "ю": "a", "ой": "i", "ей": "i",
          "ью": "i", "": "a", "й": "g"},
}  # fmt: skip


def ranked(match: re.Match[str], near: Near) -> str | None:
    """The rank that a Roman number gives to the noun before or after it, in its case; None where there is none."""
    number = roman(match[0])
    if number is None:
        return None
    for word, before in ((near.follower, near.before), ("" if near.tail(-1) else near.before, near.core(-2))):
        noun = _NOUN.fullmatch(word.lower())
        case = _case(noun, before.lower()) if noun else None
        if noun and case:
            return ordinal(str(number), case, _GENDERS[noun[1]])
    return None


def _case(noun: re.Match[str], before: str) -> Case | None:
    gender, ending = _GENDERS[noun[1]], noun[2]
    if gender == "n" and ending == "е" and before in ("в", "на", "о", "при"):
        return "p"
    return _ENDINGS[gender].get(ending)
