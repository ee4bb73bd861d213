"""English dates and times of day as words."""

from __future__ import annotations

import re

from speech.text.english_numbers import cardinal, ordinal, year
from speech.text.english_words import MONTHS
from speech.text.near import Near
from speech.text.numerals import clock, is_date

__all__ = ["half_day", "iso_date", "short_date", "time", "written_date", "year_first"]


def iso_date(match: re.Match[str], near: Near) -> str | None:
    year_, month, day = (int(part) for part in match.group(1, 2, 3))
    return _date(year_, month, day)


def written_date(match: re.Match[str], near: Near) -> str | None:
    first, second, year_ = (int(part) for part in (match[1], match[3], match[4]))
    month_first = match[2] == "/" and first <= 12
    return _date(year_, first, second) if month_first else _date(year_, second, first)


def _date(year_: int, month: int, day: int) -> str | None:
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(str(year_))}" if is_date(year_, month, day) else None


def short_date(match: re.Match[str], near: Near) -> str | None:
    """11/30/25."""
    month, day, short = (int(part) for part in match.groups())
    year_ = short + (2000 if short <= 40 else 1900)
    return _date(year_, month, day) or _date(year_, day, month)


def time(match: re.Match[str], near: Near) -> str | None:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    if not clock(hour, minute) or (second and int(second) > 59):
        return None
    half = {"am": " A M", "pm": " P M"}.get((match[4] or "").lower().replace(".", ""), "")
    halves = half or near.after.lower().replace(".", "") in ("am", "pm")
    said = _hour_and_minute(hour, minute, bool(halves)) + half
    return f"{said} and {cardinal(str(int(second)))} second{'s' * (int(second) != 1)}" if second else said


def _hour_and_minute(hour: int, minute: int, halves: bool) -> str:
    hours = cardinal(str(hour))
    if minute:
        return f"{hours} {'oh ' if minute < 10 else ''}{cardinal(str(minute))}"
    if halves:
        return hours
    return f"{hours} o'clock" if 1 <= hour <= 12 else f"{hours} hundred"


def half_day(match: re.Match[str], near: Near) -> str:
    return f"{cardinal(match[1])} {match[3][0].upper()} M"


def year_first(match: re.Match[str]) -> str | None:
    parts = [int(part) for part in match.groups() if part]
    return _date(*parts)
