"""The language of a text by its letters, and the runs of other languages within a sentence.

Letters tell scripts apart, letters and common words some languages that share one (Ukrainian from Russian, Persian from
Arabic). All that is written in Latin letters is taken for English: other languages have to be named.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from speech.text.cyrillic import cyrillic_language

__all__ = ["detect_language", "same_language", "word_languages"]

_SAMPLE = 20_000
_PHRASE = 3  # so many foreign words in a row are read by a voice of their language, fewer are names within the sentence

_RANGES = (
    (0x0041, 0x024F, "latin"), (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "ru"), (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"), (0x0600, 0x06FF, "ar"), (0x0750, 0x077F, "ar"), (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"), (0x0A00, 0x0A7F, "pa"), (0x0A80, 0x0AFF, "gu"), (0x0B00, 0x0B7F, "or"),
    (0x0B80, 0x0BFF, "ta"), (0x0C00, 0x0C7F, "te"), (0x0C80, 0x0CFF, "kn"), (0x0D00, 0x0D7F, "ml"),
    (0x0D80, 0x0DFF, "si"), (0x0E00, 0x0E7F, "th"), (0x0E80, 0x0EFF, "lo"), (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"), (0x1100, 0x11FF, "ko"), (0x1200, 0x137F, "am"), (0x1780, 0x17FF, "km"),
    (0x1E00, 0x1EFF, "latin"), (0x1F00, 0x1FFF, "el"), (0x3040, 0x30FF, "ja"), (0x3400, 0x4DBF, "zh"),
    (0x4E00, 0x9FFF, "zh"), (0xAC00, 0xD7AF, "ko"), (0xFB1D, 0xFB4F, "he"), (0xFB50, 0xFDFF, "ar"),
    (0xFE70, 0xFEFF, "ar"),
)  # fmt: skip
_STARTS = [first for first, _, _ in _RANGES]
# A script's languages by letters that the script's first language lacks.
_TELLING = {
    "ar": (("ur", "ٹڈڑے"), ("fa", "پچژگ")),
    "zh": (),
}
_SHARING = {
    "ru": "uk be bg sr mk kk ky tt ba cv tg mn uz nog", "ar": "fa ur ps sd ug ku", "hi": "mr ne kok sa",
    "zh": "cmn yue hak", "he": "yi", "bn": "as bpy", "el": "grc", "am": "ti",
}  # fmt: skip
_SCRIPT_OF = {language: script for script, languages in _SHARING.items() for language in languages.split()}
_SCRIPT_OF |= {script: script for _, _, script in _RANGES if script != "latin"}
_READS_TOO = {("ja", "zh"), ("ko", "zh")}


def same_language(one: str, other: str) -> bool:
    """Whether two codes name one language, whatever the region: ``en-GB`` and ``en_US`` do."""
    return _base(one) == _base(other)


def detect_language(text: str, otherwise: str | None = None) -> str:
    """The language of most letters of ``text``, told from its first 20,000 characters; ``en`` where there are none.

    ``otherwise``: the language of the text around it, which it has too where nothing tells another.
    """
    scripts = Counter(filter(None, map(_script, text[:_SAMPLE])))
    if not scripts:
        return "en"
    script = max(scripts, key=lambda name: (scripts[name], name == "latin"))
    if script == "zh" and (scripts["ja"] or (otherwise and same_language(otherwise, "ja"))):
        return "ja"
    if script == "ru":
        near = otherwise if otherwise and _SCRIPT_OF.get(_base(otherwise)) == "ru" else "ru"
        return cyrillic_language(text[:_SAMPLE], near)
    letters = set(text[:_SAMPLE].lower())
    told = next((language for language, telling in _TELLING.get(script, ()) if letters & set(telling)), script)
    return "en" if told == "latin" else told


def word_languages(words: Sequence[str], base: str) -> list[str]:
    """The language of each word of a sentence in ``base``.

    A word in letters that ``base`` does not use has the language of those letters. Latin words between others are
    names, as long as there are fewer than three in a row. What has no letters goes with the word before it.
    """
    home = _SCRIPT_OF.get(_base(base), "latin")
    languages: list[str] = []
    for script, run in groupby(_scripts(words, home)):
        length = len(list(run))
        inside = words[len(languages) : len(languages) + length]
        letters = " ".join(inside)
        named = script == "latin" and home != "latin" and sum(map(_is_word, inside)) < _PHRASE
        languages += [base if script == home or named else detect_language(letters)] * length
    return languages


def _is_word(word: str) -> bool:
    """Whether it is a word of a language, which "COVID-19" and "4K" are not."""
    return any(map(str.isalpha, word)) and not any(map(str.isdigit, word))


def _scripts(words: Sequence[str], home: str) -> list[str]:
    """The script of each word; ``home`` where a single letter is of it, or where there are no letters before."""
    found: list[str] = []
    for word in words:
        scripts = set(filter(None, map(_script, word)))
        if not scripts:
            found.append(found[-1] if found else home)
        elif home in scripts or any((home, script) in _READS_TOO for script in scripts):
            found.append(home)
        else:
            found.append(sorted(scripts)[0])
    return found


def _script(character: str) -> str | None:
    code = ord(character)
    if code < 0x41 or not character.isalpha():
        return None
    first, last, script = _RANGES[bisect_right(_STARTS, code) - 1]
    return script if first <= code <= last else None


def _base(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]
