"""English figures and signs as words: the rules, in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Callable

from speech.text.english_numbers import (
    MONEY_SIGN,
    NUMBER,
    cardinal,
    code_first,
    dotted,
    element,
    fraction,
    lone_money,
    lone_unit,
    measure,
    minor_money,
    money,
    money_after,
    money_range,
    operator,
    ordinal,
    per_unit,
    power,
    ratio,
    scale_word,
    year,
)
from speech.text.english_times import half_day, iso_date, short_date, time, written_date, year_first
from speech.text.english_words import (
    ABBREVIATIONS,
    BEFORE_FIGURES,
    CODES,
    COUNTED_PARTS,
    DAYS,
    LETTERED,
    MONEY,
    MONTHS,
    POWERS,
    RULERS,
    SCALE_WORDS,
    SCALES,
    SHOUTED_WORDS,
    SIGNS,
    STREETS,
    UNITS,
    WORDS_IN_CAPITALS,
    WRITTEN_SHORT,
)
from speech.text.near import Near
from speech.text.numerals import PHONE, digits_apart, roman

__all__ = ["ABBREVIATIONS", "BEFORE_FIGURES", "read_english", "say_english"]


def say_english(word: str, before: str = "", after: str = "") -> str:
    """The words to speak for one written ``word`` (no spaces, no outer punctuation) between its neighbours."""
    return read_english(Near.of(word, before, after))


def read_english(near: Near) -> str:
    """The words to speak for a written word among those of its sentence."""
    word = near.core()
    if word.isalpha() and not any(map(str.isupper, word[1:])) and word.lower() not in _SHORT:
        return word
    word = _GROUP_SPACE.sub("", word)
    for pattern, say in _RULES:
        match = pattern.fullmatch(word)
        spoken = say(match, near) if match else None
        if spoken is not None:
            return spoken
    return _plain(word)


def _phone(match: re.Match[str], near: Near) -> str:
    groups = re.findall(r"\d+", match[0])
    return "plus " * match[0].startswith("+") + ", ".join(digits_apart(group, "en") for group in groups)


def _internet_address(match: re.Match[str], near: Near) -> str | None:
    return dotted(match, near) if all(int(part) < 256 for part in match[0].split(".")) else None


def _roman(match: re.Match[str], near: Near) -> str | None:
    number, before = roman(match[0]), near.before
    named = before.lower() in COUNTED_PARTS
    if number is None or (near.shouted and not named):
        return None
    if not (named or (before[:1].isupper() and len(match[0]) > 1)):
        return None
    return f"the {ordinal(number)}" if before.lower() in RULERS else cardinal(str(number))


def _number_said(match: re.Match[str], near: Near) -> str | None:
    """A number after the code of its money is said with that; ranks, years, digits one by one."""
    text, before, after = match[0], near.before, near.after
    if before in CODES and after.lower() not in SCALE_WORDS_AFTER:
        return ""
    if "." in text and before.lower() in _VERSIONED:
        return " point ".join(map(cardinal, text.split(".")))
    if near.follower in MONEY:
        return money_after(match, near)
    if len(text) == 4 and "1100" <= text <= "2099" and after.lower() not in UNITS:
        return year(text)
    if _is_code(text, before):
        return digits_apart(text, "en")
    if text.isdigit() and (len(text) > 15 or (text.startswith("0") and len(text) > 1)):
        return digits_apart(text, "en")
    if text.isdigit() and 1 <= int(text) <= 31:
        if _month(after) and not near.tail():
            return f"{'' if before.lower() == 'the' else 'the '}{ordinal(int(text))} of"
        if _month(before):
            return ordinal(int(text))
    return cardinal(text)


def _is_code(text: str, before: str) -> bool:
    """ZIP 90210, IL 62704; dial 911."""
    postal = len(text) == 5 and (before.lower() == "zip" or (len(before) == 2 and before.isupper()))
    return postal or (text in ("911", "999", "112") and before.lower() in ("dial", "call", "calling", "called"))


_VERSIONED = frozenset({"python", "version", "java", "node", "ubuntu", "android", "ios", "windows", ">="})
SCALE_WORDS_AFTER = SCALE_WORDS - {"hundred"}


def _month(word: str) -> bool:
    return ABBREVIATIONS.get(word.lower().rstrip("."), word).title() in MONTHS and word[:1].isupper()


def _rate(match: re.Match[str], near: Near) -> str | None:
    """4g/24h, 100km/h."""
    if say_english(match[1]) == _plain(match[1]):
        return None
    per = UNITS.get(match[2])
    return f"{say_english(match[1])} per {per or say_english(match[2])}"


def _measured(match: re.Match[str], near: Near) -> str | None:
    """A 10-yr loan, a 5-km run."""
    unit = UNITS.get(match[2])
    return f"{cardinal(match[1])} {unit}" if unit and len(match[2]) > 1 else None


def _range(match: re.Match[str], near: Near) -> str:
    return f"{say_english(match[1])} to {say_english(match[2], after=near.after)}{' percent' * match[0].endswith('%')}"


def _days(match: re.Match[str], near: Near) -> str | None:
    first, last = DAYS.get(match[1].lower()), DAYS.get(match[2].lower())
    return f"{first} to {last}" if first and last else None


def _address(match: re.Match[str], near: Near) -> str:
    text = re.sub(r"^https?://", "", match[0]).rstrip("/")
    signs = {".": " dot ", "/": " slash ", "@": " at ", "-": " dash ", "_": " underscore ", "?": " question mark ",
             "=": " equals ", "&": " and ", "#": " hash ", ":": " colon ", "%": " percent ", "+": " plus ",
             "~": " tilde "}  # fmt: skip
    spelled = re.sub(r"\bwww\b", "w w w", text)
    spoken = "".join(signs.get(character, character) for character in spelled)
    return " ".join(say_english(part) for part in spoken.split())


def _letters(match: re.Match[str], near: Near) -> str | None:
    """Capitals: the letters of an abbreviation, or a word that is stressed or stands in a title."""
    written = match[0]
    letters = written.replace(".", "")
    if "." in written:
        return " ".join(letters)
    word = letters.lower()
    if near.shouted and any(map(_is_word_in_capitals, near.run())):
        if word in SHOUTED_WORDS:
            return "U S" if word == "us" and near.before in ("THE", "") and near.after else word
        return word if letters not in LETTERED and _has_vowel(word) else " ".join(letters)
    if letters in LETTERED or not _has_vowel(word):
        return " ".join(letters)
    if len(letters) > 3:
        return None
    return word if word in WORDS_IN_CAPITALS else " ".join(letters)


def _is_word_in_capitals(word: str) -> bool:
    key = word.lower()
    return key in WORDS_IN_CAPITALS or key in SHOUTED_WORDS or (len(key) > 5 and key.isalpha())


def _has_vowel(word: str) -> bool:
    return bool(re.search("[aeiouy]", word))


def _owned_letters(match: re.Match[str], near: Near) -> str | None:
    """The CEO's; IT'S and WON'T are words."""
    if match[2] == "s":
        return f"{' '.join(match[1])}'s" if match[1] in LETTERED or not _has_vowel(match[1].lower()) else None
    return match[0].lower()


def _path(match: re.Match[str], near: Near) -> str:
    return " ".join(f"slash {_plain(part)}" for part in match[0].strip("/").split("/"))


_ROUND = {"0": "ten", "00": "hundred", "000": "thousand"}
_COMPARED = {">": "more than", "<": "less than", "≥": "at least", "≤": "at most"}


def _compared(match: re.Match[str], near: Near) -> str:
    """>50, <$5, ≥10%."""
    sign = {">=": "≥", "<=": "≤"}.get(match[1], match[1][0])
    return f"{_COMPARED[sign]} {read_english(near.saying(match[2]))}"


def _version(match: re.Match[str], near: Near) -> str:
    """v2.0.1."""
    said = " point ".join(map(cardinal, match[1].split(".")))
    return said if near.before.lower() in ("version", "versions") else f"version {said}"


def _months(match: re.Match[str], near: Near) -> str | None:
    first, last = (ABBREVIATIONS.get(match[k].lower(), match[k]) for k in (1, 2))
    return f"{first} to {last}" if first in MONTHS and last in MONTHS else None


def _plural_letters(match: re.Match[str], near: Near) -> str | None:
    return f"{' '.join(match[1])}'s" if match[1] in LETTERED or not _has_vowel(match[1].lower()) else None


def _abbreviation(match: re.Match[str], near: Near) -> str | None:
    key, before, after = match[0].lower().rstrip("."), near.before, near.after
    if key in DAYS and _is_day(match[0], near):
        return DAYS[key]
    if key == "rs":
        return None
    if not match[0].endswith("."):
        if key in ("st", "ave", "blvd", "rd", "hwy") and match[0].istitle() and _is_bare_street(key, near):
            return STREETS[key]
        month = key in ABBREVIATIONS and _month(match[0]) and _beside_day(near)
        return ABBREVIATIONS[key] if month else WRITTEN_SHORT.get(key)
    if key in BEFORE_FIGURES and re.match(r"[+#(]?\d", after):
        return BEFORE_FIGURES[key]
    if key in STREETS and _is_street(key, near):
        return STREETS[key]
    if key in ("tbsp", "tsp", "lbs", "oz", "hrs", "mins", "min") and before[-1:].isdigit():
        return read_english(near.saying(key))
    return ABBREVIATIONS.get(key)


def _beside_day(near: Near) -> bool:
    """Whether a day of the month stands beside."""
    return any(re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)?|\d{4}", word) for word in (near.before, near.after))


def _is_day(word: str, near: Near) -> bool:
    """Whether ``word`` is a day of the week: Sat and Sun are only beside another day, a date or a time."""
    key = word.lower().rstrip(".")
    if not word[0].isupper() or (word.isupper() and not near.shouted):
        return False
    if key not in ("sat", "sun", "mon", "wed") or (word.endswith(".") and key != "sat" and key != "sun"):
        return True
    beside = [near.core(k) for k in (-2, -1, 1, 2)]
    return any(w[:1].isdigit() or w.lower().rstrip(".") in DAYS or w.title() in MONTHS for w in beside)


def _is_bare_street(key: str, near: Near) -> bool:
    """12 Main St, Hwy 101."""
    if key == "hwy":
        return near.after[:1].isdigit()
    return near.before[:1].isupper() and any(near.core(k)[:1].isdigit() for k in (-2, -3))


def _is_street(key: str, near: Near) -> bool:
    """Dr. and St. after a name are drive and street, before one doctor and saint."""
    if key not in ("dr", "st"):
        return near.before[:1].isupper() or near.before[:1].isdigit()
    named = near.before[:1].isupper() and near.before[-1:] != "."
    numbered = near.core(-2)[:1].isdigit() or near.core(-3)[:1].isdigit()
    before_name = near.follower[:1].isupper()
    return (named and (numbered or not before_name)) or (key == "st" and not near.follower[:1].isupper())


def _hashed(match: re.Match[str], near: Near) -> str:
    return f"hashtag {say_english(match[1])}"


def _lone_sign(match: re.Match[str], near: Near) -> str | None:
    if match[0] == "$" and near.before[-1:].isdigit():
        return None
    return operator(match, near) if match[0] in "*x×/÷-−–" else None


def _dot_name(match: re.Match[str], near: Near) -> str | None:
    return "dot net" if near.lead().endswith(".") else None


def _listed_money(match: re.Match[str], near: Near) -> str:
    """$10/$25/$50."""
    return " or ".join(map(say_english, match[0].split("/")))


def _either_day(match: re.Match[str], near: Near) -> str | None:
    first, last = DAYS.get(match[1].lower()), DAYS.get(match[2].lower())
    return f"{first} and {last}" if first and last else None


def _file(match: re.Match[str], near: Near) -> str:
    return f"{_plain(match[1])} dot {say_english(match[2])}"


def _plain(word: str) -> str:
    """Letters with the digits and signs among them spoken one part after another."""
    if word in SIGNS or word.replace("'", "").replace("’", "").isalpha():
        return SIGNS.get(word, word)
    parts = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?|[^\s\w]", word)
    if len(parts) < 2:
        return SIGNS.get(word, parts[0] if parts and parts[0][0].isalnum() else "")
    joined = {"/": "", "-": "", "–": "to" if parts[0][:1].isdigit() else "", "*": "", "'": "", "x": "by"}
    said = (
        joined[p] if p in joined else SIGNS.get(p) or (say_english(p.rstrip(".")) if p[0].isalnum() else "")
        for p in parts
    )
    return " ".join(part for part in said if part)


_SHORT = frozenset(
    [*ABBREVIATIONS, *WRITTEN_SHORT, *DAYS, *UNITS, *SCALE_WORDS, *STREETS, *POWERS, "x", "i", "v", "am", "pm", "rs"]
)
"""Letters that may stand for another word."""
_GROUP_SPACE = re.compile(r"(?<=\d)[ _](?=\d{3}(?!\d))")
_MINUS, _SIGN, _AMOUNT = r"(?P<minus>[-−])?", f"(?P<sign>{MONEY_SIGN})", f"(?P<amount>{NUMBER})"
_SCALE = r"(?P<scale>k|K|[mM]n?|[bB]n?|tn)?"
_DOMAINS = "(?:com|org|net|io|ai|edu|gov|ru|uk|de|eu|dev|app|example)"
_HALF = r"([aApP]\.?[mM]\.?)"
_A_TIME = r"\d{1,2}(?::\d{2})?(?:[aApP]\.?[mM]\.?)?"
_Rule = Callable[[re.Match[str], Near], str | None]
_RULES: list[tuple[re.Pattern[str], _Rule]] = [
    (re.compile(r"(?:min|max|in)\.?", re.IGNORECASE), lone_unit),
    (re.compile(r"[A-Za-z]+(?:\.[A-Za-z])?\.?"), _abbreviation),
    (re.compile(r"[a-z]/[a-z]?"), lambda m, n: WRITTEN_SHORT.get(m[0])),
    (re.compile(r"(?:\d{1,3}\.){3}\d{1,3}"), _internet_address),
    (re.compile(PHONE), _phone),
    (re.compile("[IVX]+"), _roman),
    (re.compile("|".join(map(re.escape, CODES))), code_first),
    (re.compile(r"([A-Za-z]{3,5})\.?[-–]([A-Za-z]{3,5})\.?"), _days),
    (re.compile(r"([A-Z][a-z]{2,8})\.?[-–]([A-Z][a-z]{2,8})\.?"), _months),
    (re.compile(r"[ap]m"), lambda m, n: f"{m[0][0].upper()} M" if n.before[-1:].isdigit() else None),
    (re.compile(r"(mid|early|late|pre|post)-(\d+s?)"), lambda m, n: f"{m[1]} {say_english(m[2])}"),
    (re.compile(r"v?(\d+(?:\.\d+)+)-([a-z]+)(\d*)"), lambda m, n: f"{say_english(m[1])} {m[2]} {_plain(m[3])}".strip()),
    (re.compile(r"(?:/[\w.-]+)+/?"), _path),
    (re.compile(r"x(\d+)"), lambda m, n: f"times {cardinal(m[1])}"),
    (re.compile(r"(\d+)-\1"), lambda m, n: f"{cardinal(m[1])} {cardinal(m[1])}"),
    (re.compile(r"(\d+/\d+)-([a-z]+)"), lambda m, n: f"{say_english(m[1])} {UNITS.get(m[2], m[2])}"),
    (re.compile(r"(\d+(?:\.\d+)?)(M|mn|bn|tn)"), lambda m, n: f"{cardinal(m[1])} {SCALES[m[2].lower()]}"),
    (re.compile(r"(?:hundred|thousand|million|billion|trillion|lakh|crore)"), scale_word),
    (re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _address),
    (re.compile(r"[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\." + _DOMAINS + r"(?:/\S*)?"), _address),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})/(\d{1,2})/(\d{1,2})"), lambda m, n: year_first(m)),
    (re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"), iso_date),
    (re.compile(r"(\d{1,2})([./])(\d{1,2})[./](\d{4})"), written_date),
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})"), short_date),
    (re.compile(r"(\d+)[xX]/([a-z]+)"), lambda m, n: f"{cardinal(m[1])} times a {UNITS.get(m[2], m[2])}"),
    (re.compile(rf"((?:{NUMBER})[a-zA-Z]+)/((?:{NUMBER})?[a-z]+)"), _rate),
    (re.compile(r"(\d+)-([a-z]+)\.?"), _measured),
    (re.compile(r"(\d+):(\d{1,2})"), ratio),
    (re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?" + _HALF + "?"), time),
    (re.compile(r"(\d{1,2})()" + _HALF), half_day),
    (re.compile(rf"({_A_TIME})[-–—]({_A_TIME})"), lambda m, n: _range(m, n) if re.search("[:aApP]", m[0]) else None),
    (re.compile(_MINUS + _SIGN + _AMOUNT + _SCALE + r"(?P<plus>\+)?"), money),
    (re.compile(_SIGN + _AMOUNT + r"/(?P<per>[a-z]+)"), per_unit),
    (re.compile(_SIGN + f"({NUMBER})[-–—]({MONEY_SIGN})?({NUMBER})([kKmMbB]n?)?"), money_range),
    (re.compile(_MINUS + _AMOUNT + _SCALE + _SIGN), money),
    (re.compile(f"({NUMBER})¢"), minor_money),
    (re.compile(r"(\d+)(st|nd|rd|th)", re.IGNORECASE), lambda m, n: ordinal(int(m[1])) if len(m[1]) < 16 else None),
    (re.compile(r"1(0|00|000)s"), lambda m, n: f"{_ROUND[m[1]]}s" if n.follower.lower() == "of" else None),
    (re.compile(r"(\d\d\d0|\d0)['’]?s"), lambda m, n: re.sub("ys$", "ies", year(m[1]) + "s")),
    (re.compile(r"[-−]?(" + NUMBER + r")%"), lambda m, n: f"{'minus ' * (m[0][0] in '-−')}{cardinal(m[1])} percent"),
    (re.compile(r"(" + NUMBER + r")%?[-–—](" + NUMBER + r")(%?)"), _range),
    (re.compile(rf"({NUMBER})(?:…|\.\.\.?)({NUMBER})"), _range),
    (re.compile(r"(\d+(?:\.\d+)?)[kK](\+?)"), lambda m, n: _thousands(m) + " plus" * bool(m[2])),
    (re.compile(r"[~≈](\S+)"), lambda m, n: f"about {say_english(m[1])}"),
    (re.compile(r"([<>≥≤]=?)([$€£₽¥₹]?\d\S*)"), _compared),
    (re.compile(f"(?:{MONEY_SIGN})(?:{NUMBER})(?:/(?:{MONEY_SIGN})(?:{NUMBER}))+"), _listed_money),
    (re.compile(r"([A-Z][a-z]{2,4})/([A-Z][a-z]{2,4})"), _either_day),
    (re.compile(r"(\d+\.\d+)/(\d+(?:\.\d+)?)"), lambda m, n: f"{cardinal(m[1])} out of {cardinal(m[2])}"),
    (re.compile(r"v?(\d+)\.x"), lambda m, n: f"version {cardinal(m[1])} point x"),
    (re.compile(r"([\w-]+)\.(py|js|ts|json|ya?ml|md|txt|pdf|docx?|xlsx?|csv|html|css|png|jpe?g|mp[34]|zip|exe|sh)"),
     _file),
    (re.compile(r"(?P<minus>[-−+])?(?P<amount>" + NUMBER + r")(?P<unit>[a-zA-Z°]+(?:/[a-z])?[²³23]?)"), measure),
    (re.compile(r"[a-zA-Z°]+(?:/[a-z])?[²³23]?\.?"), lone_unit),
    (re.compile(r"(\d+)x"), lambda m, n: f"{cardinal(m[1])} times"),
    (re.compile(r"(\d+)[x×](\d+)"), lambda m, n: f"{cardinal(m[1])} by {cardinal(m[2])}"),
    (re.compile(r"(\d+)[x×](\d+[a-zA-Z]+)"), lambda m, n: f"{cardinal(m[1])} by {read_english(n.saying(m[2]))}"),
    (re.compile(r"(\d+)[′'](\d{1,2})?[″\"]?"), lambda m, n: _feet(m)),
    (re.compile(r"24/7|9/11"), lambda m, n: " ".join(map(cardinal, m[0].split("/")))),
    (re.compile(r"(\d{1,4})/(\d{1,4})"), fraction),
    (re.compile(r"(\d+)([½¼¾⅓⅔])"), lambda m, n: f"{cardinal(m[1])} and {SIGNS[m[2]]}"),
    (re.compile(r"([a-zA-Z]{1,3})([²³])"), power),
    (re.compile(r"(\d+(?:\.\d+)?|[^\W\d_])([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"), power),
    (re.compile(r"(\d+|[^\W\d_])\^([-+]?\d+)"), power),
    (re.compile(r"(?=.*[₀-₉])(?:[A-Z][a-z]?[₀-₉]*)+"), element),
    (re.compile(r"\d{1,3}(?:\.\d{3}){2,}"), _number_said),
    (re.compile(r"v(\d+(?:\.\d+)*)"), _version),
    (re.compile(r"\d+(?:\.\d+){2,}"), dotted),
    (re.compile(r"\.(\d+)"), lambda m, n: f"point {digits_apart(m[1], 'en')}"),
    (re.compile(r"\+(\d{7,15})"), lambda m, n: "plus " + digits_apart(m[1], "en")),
    (re.compile(r"[#№](\d+)([A-Z]?)"), lambda m, n: f"number {cardinal(m[1])} {m[2]}".strip()),
    (re.compile(r"#([^\W\d]\w+)"), _hashed),
    (re.compile(r"([A-H])#"), lambda m, n: f"{m[1]} sharp"),
    (re.compile(r"([A-Z]+)&([A-Z]+)"), lambda m, n: f"{' '.join(m[1])} and {' '.join(m[2])}"),
    (re.compile(r"[-−–](" + NUMBER + r")"), lambda m, n: f"minus {cardinal(m[1])}"),
    (re.compile(NUMBER), _number_said),
    (re.compile(MONEY_SIGN), lone_money),
    (re.compile(r"[-−–*/×÷]|x"), _lone_sign),
    (re.compile(r"NET"), _dot_name),
    (re.compile(r"([A-Z])\."), lambda m, n: m[1]),
    (re.compile(r"PhD"), lambda m, n: "P H D"),
    (re.compile(r"(?:[a-z]\.){2,}[a-z]?"), lambda m, n: " ".join(m[0].replace(".", "").upper())),
    (re.compile(r"([A-Z]{2,5})s"), _plural_letters),
    (re.compile(r"([A-Z]+)['’](s|[A-Z]+)"), _owned_letters),
    (re.compile(r"[A-Z]{2,}|(?:[A-Z]\.){2,}|(?:[A-Z]\.)+[A-Z]"), _letters),
]  # fmt: skip


def _thousands(match: re.Match[str]) -> str:
    """10k; 5K is how runs and screens are named."""
    if "K" in match[0] and len(match[1]) == 1:
        return f"{cardinal(match[1])} K"
    return f"{cardinal(match[1])} thousand"


def _feet(match: re.Match[str]) -> str:
    inches = f" {cardinal(match[2])} inch{'es' * (match[2] != '1')}" if match[2] else ""
    return f"{cardinal(match[1])} {'foot' if match[1] == '1' else 'feet'}{inches}"
