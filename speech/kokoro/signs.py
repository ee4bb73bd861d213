"""The signs that Kokoro reads, from eSpeak NG's IPA or from Russian spelling, and the IPA that each of them stands for.

Its vocabulary has single signs for affricates and, in English, for diphthongs; marks of length count, and what it lacks
is written with the nearest that it has. Which sign stands for what was found by what a recogniser hears: see
docs/speech-quality.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from speech.text.russian_phones import CLITICS, PROCLITICS, russian_phones
from speech.text.russian_stress import accented
from speech.transcription import espeak_symbols

__all__ = ["ESPEAK_VOICES", "as_ipa", "phonemiser", "signs_of"]

ESPEAK_VOICES = {
    "en": "en-us", "es": "es", "fr": "fr", "de": "de", "it": "it", "pt": "pt-br", "pl": "pl", "uk": "uk", "tr": "tr",
    "ru": "ru",
}  # fmt: skip
"""Language → the voice of eSpeak NG whose phones are read."""

_EVERYWHERE = {
    "tʃ": "ʧ", "dʒ": "ʤ", "tɕ": "ʨ", "dʑ": "ʥ", "ts": "ʦ", "dz": "ʣ", "ʑ": "ʒ", "ʐ": "ʒ", "ɫ": "l", "ɭ": "l", "g": "ɡ",
    "ɵ": "ø", "ʉ": "u", "ʏ": "y", "ɱ": "m", "ʍ": "w", "ɘ": "ə", "ɬ": "l", "ʀ": "ʁ", "ħ": "h", "ɦ": "h", "ɶ": "œ",
    "ɞ": "ɜ", "c\u0327": "ç", "^": "", "iʲ": "i", "\u0361": "", "\u032a": "", "\u0329": "", "\u032f": "",
}  # fmt: skip
_OF_LANGUAGE: Mapping[str, Mapping[str, str]] = {
    "en": {
        "eɪ": "A", "aɪ": "I", "oʊ": "O", "aʊ": "W", "ɔɪ": "Y", "ɝ": "ɜɹ", "ɚ": "əɹ", "ɜː": "ɜɹ", "ɐ": "ə", "ʔ": "t",
        "iːː": "i", "iː": "i", "uː": "u", "ɑː": "ɑ", "ɔː": "ɔ", "r": "ɹ", "ɾ": "T", "o": "ɔ", "e": "A",
    },
}  # fmt: skip
_STANDS_FOR = {
    "A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "Q": "əʊ", "T": "ɾ", "ʧ": "tʃ", "ʤ": "dʒ", "ʨ": "tɕ",
    "ʥ": "dʑ", "ʦ": "ts", "ʣ": "dz", "ᵊ": "ə", "ꭧ": "tʃ",
}  # fmt: skip
_RUSSIAN = {"ʐ": "ʒ"}
_SOFT = re.compile("(.)ʲ(?=([ˈˌaeiouɐəɛɨɪ])?)")
"""A soft consonant, and the vowel or the stress that follows it, if any."""
_SOFT_ALONE = {"n": "ɲ", "r": "ɾ"}
_LONG = re.compile("(ˈ[aeiouɨ])")
"""Stressed vowels are the long ones of Russian, which the voices do not know of themselves."""
_LEANING = frozenset("вск")
"""Spoken as one with the next word, unless that begins with a glide, which would soften them."""
_TOKEN = re.compile(r"(?P<before>[^\w\u0301'’-]*)(?P<word>[\w\u0301'’-]+)(?P<after>[^\w\u0301'’-]*)")


def phonemiser(language: str) -> Callable[[str], tuple[str, ...]]:
    """Text of ``language`` → signs, one code point each, with its punctuation."""
    base = language.replace("_", "-").split("-")[0].lower()
    return russian_signs if base == "ru" else partial(_by_espeak, base)


@lru_cache(maxsize=20_000)
def _by_espeak(language: str, text: str) -> tuple[str, ...]:
    return signs_of("".join(espeak_symbols(ESPEAK_VOICES[language], text)), language)


def signs_of(ipa: str, language: str) -> tuple[str, ...]:
    """IPA as signs of the vocabulary; what is in no table stays as it is."""
    base = language.replace("_", "-").split("-")[0].lower()
    pattern, table = _table(base)
    signs = pattern.sub(lambda found: table[found[0]], unicodedata.normalize("NFD", ipa))
    return tuple(_SOFT.sub(_softened, signs) if base == "ru" else signs)


def _softened(found: re.Match[str]) -> str:
    """ʲ is heard as a vowel where none follows: there it is left out, or the consonant has a sign of its own."""
    return f"{found[1]}j" if found[2] else _SOFT_ALONE.get(found[1], found[1])


@lru_cache(maxsize=32)
def _table(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    own = _RUSSIAN if language == "ru" else _OF_LANGUAGE.get(language, {})
    table = {unicodedata.normalize("NFD", key): value for key, value in {**_EVERYWHERE, **own}.items()}
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), table


@lru_cache(maxsize=20_000)
def russian_signs(text: str) -> tuple[str, ...]:
    """Russian ``text`` as signs: stress and ё found in its context, words that lean on others without stress."""
    tokens = list(_TOKEN.finditer(text))
    words = accented([token["word"] for token in tokens]) if tokens else []
    said = []
    for index, (token, word) in enumerate(zip(tokens, words, strict=True)):
        bare = word.replace("\u0301", "").lower()
        host = words[index + 1] if index + 1 < len(words) and token["after"] == " " else ""
        stressed = len(tokens) == 1 or bare not in CLITICS
        phones = "".join(russian_phones(word, stressed, host if bare in PROCLITICS else ""))
        leans = bare in _LEANING and host != "" and host[0].lower() not in "еёюя"
        said.append(token["before"].strip() + phones + ("" if leans else token["after"]))
    return signs_of(_LONG.sub(r"\1ː", "".join(said).strip()), "ru")


def as_ipa(signs: Sequence[str]) -> list[str]:
    """What each sign stands for, in IPA, one or more phones."""
    return [_STANDS_FOR.get(sign, sign) for sign in signs]
