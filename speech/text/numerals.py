"""Numbers as words, with num2words behind; what every language needs of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Literal

__all__ = [
    "PHONE",
    "SUPERSCRIPTS",
    "Reading",
    "clock",
    "digits_apart",
    "is_date",
    "plain_number",
    "roman",
    "say_number",
]

Reading = Literal["cardinal", "ordinal", "year"]
_LONGEST = 15
PHONE = (
    r"\+(?=(?:[ .()-]*\d){8})\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,8}){1,5}"
    r"|(?:\+?\d{1,3}[ .-]?)?\(?\d{3,5}\)[ .-]?\d{2,3}[ .-]\d{2}[ .-]?\d{2}"
    r"|(?:\+?\d{1,3}[ .-])?\d{3}[ -]\d{3}[ -](?:\d{2}[ -]\d{2}|\d{4})"
    r"|(?:\+?\d{1,3}\.)?\d{3}\.\d{3}\.(?:\d{2}\.\d{2}|\d{4})"
    r"|\d{3}-\d{2}-\d{2}|\d{3}-\d{4}|8[ -]800"
)
"""Regular expression of a telephone number as it is written in America, Russia and, after a plus, elsewhere."""

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉", "0123456789+-0123456789")
_DOTTED_GROUPS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:\.\d{3})+(?=,)")
_ROMAN = re.compile(r"(X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_ONES = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}


def say_number(
    text: str, language: str, point: str, reading: Reading = "cardinal", form: Mapping[str, str] | None = None
) -> str:
    """Digits ``text`` (with an optional decimal point) in words; ``form`` is grammar (Russian: case, gender).

    Fractions are read digit by digit after the word ``point``; more than 15 digits are read one by one.
    """
    from num2words import num2words

    whole, _, fraction = text.partition(".")
    if len(whole) > _LONGEST:
        spoken = digits_apart(whole, language)
    else:
        spoken = (
            num2words(int(whole or "0"), lang=language, to=reading, **(form or {})).replace("-", " ").replace(",", "")
        )
    return f"{spoken} {point} {digits_apart(fraction, language)}" if fraction else spoken


def plain_number(text: str, comma_groups: int = 1) -> str:
    """The digits of a number, with a point before the fraction, however its groups and its fraction are parted:
    1,234.5, 1.234,5, 10.000.000, 20,5 and 1 000. ``comma_groups``: from so many groups on a comma parts groups."""
    text = re.sub(r"[ \u00a0\u202f]", "", text)
    if _DOTTED_GROUPS.match(text):
        return text.replace(".", "").replace(",", ".")
    if re.fullmatch(rf"\d{{1,3}}(?:,\d{{3}}){{{comma_groups},}}(?:\.\d+)?", text) and not text.startswith("0,"):
        return text.replace(",", "")
    return text.replace(",", ".")


def digits_apart(digits: str, language: str) -> str:
    """Each digit as a word of its own."""
    from num2words import num2words

    return " ".join(num2words(int(digit), lang=language) for digit in digits)


def is_date(year: int, month: int, day: int) -> bool:
    """Whether such a day exists in years that scripts speak of."""
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return 1000 <= year <= 2999


def clock(hour: int, minute: int) -> bool:
    """Whether a clock can show it."""
    return 0 <= hour <= 24 and 0 <= minute <= 59


def roman(text: str) -> int | None:
    """The number that ``text`` is in capital I, V and X, 1 to 39; None for anything else."""
    match = _ROMAN.fullmatch(text)
    return 10 * len(match[1]) + _ROMAN_ONES[match[2]] if match and text else None
