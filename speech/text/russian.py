"""Russian figures and signs as words: numbers with case and gender, money, units, dates, times, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable

from speech.text.numerals import PHONE, clock, digits_apart, is_date, roman, say_number
from speech.text.russian_words import (
    ABBREVIATIONS,
    BEFORE_FIGURES,
    CASES,
    CENTURIES,
    CODES,
    COUNTED_F,
    COUNTED_N,
    ENDINGS,
    FRACTIONS,
    JOINED,
    LETTERS,
    LONE_UNITS,
    MONEY,
    MONTHS,
    NAME_CASES,
    PARTS,
    QUEENS,
    SCALE_WORDS,
    SIGNS,
    SPELLED_OTHERWISE,
    UNITS,
    YEAR_CASES,
    YEARS,
    Forms,
)

__all__ = ["ABBREVIATIONS", "BEFORE_FIGURES", "say_russian"]

_NUMBER = r"\d{1,3}(?:[  ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"


def say_russian(word: str, before: str = "", after: str = "") -> str:
    """The words to speak for one written ``word`` (no spaces, no outer punctuation) between its neighbours."""
    word = re.sub(r"(?<=\.) ", "", word)
    for pattern, say in _RULES:
        match = pattern.fullmatch(word)
        spoken = say(match, before, after) if match else None
        if spoken is not None:
            return spoken
    return _plain(word)


def _phone(match: re.Match[str], before: str, after: str) -> str:
    groups = re.findall(r"\d+", match[0])
    said = (digits_apart(group, "ru") if group.startswith("0") else _number(group) for group in groups)
    return "плюс " * match[0].startswith("+") + ", ".join(said)


def _roman(match: re.Match[str], before: str, after: str) -> str | None:
    """A century, a ruler, else a plain number after a word."""
    number = roman(match[0])
    if number is None:
        return None
    century = CENTURIES.get(after.lower().rstrip("."))
    if century is not None:
        return _ordinal(str(number), "p" if before.lower() == "в" and century == "n" else century, "m")
    if before[:1].isupper() and before[-1:].isalpha():
        gender = "f" if before.lower().startswith(QUEENS) else "m"
        case = NAME_CASES["n" if gender == "f" else "m"].get(before[-1:].lower(), "n")
        return _ordinal(str(number), case, gender)
    return _number(str(number)) if before[-1:].isalpha() and len(match[0]) > 1 else None


def _currency(match: re.Match[str], before: str, after: str) -> str | None:
    digits = re.search(r"\d[\d,.]*$", before)
    return _form(MONEY[CODES[match[0]]], digits[0].strip(".,")) if digits else None


def _joined(match: re.Match[str], before: str, after: str) -> str | None:
    """5-этажный as one word: the number in the genitive, and some numbers in a form of their own."""
    if len(match[1]) > 6:
        return None
    first = JOINED.get(match[1]) or _number(match[1], case="g").replace(" ", "")
    return first + match[2]


def _number(text: str, gender: str = "m", case: str = "n") -> str:
    text = re.sub("[  ]", "", text).replace(",", ".")
    form = {"case": case} if gender == "p" else {"case": case, "gender": gender}
    return say_number(text, "ru", "и", form=form) if "." not in text else _decimal(text)


_DECIMAL_PARTS = {1: ("десятая", "десятых"), 2: ("сотая", "сотых"), 3: ("тысячная", "тысячных")}


def _decimal(text: str) -> str:
    whole, _, fraction = text.partition(".")
    if len(fraction) > 3:
        return f"{_number(whole)} точка {digits_apart(fraction, 'ru')}"
    ones = "целая" if _ends_in_one(int(whole)) else "целых"
    part = _DECIMAL_PARTS[len(fraction)][0 if _ends_in_one(int(fraction)) else 1]
    return f"{_number(whole, 'f')} {ones} {_number(str(int(fraction)), 'f')} {part}"


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


def _form(forms: Forms, amount: str) -> str:
    amount = re.sub("[  ]", "", amount).replace(",", ".")
    if "." in amount:
        return forms[1]
    number = int(amount)
    if _ends_in_one(number):
        return forms[0]
    return forms[1] if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else forms[2]


def _counted(amount: str, forms: Forms) -> str:
    return f"{_number(amount, forms[3])} {_form(forms, amount)}"


def _minus(match: re.Match[str]) -> str:
    return "минус " if match["minus"] else ""


def _money(match: re.Match[str], before: str, after: str) -> str:
    forms = MONEY[match["sign"]]
    if after.lower().rstrip(".") in SCALE_WORDS:
        return _minus(match) + _number(match["amount"])
    return _minus(match) + _counted(match["amount"], forms)


def _measure(match: re.Match[str], before: str, after: str) -> str | None:
    forms = UNITS.get(match["unit"].lower().rstrip("."))
    return None if forms is None else _minus(match) + _counted(match["amount"], forms)


def _lone_unit(match: re.Match[str], before: str, after: str) -> str | None:
    key = match[0].lower().rstrip(".")
    if key == "г" and re.fullmatch(r"\d{4}", before):
        return ""  # said with the number
    if key not in LONE_UNITS or not before[-1:].isnumeric():
        return None
    forms = UNITS[key]
    digits = re.search(r"\d[\d,.]*$", before)
    spoken = _form(forms, digits[0].strip(".,")) if digits else forms[2]
    sign = next((s for s in MONEY if s in before), None)
    return f"{spoken} {MONEY[sign][2]}" if sign and key in SCALE_WORDS else spoken


def _ordinal(number: str, case: str, gender: str) -> str:
    form = {"case": case, "plural": "yes"} if gender == "p" else {"case": case, "gender": gender}
    return say_number(number, "ru", "и", "ordinal", form)


def _ending(match: re.Match[str], before: str, after: str) -> str | None:
    if match[2].lower() == "е" and after.lower().startswith("год"):
        return _ordinal(match[1], "n", "p")
    form = ENDINGS.get(match[2].lower())
    return None if form is None or len(match[1]) > 12 else _ordinal(match[1], *form)


def _date(match: re.Match[str], before: str, after: str) -> str | None:
    numbers = [int(part) for part in re.split(r"[./-]", match[0])]
    year, month, day = numbers if len(match[0].split("-")[0]) == 4 else reversed(numbers)
    if not is_date(year, month, day):
        return None
    return f"{_ordinal(str(day), 'n', 'n')} {MONTHS[month - 1]} {_ordinal(str(year), 'g', 'm')} года"


def _time(match: re.Match[str], before: str, after: str) -> str | None:
    hour, minute = int(match[1]), int(match[2])
    if not clock(hour, minute):
        return None
    spoken = f"ноль {_number(str(minute))}" if 0 < minute < 10 else "ноль ноль" if minute == 0 else _number(str(minute))
    return f"{_number(str(hour))} {spoken}"


def _bare_number(match: re.Match[str], before: str, after: str) -> str:
    text, follower = match[0], after.lower()
    if text.isdigit() and follower in MONTHS and 1 <= int(text) <= 31:
        return _ordinal(text, "g", "m")
    if text.isdigit() and len(text) == 4 and (follower in YEARS or before.lower() in MONTHS):
        return _year(text, before.lower(), follower)
    if text.isdigit() and len(text) == 4 and before.lower() in ("с", "от") and follower in ("по", "до"):
        return _ordinal(text, "g", "m")
    if text.isdigit() and text.startswith("0") and len(text) > 1:
        return digits_apart(text, "ru")
    unit = follower.rstrip(".") if follower.rstrip(".") in LONE_UNITS else ""
    case = CASES.get(before.lower(), "g" if before.lower() == "с" and follower in ("до", "по") else "n")
    if not unit:
        return _number(text, _gender(follower), case if text.isdigit() else "n")
    plural = _form(UNITS[unit], text) == UNITS[unit][2]  # the unit is said in this form, whatever the case
    return _number(text, UNITS[unit][3], case if plural and text.isdigit() else "n")


def _year(text: str, before: str, follower: str) -> str:
    """The year, and the word that "г." stands for."""
    if before in MONTHS:
        case, noun = "g", "года"
    elif follower in ("г", "г."):
        case, noun = YEAR_CASES.get(before, ("n", "год"))
    else:
        case, noun = YEARS[follower], ""
        case = "d" if follower == "году" and before in ("к", "ко", "по") else case
    said = _ordinal(text, case, "m")
    return f"{said} {noun}" if follower in ("г", "г.") else said


def _gender(counted: str) -> str:
    if counted.startswith(COUNTED_F):
        return "f"
    return "n" if counted.startswith(COUNTED_N) else "m"


def _abbreviation(match: re.Match[str], before: str, after: str) -> str | None:
    key = match[0].lower().rstrip(".")
    if not match[0].endswith("."):
        return None
    if key in BEFORE_FIGURES and after[:1].isdigit() and not (len(key) == 1 and before[-1:].isdigit()):
        return BEFORE_FIGURES[key]
    if key == "г" and not before[-1:].isdigit():
        return "город" if after[:1].isupper() else None
    if key in ("в", "им", "пр", "кв", "час") and not (before[-1:].isdigit() or key in ("им", "кв")):
        return None
    return ABBREVIATIONS.get(key)


def _address(match: re.Match[str], before: str, after: str) -> str:
    text = re.sub(r"^https?://", "", match[0]).rstrip("/")
    signs = {".": " точка ", "/": " слэш ", "@": " собака ", "-": " дефис ", "_": " подчёркивание ", "?": " вопрос ",
             "=": " равно ", "&": " и ", "#": " решётка ", ":": " двоеточие ", "%": " процент ",
             "+": " плюс "}  # fmt: skip
    spelled = re.sub(r"\bwww\b", "w w w", text)
    return " ".join(say_russian(part) for part in "".join(signs.get(c, c) for c in spelled).split())


def _spelled(match: re.Match[str], before: str, after: str) -> str | None:
    letters = match[0].replace(".", "")
    if letters in SPELLED_OTHERWISE:
        return SPELLED_OTHERWISE[letters]
    shouting = (before.isupper() and len(before) > 4) or (after.isupper() and len(after) > 4)
    pronounceable = len(letters) > 2 and bool(re.search("[АЕИОУЫЭЮЯ]", letters[1:-1])) and letters[0] not in "АЕИОУЫЭЮЯ"
    if (
        shouting
        or pronounceable
        or letters in ("НЕ", "НИ", "НО", "ДА", "НА", "ОН", "МЫ", "ВЫ", "ТЫ", "ЗА", "ОТ", "ДО", "ПО", "ИЗ", "ЭТО")
    ):
        return None
    return " ".join(LETTERS.get(letter, letter) for letter in letters)


def _plain(word: str) -> str:
    """Letters with the digits and signs among them spoken one part after another."""
    if word.replace("'", "").replace("\u0301", "").isalpha():
        return word
    parts = re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_\u0301](?:[^\W\d_]|[\u0301'’-](?=\w))*|[^\s\w]", word)
    if len(parts) < 2:
        return SIGNS.get(word, word if word.strip("._") else "")
    joined = {"/": "", "-": "", "*": "", "'": "", "–": "", "—": ""}
    said = (joined[p] if p in joined else SIGNS.get(p) or (say_russian(p) if p[0].isalnum() else "") for p in parts)
    return " ".join(part for part in said if part)


_MINUS, _SIGN, _AMOUNT = r"(?P<minus>[-−])?", r"(?P<sign>[$€£₽¥₴])", f"(?P<amount>{_NUMBER})"
_Rule = Callable[[re.Match[str], str, str], str | None]
_RULES: list[tuple[re.Pattern[str], _Rule]] = [
    (re.compile(PHONE), _phone),
    (re.compile("[IVX]+"), _roman),
    (re.compile("|".join(CODES)), _currency),
    (re.compile(r"%|[а-яё°/a-z]+[²³]?\.?", re.IGNORECASE), _lone_unit),
    (re.compile(r"[а-яё]+(?:\.[а-яё]+)?\.?", re.IGNORECASE), _abbreviation),
    (re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _address),
    (re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|ai|ru|рф|su|eu|dev|app)(?:/\S*)?"), _address),
    (re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}"), _date),
    (re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?"), _time),
    (re.compile(_MINUS + _SIGN + _AMOUNT), _money),
    (re.compile(_MINUS + _AMOUNT + _SIGN), _money),
    (re.compile(r"(\d+)-([а-я]{1,3})"), _ending),
    (re.compile(r"(\d+)-([а-яё]{4,})"), _joined),
    (re.compile(r"[123]/[234]"), lambda m, b, a: FRACTIONS.get(m[0])),
    (re.compile(r"(\d+)([½¼¾⅓⅔])"), lambda m, b, a: f"{_number(m[1])} с {PARTS[m[2]]}"),
    (re.compile(r"([^\W\d_])([²³])"), lambda m, b, a: f"{m[1]} {SIGNS[m[2]]}"),
    (re.compile(r"\d+(?:\.\d+){2,}"), lambda m, b, a: " точка ".join(_number(part) for part in m[0].split("."))),
    (re.compile(_MINUS + _AMOUNT + r"(?P<unit>%|[а-яёa-z°]+(?:/[а-я])?[²³]?\.?)", re.IGNORECASE), _measure),
    (re.compile(r"(" + _NUMBER + r")[-–—](" + _NUMBER + r")(%?)"),
     lambda m, b, a: f"{_number(m[1])} {_number(m[2])}{' процентов' * bool(m[3])}"),
    (re.compile(r"(\d+)[xх×](\d+)"), lambda m, b, a: f"{_number(m[1])} на {_number(m[2])}"),
    (re.compile(r"\+(\d{7,15})"), lambda m, b, a: "плюс " + digits_apart(m[1], "ru")),
    (re.compile(r"№(\d+)"), lambda m, b, a: f"номер {_number(m[1])}"),
    (re.compile(r"[-−](" + _NUMBER + r")"), lambda m, b, a: f"минус {_number(m[1])}"),
    (re.compile(_NUMBER), _bare_number),
    (re.compile(r"[А-ЯЁ]{2,5}|(?:[А-ЯЁ]\.){2,}"), _spelled),
]  # fmt: skip


def read_russian(near):
    return say_russian(near.core(), near.before, near.after)
