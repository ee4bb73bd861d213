"""An utterance spoken by eSpeak NG, with the exact time of every phone."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

import numpy as np

from avatar.core.errors import VoiceError
from avatar.core.reasons import Message
from avatar.core.types import Phoneme, Speech
from speech.espeak.library import Sound, installed_voices, mnemonics, synthesise
from speech.espeak.phones import pronunciation
from speech.options import SpeechOptions
from speech.phones import Symbol, is_phone, to_phonemes
from speech.sound.utterance import finish, word_times
from speech.text.planning import SpokenWord, Utterance
from speech.text.russian_stress import accented, stressed_phones

__all__ = ["DEFAULTS", "PREFIX", "phones_of", "speak_utterance", "voice_for"]

PREFIX = "espeak-"

DEFAULTS = {"en": "en-us", "fr": "fr-fr", "pt": "pt-br", "zh": "cmn", "es": "es"}

_SHORT_GAP_S = 0.045

# What the library makes of a pitch in percent: medians of three voices, which agree within 2 %.
_PITCH_PERCENTS = (20, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180)

_PITCH_FACTORS = (0.73, 0.77, 0.80, 0.83, 0.863, 0.902, 0.952, 1.0, 1.048, 1.105, 1.166, 1.225, 1.287, 1.36, 1.44, 1.53)

_NO_BRACKETS = str.maketrans("", "", "[]")


def voice_for(language: str, voice: str | None = None) -> str:
    """The library's own name for ``voice`` (``espeak-ru``) or for a language; VoiceError where there is none."""
    codes = dict(installed_voices())
    if voice is not None:
        code = voice.removeprefix(PREFIX)
        if voice.startswith(PREFIX) and code in codes:
            return codes[code]
        listed = f"eSpeak NG's are named {PREFIX}CODE, see `govorun voices`."
        raise VoiceError(Message("unknown_voice", voice=voice, listed=listed))
    wanted = language.lower().replace("_", "-")
    base = wanted.split("-")[0]
    for code in (wanted, DEFAULTS.get(base, base), base):
        if code in codes:
            return codes[code]
    raise VoiceError(Message("espeak_lacks_language", language=language))


@dataclass(frozen=True)
class _Marked:
    """SSML of an utterance; ``starts[i]``: the character of it where word i begins."""

    text: str
    starts: list[int]


def speak_utterance(utterance: Utterance, options: SpeechOptions) -> Speech:
    voice = voice_for(utterance.language, utterance.voice)
    texts, lacking = _pronounced(utterance, voice)
    marked = _mark_up(utterance.words, texts)
    sound = synthesise(marked.text, voice, options.speed, options.seed, True)
    phonemes, owners = _timed(sound, marked.starts)
    told = Message("espeak_lacks_sound", language=utterance.language, sounds=lacking)
    notes = (told,) if lacking else ()
    return finish(utterance, sound.samples, sound.rate, phonemes, word_times(utterance, phonemes, owners), notes)


def _pronounced(utterance: Utterance, voice: str) -> tuple[list[str], str]:
    """The text of each word, phones in [[ ]] where they are given, and what of those the voice lacks."""
    plain = [escape(word.spoken.translate(_NO_BRACKETS), quote=False) for word in utterance.words]
    if utterance.language.split("-")[0] == "ru":
        plain = _stressed(plain, voice)
    given = {index: pronunciation(word.ipa, voice) for index, word in enumerate(utterance.words) if word.ipa}
    texts = [given[index][0] if index in given else text for index, text in enumerate(plain)]
    return texts, " ".join(dict.fromkeys(lacking for _, lacking in given.values() if lacking))


def _stressed(texts: Sequence[str], voice: str) -> list[str]:
    """Russian words as phones where the library would stress them wrongly."""
    words = [part for text in texts for part in text.split()]
    marked = accented(words)
    known = mnemonics([word.replace("\u0301", "") for word in marked], voice)
    said = iter(
        f"[[{moved}]]" if (moved := stressed_phones(word, phones)) else word.replace("\u0301", "")
        for word, phones in zip(marked, known, strict=True)
    )
    return [" ".join(next(said) for _ in text.split()) for text in texts]


def _mark_up(words: Sequence[SpokenWord], texts: Sequence[str]) -> _Marked:
    """One element a run of words that sound alike: the library pauses at every border of an element."""
    text, starts = "", []
    for manner, run in groupby(zip(words, texts, strict=True), key=lambda pair: (pair[0].pace, pair[0].pitch)):
        opening, closing = _prosody(*manner)
        text += (" " if text else "") + opening
        for index, (word, pronounced) in enumerate(run):
            text += " " if index else ""
            starts.append(len(text))
            text += pronounced + word.mark
        text += closing
    return _Marked(text, starts)


def _prosody(pace: float, pitch: float) -> tuple[str, str]:
    if pace == pitch == 1.0:
        return "", ""
    percent = round(float(np.interp(pitch, _PITCH_FACTORS, _PITCH_PERCENTS)))
    return f'<prosody rate="{round(pace * 100)}%" pitch="{percent}%">', "</prosody>"


def phones_of(sound: Sound) -> list[Phoneme]:
    """The phones of ``sound`` with their times."""
    return _timed(sound, [0])[0]


def _timed(sound: Sound, starts: list[int]) -> tuple[list[Phoneme], list[int]]:
    """Phones and, for each, the word that begins at one of the characters ``starts`` of the text."""
    begins = [event.sample for event in sound.words]
    owners = [max(0, bisect_right(starts, event.position) - 1) for event in sound.words]
    symbols: list[Symbol] = [Symbol(".", sound.phones[0].sample if sound.phones else 0)]
    for index, event in enumerate(sound.phones):
        after = sound.phones[index + 1].sample if index + 1 < len(sound.phones) else len(sound.samples)
        word = bisect_right(begins, event.sample + 1) - 1
        symbols += _symbols(event.ipa, after - event.sample, owners[word] if word >= 0 else 0, sound.rate)
    return to_phonemes(symbols, sound.rate)


def _symbols(ipa: str, samples: int, word: int, rate: int) -> list[Symbol]:
    """Symbols of one event, its time shared by its phones or given to its lone mark (ʲ).

    A gap too short for a pause is part of the phone before.
    """
    if not ipa.strip("_: "):
        return [Symbol("ː" if samples < _SHORT_GAP_S * rate else ".", samples)]
    characters = unicodedata.normalize("NFD", ipa)
    phones = max(1, sum(map(is_phone, characters)))
    symbols, left = [], samples
    for character in characters:
        share = 0
        if is_phone(character):
            phones -= 1
            share = left if phones == 0 else left // (phones + 1)
        left -= share
        symbols.append(Symbol(character, share, word))
    return [*symbols[:-1], replace(symbols[-1], samples=symbols[-1].samples + left)]
