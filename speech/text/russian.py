"""Russian figures and signs as words: the rules, in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Callable

from speech.text.near import Near
from speech.text.numerals import PHONE, digits_apart
from speech.text.russian_cases import Case, counted_form, is_amount, noun, noun_case, number_case
from speech.text.russian_dates import (
    DATE,
    century_case,
    century_word,
    date,
    day_of_month,
    dotted_time,
    month_span,
    roman_number,
    roman_span,
    school_year,
    short_date,
    step,
    time,
    time_span,
    year,
    year_span,
    year_word,
)
from speech.text.russian_days import day, days, is_day, years_word
from speech.text.russian_numbers import (
    MONEY_SIGN,
    NUMBER,
    cardinal,
    counting,
    currency,
    fraction,
    joined,
    lone_money,
    lone_per,
    lone_unit,
    measure,
    mixed,
    money,
    operator,
    ordinal,
    phone,
    power,
    ratio,
    signed,
    span,
)
from speech.text.russian_ranks import ranked
from speech.text.russian_words import (
    ABBREVIATIONS,
    BEFORE_FIGURES,
    CODES,
    COMMON_SHORT,
    DAYS,
    ENDINGS,
    LETTERED,
    LETTERS,
    LONE_UNITS,
    PARTS,
    PER,
    PLACES,
    POINTED,
    RANKED,
    SHORTENED,
    SIGNS,
    SLASHED,
    SPELLED_OTHERWISE,
    UPPER_UNITS,
)

__all__ = ["ABBREVIATIONS", "BEFORE_FIGURES", "read_russian", "say_russian"]

_VOWELS = "АЕЁИОУЫЭЮЯ"


def say_russian(word: str, before: str = "", after: str = "") -> str:
    """The words to speak for one written ``word`` (no spaces, no outer punctuation) between its neighbours."""
    return read_russian(Near.of(word, before, after))


def read_russian(near: Near) -> str:
    """The words to speak for a written word among those of its sentence."""
    word = near.core()
    if word.isalpha() and not any(map(str.isupper, word[1:])) and not near.before[:1].isdigit():
        short = word.lower() in _SHORT or word in UPPER_UNITS
        if not short and not _ROMAN_DIGIT.fullmatch(word) and not (len(word) == 1 and near.shouted):
            return word
    word = re.sub(r"(?<=\.)\s+", "", word)
    for pattern, say in _RULES:
        match = pattern.fullmatch(word)
        spoken = say(match, near) if match else None
        if spoken is not None:
            return spoken
    return _plain(word)


def _number(match: re.Match[str], near: Near) -> str:
    text = match[0]
    key = near.before.lower().rstrip(".")
    pointed = near.before.endswith(".") and key in POINTED and _points(near.moved(-1))
    if text.isdigit() and pointed and key in RANKED and len(text) < 4:
        return ordinal(text, _pointed_case(near.moved(-1)), POINTED[key][3])
    said = day_of_month(text, near) or year(text, near) or (step(text, near) if text.isdigit() else None)
    if said:
        return said
    if text.isdigit() and text.startswith("0") and len(text) > 1:
        return digits_apart(text, "ru")
    if "." in text and (pointed or _NUMBERED.fullmatch(near.before)):
        return " точка ".join(map(cardinal, text.split(".")))
    if pointed:
        return cardinal(text)
    return counting(text, near)


def _ending(match: re.Match[str], near: Near) -> str | None:
    """21-го, 3-х, 20-ти, 2-мя."""
    number, ending = match[1], match[2].lower()
    if len(number) > 12:
        return None
    if ending == "е" and near.after.lower().startswith(("год", "гг")):
        return ordinal(number, "n", "p")
    if ending == "е" and number[-1] == "0" and len(number) in (2, 4) and not near.follower:
        return ordinal(number, "n", "p")
    small = int(number) % 10 in (2, 3, 4) and int(number) % 100 not in (12, 13, 14)
    if ending in ("ти", "ми", "и") or (ending in ("х", "ух", "ёх", "ех") and small):
        if near.follower and _joins(near.follower):
            return joined_to(number) + near.follower
        return cardinal(number, case="g")
    if ending in ("мя", "тью", "ью") or (ending == "ю" and near.follower.endswith(("ами", "ями", "ьми"))):
        return cardinal(number, case="i")
    if ending == "м" and small and near.follower.endswith(("ам", "ям")):
        return cardinal(number, case="d")
    if ending == "м" and number_case(near) == "d":
        return ordinal(number, "d", "m")
    if ending == "й":
        return ordinal(number, *_short_ending(near))
    form = ENDINGS.get(ending)
    return None if form is None else ordinal(number, *form)


def _short_ending(near: Near) -> tuple[str, str]:
    """1-й этаж, but в 1-й школе, из 2-й комнаты: a feminine noun shows its case."""
    word, before = near.follower.lower(), near.before.lower()
    if before in ("в", "на", "о", "при") and word.endswith(("е", "ии", "сти")):
        return "p", "f"
    if word.endswith(("ы", "и")) and before in ("из", "до", "от", "с", "для", "у", "около", "после", "без"):
        return "g", "f"
    return "n", "m"


def joined_to(number: str) -> str:
    return cardinal(number, case="g").replace(" ", "")


def _joins(word: str) -> bool:
    """Whether ``word`` makes one adjective with the number before it: 3-х комнатная."""
    return bool(re.fullmatch(r"(?:комнатн|этажн|мест|летн|дневн|часов|минутн|процентн|кратн|уровнев|слойн|месячн)"
                             r"[а-яё]*(?:ая|ый|ий|ое|ее|ой|ую|ого|ому|ом|ые|ых)", word))  # fmt: skip


def _joined_before(match: re.Match[str], near: Near) -> str | None:
    before = re.fullmatch(r"\d+-(?:х|ух|ёх|ех|ти|и|ми)", near.before)
    return "" if before and _joins(match[0]) else None


def _points(near: Near) -> bool:
    """Whether "ч." is a part and no hour: no number before it, but in a chain (п. 3 ч. 1)."""
    return not is_amount(near.before) or bool(near.tail(-1)) or _in_chain(near)


def _in_chain(near: Near) -> bool:
    before = near.core(-2)
    return is_amount(near.before) and not near.tail(-1) and before.endswith(".") and before.lower()[:-1] in POINTED


def _pointed_case(near: Near) -> Case:
    """The case of "ст." before its figure: genitive within a chain, that of its twin after "и"."""
    before = near.before.lower()
    if _in_chain(near):
        return "g"
    if before in ("и", "или"):
        for offset in range(-2, -6, -1):
            if near.core(offset).lower() == near.core().lower():
                return _pointed_case(near.moved(offset))
    if before == "с" and near.core(-2).lower().startswith("соответств"):
        return "i"
    return noun_case(before)


def _abbreviation(match: re.Match[str], near: Near) -> str | None:
    written = match[0]
    key = written.lower().rstrip(".")
    if key in DAYS and is_day(written, near):
        return day(key, near)
    if key == "мск":
        return "по московскому времени"
    if not written.endswith("."):
        return None if key not in ("т.д", "т.п", "т.е", "т.к") else ABBREVIATIONS[key]
    if key in ("в", "вв") and (said := century_word(near)) is not None:
        return said
    if key == "кв" and re.fullmatch("[IVX]+|[1-4]-й", near.before):
        return noun(_QUARTER, century_case(near.moved(-1)))
    if key == "ст" and is_amount(near.before) and near.follower.islower() and not near.tail(-1):
        return counted_form(near.before, _GLASS, number_case(near.moved(-1)))
    number_before = is_amount(near.before) and not near.tail(-1)
    if key in POINTED and near.after[:1].isdigit() and _points(near):
        return noun(POINTED[key], _pointed_case(near))
    if key in BEFORE_FIGURES and re.match(r"[+(]?\d", near.after) and not number_before:
        return BEFORE_FIGURES[key]
    if key == "т.н":
        return f"так называем{_adjective_ending(near.follower.lower())}"
    if key == "эт" and "/" in near.before:
        return ""
    if key == "м" and (is_amount(near.before) or not (near.lead() or near.after[:1].isupper())):
        return None
    if key == "ср" and near.follower.islower() and len(near.follower) > 3:
        return f"средн{_soft_ending(near.follower)}"
    if key == "тел":
        return "телефон"
    if key == "кв" and near.after.rstrip(".") in ("м", "км", "см") and is_amount(near.before):
        return read_russian(Near.of(f"кв.{near.after.rstrip('.')}", near.before, near.core(2)))
    if key in PLACES and not is_amount(near.before) and (near.follower[:1].isupper() or key != "г"):
        return noun(PLACES[key], noun_case(near.before))
    if key == "пр" and near.before.lower() == "и":
        return "прочее"
    if key == "пр" and near.follower[:1].isupper():
        return noun(PLACES["просп"], noun_case(near.before))
    if key in ("в", "им", "пр", "час") and not (is_amount(near.before) or key == "им"):
        return None
    if key == "г" or (len(key) == 1 and key != "м" and not is_amount(near.before)):
        return None
    return ABBREVIATIONS.get(key)


def _adjective_ending(noun_: str) -> str:
    endings = {("ой", "ей"): "ой", ("ом", "ем", "ём"): "ым", ("а", "я"): "ая", ("у", "ю"): "ую", ("о", "е"): "ое",
               ("ы", "и"): "ые", ("ов", "ей", "ых"): "ых"}  # fmt: skip
    return next((said for written, said in endings.items() if noun_.endswith(written)), "ый")


_GLASS = ("стакан", "стакана", "стаканов", "m")
_QUARTER = ("квартал", "квартала", "кварталов", "m")


def _soft_ending(noun_: str) -> str:
    return {"а": "яя", "я": "яя", "о": "ее", "е": "ее", "ы": "ие", "и": "ие"}.get(noun_[-1], "ий")


def _square(match: re.Match[str], near: Near) -> str | None:
    """20 кв. м: said with "кв."."""
    return "" if near.before.lower() == "кв." and is_amount(near.core(-2)) else None


def _gram_or_year(match: re.Match[str], near: Near) -> str | None:
    return year_word(near)


def _shortened(match: re.Match[str], near: Near) -> str | None:
    """пр-т, в р-не, г-жа: the word with the ending that is written."""
    written = match[0].lower().rstrip(".")
    for length in range(len(written), 2, -1):
        whole = SHORTENED.get(written[:length])
        if whole is not None and len(written) - length < 4:
            return whole + written[length:]
    return None


def _address(match: re.Match[str], near: Near) -> str:
    text = re.sub(r"^https?://", "", match[0]).rstrip("/")
    signs = {".": " точка ", "/": " слэш ", "@": " собака ", "-": " дефис ", "_": " подчёркивание ", "?": " вопрос ",
             "=": " равно ", "&": " и ", "#": " решётка ", ":": " двоеточие ", "%": " процент ",
             "+": " плюс "}  # fmt: skip
    spelled = re.sub(r"\bwww\b", "w w w", text)
    return " ".join(say_russian(part) for part in "".join(signs.get(c, c) for c in spelled).split())


def _letters(match: re.Match[str], near: Near) -> str | None:
    """Capitals: the letters of an abbreviation, or a word that is stressed or stands in a title."""
    letters = match[0].replace(".", "")
    if letters in SPELLED_OTHERWISE:
        return SPELLED_OTHERWISE[letters]
    word = letters.lower()
    dotted = "." in match[0]
    shouting = near.shouted and any(w.lower() in COMMON_SHORT or (len(w) > 5 and w.isalpha()) for w in near.run())
    if not dotted and (word in COMMON_SHORT or (shouting and _has_vowel(letters) and letters not in LETTERED)):
        return word
    if len(letters) > 5 and _has_vowel(letters):
        return word
    pronounceable = len(letters) > 2 and any(c in _VOWELS for c in letters[1:-1]) and letters[0] not in _VOWELS
    if pronounceable and not dotted and letters not in LETTERED:
        return word
    return " ".join(LETTERS.get(letter, letter) for letter in letters)


def _per_hundred(match: re.Match[str], near: Near) -> str | None:
    """8 л/100 км."""
    unit = read_russian(near.saying(match[1])) if is_amount(near.before) else ""
    return f"{unit} на {cardinal(match[2])}" if unit and unit != match[1] else None


def _both(match: re.Match[str], near: Near) -> str:
    """60-70-х: both numbers have the ending."""
    return " ".join(read_russian(near.saying(f"{number}-{match[3]}")) for number in match.group(1, 2))


def _percent_adjective(match: re.Match[str], near: Near) -> str | None:
    endings = {"й": "ый", "ый": "ый", "го": "ого", "ого": "ого", "му": "ому", "м": "ом", "ом": "ом", "я": "ая",
               "ая": "ая", "ю": "ую", "е": "ое", "х": "ых", "ых": "ых"}  # fmt: skip
    ending = endings.get(match[2])
    return f"{joined_to(match[1])}процентн{ending}" if ending else None


def _has_vowel(letters: str) -> bool:
    return any(character in _VOWELS for character in letters)


def _account(match: re.Match[str], near: Near) -> str | None:
    """ИНН 7701234567: digits one by one."""
    return digits_apart(match[1], "ru") if near.before.lower() in _ACCOUNTS else None


_ACCOUNTS = frozenset({"инн", "кпп", "огрн", "бик", "снилс", "р/с", "к/с", "счёт", "счет", "счёта", "карта", "карты"})


_COMPARED = {">": "больше", "<": "меньше", "≥": "не меньше", "≤": "не больше"}
_SIGNED = {"": "", "+": "плюс ", "-": "минус ", "−": "минус "}


def _compared(match: re.Match[str], near: Near) -> str:
    """>50, <10."""
    said = _COMPARED[{">=": "≥", "<=": "≤"}.get(match[1], match[1])]
    return f"{said} {read_russian(Near.of(match[2], said.split()[-1], near.after))}"


def _from_to(match: re.Match[str], near: Near) -> str:
    """+5…+10; without signs as 5-10."""
    if not match[1] and not match[3]:
        return read_russian(near.saying(f"{match[2]}-{match[4]}"))
    first, last = (f"{_SIGNED[match[k]]}{cardinal(match[k + 1], case='g')}" for k in (1, 3))
    return f"{'' if near.before.lower() == 'от' else 'от '}{first} до {last}"


def _version(match: re.Match[str], near: Near) -> str:
    """v2.0.1."""
    said = " точка ".join(map(cardinal, match[1].split(".")))
    return said if near.before.lower().startswith("верси") else f"версия {said}"


def _sign(match: re.Match[str], near: Near) -> str | None:
    return operator(match, near)


def _plain(word: str) -> str:
    """Letters with the digits and signs among them spoken one part after another."""
    if word.replace("'", "").replace("\u0301", "").isalpha():
        return word
    parts = re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_\u0301](?:[^\W\d_]|[\u0301'’-](?=\w))*|[^\s\w]", word)
    if len(parts) < 2:
        return SIGNS.get(word, parts[0] if parts and parts[0][0].isalnum() else "")
    joining = {"/": "", "-": "", "*": "", "'": "", "–": "", "—": ""}
    said = (joining[p] if p in joining else SIGNS.get(p) or (say_russian(p) if p[0].isalnum() else "") for p in parts)
    return " ".join(part for part in said if part)


_MINUS, _SIGN, _AMOUNT = r"(?P<minus>[-−–+])?", f"(?P<sign>{MONEY_SIGN})", f"(?P<amount>{NUMBER})"
_PER = "|".join(map(re.escape, PER))
_NUMBERED = re.compile(r"[A-Za-z]+|(?:верси|стать|пункт|глав|раздел|част|параграф)[а-яё]*", re.IGNORECASE)
_SHORT = frozenset([*ABBREVIATIONS, *LONE_UNITS, *DAYS, "г", "гг", "мск", "x", "х"])
"""Letters that may stand for another word."""
_ROMAN_DIGIT = re.compile("[IVX]")
_CALLING = frozenset({"тел", "звон", "пиши", "номер", "whatsapp", "вотсап", "телеграм"})
_Rule = Callable[[re.Match[str], Near], str | None]
_RULES: list[tuple[re.Pattern[str], _Rule]] = [
    (re.compile(PHONE), phone),
    (re.compile(r"\+[78]\d{10}"), phone),
    (re.compile(r"[78]\d{10}"), lambda m, n: phone(m, n) if n.within(_CALLING, 6) else None),
    (re.compile("[IVX]+"), ranked),
    (re.compile("[IVX]+"), roman_number),
    (re.compile("([IVX]+) ?[-–—] ?([IVX]+)"), roman_span),
    (re.compile("|".join(CODES)), currency),
    (re.compile(r"г\.?"), _gram_or_year),
    (re.compile(r"(?:м|км|см)\.?"), _square),
    (re.compile(rf"(?P<amount>{NUMBER})?(?P<sign>{MONEY_SIGN}|руб\.?|р\.?|долл\.?|евро)/(?P<per>{_PER})\.?"), lone_per),
    (re.compile(r"гг\.?"), lambda m, n: years_word(n)),
    (re.compile(r"%|[а-яё°/a-z·]+(?:\.[а-яё]+)?[²³23]?\.?", re.IGNORECASE), lone_unit),
    (re.compile(r"([а-яё]{2})[-–—]([а-яё]{2})\.?", re.IGNORECASE), days),
    (re.compile(r"[а-яё]+-[а-яё]+\.?", re.IGNORECASE), _shortened),
    (re.compile(r"[а-яё]+(?:\.[а-яё]+)?\.?", re.IGNORECASE), _abbreviation),
    (re.compile(r"[а-яё]{5,}"), _joined_before),
    (re.compile("|".join(map(re.escape, SLASHED)), re.IGNORECASE), lambda m, n: SLASHED[m[0].lower()]),
    (re.compile(r"(\d)-к\.?"), lambda m, n: f"{joined_to(m[1])}комнатная"),
    (re.compile(r"(\d{8,25})"), _account),
    (re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _address),
    (re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|ai|ru|рф|su|eu|dev|app|example)(?:/\S*)?"), _address),
    (re.compile(DATE), date),
    (re.compile(r"(\d+):(\d{1,3})"), ratio),
    (re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?"), time),
    (re.compile(r"(\d{1,2})[:.](\d{2})[-–—](\d{1,2})[:.](\d{2})"), time_span),
    (re.compile(r"(\d{1,2})\.(\d{2})"), dotted_time),
    (re.compile(r"(\d{1,2})\.(\d{2})"), short_date),
    (re.compile(r"v(\d+(?:\.\d+)+)"), _version),
    (re.compile(r"([12]\d{3})/([12]\d{3})"), school_year),
    (re.compile(r"(\d+)/(\d{4})"), lambda m, n: f"{cardinal(m[1])} дробь {cardinal(m[2])}"),
    (re.compile(r"([A-Za-z][\w-]*)\.(py|js|json|ya?ml|md|txt|pdf|docx?|xlsx?|csv|html|css|png|jpe?g|mp[34]|zip|exe)"),
     lambda m, n: f"{m[1]} точка {m[2]}"),
    (re.compile(r"[А-ЯЁ]{2,}(?:-[А-ЯЁ]{2,})+"), lambda m, n: "-".join(map(say_russian, m[0].split("-"))).lower()),
    (re.compile(_MINUS + _SIGN + _AMOUNT), money),
    (re.compile(_MINUS + _AMOUNT + _SIGN), money),
    (re.compile(r"(\d+)-([а-яё]{1,3})"), _ending),
    (re.compile(r"(\d+)-([а-яё]{4,})"), joined),
    (re.compile(r"(\d+)-(\d+)-([а-яё]{1,3})"), _both),
    (re.compile(r"(\d+)%-([а-яё]{1,3})"), _percent_adjective),
    (re.compile(r"([а-яё]{1,3})/(\d+)"), lambda m, n: _per_hundred(m, n)),
    (re.compile(r"24/7"), lambda m, n: "двадцать четыре на семь"),
    (re.compile(r"(\d)/(\d)"), mixed),
    (re.compile(r"(\d{1,4})/(\d{1,4})"), fraction),
    (re.compile(r"(>=?|<=?|[≥≤])(\d\S*)"), _compared),
    (re.compile(rf"([-−+]?)({NUMBER})(?:…|\.\.\.?)([-−+]?)({NUMBER})"), _from_to),
    (re.compile(r"(\d+)([½¼¾⅓⅔])"), lambda m, n: f"{cardinal(m[1])} с {PARTS[m[2]]}"),
    (re.compile(r"([^\W\d_])([²³])"), power),
    (re.compile(r"(\d+(?:[.,]\d+)?|[^\W\d_])([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"), power),
    (re.compile(r"(\d+|[^\W\d_])\^([-+]?\d+)"), power),
    (re.compile(r"\d{1,3}(?:\.\d{3}){2,}"), _number),
    (re.compile(r"\d+(?:\.\d+){2,}"), lambda m, n: " точка ".join(cardinal(part) for part in m[0].split("."))),
    (re.compile(_MINUS + _AMOUNT + r"(?P<unit>%|[а-яёa-z°]+(?:/[а-я]+)?[²³23]?\.?)", re.IGNORECASE), measure),
    (re.compile(r"([12]\d{3}) ?[-–—] ?([12]\d{3})"), year_span),
    (re.compile(r"(\d{1,2})[-–—](\d{1,2})"), month_span),
    (re.compile(r"(" + NUMBER + r")%?[-–—](" + NUMBER + r")(%?)"), span),
    (re.compile(r"(\d+)[xх×](\d+)"), lambda m, n: f"{cardinal(m[1])} на {cardinal(m[2])}"),
    (re.compile(r"\+(\d{7,15})"), lambda m, n: "плюс " + digits_apart(m[1], "ru")),
    (re.compile(r"№(\d+)"), lambda m, n: f"номер {cardinal(m[1])}"),
    (re.compile(r"#([^\W\d]\w+)"), lambda m, n: f"хештег {say_russian(m[1])}"),
    (re.compile(r"[CС]\+\+"), lambda m, n: "си плюс плюс"),
    (re.compile(r"([CС])#"), lambda m, n: "си шарп"),
    (re.compile(r"(?P<minus>[-−–+])(?P<amount>" + NUMBER + ")"), signed),
    (re.compile(NUMBER), _number),
    (re.compile(MONEY_SIGN), lone_money),
    (re.compile(r"[-−–*/×÷xх:]"), _sign),
    (re.compile(r"[А-ЯЁ]"), lambda m, n: m[0].lower() if n.shouted and m[0] in "АВИКОСУЯ" else None),
    (re.compile(r"[А-ЯЁ]{2,}|(?:[А-ЯЁ]\.){2,}"), _letters),
]  # fmt: skip
