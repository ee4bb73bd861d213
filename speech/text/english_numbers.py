"""English amounts as words: numbers, money, units, fractions, powers, ratios."""

from __future__ import annotations

import re

from speech.text.english_words import (
    ARTICLES,
    CODES,
    FRACTIONS,
    LENGTHS,
    LONE_UNITS,
    MONEY,
    PLURALS,
    POWERS,
    RATIOS,
    SCALE_WORDS,
    SCALES,
    SIGNS,
    UNITS,
)
from speech.text.near import Near
from speech.text.numerals import SUPERSCRIPTS, plain_number, say_number
from speech.text.wordlists import words

__all__ = [
    "MONEY_SIGN",
    "NUMBER",
    "cardinal",
    "code_first",
    "code_last",
    "dotted",
    "element",
    "fraction",
    "lone_money",
    "lone_unit",
    "measure",
    "minor_money",
    "money",
    "money_after",
    "money_range",
    "operator",
    "ordinal",
    "per_unit",
    "power",
    "ratio",
    "scale_word",
    "year",
]

NUMBER = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?!\.?\d)|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d+,\d{1,2}(?!\d)|\d+,\d{4,}|\d+(?:\.\d+)?"
)
MONEY_SIGN = r"(?:US|NZ|HK|CA|AU|[CASR])?\$|[€£₽¥₹₴₩₺₪]"
_BARE_MONEY = frozenset("$€£₽¥₹₴₩₺₪")
_NOUN = re.compile(r"[a-z]{3,}")
_NO_NOUNS = words(
    """and but for from with per the are was were that than then its his her per off into over under each via has had
    who which when where while about after before until till because there here now today only more less tall long"""
)


def cardinal(text: str) -> str:
    """The words of a number as it is written: 1,234.5, 20,5 and 10.000.000."""
    return say_number(plain_number(text), "en", "point")


def ordinal(number: int) -> str:
    return say_number(str(number), "en", "point", "ordinal")


def year(text: str) -> str:
    return say_number(text, "en", "point", "year")


def _plural(unit: str, count: str, near: Near | None = None) -> str:
    """``unit`` as ``count`` asks for; singular where the measure describes a noun (a 5 km run)."""
    if plain_number(count) == "1" or (near is not None and _describes(near)):
        return unit
    first, per, last = unit.partition(" per ")
    if " of " in first:
        noun, of, rest = first.partition(" of ")
        return f"{noun}s{of}{rest}{per}{last}"
    head, degree, scale = first.partition(" ") if first.startswith("degree ") else (first, "", "")
    *before, noun = head.split(" ")
    many = noun if noun.isupper() else PLURALS.get(noun, noun + "s")
    return " ".join([*before, many]) + degree + scale + per + last


def _describes(near: Near) -> bool:
    """Whether an amount, with its number at ``near`` or before it, stands between an article and a noun."""
    number = near if near.core()[:1].isdigit() or any(sign in near.core() for sign in _BARE_MONEY) else near.moved(-1)
    noun = near.after if near.tail() in ("", ".") else ""
    return number.before.lower() in ARTICLES and bool(_NOUN.fullmatch(noun)) and noun not in _NO_NOUNS


def money(match: re.Match[str], near: Near) -> str:
    amount, scale = plain_number(match["amount"]), (match["scale"] or "").lower()
    major, minor = MONEY[match["sign"]]
    minus = "minus " if match["minus"] else ""
    plus = " plus" if match.groupdict().get("plus") else ""
    if scale:
        return f"{minus}{cardinal(amount)} {SCALES[scale]} {_plural(major, '2', near)}{plus}"
    if near.after.lower() in SCALE_WORDS:
        return minus + cardinal(amount)
    return f"{minus}{_sum(amount, major, minor, near)}{plus}"


def _sum(amount: str, major: str, minor: str, near: Near | None = None) -> str:
    whole, _, cents = amount.partition(".")
    if len(cents) > 2 and set(cents) == {"0"}:
        whole, cents = whole + cents, ""  # €10.000
    if len(cents) == 2 and int(cents):
        small = f"{cardinal(str(int(cents)))} {_plural(minor, str(int(cents)))}"
        return small if not int(whole) else f"{cardinal(whole)} {_plural(major, whole)} and {small}"
    if cents.strip("0"):
        return f"{cardinal(amount)} {_plural(major, '2')}"
    return f"{cardinal(whole)} {_plural(major, whole, near)}"


def money_after(match: re.Match[str], near: Near) -> str:
    """12,99 €: the sign is said with its number."""
    return _sum(plain_number(match[0]), *MONEY[near.follower])


def lone_money(match: re.Match[str], near: Near) -> str | None:
    """A sign that stands alone: said already after a number, else the name of the money."""
    if re.fullmatch(NUMBER, near.before):
        return ""
    return _plural(MONEY[match[0]][0], "2")


def minor_money(match: re.Match[str], near: Near) -> str:
    return f"{cardinal(match[1])} {_plural('cent', match[1], near)}"


def money_range(match: re.Match[str], near: Near) -> str:
    first, last = plain_number(match[2]), plain_number(match[4])
    major, minor = MONEY[match["sign"]]
    if "." in first or "." in last:
        return f"{_sum(first, major, minor)} to {_sum(last, major, minor)}"
    scale = SCALES.get((match[5] or "").lower(), "")
    name = "" if near.after.lower() in SCALE_WORDS else _plural(major, "2", near)
    return " ".join(part for part in (cardinal(first), "to", cardinal(last), scale, name) if part)


def per_unit(match: re.Match[str], near: Near) -> str:
    unit = UNITS.get(match["per"].lower(), match["per"])
    return f"{_sum(plain_number(match['amount']), *MONEY[match['sign']])} per {unit}"


def code_first(match: re.Match[str], near: Near) -> str | None:
    """USD 20: the code is said with its number."""
    if not re.fullmatch(NUMBER, near.follower):
        return code_last(match, near)
    if near.core(2).lower() in SCALE_WORDS:
        return ""
    return _sum(plain_number(near.follower), *MONEY[CODES[match[0]]])


def code_last(match: re.Match[str], near: Near) -> str | None:
    return _plural(MONEY[CODES[match[0]]][0], near.before) if near.before[-1:].isdigit() else None


def scale_word(match: re.Match[str], near: Near) -> str | None:
    before = near.before
    if before in CODES:
        return None
    sign = next((s for s in sorted(MONEY, key=len, reverse=True) if s in before), None)
    if near.core(-2) in CODES and before[-1:].isdigit():
        sign = CODES[near.core(-2)]
    return f"{match[0]} {_plural(MONEY[sign][0], '2')}" if sign and any(c.isdigit() for c in before) else None


def _unit_key(unit: str) -> str:
    return re.sub(r"(?<=[a-z])[23]$", lambda m: {"2": "²", "3": "³"}[m[0]], unit.lower())


def measure(match: re.Match[str], near: Near) -> str | None:
    unit = UNITS.get(_unit_key(match["unit"]))
    if unit is None or match["unit"] in ("G", "M", "S", "H", "D", "a", "A", "K"):  # 5G is no weight
        return None
    minus = {"-": "minus ", "−": "minus ", "+": "plus "}.get(match["minus"] or "", "")
    return f"{minus}{cardinal(match['amount'])} {_plural(unit, match['amount'], near)}"


def lone_unit(match: re.Match[str], near: Near) -> str | None:
    count, written = near.before, match[0].rstrip(".")
    degree = POWERS.get(count.lower().rstrip("."))
    if degree and written.lower() in LENGTHS and near.core(-2)[-1:].isdigit():
        return _plural(UNITS[written.lower()], near.core(-2))  # 10 sq ft
    if written.lower() in POWERS and near.after.lower().rstrip(".") in LENGTHS:
        return POWERS[written.lower()] if count[-1:].isdigit() else None
    if not (count[-1:].isdigit() or count[-1:] in "½¼¾⅓⅔") or not count:
        return None
    if written.lower() == "in":
        return _plural("inch", count, near) if _is_inches(near) else None
    if written == "M":
        return "million"
    key = _unit_key(written)
    if written not in LONE_UNITS and (key not in LONE_UNITS or (len(key) == 1 and written != key)):
        return None
    digits = re.search(rf"(?:{NUMBER})$", count)
    fraction = "1" if re.fullmatch(r"\d/\d+|[½¼¾⅓⅔]", count) and not near.core(-2)[-1:].isdigit() else ""
    return _plural(UNITS[key], fraction or (digits[0] if digits else "2"), near.moved(0))


def _is_inches(near: Near) -> bool:
    """5 ft 10 in, 2 in., 3 in by 4 in: not "5 in a row"."""
    feet = near.core(-2).lower() in ("ft", "feet", "foot") or near.core(-2).endswith(("ft", "′"))
    return (
        feet or not near.follower or near.follower.lower() in ("x", "×", "by", "tall", "long", "wide", "thick", "deep")
    )


def fraction(match: re.Match[str], near: Near) -> str | None:
    top, bottom = int(match[1]), int(match[2])
    said = FRACTIONS.get(match[0]) or (_parts(top, bottom) if 0 < top < bottom <= 1000 else None)
    if said is None and top > bottom >= 40:
        said = f"{cardinal(match[1])} over {cardinal(match[2])}"
    if said is None and top == bottom == 10:
        said = "ten out of ten"
    return f"and {said}" if said and near.before.isdigit() else said


def _parts(top: int, bottom: int) -> str:
    return f"{cardinal(str(top))} {ordinal(bottom)}{'s' * (top != 1)}"


def power(match: re.Match[str], near: Near) -> str:
    exponent = match[2].translate(SUPERSCRIPTS)
    base = cardinal(match[1]) if match[1][0].isdigit() else " ".join(match[1])
    if exponent in ("2", "3"):
        return f"{base} {SIGNS['²' if exponent == '2' else '³']}"
    minus = "minus " * exponent.startswith("-")
    return f"{base} to the power of {minus}{cardinal(exponent.lstrip('+-'))}"


def ratio(match: re.Match[str], near: Near) -> str | None:
    if len(match[2]) == 2 and not near.within(RATIOS):
        return None
    return f"{cardinal(match[1])} to {cardinal(match[2])}"


def dotted(match: re.Match[str], near: Near) -> str:
    return " point ".join(cardinal(part) for part in match[0].split("."))


def element(match: re.Match[str], near: Near) -> str:
    """H₂O: letters and their counts."""
    parts = re.findall(r"[A-Z][a-z]?|[₀-₉]+", match[0])
    return " ".join(cardinal(p.translate(SUPERSCRIPTS)) if p[0] in "₀₁₂₃₄₅₆₇₈₉" else p for p in parts)


_HALF_DAY = re.compile(r"(?:\d[\d:]*)?[ap]\.m\.?", re.IGNORECASE)
_OPERATORS = {"*": "times", "x": "times", "×": "times", "/": "divided by", "÷": "divided by", "-": "minus",
              "−": "minus", "–": "minus"}  # fmt: skip


def operator(match: re.Match[str], near: Near) -> str | None:
    """A sign between two numbers: of a sum where "=" is near, else "by" and "to"."""
    before, after = near.before.rstrip("."), near.after
    if not (re.fullmatch(r"[(]*[-−]?\w+[.,]?\w*", before) and before[-1:].isalnum() and after[:1].isalnum()):
        return None
    sign = match[0]
    if _HALF_DAY.fullmatch(near.before) and near.after[:1].isdigit():
        return "to" if sign in "-–" else None
    if not (near.before[-1:].isdigit() and near.after[:1].isdigit()):
        return _OPERATORS[sign] if "=" in (near.core(2), near.core(-2)) else None
    of_power = bool(re.search(r"[⁰¹²³⁴⁵⁶⁷⁸⁹^]", near.after))
    if any(near.core(k) == "=" for k in range(-8, 9)) or sign == "*" or of_power:
        return _OPERATORS[sign]
    return {"x": "by", "×": "by", "-": "to", "–": "to", "/": None, "÷": "divided by", "−": "minus"}[sign]
