"""Where Russian words are stressed, and ё where е was written; then eSpeak NG's phones with the stress moved there.

Stress is found in context by Silero Stress, unless the writer marked it (за́мок). eSpeak NG knows no stress marks for
Russian: where its own guess differs, the word is handed to it as phones, in its mnemonics, with the vowels that the
stress asks for.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from avatar.core.errors import MissingEngine

__all__ = ["accented", "stressed_phones"]

_ACUTE = "\u0301"
_VOWELS = "аеёиоуыэюя"
_MNEMONIC_VOWEL = re.compile(r"(?P<stress>'?)(?P<vowel>a#|A|a|V|o|e|E#|E|8|I\^|I|i|y|u\"|u#|u)")
_STRESSED = {"а": "A", "о": "o", "е": "e", "ё": "8", "и": "i", "у": "u", "ы": "y", "э": "E", "ю": "u", "я": "A"}
_REDUCED = {"а": "V", "о": "V", "е": "i", "ё": "8", "и": "i", "у": "u", "ы": "y", "э": "E#", "ю": "u", "я": "i"}
_AFTER_HARD = {"е": "E", "и": "y"}
_LOCK = threading.Lock()


def accented(words: Sequence[str]) -> list[str]:
    """``words`` of one sentence with an acute after each stressed vowel and with ё; marks of the writer stay."""
    plain = [word.replace(_ACUTE, "") for word in words]
    with _LOCK, _torch_as_it_is():
        marked = _accentor()(" ".join(plain)).split(" ")
    if len(marked) != len(words):
        return list(words)
    return [
        given if _ACUTE in given else re.sub(r"\+(\w)", rf"\1{_ACUTE}", found)
        for given, found in zip(words, marked, strict=True)
    ]


@lru_cache(maxsize=1)
def _accentor() -> Callable[[str], str]:
    try:
        from silero_stress import load_accentor  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingEngine("Russian word stress needs silero-stress: pip install silero-stress.") from error
    accentor: Callable[[str], str] = load_accentor()
    return accentor


@contextmanager
def _torch_as_it_is() -> Iterator[None]:
    """silero-stress sets one thread and turns gradients off, for the whole process: both are put back."""
    try:
        import torch
    except ImportError as error:
        raise MissingEngine("Russian word stress needs torch: pip install torch.") from error
    threads, gradients = torch.get_num_threads(), torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_grad_enabled(gradients)


def stressed_phones(word: str, mnemonics: str) -> str | None:
    """eSpeak NG's ``mnemonics`` of ``word`` with the stress where ``word`` has its acute; None where it is there
    already, or where letters and mnemonics cannot be matched."""
    letters, wanted = _vowel_letters(word)
    vowels = list(_MNEMONIC_VOWEL.finditer(mnemonics))
    if wanted is None or len(letters) != len(vowels) or len(letters) < 2:
        return None
    stressed = [index for index, match in enumerate(vowels) if match["stress"]]
    if stressed == [wanted]:
        return None
    moved, last = "", 0
    for index, match in enumerate(vowels):
        moved += mnemonics[last : match.start()]
        last = match.end()
        hard = moved[-1:] in ("S", "Z") or moved.endswith("ts")
        letter = letters[index]
        if index == wanted:
            moved += "'" + (_AFTER_HARD.get(letter, _STRESSED[letter]) if hard else _STRESSED[letter])
        else:
            moved += "y" if hard and letter == "е" and index in stressed else _unstressed(match, letter)
    return moved + mnemonics[last:]


def _unstressed(match: re.Match[str], letter: str) -> str:
    return _REDUCED[letter] if match["stress"] else match["vowel"]


def _vowel_letters(word: str) -> tuple[list[str], int | None]:
    """The vowel letters of ``word``, and which of them carries the acute (or is a ё)."""
    letters: list[str] = []
    wanted = None
    for character in word.lower():
        if character in _VOWELS:
            letters.append(character)
            if character == "ё":
                wanted = len(letters) - 1
        elif character == _ACUTE and letters:
            wanted = len(letters) - 1
    return letters, wanted
