"""Spoken numbers read back, written apart from the code that speaks them; ValueError for what is no number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

__all__ = [
    "ENGLISH_MONTHS",
    "RUSSIAN_MONTHS",
    "english_number",
    "english_ordinal",
    "english_year",
    "russian_day",
    "russian_form",
    "russian_genitive",
    "russian_number",
    "russian_year",
]


def _words(text: str) -> list[str]:
    return text.split()


_ONES = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_BELOW_HUNDRED = {word: n for n, word in enumerate(_ONES)}
_BELOW_HUNDRED |= {ten: 10 * n for n, ten in enumerate(_TENS, 2)}
_BELOW_HUNDRED |= {f"{ten} {_ONES[n]}": 10 * k + n for (k, ten), n in product(enumerate(_TENS, 2), range(1, 10))}
_SCALES = {"trillion": 10**12, "billion": 10**9, "million": 10**6, "thousand": 10**3}
_ORDINALS = {
    "first": "one", "second": "two", "third": "three", "fifth": "five", "eighth": "eight", "ninth": "nine",
    "twelfth": "twelve", **{ten[:-1] + "ieth": ten for ten in _TENS},
}  # fmt: skip
ENGLISH_MONTHS = _words("January February March April May June July August September October November December")


def english_number(said: str) -> int:
    """The whole number that ``said`` is: "two hundred and five thousand and one"."""
    rest, total, least = said.split(), 0, 10**18
    for scale, size in [*_SCALES.items(), ("", 1)]:
        cut = rest.index(scale) if scale in rest else -1
        if scale and cut < 0:
            continue
        part, rest = (rest[:cut], rest[cut + 1 :]) if scale else (rest, [])
        if scale or part:
            _must(size < least, said)
            total, least = total + size * _hundreds(part, said), size
    return total


def _hundreds(words: Sequence[str], said: str) -> int:
    words = [word for word in words if word != "and"]
    if "hundred" in words:
        cut = words.index("hundred")
        return 100 * _small(words[:cut], said) + (_small(words[cut + 1 :], said) if words[cut + 1 :] else 0)
    return _small(words, said)


def _small(words: Sequence[str], said: str) -> int:
    _must(" ".join(words) in _BELOW_HUNDRED, said)
    return _BELOW_HUNDRED[" ".join(words)]


def english_ordinal(said: str) -> int:
    """The number whose rank ``said`` is: "twenty first"."""
    *head, last = said.split()
    known = _ORDINALS.get(last, last.removesuffix("th"))
    _must(known != last, said)
    return english_number(" ".join([*head, known]))


def english_year(said: str) -> int:
    """The year that ``said`` is: "nineteen oh five", "two thousand and twenty"."""
    words = said.split()
    if "thousand" in words or "hundred" in words:
        return english_number(said)
    for cut in range(1, len(words)):
        first, last = " ".join(words[:cut]), " ".join(words[cut:])
        short = last.removeprefix("oh ")
        if first in _BELOW_HUNDRED and short in _BELOW_HUNDRED and (short != last) == (_BELOW_HUNDRED[short] < 10):
            return 100 * _BELOW_HUNDRED[first] + _BELOW_HUNDRED[short]
    raise ValueError(f"no year: {said}")


_EDINICY = _words("ноль один два три четыре пять шесть семь восемь девять")
_VALUES: dict[str, int] = {word: n for n, word in enumerate(_EDINICY)} | {"одна": 1, "одно": 1, "две": 2}
_TEENS = (
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
)
_VALUES |= {word: n for n, word in enumerate(_words(_TEENS), 10)}
_VALUES |= {
    w: 10 * n
    for n, w in enumerate(_words("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"), 2)
}
_VALUES |= {
    w: 100 * n
    for n, w in enumerate(_words("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"), 1)
}
_RUSSIAN_SCALES: dict[str, tuple[int, str]] = {
    f"{stem}{ending}": (size, form)
    for stem, size in (("миллион", 10**6), ("миллиард", 10**9), ("триллион", 10**12))
    for ending, form in (("", "one"), ("а", "few"), ("ов", "many"))
} | {"тысяча": (1000, "one"), "тысячи": (1000, "few"), "тысяч": (1000, "many")}
RUSSIAN_MONTHS = [
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


def russian_form(number: int) -> str:
    """How a noun is counted: one рубль, few рубля, many рублей."""
    if number % 100 in range(11, 15) or number % 10 in (0, 5, 6, 7, 8, 9):
        return "many"
    return "one" if number % 10 == 1 else "few"


def russian_number(said: str) -> int:
    """The whole number that ``said`` is in the nominative; its thousands have to be in the form that they count in."""
    total, part, least_scale, least = 0, 0, 10**18, 10**18
    for word in said.split():
        if word in _RUSSIAN_SCALES:
            size, form = _RUSSIAN_SCALES[word]
            _must(size < least_scale and russian_form(part or 1) == form, said)
            total, part, least_scale, least = total + size * (part or 1), 0, size, 10**18
            continue
        _must(word in _VALUES, said)
        value = _VALUES[word]
        rank = 100 if value >= 100 else 10 if value >= 10 else 1
        _must(rank < least and part % 100 not in range(10, 20), said)
        part, least = part + value, 0 if 10 <= value < 20 else rank
    return total + part


_GENITIVES: dict[str, int] = {
    word: n
    for n, word in enumerate(
        _words(
            "ноля одного двух трёх четырёх пяти шести семи восьми девяти десяти одиннадцати двенадцати тринадцати "
            "четырнадцати пятнадцати шестнадцати семнадцати восемнадцати девятнадцати"
        )
    )
}
_GENITIVES |= {"одной": 1, "ста": 100, "сорока": 40, "девяноста": 90, "двадцати": 20, "тридцати": 30}
_GENITIVES |= {f"{tens}десяти": 10 * n for n, tens in enumerate(_words("пяти шести семи восьми"), 5)}
_GENITIVES |= {
    f"{unit}сот": 100 * n for n, unit in enumerate(_words("двух трёх четырёх пяти шести семи восьми девяти"), 2)
}


def russian_genitive(said: str) -> int:
    """The whole number below a thousand that ``said`` is in the genitive: "двухсот сорока одного"."""
    total, least = 0, 1000
    for word in said.split():
        _must(word in _GENITIVES, said)
        value = _GENITIVES[word]
        rank = 100 if value >= 100 else 10 if value >= 20 else 1
        _must(rank < least, said)
        total, least = total + value, rank if value not in range(10, 20) else 0
    return total


_FIRST = (
    "перв втор трет четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат "
    "пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"
)
_RANKS: Mapping[str, int] = {
    **{stem: n for n, stem in enumerate(_words(_FIRST), 1)},
    **{
        stem: 10 * n
        for n, stem in enumerate(
            _words("двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност"), 2
        )
    },
    **{
        stem: 100 * n
        for n, stem in enumerate(
            _words("сот двухсот трёхсот четырёхсот пятисот шестисот семисот восьмисот девятисот"), 1
        )
    },
    "тысячн": 1000,
    "двухтысячн": 2000,
}


def russian_day(said: str) -> int:
    """The day of a month that ``said`` is: "двадцать первое", "третье"."""
    return _ranked(said, ("ое", "ье"))


def russian_year(said: str) -> int:
    """The year that ``said`` is in the genitive: "две тысячи двадцать шестого"."""
    return _ranked(said, ("ого", "ьего"))


def _ranked(said: str, endings: tuple[str, str]) -> int:
    *head, last = said.split()
    for ending in endings:
        stem = last.removesuffix(ending)
        if stem != last and stem in _RANKS and (stem == "трет") == (ending == endings[1]):
            return (russian_number(" ".join(head)) if head else 0) + _RANKS[stem]
    raise ValueError(f"no rank: {said}")


def _must(holds: bool, said: str) -> None:
    if not holds:
        raise ValueError(f"no number: {said}")
