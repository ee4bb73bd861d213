"""Numbers as words, with num2words behind; what every language needs of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal

__all__ = ["Reading", "clock", "digits_apart", "is_date", "say_number"]

Reading = Literal["cardinal", "ordinal", "year"]
_LONGEST = 15


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
