"""English figures and signs as words: numbers, money, units, dates, times, addresses, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable

from speech.text.numerals import PHONE, clock, digits_apart, is_date, roman, say_number

__all__ = ["ABBREVIATIONS", "BEFORE_FIGURES", "say_english"]

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

BEFORE_FIGURES: dict[str, str] = {
    "no": "number", "nos": "numbers", "p": "page", "pp": "pages", "ch": "chapter", "art": "article",
    "tel": "telephone", "ext": "extension", "para": "paragraph",
}  # fmt: skip
"""Words that a full stop shortens where figures follow."""

_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
         "sun": "Sunday"}  # fmt: skip
_COUNTED_PARTS = frozenset({"chapter", "part", "war", "volume", "act", "book", "phase", "type", "appendix", "class"})
_RULER_NAMES = (
    "louis henry charles george james edward richard william elizabeth mary catherine peter nicholas alexander ivan "
    "john paul pius benedict francis philip frederick napoleon leo gregory pope king queen"
)
_RULERS = frozenset(_RULER_NAMES.split())
_CODES = {"USD": "$", "EUR": "€", "GBP": "£", "RUB": "₽", "JPY": "¥", "INR": "₹"}
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
    "m²": "square meter", "km²": "square kilometer", "cm²": "square centimeter", "m³": "cubic meter",
    "km/h": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second", "fps": "frame per second",
}  # fmt: skip
_LONE_UNITS = frozenset(_UNITS) - {"in", "m", "h", "s", "v", "w", "l", "g", "ms"} | {"°c", "°f"}
_SIGNS = {
    "&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent", "#": "hash", "×": "times", "÷": "divided by",
    "<": "less than", ">": "greater than", "~": "about", "≈": "about", "±": "plus or minus", "°": "degrees",
    "$": "dollars", "€": "euros", "£": "pounds", "©": "copyright", "™": "trademark", "№": "number", "§": "section",
    "/": "slash", "→": "to", "½": "one half", "¼": "one quarter", "¾": "three quarters", "⅓": "one third",
    "⅔": "two thirds", "≥": "at least", "≤": "at most", "√": "the square root of", "²": "squared", "³": "cubed",
}  # fmt: skip
_FRACTIONS = {
    "1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters",
}  # fmt: skip
_SHORT_WORDS = frozenset(
    {
        "I",
        "A",
        "O",
        "NO",
        "YES",
        "NOT",
        "AND",
        "THE",
        "OH",
        "HI",
        "GO",
        "DO",
        "SO",
        "OR",
        "IF",
        "IS",
        "ALL",
        "RAM",
        "ROM",
        "PIN",
        "SIM",
        "GIF",
        "VIP",
    }
)

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"


def say_english(word: str, before: str = "", after: str = "") -> str:
    """The words to speak for one written ``word`` (no spaces, no outer punctuation) between its neighbours."""
    word = _GROUP_SPACE.sub("", word)
    for pattern, say in _RULES:
        match = pattern.fullmatch(word)
        spoken = say(match, before, after) if match else None
        if spoken is not None:
            return spoken
    return _plain(word)


def _phone(match: re.Match[str], before: str, after: str) -> str:
    groups = re.findall(r"\d+", match[0])
    return "plus " * match[0].startswith("+") + ", ".join(digits_apart(group, "en") for group in groups)


def _roman(match: re.Match[str], before: str, after: str) -> str | None:
    number = roman(match[0])
    named = before.lower() in _COUNTED_PARTS
    if number is None or not (named or (before[:1].isupper() and len(match[0]) > 1)):
        return None
    return f"the {_day(number)}" if before.lower() in _RULERS else _number(str(number))


def _per_unit(match: re.Match[str], before: str, after: str) -> str | None:
    unit = _UNITS.get(match["per"].lower(), match["per"])
    return f"{say_english(match['price'])} per {unit}"


def _money_range(match: re.Match[str], before: str, after: str) -> str:
    name = _plural(_MONEY[match["sign"]][0], "2")
    return f"{_number(match[2])} to {_number(match[3])} {'' if after.lower() in _SCALE_WORDS else name}".strip()


def _fraction(match: re.Match[str], before: str, after: str) -> str | None:
    spoken = _FRACTIONS.get(match[0])
    return f"and {spoken}" if spoken and before.isdigit() else spoken


def _currency(match: re.Match[str], before: str, after: str) -> str | None:
    return _plural(_MONEY[_CODES[match[0]]][0], before) if before[-1:].isdigit() else None


def _days(match: re.Match[str], before: str, after: str) -> str | None:
    first, last = _DAYS.get(match[1].lower()), _DAYS.get(match[2].lower())
    return f"{first} to {last}" if first and last else None


def _number(text: str) -> str:
    return say_number(text.replace(",", ""), "en", "point")


def _plural(unit: str, count: str) -> str:
    if count.replace(",", "") == "1":
        return unit
    head, _, rest = unit.partition(" ")
    if head in ("square", "cubic") or rest == "hour":
        return f"{head} {_plural(rest, count)}"
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
    if unit is None or match["unit"] in ("G", "M", "S", "H", "L"):  # 5G is no weight
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
    follower = ABBREVIATIONS.get(after.lower().rstrip("."), after)
    if text.isdigit() and follower.title() in _MONTHS and 1 <= int(text) <= 31:
        return f"{'' if before.lower() == 'the' else 'the '}{_day(int(text))} of"
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
    lone = match[0] in _SHORT_WORDS or _shouted(before) or _shouted(after)
    return None if lone else " ".join(letters)


def _shouted(word: str) -> bool:
    return word.isalpha() and word.isupper() and len(word) > 4


def _abbreviation(match: re.Match[str], before: str, after: str) -> str | None:
    key = match[0].lower().rstrip(".")
    if not match[0].endswith("."):
        return {"vs": "versus", "etc": "et cetera"}.get(key)
    if key in BEFORE_FIGURES and after[:1].isdigit():
        return BEFORE_FIGURES[key]
    if key == "st" and (before[:1].isupper() or not after[:1].isupper()):
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


_GROUP_SPACE = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_MINUS, _SIGN, _AMOUNT = r"(?P<minus>[-−])?", r"(?P<sign>[$€£₽¥₹₴])", f"(?P<amount>{_NUMBER})"
_SCALE = r"(?P<scale>k|K|[mM]n?|[bB]n?|tn)?"
_DOMAINS = "(?:com|org|net|io|ai|edu|gov|ru|uk|de|eu|dev|app)"
_Rule = Callable[[re.Match[str], str, str], str | None]
_RULES: list[tuple[re.Pattern[str], _Rule]] = [
    (re.compile(r"[A-Za-z]+(?:\.[A-Za-z])?\.?"), _abbreviation),
    (re.compile(PHONE), _phone),
    (re.compile("[IVX]+"), _roman),
    (re.compile("|".join(_CODES)), _currency),
    (re.compile(r"([A-Za-z]{3})[-–]([A-Za-z]{3})"), _days),
    (re.compile(r"(?:hundred|thousand|million|billion|trillion)"), _scale_word),
    (re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _address),
    (re.compile(r"[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\." + _DOMAINS + r"(?:/\S*)?"), _address),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), _iso_date),
    (re.compile(r"(\d{1,2})([./])(\d{1,2})[./](\d{4})"), _written_date),
    (re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?([aApP]\.?[mM]\.?)?"), _time),
    (re.compile(r"(\d{1,2})()([aApP]\.?[mM]\.?)"), lambda m, b, a: f"{_number(m[1])} {m[3][0].upper()} M"),
    (re.compile(r"(\d{1,2}:\d{2})[-–—](\d{1,2}:\d{2})"),
     lambda m, b, a: f"{say_english(m[1])} to {say_english(m[2])}"),
    (re.compile(_MINUS + _SIGN + _AMOUNT + _SCALE), _money),
    (re.compile(r"(?P<price>" + _SIGN + "(?:" + _NUMBER + r"))/(?P<per>[a-z]+)"), _per_unit),
    (re.compile(_SIGN + "(" + _NUMBER + ")[-–—](" + _NUMBER + ")"), _money_range),
    (re.compile(_MINUS + _AMOUNT + _SCALE + _SIGN), _money),
    (re.compile(r"(\d+)(st|nd|rd|th)", re.IGNORECASE), lambda m, b, a: _day(int(m[1])) if len(m[1]) < 16 else None),
    (re.compile(r"(\d\d\d0|\d0)['’]?s"), lambda m, b, a: re.sub("ys$", "ies", _year(m[1]) + "s")),
    (re.compile(r"[-−]?(" + _NUMBER + r")%"), lambda m, b, a: f"{'minus ' * (m[0][0] in '-−')}{_number(m[1])} percent"),
    (re.compile(r"(" + _NUMBER + r")[-–—](" + _NUMBER + r")(%?)"),
     lambda m, b, a: f"{say_english(m[1])} to {say_english(m[2])}{' percent' * bool(m[3])}"),
    (re.compile(r"(?P<minus>[-−])?(?P<amount>" + _NUMBER + r")(?P<unit>[a-zA-Z°]+(?:/[a-z])?[²³]?)"), _measure),
    (re.compile(r"[a-zA-Z°]+(?:/[a-z])?[²³]?"), _lone_unit),
    (re.compile(r"(\d+)x"), lambda m, b, a: f"{_number(m[1])} times"),
    (re.compile(r"(\d+)[x×](\d+)"), lambda m, b, a: f"{_number(m[1])} by {_number(m[2])}"),
    (re.compile(r"[123]/[234]"), _fraction),
    (re.compile(r"(\d+)([½¼¾⅓⅔])"), lambda m, b, a: f"{_number(m[1])} and {_SIGNS[m[2]]}"),
    (re.compile(r"([^\W\d_])([²³])"), lambda m, b, a: f"{m[1]} {_SIGNS[m[2]]}"),
    (re.compile(r"v?(\d+(?:\.\d+){2,})"), lambda m, b, a: " point ".join(_number(part) for part in m[1].split("."))),
    (re.compile(r"\.(\d+)"), lambda m, b, a: f"point {digits_apart(m[1], 'en')}"),
    (re.compile(r"\+(\d{7,15})"), lambda m, b, a: "plus " + digits_apart(m[1], "en")),
    (re.compile(r"#(\d+)"), lambda m, b, a: f"number {_number(m[1])}"),
    (re.compile(r"№(\d+)"), lambda m, b, a: f"number {_number(m[1])}"),
    (re.compile(r"[-−](" + _NUMBER + r")"), lambda m, b, a: f"minus {_number(m[1])}"),
    (re.compile(_NUMBER), _bare_number),
    (re.compile(r"[A-Z]{2,3}|(?:[A-Z]\.){2,}|(?:[A-Z]\.)+[A-Z]"), _spelled),
]  # fmt: skip
