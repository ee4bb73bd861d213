"""Russian spelling → phones, for voices that read IPA: softness, voicing, vowels by their distance from the stress.

eSpeak NG writes one sign for every unstressed а and о and loses softness at the end of some words; here the rules of
the standard pronunciation are followed (Avanesov: "Русское литературное произношение", 1984). Stress and ё are to be
written already, as :func:`speech.text.russian_stress.accented` does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["CLITICS", "russian_phones"]

_ACUTE = "\u0301"
_VOWELS = "аеёиоуыэюя"
_IOTATED = {"е": "э", "ё": "о", "ю": "у", "я": "а"}
_PAIRED = dict(zip("бвгдзклмнпрстфх", "bvɡdzklmnprstfx", strict=True))
_SINGLE = {"ж": "ʐ", "ш": "ʂ", "ц": "ts", "ч": "tɕ", "щ": "ɕː", "й": "j"}
_HARD, _SOFT = frozenset("жшц"), frozenset("чщй")
_DEVOICED = dict(zip("bvɡdzʐ", "pfktsʂ", strict=True))
_VOICED = {voiceless: voiced for voiced, voiceless in _DEVOICED.items()}
_VOICELESS = frozenset("pfktsʂɕxt")
_VOICING = frozenset("bɡdzʐ")  # v is voiced and voices nothing
_STRESSED = {"а": "a", "о": "o", "у": "u", "ы": "ɨ", "э": "e", "и": "i"}
_FIRST = {"а": "ɐ", "о": "ɐ", "у": "u", "ы": "ɨ", "э": "ɨ", "и": "ɪ"}
_FARTHER = {**_FIRST, "а": "ə", "о": "ə"}
_AFTER_SOFT = {"а": "ɪ", "о": "ɪ", "у": "u", "ы": "ɪ", "э": "ɪ", "и": "ɪ"}
CLITICS = frozenset(
    word
    for line in (
        "а без безо бы в во вы для до ж же за и из изо или к ко ли мы на над не ни но о об от по под при про с со ты у",
        "что чтобы я",
    )
    for word in line.split()
)
"""Words that lean on a neighbour and have no stress of their own."""
PROCLITICS = frozenset(
    word
    for line in ("без безо в во для до за из изо к ко на над", "не ни о об обо от ото по под при про с со")
    for word in line.split()
)
"""Those that are said as one word with the next."""

_SPELT = (
    ("что", "што"), ("конечн", "конешн"), ("скучн", "скушн"), ("нарочн", "нарошн"), ("сегодн", "севодн"),
    ("здравств", "здраств"), ("пожалуйст", "пожалуст"), ("чувств", "чуств"),
    ("солнц", "сонц"), ("сердц", "серц"), ("поздн", "позн"),
    ("праздн", "празн"), ("лестн", "лесн"), ("честн", "чесн"), ("местн", "месн"), ("грустн", "грусн"),
    ("известн", "извесн"), ("счаст", "щаст"), ("счёт", "щёт"), ("счит", "щит"), ("мужчин", "мущин"), ("легк", "лехк"),
    ("лёгк", "лёхк"), ("мягк", "мяхк"), ("ться", "ца"), ("тся", "ца"), ("сч", "щ"), ("зж", "жж"), ("сш", "шш"),
    ("зш", "шш"),
)  # fmt: skip
_BORROWED = (
    ("интерне", "интэрнэ"), ("интерв", "интэрв"), ("отел", "отэл"), ("кафе", "кафэ"), ("модел", "модэл"),
    ("компьютер", "компьютэр"), ("менедж", "мэнэдж"), ("сервис", "сэрвис"), ("бизнес", "бизнэс"), ("шоссе", "шоссэ"),
    ("энерг", "энэрг"), ("синте", "синтэ"), ("стенд", "стэнд"), ("текст", "тэкст"), ("свитер", "свитэр"),
    ("бутерб", "бутэрб"), ("тендер", "тэндэр"), ("тоннел", "тоннэл"), ("антенн", "антэнн"), ("детектив", "дэтэктив"),
    ("тезис", "тэзис"), ("критери", "критэри"), ("артери", "артэри"), ("фонет", "фонэт"),
)  # fmt: skip
"""Stems in which consonants stay hard before е."""
_DOUBLED = re.compile(r"([бвгдзклмнпрстфх])\1(?=[бвгдзклмнпрстфхжшцчщ]|ь?$)")
"""Said once before another consonant and at the end."""
_GENITIVE = re.compile(rf"([ое]{_ACUTE}?)г(о{_ACUTE}?)$")
_WITH_G = frozenset(("много", "немного", "намного", "строго", "дорого", "недорого", "долго", "убого", "полого"))


def russian_phones(word: str, stressed: bool = True, host: str = "") -> list[str]:
    """Phones of ``word`` (stress marked by an acute, or by ё), one string each, ``ˈ`` before the stressed vowel.

    ``host``: the next word where ``word`` is said as one with it; the last consonant takes its voice and the vowels
    are weakened by their distance from its stress.
    """
    letters = _spelt_as_said(word.lower())
    plain = [letter for letter in letters if letter != _ACUTE]
    if host:
        following = _spelt_as_said(host.lower())
        bare = [letter for letter in following if letter != _ACUTE]
        stress = sum(letter in _VOWELS for letter in plain) + max(0, _stress(following))
        own = _sounds(plain, stress, leaning=True)
        return _voiced([*own, *_sounds(bare, _stress(following))])[: len(own)]
    return _voiced(_sounds(plain, _stress(letters) if stressed else -1))


def _spelt_as_said(word: str) -> str:
    bare = word.replace(_ACUTE, "")
    if bare not in _WITH_G:
        word = _GENITIVE.sub(r"\1в\2", word)
    for written, said in (*_SPELT, *_BORROWED):
        pattern = "".join(re.escape(c) + f"({_ACUTE}?)" for c in written)
        match = re.search(pattern, word)
        if match:
            word = word[: match.start()] + _with_stress(said, match) + word[match.end() :]
    return _DOUBLED.sub(r"\1", word)


def _with_stress(said: str, match: re.Match[str]) -> str:
    """``said`` with the acute on the vowel that stands where the written vowel had it."""
    marked = [index for index, mark in enumerate(match.groups()) if mark]
    if not marked:
        return said
    number = sum(letter in _VOWELS for letter in re.sub(_ACUTE, "", match[0])[: marked[0]])
    places = [index for index, letter in enumerate(said) if letter in _VOWELS]
    if number >= len(places):
        return said
    return said[: places[number] + 1] + _ACUTE + said[places[number] + 1 :]


def _stress(letters: str) -> int:
    """Number of the stressed vowel, -1 where none is known."""
    count, found, yo = -1, -1, -1
    for letter in letters:
        if letter in _VOWELS:
            count += 1
            yo = count if letter == "ё" else yo
        elif letter == _ACUTE:
            found = count
    if found < 0 and count == 0:
        return 0
    return found if found >= 0 else yo


def _sounds(letters: Sequence[str], stress: int, leaning: bool = False) -> list[str]:
    sounds: list[str] = []
    number = -1
    for index, letter in enumerate(letters):
        after = letters[index + 1] if index + 1 < len(letters) else ""
        before = letters[index - 1] if index else ""
        if letter in _VOWELS:
            number += 1
            last = index == len(letters) - 1 and not leaning
            sounds += _vowel(letter, before, number - stress if stress >= 0 else 9, last)
        elif letter in _PAIRED:
            soft = after in ("е", "ё", "и", "ю", "я", "ь") and after != ""
            sounds.append(_PAIRED[letter] + ("ʲ" if soft else ""))
        elif letter in _SINGLE:
            sounds.append(_SINGLE[letter])
    return sounds


def _vowel(letter: str, before: str, distance: int, last: bool) -> list[str]:
    """Phones of a vowel ``distance`` vowels after the stressed one."""
    glide = ["j"] if letter in _IOTATED and (not before or before in f"{_VOWELS}ьъ") else []
    if letter == "и" and before == "ь":
        glide = ["j"]
    base = _IOTATED.get(letter, letter)
    soft = bool(glide) or before in _SOFT or (letter in "еёиюя" and before not in _HARD and before != "")
    if before in _HARD and base == "и":
        base = "ы"
    if distance == 0:
        return [*glide, "ˈ", _STRESSED[base]]
    if letter == "э" or (last and base == "э"):
        return [*glide, "e"]
    if soft:
        return [*glide, "ə" if last and base == "а" else _AFTER_SOFT[base]]
    if distance == -1 or not before:
        return [*glide, _FIRST[base]]
    return [*glide, _FARTHER[base]]


def _voiced(sounds: list[str]) -> list[str]:
    """Obstruents take the voice of the one after them, and lose it at the end."""
    following = "#"
    for index in range(len(sounds) - 1, -1, -1):
        sound = sounds[index]
        base = sound[0]
        if base in _DEVOICED and (following == "#" or following in _VOICELESS):
            sounds[index] = _DEVOICED[base] + sound[1:]
        elif base in _VOICED and following in _VOICING and sound not in ("ts", "tɕ"):
            sounds[index] = _VOICED[base] + sound[1:]
        following = sounds[index][0]
    return sounds
