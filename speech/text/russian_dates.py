"""Russian dates, years, centuries and times of day in the case that the words around them ask for."""

from __future__ import annotations

import re

from speech.text.near import Near
from speech.text.numerals import clock, is_date, roman
from speech.text.russian_cases import Case, noun
from speech.text.russian_numbers import cardinal, ordinal
from speech.text.russian_words import CENTURY, MONTHS, MONTHS_SHORT, NAME_CASES, QUEENS, YEAR_NOUNS
from speech.text.wordlists import words

__all__ = [
    "DATE",
    "century_case",
    "century_word",
    "date",
    "day_of_month",
    "dotted_time",
    "is_year",
    "month_span",
    "roman_number",
    "roman_span",
    "school_year",
    "short_date",
    "step",
    "time",
    "time_span",
    "year",
    "year_span",
    "year_word",
]

DATE = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}([./])\d{1,2}\1\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}"
_SET_DAY = frozenset({"на", "за", "через", "по"})
_FROM = frozenset(["от", "с", "со", "до", "после", "из", "около", "ок.", "ранее", "позднее", "не"])
_NAMED = frozenset(["сегодня", "завтра", "вчера", "дата", "это"])
_NOUNS_OF_YEARS: dict[str, Case] = {"годы": "n", "годов": "g", "годам": "d", "годами": "i", "годах": "p"}
_YEAR_CASES: dict[str, Case] = {
    "год": "n", "года": "g", "году": "p", "годом": "i", "гг": "n", "г": "n",
}  # fmt: skip


def date(match: re.Match[str], near: Near) -> str | None:
    numbers = [int(part) for part in re.split(r"[./-]", match[0])]
    year_, month, day = numbers if re.match(r"\d{4}", match[0]) else reversed(numbers)
    if not is_date(year_, month, day):
        return None
    said = f"{ordinal(str(day), _day_case(near), 'n')} {MONTHS[month - 1]} {ordinal(str(year_), 'g', 'm')}"
    return said if near.follower.lower() == "года" else f"{said} года"


def _day_case(near: Near) -> Case:
    before = near.before.lower()
    if not before or before in _NAMED or near.tail(-1)[-1:] in tuple(":—-") or before in "—–-":
        return "n"
    if before in _SET_DAY:
        return "n"
    return "d" if before in ("к", "ко") else "g"


def day_of_month(text: str, near: Near) -> str | None:
    """The day before the name of a month, or in a list that ends with one; None where there is no month."""
    if not text.isdigit() or not 1 <= int(text) <= 31 or not _month_follows(near):
        return None
    before = near.before.lower()
    if before in _SET_DAY:
        return ordinal(text, "n", "n")
    if before in ("к", "ко"):
        return ordinal(text, "d", "n")
    if before in ("с", "со") and near.core(-2).lower().startswith("поздр"):
        return ordinal(text, "i", "n")
    return ordinal(text, "g", "n")


def _month_follows(near: Near) -> bool:
    if _is_month(near.follower):
        return True
    offset = 1
    while near.core(offset).lower() in ("и", "или", "по", "до", "на") or re.fullmatch(r"\d{1,2}", near.core(offset)):
        offset += 1
    return 1 < offset < 7 and _is_month(near.core(offset)) and near.core(offset - 1)[-1:].isdigit()


_STEPS = words("классе этаже курсе квартале раунде сезоне туре подъезде вагоне ряду месте районе")


def step(text: str, near: Near) -> str | None:
    """в 4 классе, 14 век: a rank that is written as a number."""
    follower = near.follower.lower()
    if follower in _CENTURIES:
        return ordinal(text, _CENTURIES[follower], "n" if follower.startswith("столет") else "m")
    if near.core(2).lower() in _CENTURIES and follower in ("и", "или"):
        return ordinal(text, _CENTURIES[near.core(2).lower()], "m")
    if near.before.lower() in ("с", "со") and follower in ("по", "до") and near.core(3).lower() in _CENTURIES:
        return ordinal(text, "g", "m")
    place = follower in _STEPS and near.before.lower() in ("в", "во", "на")
    return ordinal(text, "p", "n" if follower == "месте" else "m") if place else None


def school_year(match: re.Match[str], near: Near) -> str | None:
    """в 2024/2025 учебном году."""
    if int(match[2]) - int(match[1]) != 1:
        return None
    case = _case_after(near)
    return f"{ordinal(match[1], case, 'm')} {ordinal(match[2], case, 'm')}"


def _is_month(word: str) -> bool:
    return word.lower() in MONTHS or (word.endswith(".") and word.lower().rstrip(".") in MONTHS_SHORT)


def month_span(match: re.Match[str], near: Near) -> str | None:
    """1-3 мая."""
    if near.follower.lower() not in MONTHS or not 1 <= int(match[1]) <= 31 or not 1 <= int(match[2]) <= 31:
        return None
    return f"{ordinal(match[1], 'g', 'n')} {ordinal(match[2], 'g', 'n')}"


def is_year(text: str) -> bool:
    return bool(re.fullmatch(r"[12]\d{3}", text))


def year(text: str, near: Near) -> str | None:
    """A year before "год" in any form, after a month, or between "с" and "по"; None where it is no year."""
    if not is_year(text):
        return None
    before, follower = near.before.lower(), near.follower.lower()
    if before == "кв.":
        return ordinal(text, "g", "m") + (" года" if follower in ("г", "г.") else "")
    if _is_month(before):
        return ordinal(text, "g", "m") + (" года" if follower in ("г", "г.") else "")
    if follower in ("г", "г.") and not _is_weight(near.moved(1)):
        case = _case_after(near)
        return f"{ordinal(text, case, 'm')} {YEAR_NOUNS[case]}"
    if follower.rstrip(".") in _YEAR_CASES and follower not in ("г", "г."):
        case = _YEAR_CASES[follower.rstrip(".")]
        return ordinal(text, "d" if follower == "году" and before in ("к", "ко", "по") else case, "m")
    if before in ("с", "от") and follower in ("по", "до"):
        return ordinal(text, "g", "m")
    if near.before.lower() == "кв." and re.fullmatch("[IVX]+|[1-4]-?[йго]*", near.core(-2)):
        return ordinal(text, "g", "m")
    return _listed_year(text, near)


def _listed_year(text: str, near: Near) -> str | None:
    """в 1999 и 2000 гг."""
    places = [near.core(k).lower().rstrip(".") for k in (1, 2)]
    if places[0] in ("и", "или") and is_year(places[1]) and near.core(3).lower().rstrip(".") in (
        "гг", "годах", "годов", "годы"):  # fmt: skip
        return ordinal(text, _case_after(near), "m")
    return ordinal(text, _NOUNS_OF_YEARS[places[0]], "m") if places[0] in _NOUNS_OF_YEARS else None


def _case_after(near: Near) -> Case:
    before = near.before.lower()
    if before in ("в", "во", "о", "об", "при"):
        return "p"
    if before in ("на", "за", "через", "по"):
        return "a"
    if before in ("к", "ко"):
        return "d"
    if before in ("и", "или") and is_year(near.core(-2)):
        return _case_after(near.moved(-2))
    return "g" if before in _FROM or before in ("начала", "конца", "начале", "конце", "середине") else "n"


def _is_weight(near: Near) -> bool:
    """Whether "г" after a number of four digits is a gram: 2000 г муки."""
    return not near.core().endswith(".") and near.follower.islower() and len(near.follower) > 2


def year_word(near: Near) -> str | None:
    """What "г." is after its number; None where it is no year."""
    if re.fullmatch(DATE, near.before):
        return ""
    if is_year(near.before) and not _is_weight(near):
        return ""
    aged = near.within(frozenset({"лет", "мес", "год", "возраст"})) and re.fullmatch(r"\d{1,2}", near.before)
    if not aged:
        return None
    number = int(near.before)
    few = number % 10 in (2, 3, 4) and number not in (12, 13, 14)
    return "год" if number % 10 == 1 and number != 11 else "года" if few else "лет"


def year_span(match: re.Match[str], near: Near) -> str | None:
    """1941-1945 гг., годы, годах."""
    follower = near.follower.lower().rstrip(".")
    if not (is_year(match[1]) and is_year(match[2])) or follower not in ("гг", "г", *_NOUNS_OF_YEARS):
        return None
    case = _NOUNS_OF_YEARS.get(follower) or _case_after(near)
    said = f"{ordinal(match[1], case, 'm')} {ordinal(match[2], case, 'm')}"
    if follower not in ("гг", "г"):
        return said
    return f"{said} {next(noun for noun, c in _NOUNS_OF_YEARS.items() if c == ('n' if case == 'a' else case))}"


def time(match: re.Match[str], near: Near) -> str | None:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    if not clock(hour, minute) or (second and int(second) > 59):
        return None
    said = _clock(hour, minute, _time_case(near))
    return f"{said} {_two_digits(int(second))}" if second else said


def _time_case(near: Near) -> Case:
    before = near.before.lower()
    return "g" if before in ("с", "со", "до", "от", "после", "около", "позже", "раньше") else (
        "d" if before in ("к", "ко") else "n")  # fmt: skip


def _clock(hour: int, minute: int, case: Case) -> str:
    return f"{cardinal(str(hour), 'm', case)} {_two_digits(minute, case)}"


def _two_digits(number: int, case: Case = "n") -> str:
    if number == 0:
        return "ноль ноль"
    return f"ноль {cardinal(str(number), 'm', case)}" if number < 10 else cardinal(str(number), "m", case)


def dotted_time(match: re.Match[str], near: Near) -> str | None:
    """в 19.30."""
    counted = near.follower.lower().rstrip(".")
    if near.before.lower() not in ("в", "с", "до", "к", "после", "по") or not clock(int(match[1]), int(match[2])):
        return None
    if (
        (len(match[1]) < 2 and match[2] not in ("00", "15", "30", "45"))
        or near.before.lower() == "по"
        or counted in ("раза", "раз", "процента", "%", "балла", "рубля", "₽", "руб", "м", "км", "кг")
    ):
        return None
    return _clock(int(match[1]), int(match[2]), _time_case(near))


def short_date(match: re.Match[str], near: Near) -> str | None:
    """с 1.06 по 31.08."""
    day, month, before = int(match[1]), int(match[2]), near.before.lower()
    known = before in ("с", "со", "по", "до", "от", "на", "к") or (len(match[1]) == 2 and match[1] + match[2] < "3200")
    if not known or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    if before not in ("с", "со", "по", "до", "от", "на", "к") and not (match[1][0] == "0" and match[2][0] == "0"):
        return None
    if near.follower.lower() not in ("по", "до", "и", "г.", "года", "") and not match[2].startswith("0"):
        return None
    return f"{ordinal(str(day), _day_case(near), 'n')} {MONTHS[month - 1]}"


def time_span(match: re.Match[str], near: Near) -> str | None:
    hours = [int(match[k]) for k in (1, 3)]
    minutes = [int(match[k]) for k in (2, 4)]
    if not all(map(clock, hours, minutes)):
        return None
    begin = "" if near.before.lower() in ("с", "со") else "с "
    return f"{begin}{_clock(hours[0], minutes[0], 'g')} до {_clock(hours[1], minutes[1], 'g')}"


def roman_number(match: re.Match[str], near: Near) -> str | None:
    """A century, a ruler, else a plain number after a word."""
    number = roman(match[0])
    if number is None or (near.shouted and near.follower[:2].isupper()):
        return None
    case = _century_case(near)
    if case is not None:
        return ordinal(str(number), case, "m")
    before = near.before
    if before[:1].isupper() and before[-1:].isalpha():
        gender = "f" if before.lower().startswith(QUEENS) else "m"
        return ordinal(str(number), NAME_CASES["n" if gender == "f" else "m"].get(before[-1:].lower(), "n"), gender)
    return cardinal(str(number)) if before[-1:].isalpha() and len(match[0]) > 1 else None


_CENTURIES: dict[str, Case] = {"век": "n", "века": "g", "веку": "d", "веком": "i", "веке": "p", "столетие": "n",
                               "столетия": "g", "столетии": "p"}  # fmt: skip


def _century_case(near: Near) -> Case | None:
    follower = near.follower.lower().rstrip(".")
    if follower in _CENTURIES:
        return _CENTURIES[follower]
    if follower == "кв" or (follower in ("в", "вв") and near.follower.endswith(".")):
        return century_case(near)
    return None


def century_case(near: Near) -> Case:
    """The case of a century or a quarter; after a noun it is the genitive (годы XX в.)."""
    case = _case_after(near)
    after_noun = len(near.before) > 2 and (near.before.isalpha() or near.before.endswith("."))
    return "g" if case == "n" and after_noun and not near.tail(-1) else case


def roman_span(match: re.Match[str], near: Near) -> str | None:
    """XIX–XX вв."""
    first, last = roman(match[1]), roman(match[2])
    follower = near.follower.lower().rstrip(".")
    if first is None or last is None or follower not in ("в", "вв", "века", "веков", "веках", "век"):
        return None
    case: Case = {"веков": "g", "веках": "p"}.get(follower) or century_case(near)  # type: ignore[assignment]
    return f"{ordinal(str(first), case, 'm')} {ordinal(str(last), case, 'm')}"


def century_word(near: Near) -> str | None:
    """What "в." and "вв." are after a Roman number."""
    if not re.fullmatch(r"[IVX]+(?: ?[-–—] ?[IVX]+)?", near.before):
        return None
    case = century_case(near.moved(-1))
    return noun(CENTURY, case, many=near.core().lower().startswith("вв")) if case != "n" else (
        "века" if near.core().lower().startswith("вв") else "век")  # fmt: skip
