"""Russian amounts as words: numbers in their case and gender, money, units, fractions, powers, ratios."""

from __future__ import annotations

import re

from speech.text.near import Near
from speech.text.numerals import SUPERSCRIPTS, digits_apart, say_number
from speech.text.russian_cases import (
    Case,
    counted_form,
    counted_noun,
    gender_of,
    number_case,
    russian_digits,
    singular,
)
from speech.text.russian_words import (
    CODES,
    FRACTIONS,
    JOINED,
    LONE_UNITS,
    MINOR,
    MONEY,
    PER,
    PER_UNIT,
    POINTED,
    RATIOS,
    SCALE_FORMS,
    SCORES,
    SIGNS,
    UNITS,
    UPPER_UNITS,
    Forms,
)

__all__ = [
    "MONEY_SIGN",
    "NUMBER",
    "amount",
    "cardinal",
    "counting",
    "currency",
    "ends_with_number",
    "fraction",
    "joined",
    "lone_money",
    "lone_per",
    "lone_unit",
    "measure",
    "mixed",
    "money",
    "operator",
    "ordinal",
    "phone",
    "power",
    "ratio",
    "signed",
    "span",
    "unit_forms",
]

NUMBER = (
    r"\d{1,3}(?:[ \u00a0]\d{3})+(?:[.,]\d+)?|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?!\.?\d)|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d{1,3}(?:,\d{3}){2,}|\d+(?:[.,]\d+)?"
)
MONEY_SIGN = "[$€£₽¥₴]"
_DECIMAL_PARTS = {1: "десят", 2: "сот", 3: "тысячн"}
_WHOLE = {"n": ("целая", "целых"), "a": ("целую", "целых"), "g": ("целой", "целых"), "d": ("целой", "целым"),
          "i": ("целой", "целыми"), "p": ("целой", "целых")}  # fmt: skip
_PART = {"n": ("ая", "ых"), "a": ("ую", "ых"), "g": ("ой", "ых"), "d": ("ой", "ым"), "i": ("ой", "ыми"),
         "p": ("ой", "ых")}  # fmt: skip
_COLLECTIVE = {"1": "одни", "2": "двое", "3": "трое", "4": "четверо"}


def cardinal(text: str, gender: str = "m", case: str = "n") -> str:
    """A number in words; ``gender`` m, f or n."""
    text = russian_digits(text)
    if "." in text:
        return _decimal(text, case)
    if case == "a":
        said = cardinal(text, gender, "n")
        return re.sub(r"\bодна\b", "одну", re.sub(r"\bтысяча\b", "тысячу", said))
    said = say_number(text, "ru", "и", form={"case": case, "gender": gender})
    return re.sub(r"^одн(?:а|ой) (?=тысяч)", "", said)


def _decimal(text: str, case: str) -> str:
    whole, _, rest = text.partition(".")
    if len(rest) > 3:
        return f"{cardinal(whole)} точка {digits_apart(rest, 'ru')}"
    ones, tenths = (0 if _ends_in_one(int(part)) else 1 for part in (whole, rest))
    part = _DECIMAL_PARTS[len(rest)] + _PART[case][tenths]
    return f"{cardinal(whole, 'f', case)} {_WHOLE[case][ones]} {cardinal(str(int(rest)), 'f', case)} {part}"


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


def ordinal(number: str, case: str, gender: str) -> str:
    """A rank; ``gender`` p is the plural."""
    form = {"case": case, "plural": "yes"} if gender == "p" else {"case": case, "gender": gender}
    if case == "a" and gender in "mnp":
        form["case"] = "n"
    return say_number(number, "ru", "и", "ordinal", form)


def amount(text: str, forms: Forms, case: Case) -> str:
    """A number with the noun that it counts."""
    if russian_digits(text) == "1.5":
        return _one_and_a_half(forms, case)
    if forms[0] == "сутки" and russian_digits(text) in _COLLECTIVE and case in "na":
        return f"{_COLLECTIVE[russian_digits(text)]} {forms[0] if text == '1' else forms[1]}"
    return f"{cardinal(text, forms[3], case)} {counted_form(text, forms, case)}"


def _one_and_a_half(forms: Forms, case: Case) -> str:
    if case in "na":
        return f"{'полторы' if forms[3] == 'f' else 'полтора'} {singular(forms, 'g')}"
    return f"полутора {counted_form('5', forms, case)}"


def unit_forms(written: str) -> Forms | None:
    """The forms of a unit as it is written; None where it is none."""
    bare = written.rstrip(".")
    if bare in UPPER_UNITS:
        return UPPER_UNITS[bare]
    if "/" in bare and bare.lower() not in UNITS:
        return _rate_forms(*bare.lower().split("/", 1))
    return UNITS.get(bare.lower())


def _rate_forms(unit: str, per: str) -> Forms | None:
    """г/сут, мг/кг."""
    if unit not in UNITS or per not in PER_UNIT:
        return None
    one, few, many, gender = UNITS[unit]
    return f"{one} {PER_UNIT[per]}", f"{few} {PER_UNIT[per]}", f"{many} {PER_UNIT[per]}", gender


def ends_with_number(word: str) -> str:
    """The number at the end of ``word``; empty where there is none."""
    digits = re.search(rf"(?:{NUMBER})$", word)
    return digits[0] if digits else ""


def _follows(near: Near) -> Forms | None:
    """The forms of the unit or money after the number at ``near``."""
    after = near.follower
    if after in MONEY:
        return MONEY[after]
    bare = re.sub(r"\s", "", after.rstrip("."))
    if bare in UPPER_UNITS:
        return UPPER_UNITS[bare]
    return UNITS[bare.lower()] if bare.lower() in LONE_UNITS and bare != "С" else None


def counting(text: str, near: Near) -> str:
    """A number before its unit or before any noun, in its case and gender."""
    case = number_case(near)
    forms = _follows(near)
    if forms is None:
        number = russian_digits(text)
        noun = counted_noun(near)
        gender = gender_of(noun, case, int(number)) if number.isdigit() and noun not in PREPOSITIONS else "m"
        return _halves(text, near, case) or cardinal(text, gender, case)
    sign = _money_of(near.follower)
    if sign and _has_minor(text):
        return _sum(text, sign, case)
    if russian_digits(text) == "1.5" or forms[0] == "сутки":
        return amount(text, forms, case).rpartition(" " + _noun_alone(text, forms, case))[0]
    return cardinal(text, forms[3], case)


def _noun_alone(text: str, forms: Forms, case: Case) -> str:
    """The noun as :func:`amount` has it."""
    if forms[0] == "сутки" and case in "na":
        return "сутки" if russian_digits(text) == "1" else "суток"
    if russian_digits(text) == "1.5":
        return singular(forms, "g") if case in "na" else counted_form("5", forms, case)
    return counted_form(text, forms, case)


PREPOSITIONS = frozenset(["и", "или", "из", "за", "до", "по", "на", "с", "со", "к", "от", "в", "во", "для", "при"])


def _halves(text: str, near: Near, case: Case) -> str:
    noun = counted_noun(near)
    if russian_digits(text) != "1.5" or not noun.isalpha() or not noun.endswith(("а", "я", "ы", "и", "ов", "ей", "ев")):
        return ""
    return ("полторы" if noun.endswith(("ы", "и")) else "полтора") if case in "na" else "полутора"


def _money_of(written: str) -> str:
    """The sign of the money that ``written`` names; empty where it names none."""
    bare = written.rstrip(".").lower()
    named = {"руб": "₽", "р": "₽", "долл": "$", "евро": "€"}
    return written if written in MINOR else named.get(bare, "")


def _has_minor(text: str) -> bool:
    """Whether an amount has exactly two digits of roubles' kopecks."""
    return bool(re.fullmatch(r"\d+\.\d\d", russian_digits(text)))


def _sum(text: str, sign: str, case: Case) -> str:
    whole, _, small = russian_digits(text).partition(".")
    if len(small) != 2 or sign not in MINOR:
        return amount(text, MONEY[sign], case)
    said = amount(whole, MONEY[sign], case) if int(whole) or not int(small) else ""
    cents = amount(str(int(small)), MINOR[sign], case) if int(small) else ""
    return f"{said} {cents}".strip()


def _minus(match: re.Match[str]) -> str:
    return {"-": "минус ", "−": "минус ", "–": "минус ", "+": "плюс ", None: ""}[match["minus"]]


def money(match: re.Match[str], near: Near) -> str:
    if near.follower.lower().rstrip(".") in SCALE_FORMS:
        return _minus(match) + cardinal(match["amount"], SCALE_FORMS[near.follower.lower().rstrip(".")][3])
    return _minus(match) + _sum(match["amount"], match["sign"], number_case(near))


def measure(match: re.Match[str], near: Near) -> str | None:
    forms = unit_forms(match["unit"])
    if forms is None:
        return None
    if match["unit"] in ("А", "а") or (match["unit"] == "В" and match["amount"].startswith("0")):
        return None  # a seat or a train
    case, sign = number_case(near), _money_of(match["unit"])
    if near.before in ("+", "-", "−", "±"):
        case = number_case(near.moved(-1))
    said = _sum(match["amount"], sign, case) if sign else amount(match["amount"], forms, case)
    return _minus(match) + said


def signed(match: re.Match[str], near: Near) -> str:
    """+5 °C, -1: in the case that the words around ask for."""
    forms = _follows(near)
    return _minus(match) + cardinal(match["amount"], forms[3] if forms else "m", number_case(near))


def lone_unit(match: re.Match[str], near: Near) -> str | None:
    """A unit after its number, in the form that this asks for."""
    written, before = match[0].rstrip("."), near.before
    key = written.lower()
    rate = unit_forms(written) if "/" in written else None
    forms = UPPER_UNITS.get(written) or rate or (UNITS[key] if key in LONE_UNITS else None)
    if forms is None or near.moved(-1).tail() or not before:
        return None
    if before.lower() == "за" and key not in ("с", "г", "в"):
        return singular(forms, "a")
    if (
        key == "ч"
        and near.core(-2).endswith(".")
        and near.after[:1].isdigit()
        and near.core(-2).lower()[:-1] in POINTED
    ):
        return None  # п. 3 ч. 1
    rank = re.fullmatch(r"\d+-(м|й|го|му)", before)
    if rank and key in ("км", "м", "этаж"):
        return singular(forms, {"м": "p", "й": "n", "го": "g", "му": "d"}[rank[1]])  # type: ignore[arg-type]
    scale = before.lower().rstrip(".")
    if scale in SCALE_FORMS and is_number_word(near.core(-2)):
        return forms[2]
    if not (before[-1:].isnumeric() or before.lower() in ("половиной",)) or key in ("с",):
        return None
    return _after_number(key, forms, near)


def is_number_word(word: str) -> bool:
    return word[-1:].isdigit()


def _after_number(key: str, forms: Forms, near: Near) -> str:
    digits, before = ends_with_number(near.before), near.before
    case = number_case(near.moved(-1))
    sign = next((s for s in MONEY if s in before), None)
    if _money_of(near.core()) and digits and _has_minor(digits) and digits == before:
        return ""
    if not digits:
        return forms[2] if not re.fullmatch(r"[½¼¾⅓⅔]", before) else singular(forms, "g")
    share = re.fullmatch(r"(\d+)/(\d+)", before)
    if share and int(share[1]) < int(share[2]):
        return singular(forms, "g")
    spoken = _noun_alone(digits, forms, case)
    return f"{spoken} {MONEY[sign][2]}" if sign and key in SCALE_FORMS else spoken


def lone_money(match: re.Match[str], near: Near) -> str | None:
    """A sign of money after a number."""
    if near.before.lower().rstrip(".") in SCALE_FORMS:
        return MONEY[match[0]][2]
    digits = ends_with_number(near.before)
    if not digits:
        return None
    if _has_minor(digits) and digits == near.before and match[0] in MINOR:
        return ""
    return counted_form(digits, MONEY[match[0]], number_case(near.moved(-1)))


def currency(match: re.Match[str], near: Near) -> str | None:
    digits = ends_with_number(near.before)
    return counted_form(digits, MONEY[CODES[match[0]]], number_case(near.moved(-1))) if digits else None


def lone_per(match: re.Match[str], near: Near) -> str | None:
    """₽/мес, руб./кг: the money after a number, and what it is paid for."""
    sign, per = _money_of(match["sign"]) or match["sign"], PER.get(match["per"].lower())
    digits = ends_with_number(match["amount"] or near.before)
    if sign not in MONEY or per is None:
        return None
    if match["amount"]:
        return f"{_sum(digits, sign, number_case(near))} {per}"
    if not digits:
        return f"{MONEY[sign][2]} {per}"
    return f"{counted_form(digits, MONEY[sign], number_case(near.moved(-1)))} {per}"


def joined(match: re.Match[str], near: Near) -> str | None:
    """5-этажный and 3-хкомнатный as one word: the number in the genitive, and some in a form of their own."""
    if len(match[1]) > 6:
        return None
    first = JOINED.get(match[1]) or cardinal(match[1], case="g").replace(" ", "")
    return first + re.sub(r"^(?:х(?=[^аоуыэеёиюярлв])|ти(?=эт|м|л|к|д|ч))", "", match[2])


def fraction(match: re.Match[str], near: Near) -> str | None:
    top, bottom = int(match[1]), int(match[2])
    if near.follower.lower() in ("эт.", "эт", "этаж"):
        return f"{ordinal(match[1], 'n', 'm')} этаж из {cardinal(match[2], case='g')}"
    if match[0] in FRACTIONS:
        return FRACTIONS[match[0]]
    if top > bottom >= 40:
        return f"{cardinal(match[1])} на {cardinal(match[2])}"
    if top > bottom > 0:
        return f"{cardinal(match[1])} дробь {cardinal(match[2])}"
    if not 0 < top < bottom <= 1000:
        return None
    one = _ends_in_one(top)
    return f"{cardinal(match[1], 'f')} {ordinal(match[2], 'n' if one else 'g', 'f' if one else 'p')}"


def mixed(match: re.Match[str], near: Near) -> str | None:
    """2 1/2 стакана: a whole number and its fraction."""
    if not near.before.isdigit() or near.tail(-1):
        return None
    said = FRACTIONS.get(match[0])
    return {"1/2": "с половиной", "1/4": "с четвертью"}.get(match[0]) or (f"и {said}" if said else None)


def power(match: re.Match[str], near: Near) -> str:
    exponent = match[2].translate(SUPERSCRIPTS)
    base = cardinal(match[1]) if match[1][0].isdigit() else match[1]
    if exponent in ("2", "3"):
        return f"{base} {SIGNS['²' if exponent == '2' else '³']}"
    minus = "минус " * exponent.startswith("-")
    return f"{base} в {minus}{ordinal(exponent.lstrip('+-'), 'p', 'f')} степени"


def ratio(match: re.Match[str], near: Near) -> str | None:
    first, second = match[1], match[2]
    if near.within(SCORES):
        return f"{cardinal(first)} {cardinal(second)}"
    if len(second) == 2 and not near.within(RATIOS):
        return None
    return f"{cardinal(first)} к {cardinal(second, case='d')}"


def span(match: re.Match[str], near: Near) -> str:
    """5-10: both numbers in the case of the phrase."""
    case = number_case(near)
    case = "n" if case in "a" else case
    forms = _follows(near)
    gender = forms[3] if forms else gender_of(counted_noun(near), case, int(russian_digits(match[2]).split(".")[0]))
    first = cardinal(match[1], gender, case)
    percent = f" {counted_form(match[2], UNITS['%'], case)}" if match[3] else ""
    return f"{first} {cardinal(match[2], gender, case)}{percent}"


_OPERATORS = {"*": "умножить на", "x": "умножить на", "х": "умножить на", "×": "умножить на", "/": "разделить на",
              "÷": "разделить на", ":": "разделить на", "-": "минус", "−": "минус", "–": "минус"}  # fmt: skip


def operator(match: re.Match[str], near: Near) -> str | None:
    """A sign between two numbers: of a sum where "=" is near, else "на" of a size."""
    if not (near.before[-1:].isdigit() and near.after[:1].isdigit()):
        return None
    of_power = bool(re.search(r"[⁰¹²³⁴⁵⁶⁷⁸⁹^]", near.after))
    if any(near.core(k) == "=" for k in range(-8, 9)) or match[0] == "*" or of_power:
        return _OPERATORS[match[0]]
    return {"x": "на", "х": "на", "×": "на", "÷": "разделить на", "−": "минус"}.get(match[0])


def phone(match: re.Match[str], near: Near) -> str:
    groups = re.findall(r"\d+", match[0])
    if groups[-1] == match[0].lstrip("+") and len(groups[-1]) == 11 and groups[-1][0] in "78":
        whole = groups[-1]
        groups = [whole[0], whole[1:4], whole[4:7], whole[7:9], whole[9:]]
    said = (
        digits_apart(group, "ru") if group.startswith("0") or len(group) > 3 else cardinal(group) for group in groups
    )
    return "плюс " * match[0].startswith("+") + ", ".join(said)
