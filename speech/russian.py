"""Russian figures and signs as words: numbers with case and gender, money, units, dates, times, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable

from speech.numerals import clock, digits_apart, is_date, say_number

__all__ = ["ABBREVIATIONS", "say_russian"]

ABBREVIATIONS: dict[str, str] = {
    "т.е": "то есть", "т.д": "так далее", "т.п": "тому подобное", "т.к": "так как", "т.н": "так называемый",
    "др": "другие",
    "пр": "прочее", "см": "смотри", "ср": "сравни", "напр": "например", "стр": "страница", "рис": "рисунок",
    "табл": "таблица", "гл": "глава", "ул": "улица", "пл": "площадь", "просп": "проспект", "им": "имени", "г": "год",
    "гг": "годы", "в": "век", "вв": "века", "руб": "рублей", "коп": "копеек", "тыс": "тысяч", "млн": "миллионов",
    "млрд": "миллиардов", "трлн": "триллионов", "акад": "академик", "проф": "профессор", "доц": "доцент",
    "мин": "минут",
    "сек": "секунд", "час": "часов", "кв": "квартира", "обл": "область", "и.о": "исполняющий обязанности",
    "н.э": "нашей эры",
}  # fmt: skip
"""Words that a full stop shortens; the stop after them ends no sentence by itself."""

_MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
_Forms = tuple[str, str, str, str]
_MONEY: dict[str, _Forms] = {
    "₽": ("рубль", "рубля", "рублей", "m"), "$": ("доллар", "доллара", "долларов", "m"), "€": ("евро", "евро",
    "евро", "n"),
    "£": ("фунт", "фунта", "фунтов", "m"), "¥": ("иена", "иены", "иен", "f"), "₴": ("гривна", "гривны", "гривен", "f"),
}  # fmt: skip
_UNITS: dict[str, _Forms] = {
    "%": ("процент", "процента", "процентов", "m"), "руб": _MONEY["₽"], "р": _MONEY["₽"],
    "коп": ("копейка", "копейки", "копеек", "f"), "тыс": ("тысяча", "тысячи", "тысяч", "f"),
    "млн": ("миллион", "миллиона", "миллионов", "m"), "млрд": ("миллиард", "миллиарда", "миллиардов", "m"),
    "трлн": ("триллион", "триллиона", "триллионов", "m"), "кг": ("килограмм", "килограмма", "килограммов", "m"),
    "г": ("грамм", "грамма", "граммов", "m"), "мг": ("миллиграмм", "миллиграмма", "миллиграммов", "m"),
    "т": ("тонна", "тонны", "тонн", "f"), "км": ("километр", "километра", "километров", "m"),
    "м": ("метр", "метра", "метров", "m"), "см": ("сантиметр", "сантиметра", "сантиметров", "m"),
    "мм": ("миллиметр", "миллиметра", "миллиметров", "m"), "л": ("литр", "литра", "литров", "m"),
    "мл": ("миллилитр", "миллилитра", "миллилитров", "m"), "ч": ("час", "часа", "часов", "m"),
    "час": ("час", "часа", "часов", "m"), "мин": ("минута", "минуты", "минут", "f"),
    "с": ("секунда", "секунды", "секунд", "f"),
    "сек": ("секунда", "секунды", "секунд", "f"), "мс": ("миллисекунда", "миллисекунды", "миллисекунд", "f"),
    "°": ("градус", "градуса", "градусов", "m"), "гб": ("гигабайт", "гигабайта", "гигабайт", "m"),
    "мб": ("мегабайт", "мегабайта", "мегабайт", "m"), "кб": ("килобайт", "килобайта", "килобайт", "m"),
    "гц": ("герц", "герца", "герц", "m"), "кгц": ("килогерц", "килогерца", "килогерц", "m"),
    "вт": ("ватт", "ватта", "ватт", "m"), "квт": ("киловатт", "киловатта", "киловатт", "m"),
    "га": ("гектар", "гектара", "гектаров", "m"), "шт": ("штука", "штуки", "штук", "f"),
    "км/ч": ("километр в час", "километра в час", "километров в час", "m"),
    "м/с": ("метр в секунду", "метра в секунду", "метров в секунду", "m"),
    "°c": ("градус Цельсия", "градуса Цельсия", "градусов Цельсия", "m"),
}  # fmt: skip
_UNITS["°с"] = _UNITS["°c"]
_LONE_UNITS = frozenset(_UNITS) - {"с", "р", "т", "ч", "л", "в", "%"}
_SCALE_WORDS = frozenset(
    {"тыс", "млн", "млрд", "трлн", "тысяч", "тысячи", "миллион", "миллиона", "миллионов", "миллиардов"}
)
_COUNTED_F = ("минут", "секунд", "тысяч", "копе", "стран", "книг", "недел", "девоч", "женщин", "машин", "комнат",
"строк", "букв",
              "страниц", "ошиб", "задач", "побед", "сестр", "тонн", "штук", "ног", "рук", "девуш", "компани",
              "ночь", "ночи")  # fmt: skip
_COUNTED_N = (
    "окн",
    "слов",
    "дел",
    "мест",
    "яблок",
    "пис",
    "чувств",
    "лиц",
    "предложени",
    "сообщени",
    "здани",
    "озер",
    "деревь",
)
_SIGNS = {"&": "и", "@": "собака", "+": "плюс", "=": "равно", "%": "процентов", "#": "решётка", "×": "на",
"<": "меньше",
          ">": "больше", "~": "примерно", "≈": "примерно", "±": "плюс минус", "№": "номер", "§": "параграф",
          "/": "дробь",
          "$": "долларов", "€": "евро", "₽": "рублей", "°": "градусов", "½": "половина", "¼": "четверть"}  # fmt: skip
_ENDINGS = {
    "й": ("n", "m"), "ый": ("n", "m"), "ой": ("n", "m"), "го": ("g", "m"), "ого": ("g", "m"), "му": ("d", "m"),
    "м": ("p", "m"), "ом": ("p", "m"), "я": ("n", "f"), "ая": ("n", "f"), "ю": ("a", "f"), "ую": ("a", "f"),
    "е": ("n", "n"), "ое": ("n", "n"), "х": ("g", "p"), "ых": ("g", "p"),
}  # fmt: skip
_YEARS = {"год": "n", "г": "n", "г.": "n", "года": "g", "году": "p", "годом": "i", "гг": "n"}
_NUMBER = r"\d{1,3}(?:[  ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"


def say_russian(word: str, before: str = "", after: str = "") -> str:
    """The words to speak for one written ``word`` (no spaces, no outer punctuation) between its neighbours."""
    for pattern, say in _RULES:
        match = pattern.fullmatch(word)
        spoken = say(match, before, after) if match else None
        if spoken is not None:
            return spoken
    return _plain(word)


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


def _form(forms: _Forms, amount: str) -> str:
    amount = re.sub("[  ]", "", amount).replace(",", ".")
    if "." in amount:
        return forms[1]
    number = int(amount)
    if _ends_in_one(number):
        return forms[0]
    return forms[1] if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else forms[2]


def _counted(amount: str, forms: _Forms) -> str:
    return f"{_number(amount, forms[3])} {_form(forms, amount)}"


def _minus(match: re.Match[str]) -> str:
    return "минус " if match["minus"] else ""


def _money(match: re.Match[str], before: str, after: str) -> str:
    forms = _MONEY[match["sign"]]
    if after.lower().rstrip(".") in _SCALE_WORDS:
        return _minus(match) + _number(match["amount"])
    return _minus(match) + _counted(match["amount"], forms)


def _measure(match: re.Match[str], before: str, after: str) -> str | None:
    forms = _UNITS.get(match["unit"].lower().rstrip("."))
    return None if forms is None else _minus(match) + _counted(match["amount"], forms)


def _lone_unit(match: re.Match[str], before: str, after: str) -> str | None:
    key = match[0].lower().rstrip(".")
    if key == "г" and re.fullmatch(r"\d{4}", before):
        return "года" if not match[0].endswith(".") else "год"
    if key not in _LONE_UNITS or not before[-1:].isdigit():
        return None
    forms = _UNITS[key]
    digits = re.search(r"\d[\d,.]*$", before)
    spoken = _form(forms, digits[0].strip(".,")) if digits else forms[2]
    sign = next((s for s in _MONEY if s in before), None)
    return f"{spoken} {_MONEY[sign][2]}" if sign and key in _SCALE_WORDS else spoken


def _ordinal(number: str, case: str, gender: str) -> str:
    form = {"case": case, "plural": "yes"} if gender == "p" else {"case": case, "gender": gender}
    return say_number(number, "ru", "и", "ordinal", form)


def _ending(match: re.Match[str], before: str, after: str) -> str | None:
    form = _ENDINGS.get(match[2].lower())
    return None if form is None or len(match[1]) > 12 else _ordinal(match[1], *form)


def _date(match: re.Match[str], before: str, after: str) -> str | None:
    numbers = [int(part) for part in re.split(r"[./-]", match[0])]
    year, month, day = numbers if len(match[0].split("-")[0]) == 4 else reversed(numbers)
    if not is_date(year, month, day):
        return None
    return f"{_ordinal(str(day), 'n', 'n')} {_MONTHS[month - 1]} {_ordinal(str(year), 'g', 'm')} года"


def _time(match: re.Match[str], before: str, after: str) -> str | None:
    hour, minute = int(match[1]), int(match[2])
    if not clock(hour, minute):
        return None
    spoken = f"ноль {_number(str(minute))}" if 0 < minute < 10 else "ноль ноль" if minute == 0 else _number(str(minute))
    return f"{_number(str(hour))} {spoken}"


def _bare_number(match: re.Match[str], before: str, after: str) -> str:
    text, follower = match[0], after.lower()
    if text.isdigit() and follower in _MONTHS and 1 <= int(text) <= 31:
        return _ordinal(text, "g", "m")
    if text.isdigit() and len(text) == 4 and (follower in _YEARS or before.lower() in _MONTHS):
        case = _YEARS.get(follower, "g")
        return _ordinal(
            text, "p" if before.lower() == "в" and case == "n" else "g" if before.lower() in _MONTHS else case, "m"
        )
    if text.isdigit() and text.startswith("0") and len(text) > 1:
        return digits_apart(text, "ru")
    forms = _UNITS.get(follower.rstrip("."))
    return _number(text, forms[3] if forms and follower.rstrip(".") in _LONE_UNITS else _gender(follower))


def _gender(counted: str) -> str:
    if counted.startswith(_COUNTED_F):
        return "f"
    return "n" if counted.startswith(_COUNTED_N) else "m"


def _abbreviation(match: re.Match[str], before: str, after: str) -> str | None:
    key = match[0].lower().rstrip(".")
    if not match[0].endswith("."):
        return None
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


_LETTERS = dict(
    zip(
        "БВГДЖЗКЛМНПРСТФХЦЧШЩ",
        [
            "бэ",
            "вэ",
            "гэ",
            "дэ",
            "жэ",
            "зэ",
            "ка",
            "эль",
            "эм",
            "эн",
            "пэ",
            "эр",
            "эс",
            "тэ",
            "эф",
            "ха",
            "цэ",
            "че",
            "ша",
            "ща",
        ],
        strict=True,
    )
)
_LETTERS |= {letter: letter.lower() for letter in "АЕЁИОУЫЭЮЯ"} | {"Й": "и краткое"}


def _spelled(match: re.Match[str], before: str, after: str) -> str | None:
    letters = match[0].replace(".", "")
    shouting = (before.isupper() and len(before) > 4) or (after.isupper() and len(after) > 4)
    pronounceable = len(letters) > 2 and bool(re.search("[АЕИОУЫЭЮЯ]", letters[1:-1])) and letters[0] not in "АЕИОУЫЭЮЯ"
    if (
        shouting
        or pronounceable
        or letters in ("НЕ", "НИ", "НО", "ДА", "НА", "ОН", "МЫ", "ВЫ", "ТЫ", "ЗА", "ОТ", "ДО", "ПО", "ИЗ", "ЭТО")
    ):
        return None
    return " ".join(_LETTERS.get(letter, letter) for letter in letters)


def _plain(word: str) -> str:
    """Letters with the digits and signs among them spoken one part after another."""
    if word.replace("'", "").replace("\u0301", "").isalpha():
        return word
    parts = re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_\u0301](?:[^\W\d_]|[\u0301'’-](?=\w))*|[^\s\w]", word)
    if len(parts) < 2:
        return _SIGNS.get(word, word if word.strip("._") else "")
    joined = {"/": "", "-": "", "*": "", "'": "", "–": "", "—": ""}
    said = (joined[p] if p in joined else _SIGNS.get(p) or (say_russian(p) if p[0].isalnum() else "") for p in parts)
    return " ".join(part for part in said if part)


_MINUS, _SIGN, _AMOUNT = r"(?P<minus>[-−])?", r"(?P<sign>[$€£₽¥₴])", f"(?P<amount>{_NUMBER})"
_Rule = Callable[[re.Match[str], str, str], str | None]
_RULES: list[tuple[re.Pattern[str], _Rule]] = [
    (re.compile(r"[а-яё°/a-z]+\.?", re.IGNORECASE), _lone_unit),
    (re.compile(r"[а-яё]+(?:\.[а-яё]+)?\.?", re.IGNORECASE), _abbreviation),
    (re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _address),
    (re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|ai|ru|рф|su|eu|dev|app)(?:/\S*)?"), _address),
    (re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}"), _date),
    (re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?"), _time),
    (re.compile(_MINUS + _SIGN + _AMOUNT), _money),
    (re.compile(_MINUS + _AMOUNT + _SIGN), _money),
    (re.compile(r"(\d+)-([а-я]{1,3})"), _ending),
    (re.compile(_MINUS + _AMOUNT + r"(?P<unit>%|[а-яёa-z°]+(?:/[а-я])?\.?)", re.IGNORECASE), _measure),
    (re.compile(r"(" + _NUMBER + r")[-–—](" + _NUMBER + r")(%?)"),
     lambda m, b, a: f"{_number(m[1])} {_number(m[2])}{' процентов' * bool(m[3])}"),
    (re.compile(r"(\d+)[xх×](\d+)"), lambda m, b, a: f"{_number(m[1])} на {_number(m[2])}"),
    (re.compile(r"\+(\d{7,15})"), lambda m, b, a: "плюс " + digits_apart(m[1], "ru")),
    (re.compile(r"№(\d+)"), lambda m, b, a: f"номер {_number(m[1])}"),
    (re.compile(r"[-−](" + _NUMBER + r")"), lambda m, b, a: f"минус {_number(m[1])}"),
    (re.compile(_NUMBER), _bare_number),
    (re.compile(r"[А-ЯЁ]{2,5}|(?:[А-ЯЁ]\.){2,}"), _spelled),
]  # fmt: skip
