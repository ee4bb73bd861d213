"""An utterance as the symbols of a voice that reads phones: each with its word, its pace and its pitch."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import lru_cache

from avatar.core.reasons import Message
from speech.phones import VOWELS, align_words, is_phone
from speech.text.planning import SpokenWord, Utterance

__all__ = ["Transcription", "espeak_symbols", "transcribe"]

_ESPEAK = threading.Lock()


@dataclass(frozen=True)
class Transcription:
    """``symbols`` that the voice knows; of each its word (-1 between words), pace and pitch, 1 as the voice has it."""

    symbols: tuple[str, ...]
    words: tuple[int, ...]
    paces: tuple[float, ...]
    pitches: tuple[float, ...]
    notes: tuple[str, ...]


def transcribe(
    utterance: Utterance, phonemise: Callable[[str], Sequence[str]], known: Container[str], voice: str
) -> Transcription:
    """The symbols of ``utterance`` by ``phonemise`` (text to IPA, one code point a symbol), those of ``known`` kept.

    A note says which sounds ``voice`` lacks.
    """
    symbols = phonemise(utterance.spoken)
    alone = ["".join(phonemise(word.spoken or "a")) for word in utterance.words]
    words = align_words(symbols, alone)
    words = [w if not _is_separator(s) else -1 for s, w in zip(symbols, words, strict=True)]
    said, owners = _substitute(symbols, words, utterance.words)
    unknown = sorted({s for s in said if s not in known})
    kept = [(s, w) for s, w in zip(said, owners, strict=True) if s in known]
    lacking = Message("voice_lacks_sound", voice=voice, sounds=" ".join(unknown))
    notes = (lacking,) if any(map(is_phone, unknown)) else ()
    owners = [w for _, w in kept]
    paces = tuple(utterance.words[w].pace if w >= 0 else 1.0 for w in owners)
    return Transcription(tuple(s for s, _ in kept), tuple(owners), paces, _pitches(utterance.words, owners), notes)


def _is_separator(symbol: str) -> bool:
    return symbol.isspace() or unicodedata.category(symbol)[0] == "P"


def _pitches(spoken: Sequence[SpokenWord], words: Sequence[int]) -> tuple[float, ...]:
    """The pitch of every symbol; what lies between two words goes with the one before."""
    pitches: list[float] = []
    for word in words:
        pitches.append(spoken[word].pitch if word >= 0 else pitches[-1] if pitches else 1.0)
    return tuple(pitches)


@lru_cache(maxsize=20_000)
def espeak_symbols(espeak_voice: str, text: str) -> tuple[str, ...]:
    """``text`` as eSpeak NG's ``espeak_voice`` would say it: IPA, decomposed, with its punctuation."""
    from piper.phonemize_espeak import EspeakPhonemizer

    with _ESPEAK:
        sentences = EspeakPhonemizer().phonemize(espeak_voice, text)
    joined: list[str] = []
    for sentence in sentences:
        joined += ([" "] if joined else []) + sentence
    return tuple(joined)


def _substitute(symbols: Sequence[str], words: list[int], spoken: Sequence[SpokenWord]) -> tuple[list[str], list[int]]:
    """Put given pronunciations in the place of the words, and a stress on emphasised words that have none."""
    out_symbols, out_words, replaced = [], [], set()
    for symbol, word in zip(symbols, words, strict=True):
        ipa = spoken[word].ipa if word >= 0 else None
        if ipa is None:
            out_symbols.append(symbol)
            out_words.append(word)
        elif word not in replaced:
            replaced.add(word)
            out_symbols += list(ipa)
            out_words += [word] * len(ipa)
    for index, one in enumerate(spoken):
        if one.emphasis:
            _stress(out_symbols, out_words, index)
    return out_symbols, out_words


def _stress(symbols: list[str], words: list[int], word: int) -> None:
    places = [i for i, w in enumerate(words) if w == word]
    if any(symbols[i] == "ˈ" for i in places):
        return
    for i in places:
        if symbols[i] == "ˌ":
            symbols[i] = "ˈ"
            return
    vowel = next((i for i in places if symbols[i] in VOWELS), None)
    if vowel is not None:
        symbols.insert(vowel, "ˈ")
        words.insert(vowel, word)
