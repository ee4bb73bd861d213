"""Russian days of the week and decades, written short, as words."""

from __future__ import annotations

import re

from speech.text.near import Near
from speech.text.russian_cases import Case, plural, singular
from speech.text.russian_words import DAYS

__all__ = ["day", "days", "is_day", "years_word"]


def is_day(word: str, near: Near) -> bool:
    """Пн, Ср. and Вс: written with a capital, or among others."""
    key = word.lower().rstrip(".")
    if key not in ("ср", "вс", "сб"):
        return not near.before[-1:].isdigit()
    if not word.endswith(".") and not near.before[-1:].isdigit():
        return True
    beside = any(near.core(k).lower().rstrip(".") in DAYS for k in (-2, -1, 1, 2)) or (
        near.follower[:1].isdigit() and word[0].isupper()
    )
    return beside or (word[0].isupper() and not word.endswith("."))


def day(key: str, near: Near) -> str:
    """в ср, с пн, по вт. и чт.: a day of the week in its case."""
    offset = -1
    while near.core(offset).lower().rstrip(".") in (*DAYS, "и"):
        offset -= 1
    before, forms = near.core(offset).lower(), DAYS[key]
    if before == "по" and near.core(offset - 1).lower() not in _SINCE and near.core(offset - 2).lower() not in _SINCE:
        return plural(forms, "d")
    case: Case = (
        "a" if before in ("в", "во", "на", "по") else "g" if before in ("с", "со", "до", "от", "после") else "n"
    )
    return singular(forms, case)


_SINCE = frozenset({"с", "со"})


def days(match: re.Match[str], near: Near) -> str | None:
    """Пн-Пт; two days that follow one another are named."""
    keys = [match[k].lower() for k in (1, 2)]
    if not all(key in DAYS for key in keys):
        return None
    first, last = (list(DAYS).index(key) for key in keys)
    if last - first == 1:
        return " ".join(DAYS[key][0] for key in keys)
    since = "" if near.before.lower() in _SINCE else "со " if first == 1 else "с "
    return f"{since}{singular(DAYS[keys[0]], 'g')} по {singular(DAYS[keys[1]], 'a')}"


def years_word(near: Near) -> str | None:
    """What "гг." is after its years."""
    decade = re.fullmatch(r"\d+-(е|х)", near.before)
    if decade:
        return "годы" if decade[1] == "е" else "годах" if near.core(-2).lower() in ("в", "о") else "годов"
    if near.core(-2).lower() in ("по", "до", "—", "–") and re.fullmatch(r"[12]\d{3}", near.before):
        return "годов" if near.core(-2).lower() == "до" else "годы"
    return "" if near.before[-1:].isdigit() else None
