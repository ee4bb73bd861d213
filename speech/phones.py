"""IPA symbols with sample counts → phones with stress; and which word each phone belongs to."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avatar.core.types import Phoneme

__all__ = ["VOWELS", "Symbol", "align_words", "is_phone", "split_segments", "to_phonemes"]

VOWELS = frozenset("aeiouyæøœɐɑɒɔɘəɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏᵻᵿ")
_STRESS = {"ˈ": 1, "ˌ": 2}


@dataclass(frozen=True)
class Symbol:
    """One symbol of a transcription, the number of samples it lasts, and the word it belongs to (-1: none)."""

    text: str
    samples: int
    word: int = -1


def is_phone(symbol: str) -> bool:
    """Whether ``symbol`` (one code point of IPA) is a phone of its own: no mark, stress, space or punctuation."""
    return unicodedata.category(symbol)[0] == "L" and unicodedata.category(symbol) != "Lm"


def _is_mark(symbol: str) -> bool:
    return unicodedata.category(symbol) in ("Lm", "Mn", "Sk", "Nd", "No") and symbol not in _STRESS


@dataclass
class _Phone:
    ipa: str
    start: int
    end: int
    stress: int
    word: int


def to_phonemes(symbols: Sequence[Symbol], rate: int) -> tuple[list[Phoneme], list[int]]:
    """Phones in time order and the word of each.

    Marks extend the phone before them, a stress mark belongs to the next vowel and its time to the next phone, the time
    of a lone space is shared by its neighbours, and punctuation is a pause that belongs to nobody.
    """
    phones: list[_Phone] = []
    position, stress = 0, 0
    since: int | None = None
    contiguous = False
    for symbol in symbols:
        end = position + symbol.samples
        if symbol.text in _STRESS:
            stress = _STRESS[symbol.text]
            since = position if since is None else since
        elif is_phone(symbol.text):
            begin = position if since is None else since
            stressed = stress if symbol.text in VOWELS else 0
            phones.append(_Phone(symbol.text, begin, end, stressed, symbol.word))
            stress, since, contiguous = 0 if stressed else stress, None, True
        elif _is_mark(symbol.text) and phones and contiguous:
            if not (symbol.text in "ˑː" or (symbol.text == "ʲ" and phones[-1].ipa in VOWELS)):
                phones[-1].ipa += symbol.text
            phones[-1].end = end
        elif symbol.text == " " and contiguous:
            phones[-1].end = position + symbol.samples // 2
            since = phones[-1].end
        elif symbol.text not in "‿":
            _end_group(phones, symbol.text, since)
            contiguous, since = False, None
        position = end
    done = [Phoneme(p.start / rate, p.end / rate, p.ipa, p.stress) for p in phones]
    return done, _monotone([p.word for p in phones])


def _end_group(phones: list[_Phone], text: str, since: int | None) -> None:
    """Nothing of a gap before punctuation belongs to the next phone: give the half space back."""
    if since is not None and phones and since >= phones[-1].end:
        phones[-1].end = since


def _monotone(words: list[int]) -> list[int]:
    reached = 0
    for index, word in enumerate(words):
        reached = max(reached, word)
        words[index] = reached
    return words


def split_segments(ipa: str) -> list[tuple[str, int]]:
    """Phones of a transcription without times: (IPA without length or stress, stress)."""
    phonemes, _ = to_phonemes([Symbol(character, 1) for character in unicodedata.normalize("NFD", ipa)], 1)
    return [(phone.ipa, phone.stress) for phone in phonemes]


def align_words(sentence: Sequence[str], words: Sequence[str]) -> list[int]:
    """The word of each symbol of ``sentence``, given how each word sounds alone; never decreasing.

    Global alignment (Needleman and Wunsch): a phone for a like phone is cheap, a space for a phone dear, so that
    words that run together in the sentence ("in the" as one) are still told apart.
    """
    reference, owner = _reference(words)
    heard = [symbol if is_phone(symbol) else " " if symbol == " " else "" for symbol in sentence]
    places = [i for i, symbol in enumerate(heard) if symbol]
    matched = _align([heard[i] for i in places], reference)
    owners = [-1] * len(sentence)
    for place, target in zip(places, matched, strict=True):
        owners[place] = owner[target] if target >= 0 and heard[place] != " " else -1
    return _fill(owners, heard)


def _reference(words: Sequence[str]) -> tuple[list[str], list[int]]:
    symbols: list[str] = []
    owner: list[int] = []
    for index, word in enumerate(words):
        kept = [c for c in (" " + word) if c == " " or is_phone(c)]
        symbols += kept
        owner += [index] * len(kept)
    return symbols[1:], owner[1:]


_GAP, _SPACE_GAP = 0.8, 0.4


def _align(heard: list[str], reference: list[str]) -> list[int]:
    """For each symbol heard the index in ``reference`` it stands for, or -1."""
    n, m = len(heard), len(reference)
    gaps = np.array([_SPACE_GAP if r == " " else _GAP for r in reference])
    reach = np.concatenate([[0.0], np.cumsum(gaps)])
    costs = np.empty((n + 1, m + 1))
    costs[0] = reach
    rows = {symbol: _substitution(symbol, reference) for symbol in set(heard)}
    for i, symbol in enumerate(heard, 1):
        gap = _SPACE_GAP if symbol == " " else _GAP
        best = costs[i - 1] + gap
        best[1:] = np.minimum(best[1:], costs[i - 1, :-1] + rows[symbol])
        costs[i] = np.minimum.accumulate(best - reach) + reach
    return _trace(costs, heard, rows)


def _substitution(symbol: str, reference: list[str]) -> np.ndarray:
    def cost(other: str) -> float:
        if symbol == other:
            return 0.0
        if " " in (symbol, other):
            return 3.0
        return 0.6 if (symbol in VOWELS) == (other in VOWELS) else 1.4

    return np.array([cost(other) for other in reference])


def _trace(costs: np.ndarray, heard: list[str], rows: dict[str, np.ndarray]) -> list[int]:
    matched = [-1] * len(heard)
    i, j = costs.shape[0] - 1, costs.shape[1] - 1
    while i > 0:
        gap = _SPACE_GAP if heard[i - 1] == " " else _GAP
        if j > 0 and abs(costs[i, j] - costs[i - 1, j - 1] - rows[heard[i - 1]][j - 1]) < 1e-9:
            i, j = i - 1, j - 1
            matched[i] = j
        elif abs(costs[i, j] - costs[i - 1, j] - gap) < 1e-9:
            i -= 1
        else:
            j -= 1
    return matched


def _fill(owners: list[int], heard: list[str]) -> list[int]:
    """Give symbols without a word the one of their group, before them if it is there, else after them."""
    last, group_start = 0, 0
    for index, owner in enumerate(owners):
        if heard[index] == " ":
            group_start = index + 1
        if owner >= 0:
            if all(o < 0 for o in owners[group_start:index]):
                owners[group_start:index] = [owner] * (index - group_start)
            last = owner
        elif heard[index]:
            owners[index] = -1 if heard[index] != " " and index == group_start else last
    for index, owner in enumerate(owners):
        last = owner if owner >= 0 else (owners[index - 1] if index else 0)
        owners[index] = max(last, owners[index - 1] if index else 0)
    return owners
