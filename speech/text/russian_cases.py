"""The case that a Russian number or noun stands in, told from the words around it, and the forms of nouns.

A noun is known by the forms that numbers ask for (:data:`Forms`): the others follow from these by its declension.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from speech.text.near import Near
from speech.text.numerals import plain_number
from speech.text.russian_words import COUNTED_F, FAMILIAR_M, SCALE_FORMS, Forms
from speech.text.wordlists import words

__all__ = [
    "Case",
    "counted_form",
    "gender_of",
    "is_amount",
    "noun",
    "noun_case",
    "number_case",
    "plural",
    "russian_digits",
    "singular",
]

Case = Literal["n", "g", "d", "a", "i", "p"]

_GENITIVE = words(
    """до от ок. из из-за из-под без у для около более менее больше меньше свыше после вместо кроме против среди порядка
    старше младше моложе выше ниже дороже дешевле против вокруг внутри вне помимо нет достигает достиг достигла
    достигло течение размере величиной"""
)  # fmt: skip
_DATIVE = frozenset(["к", "ко", "благодаря", "согласно", "равно", "равна", "равен", "равны", "вопреки", "подобно"])
_INSTRUMENTAL = frozenset(["между", "над", "перед", "надо", "передо"])
_PREPOSITIONAL = frozenset(["при", "о", "об", "обо"])
_ACCUSATIVE = frozenset(["в", "во", "на", "за", "через", "про", "под", "по", "спустя", "сквозь"])
_SKIPPED = words("""примерно почти ровно всего целых лишь только ещё еще приблизительно этих тех всех свои своих""")
_JOINING = frozenset({"и", "или", "либо", "а", "плюс"})
_REACH = 5
_ADJECTIVE = re.compile(r"[а-яё]+(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ых|их|ым|им|ыми|ими|ого|его|ому|ему|ую|юю)")
_INSTRUMENTAL_NOUN = re.compile(r"[а-яё]+(?:ами|ями|ьми|ыми|ими)")
_DATIVE_NOUN = re.compile(r"[а-яё]{2,}(?:ам|ям)")
_PREPOSITIONAL_NOUN = re.compile(r"[а-яё]+(?:ах|ях)")
_GENITIVE_PLURAL = re.compile(r"[а-яё]+(?:ов|ев|ёв|ей|[бвгджзклмнпрстфхцчшщ]ь?|й)")
_VERB = re.compile(r"[а-яё]{2,}(?:л|ли|ла|ть|ти|йте|ите|ем|им|ю|ешь|ишь|ет|ит)")
_TO_BE = re.compile(r"(?:бы|есть|оста|прош|прой|наш|име|стои|наход|нуж|треб|ид)")


def russian_digits(text: str) -> str:
    """The digits of a number as Russians write it: the comma begins the fraction."""
    return plain_number(text, comma_groups=2)


def is_amount(word: str) -> bool:
    """Whether ``word`` is a number, with a sign or a unit of its own or not."""
    return bool(re.match(r"[-−+$€£₽¥₴]*\d", word))


def number_case(near: Near) -> Case:
    """The case of the number at ``near``: what the noun after it shows, else what the word before it asks for."""
    before = _governor(near)
    shown = _shown(near, before)
    if shown:
        return shown
    if before in ("с", "со"):
        return "g" if _goes_on_to(near) or not _instrumental(near) else "i"
    if before in _JOINING or _continues(near):
        return _inherited(near)
    return _asked(before)


def _governor(near: Near) -> str:
    offset = -1
    while near.core(offset).lower() in _SKIPPED:
        offset -= 1
    return near.core(offset).lower() if not _parted(near.tail(offset)) else ""


def _parted(tail: str) -> bool:
    return bool(set(tail) & set(",:;—"))


def _asked(before: str) -> Case:
    cases: tuple[tuple[frozenset[str], Case], ...] = (
        (_GENITIVE, "g"), (_DATIVE, "d"), (_INSTRUMENTAL, "i"), (_PREPOSITIONAL, "p"), (_ACCUSATIVE, "a"),
    )  # fmt: skip
    return next((case for words, case in cases if before in words), "n")


def counted_noun(near: Near) -> str:
    """The noun that the number counts, its adjective passed over; empty where punctuation ends the phrase."""
    noun = near.follower.lower()
    if _ADJECTIVE.fullmatch(noun) and not near.tail(1) and near.core(2).isalpha():
        return near.core(2).lower()
    return noun


def _shown(near: Near, before: str) -> Case | None:
    word = counted_noun(near)
    if not word.isalpha():
        return _distance(near, before)
    if _INSTRUMENTAL_NOUN.fullmatch(word):
        return "i"
    if _DATIVE_NOUN.fullmatch(word) and before not in _GENITIVE and not re.search("грамм|килограмм|программ", word):
        return "d"
    if _PREPOSITIONAL_NOUN.fullmatch(word) and before not in ("с", "со"):
        return "p"
    return _shown_by_few(near, word, before) or _shown_by_one(near, word, before) or _distance(near, before)


def _shown_by_few(near: Near, word: str, before: str) -> Case | None:
    """2 очков: two, three and four with a genitive plural are in the genitive (or, of people, the accusative)."""
    number = _whole(near.core())
    few = number is not None and number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
    plural_noun = _GENITIVE_PLURAL.fullmatch(word) and word not in _NO_GENITIVES and not _is_unit(word)
    return "g" if few and plural_noun and before not in (_DATIVE | _INSTRUMENTAL | _PREPOSITIONAL) else None


_NO_GENITIVES = words("""и или в из за раз от под до чем как на с к для о об при мая июня июля раз час вот там тут""")


def _is_unit(word: str) -> bool:
    return len(word) <= 4 or word in SCALE_FORMS


def _shown_by_one(near: Near, word: str, before: str) -> Case | None:
    number = _whole(near.core())
    if number is None or not _ends_in_one(number):
        return None
    if word.endswith(("у", "ю")) and before not in ("к", "ко", "по", "благодаря", "согласно"):
        return "a" if not word.endswith("ью") else "i"
    if word.endswith("ь") and _VERB.fullmatch(before) and not _TO_BE.match(before):
        return "a"
    if before in ("с", "со") and word.endswith(("ой", "ей", "ом", "ем", "ём")):
        return "i"
    if before in ("в", "на") and word.endswith(("е", "ии", "сти")):
        return "p"
    return None


def _distance(near: Near, before: str) -> Case | None:
    """в 5 км от города."""
    towards = near.core(2).lower() in ("от", "к", "до", "отсюда", "оттуда", "друг") and not near.tail(1)
    length = near.follower.lower().rstrip(".") in ("км", "м", "метрах", "шагах", "минутах", "мин", "часах", "см", "мм")
    return "p" if before in ("в", "на") and length and towards else None


def _instrumental(near: Near) -> bool:
    word = counted_noun(near)
    return bool(_INSTRUMENTAL_NOUN.fullmatch(word)) or word.endswith("ью")


def _goes_on_to(near: Near) -> bool:
    return any(near.core(k).lower() in ("до", "по") for k in range(1, _REACH))


def _continues(near: Near) -> bool:
    """9 ч. 30 мин.: a number right after the unit of another."""
    return near.before in ("ч.", "час.", "мин.", "руб.", "тыс.", "млн.") and is_amount(near.core(-2))


def _inherited(near: Near) -> Case:
    """The case of the number before "и", or of the one that this goes on from."""
    for offset in range(-2, -_REACH - 1, -1):
        if is_amount(near.core(offset)):
            case = number_case(near.moved(offset))
            return case if case in ("g", "d", "i", "p") else "n"
    return "n"


def noun_case(before: str) -> Case:
    """The case of a noun in the singular after ``before``: в г. Москве, из г. Твери."""
    word = before.lower()
    if word in ("в", "во", "на"):
        return "p"
    if word in ("по",):
        return "d"
    if word in ("с", "со"):
        return "g"
    if word in ("за", "под"):
        return "i"
    return "a" if word.rstrip(".") in ("см", "смотри") else _asked(word)


def _whole(word: str) -> int | None:
    text = russian_digits(word.lstrip("-−+"))
    return int(text) if text.isdigit() else None


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


def gender_of(word: str, case: Case, number: int) -> Literal["m", "f", "n"]:
    """The gender of the noun ``word`` as it stands after ``number`` in ``case``."""
    word = word.lower()
    if word.startswith(FAMILIAR_M) or not re.fullmatch("[а-яё]+", word):
        return "m"
    if word.startswith(COUNTED_F) and (case in "dpi" or word.endswith("ь")):
        return "f"
    return _gender_after_one(word, case) if _ends_in_one(number) else _gender_after_two(word, case)


def _gender_after_one(word: str, case: Case) -> Literal["m", "f", "n"]:
    feminine = {"n": ("а", "я", "сть", "знь", "вь"), "a": ("у", "ю", "сть", "знь", "вь", "адь", "верь"),
                "g": ("ы", "и"), "d": ("ии", "сти"), "p": ("ии", "сти"), "i": ("ой", "ей", "ью")}  # fmt: skip
    if word.endswith(feminine[case]) or (case in "na" and word.endswith("адь")):
        return "f"
    return "n" if case in "na" and word.endswith(("о", "е", "мя")) else "m"


def _gender_after_two(word: str, case: Case) -> Literal["m", "f", "n"]:
    """две книги, but два пути, два имени."""
    if case not in "na" or word in ("пути", "дни") or word.endswith("мени"):
        return "m"
    return (
        "f"
        if word.endswith(("ы", "и")) and not _ADJECTIVE.fullmatch(word)
        else "f"
        if word.endswith(("ые", "ие"))
        else "m"
    )


def counted_form(amount: str, forms: Forms, case: Case) -> str:
    """The form of a noun after ``amount`` in ``case``."""
    amount = russian_digits(amount)
    if "." in amount:
        return singular(forms, "g")
    number = int(amount)
    if case not in ("n", "a"):
        return singular(forms, case) if _ends_in_one(number) else plural(forms, case)
    if _ends_in_one(number):
        return singular(forms, case)
    return forms[1] if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else forms[2]


def noun(forms: Forms, case: Case, many: bool = False) -> str:
    return plural(forms, case) if many else singular(forms, case)


_IRREGULAR: Mapping[str, Mapping[str, str]] = {
    "сутки": {"g": "суток", "d": "суткам", "a": "сутки", "i": "сутками", "p": "сутках"},
    "киловатт час": {"g": "киловатт часа", "d": "киловатт часу", "i": "киловатт часом", "p": "киловатт часе"},
    "суток": {"d": "суткам", "i": "сутками", "p": "сутках"},
    "киловатт часов": {"d": "киловатт часам", "i": "киловатт часами", "p": "киловатт часах"},
    "рубль": {"i": "рублём"}, "день": {"i": "днём"}, "статья": {"i": "статьёй"},
}  # fmt: skip


def singular(forms: Forms, case: Case) -> str:
    """одна минута in ``case``."""
    irregular = _IRREGULAR.get(forms[0], {}).get(case)
    if irregular:
        return irregular
    head, rest = _head(forms[0])
    if case == "n" or (case == "a" and forms[3] != "f"):
        return forms[0]
    if " " in head:
        adjective, name = head.split(" ")
        return f"{_adjective(adjective, case)} {singular((name, forms[1].split()[1], '', forms[3]), case)}"
    genitive = _head(forms[1])[0]
    return (genitive if case == "g" else _singular(head, genitive, forms[3], case)) + rest


def _singular(head: str, genitive: str, gender: str, case: Case) -> str:
    if genitive == head:
        return head  # евро
    stem, soft = genitive[:-1], genitive.endswith(("я", "и"))
    if gender == "f" and head.endswith("ь"):
        return {"d": genitive, "a": head, "i": head + "ю", "p": genitive}[case]
    if head.endswith("ие") and case == "p":
        return stem + "и"
    if gender == "f":
        after = {"d": "е", "a": "ю" if head.endswith("я") else "у", "i": "ой", "p": "е"}[case]
        if head.endswith("ия") and case in "dp":
            after = "и"
        return stem + ("ей" if case == "i" and head.endswith(("я", "ца", "ша", "жа", "ча")) else after)
    return stem + {"d": "ю" if soft else "у", "i": "ем" if soft else "ом", "p": "е", "a": head[-1:]}[case]


def plural(forms: Forms, case: Case) -> str:
    """пять минут in ``case``."""
    irregular = _IRREGULAR.get(forms[2], {}).get(case)
    if irregular:
        return irregular
    head, rest = _head(forms[2])
    if case == "g":
        return forms[2]
    if " " in head:
        adjective, name = head.split(" ")
        ending = {"d": "м", "i": "ми"}.get(case, "х")
        return f"{adjective[:-1]}{ending} {_plural(forms[1].split()[1], name, forms[3], case)}{rest}"
    return _plural(_head(forms[1])[0], head, forms[3], case) + rest


def _plural(genitive: str, many: str, gender: str, case: Case) -> str:
    if genitive == many:
        return many  # евро
    if many == "лет":
        return {"d": "годам", "i": "годами", "p": "годах", "n": "годы", "a": "годы"}[case]
    if many == "человек":
        return {"d": "человекам", "i": "людьми", "p": "людях", "n": "люди", "a": "людей"}[case]
    stem = genitive[:-1]
    soft = genitive.endswith("я") or (
        genitive.endswith("и") and many.endswith(("ь", "ей", "й")) and not many.endswith("к")
    )
    return stem + {"d": "ям" if soft else "ам", "i": "ями" if soft else "ами", "p": "ях" if soft else "ах",
                   "n": "и" if soft else "ы", "a": "и" if soft else "ы"}[case]  # fmt: skip


def _head(text: str) -> tuple[str, str]:
    """What declines of a unit, and the rest: градус | Цельсия, километр | в час, квадратный метр."""
    words = text.split(" ")
    size = 2 if len(words) > 1 and words[0].endswith(("ый", "ых", "ий", "их", "ая")) else 1
    return " ".join(words[:size]), "".join(" " + word for word in words[size:])


def _adjective(adjective: str, case: Case) -> str:
    feminine = adjective.endswith("ая")
    endings = {"g": "ой", "d": "ой", "a": "ую", "i": "ой", "p": "ой"} if feminine else {
        "g": "ого", "d": "ому", "a": "ый", "i": "ым", "p": "ом"}  # fmt: skip
    return adjective[:-2] + endings[case]
