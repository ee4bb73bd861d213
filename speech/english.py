"""English figures and signs as words: numbers, money, units, dates, times, addresses, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable

from speech.numerals import clock, digits_apart, is_date, say_number

__all__ = ["ABBREVIATIONS", "say_english"]

ABBREVIATIONS: dict[str, str] = {
    "mr": "mister", "mrs": "missis", "ms": "miz", "dr": "doctor", "prof": "professor", "st": "saint", "jr": "junior",
    "sr": "senior", "vs": "versus", "etc": "et cetera", "e.g": "for example", "i.e": "that is",
    "approx": "approximately",
    "inc": "incorporated", "ltd": "limited", "dept": "department", "est": "established", "fig": "figure",
    "gen": "general",
    "gov": "governor", "hon": "honorable", "lt": "lieutenant", "capt": "captain", "col": "colonel", "sgt": "sergeant",
    "rev": "reverend", "vol": "volume", "jan": "January", "feb": "February", "mar": "March", "apr": "April",
    "aug": "August", "sept": "September", "sep": "September", "oct": "October", "nov": "November", "dec": "December",
    "a.m": "A M", "p.m": "P M", "ave": "avenue", "blvd": "boulevard", "rd": "road", "mt": "mount",
}  # fmt: skip
"""Words that a full stop shortens; the stop after them ends no sentence by itself."""

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONEY = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "₽": ("rouble", "kopeck"),
          "¥": ("yen", "sen"), "₹": ("rupee", "paisa"), "₴": ("hryvnia", "kopeck")}  # fmt: skip
_PLURALS = {"penny": "pence", "yen": "yen", "sen": "sen", "paisa": "paise", "foot": "feet", "inch": "inches",
            "hertz": "hertz", "kilohertz": "kilohertz", "megahertz": "megahertz",
            "gigahertz": "gigahertz"}  # fmt: skip
_SCALES = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "tn": "trillion"}
_SCALE_WORDS = frozenset({"thousand", "million", "billion", "trillion", "hundred"})
_UNITS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce", "km": "kilometer",
    "m": "meter", "cm": "centimeter", "mm": "millimeter", "mi": "mile", "ft": "foot", "in": "inch", "l": "liter",
    "ml": "milliliter", "h": "hour", "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute", "s": "second",
    "sec": "second", "ms": "millisecond", "gb": "gigabyte", "mb": "megabyte", "kb": "kilobyte", "tb": "terabyte",
    "hz": "hertz", "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz", "w": "watt", "kw": "kilowatt",
    "kwh": "kilowatt hour", "v": "volt", "px": "pixel", "°": "degree",
    "°c": "degree Celsius", "°f": "degree Fahrenheit",
    "km/h": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second", "fps": "frame per second",
}  # fmt: skip
_LONE_UNITS = frozenset(_UNITS) - {"in", "m", "h", "s", "v", "w", "l", "g", "ms"} | {"°c", "°f"}
_SIGNS = {"&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent", "#": "hash", "×": "times",
"÷": "divided by",
          "<": "less than", ">": "greater than", "~": "about", "≈": "about", "±": "plus or minus", "°": "degrees",
          "$": "dollars", "€": "euros", "£": "pounds", "©": "copyright", "™": "trademark", "№": "number",
          "§": "section",
          "/": "slash", "→": "to", "½": "one half", "¼": "one quarter", "¾": "three quarters"}  # fmt: skip
_FRACTIONS = {"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters"}
_SHORT_WORDS = frozenset(
    {"I", "A", "O", "NO", "YES", "NOT", "AND", "THE", "OH", "HI", "GO", "DO", "SO", "OR", "IF", "IS", "ALL"}
)

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"


def say_english(word: str, before: str = "", after: str = "") -> str:
    """The words to speak for one written ``word`` (no spaces, no outer punctuation) between its neighbours."""
    for pattern, say in _RULES:
        match = pattern.fullmatch(word)
        spoken = say(match, before, after) if match else None
        if spoken is not None:
            return spoken
    return _plain(word)


def _number(text: str) -> str:
    return say_number(text.replace(",", ""), "en", "point")


def _plural(unit: str, count: str) -> str:
    if count.replace(",", "") == "1":
        return unit
    head, _, rest = unit.partition(" ")
    if rest == "hour":
        return f"{head} hours"
    plural = _PLURALS.get(head, head + "s")
    return f"{plural} {rest}".strip()


def _money(match: re.Match[str], before: str, after: str) -> str:
    sign = match["sign"]
    amount, scale = match["amount"].replace(",", ""), (match["scale"] or "").lower()
    major, minor = _MONEY[sign]
    minus = "minus " if match["minus"] else ""
    if scale:
        return f"{minus}{_number(amount)} {_SCALES[scale]} {_plural(major, '2')}"
    if after.lower() in _SCALE_WORDS:
        return minus + _number(amount)
    whole, _, cents = amount.partition(".")
    spoken = f"{minus}{_number(whole)} {_plural(major, whole)}"
    if len(cents) == 2 and int(cents):
        return f"{spoken} and {_number(str(int(cents)))} {_plural(minor, str(int(cents)))}"
    return spoken if not cents.strip("0") else f"{minus}{_number(amount)} {_plural(major, '2')}"


def _scale_word(match: re.Match[str], before: str, after: str) -> str | None:
    sign = next((s for s in _MONEY if s in before), None)
    return f"{match[0]} {_plural(_MONEY[sign][0], '2')}" if sign and any(c.isdigit() for c in before) else None


def _measure(match: re.Match[str], before: str, after: str) -> str | None:
    unit = _UNITS.get(match["unit"].lower())
    if unit is None:
        return None
    minus = "minus " if match["minus"] else ""
    return f"{minus}{_number(match['amount'])} {_plural(unit, match['amount'])}"


def _lone_unit(match: re.Match[str], before: str, after: str) -> str | None:
    if not before[-1:].isdigit() or match[0].lower() not in _LONE_UNITS:
        return None
    return _plural(_UNITS[match[0].lower()], before)


def _day(number: int) -> str:
    return say_number(str(number), "en", "point", "ordinal")


def _year(text: str) -> str:
    return say_number(text, "en", "point", "year")


def _iso_date(match: re.Match[str], before: str, after: str) -> str | None:
    year, month, day = (int(part) for part in match.groups())
    return _date(year, month, day)


def _written_date(match: re.Match[str], before: str, after: str) -> str | None:
    first, second, year = (int(part) for part in (match[1], match[3], match[4]))
    month_first = match[2] == "/" and first <= 12
    return _date(year, first, second) if month_first else _date(year, second, first)


def _date(year: int, month: int, day: int) -> str | None:
    return f"{_MONTHS[month - 1]} {_day(day)}, {_year(str(year))}" if is_date(year, month, day) else None


def _time(match: re.Match[str], before: str, after: str) -> str | None:
    hour, minute = int(match[1]), int(match[2])
    if not clock(hour, minute):
        return None
    half = {"am": " A M", "pm": " P M"}.get((match[3] or "").lower().replace(".", ""), "")
    if minute:
        return f"{_number(str(hour))} {'oh ' if minute < 10 else ''}{_number(str(minute))}{half}"
    if half or after.lower().replace(".", "") in ("am", "pm"):
        return _number(str(hour)) + half
    return f"{_number(str(hour))} o'clock" if 1 <= hour <= 12 else f"{_number(str(hour))} hundred"


def _bare_number(match: re.Match[str], before: str, after: str) -> str:
    text = match[0]
    if len(text) == 4 and "1100" <= text <= "2099" and after.lower() not in _UNITS:
        return _year(text)
    if text.isdigit() and (len(text) > 15 or (text.startswith("0") and len(text) > 1)):
        return digits_apart(text, "en")
    month = ABBREVIATIONS.get(before.lower().rstrip("."), before)
    if month.title() in _MONTHS and text.isdigit() and 1 <= int(text) <= 31:
        return _day(int(text))
    return _number(text)


def _address(match: re.Match[str], before: str, after: str) -> str:
    text = re.sub(r"^https?://", "", match[0]).rstrip("/")
    signs = {".": " dot ", "/": " slash ", "@": " at ", "-": " dash ", "_": " underscore ", "?": " question mark ",
             "=": " equals ", "&": " and ", "#": " hash ", ":": " colon ", "%": " percent ", "+": " plus ",
             "~": " tilde "}  # fmt: skip
    spelled = re.sub(r"\bwww\b", "w w w", text)
    spoken = "".join(signs.get(character, character) for character in spelled)
    return " ".join(say_english(part) for part in spoken.split())


def _spelled(match: re.Match[str], before: str, after: str) -> str | None:
    letters = match[0].replace(".", "")
    lone = match[0] in _SHORT_WORDS or (before.isupper() and len(before) > 3) or (after.isupper() and len(after) > 3)
    return None if lone else " ".join(letters)


def _abbreviation(match: re.Match[str], before: str, after: str) -> str | None:
    key = match[0].lower().rstrip(".")
    if not match[0].endswith("."):
        return "versus" if key == "vs" else None
    if key == "no" and after[:1].isdigit():
        return "number"
    if key == "st" and not after[:1].isupper():
        return "street"
    return ABBREVIATIONS.get(key)


def _plain(word: str) -> str:
    """Letters with the digits and signs among them spoken one part after another."""
    if word.replace("'", "").replace("’", "").isalpha():
        return word
    parts = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?|[^\s\w]", word)
    if len(parts) < 2:
        return _SIGNS.get(word, word if word.strip("._") else "")
    joined = {"/": "", "-": "", "–": "to" if parts[0][:1].isdigit() else "", "*": "", "'": "", "x": "by"}
    said = (
        joined[p] if p in joined else _SIGNS.get(p) or (say_english(p.rstrip(".")) if p[0].isalnum() else "")
        for p in parts
    )
    return " ".join(part for part in said if part)


_MINUS, _SIGN, _AMOUNT = r"(?P<minus>[-−])?", r"(?P<sign>[$€£₽¥₹₴])", f"(?P<amount>{_NUMBER})"
_SCALE = r"(?P<scale>k|K|[mM]n?|[bB]n?|tn)?"
_DOMAINS = "(?:com|org|net|io|ai|edu|gov|ru|uk|de|eu|dev|app)"
_Rule = Callable[[re.Match[str], str, str], str | None]
_RULES: list[tuple[re.Pattern[str], _Rule]] = [
    (re.compile(r"[A-Za-z]+(?:\.[A-Za-z])?\.?"), _abbreviation),
    (re.compile(r"(?:hundred|thousand|million|billion|trillion)"), _scale_word),
    (re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _address),
    (re.compile(r"[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\." + _DOMAINS + r"(?:/\S*)?"), _address),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), _iso_date),
    (re.compile(r"(\d{1,2})([./])(\d{1,2})[./](\d{4})"), _written_date),
    (re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?([aApP]\.?[mM]\.?)?"), _time),
    (re.compile(r"(\d{1,2})()([aApP]\.?[mM]\.?)"), lambda m, b, a: f"{_number(m[1])} {m[3][0].upper()} M"),
    (re.compile(_MINUS + _SIGN + _AMOUNT + _SCALE), _money),
    (re.compile(_MINUS + _AMOUNT + _SCALE + _SIGN), _money),
    (re.compile(r"(\d+)(st|nd|rd|th)", re.IGNORECASE), lambda m, b, a: _day(int(m[1])) if len(m[1]) < 16 else None),
    (re.compile(r"(\d\d\d0|\d0)['’]?s"), lambda m, b, a: re.sub("ys$", "ies", _year(m[1]) + "s")),
    (re.compile(r"[-−]?(" + _NUMBER + r")%"), lambda m, b, a: f"{'minus ' * (m[0][0] in '-−')}{_number(m[1])} percent"),
    (re.compile(r"(" + _NUMBER + r")[-–—](" + _NUMBER + r")(%?)"),
     lambda m, b, a: f"{say_english(m[1])} to {say_english(m[2])}{' percent' * bool(m[3])}"),
    (re.compile(r"(?P<minus>[-−])?(?P<amount>" + _NUMBER + r")(?P<unit>[a-zA-Z°]+(?:/[a-z])?)"), _measure),
    (re.compile(r"[a-zA-Z°]+(?:/[a-z])?"), _lone_unit),
    (re.compile(r"(\d+)x"), lambda m, b, a: f"{_number(m[1])} times"),
    (re.compile(r"(\d+)[x×](\d+)"), lambda m, b, a: f"{_number(m[1])} by {_number(m[2])}"),
    (re.compile(r"[123]/[234]"), lambda m, b, a: _FRACTIONS.get(m[0])),
    (re.compile(r"\+(\d{7,15})"), lambda m, b, a: "plus " + digits_apart(m[1], "en")),
    (re.compile(r"#(\d+)"), lambda m, b, a: f"number {_number(m[1])}"),
    (re.compile(r"№(\d+)"), lambda m, b, a: f"number {_number(m[1])}"),
    (re.compile(r"[-−](" + _NUMBER + r")"), lambda m, b, a: f"minus {_number(m[1])}"),
    (re.compile(_NUMBER), _bare_number),
    (re.compile(r"[A-Z]{2,3}|(?:[A-Z]\.){2,}|(?:[A-Z]\.)+[A-Z]"), _spelled),
]  # fmt: skip
