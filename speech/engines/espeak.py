"""eSpeak NG: robotic speech in more than a hundred languages, with the exact time of every phone."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from avatar.core.errors import VoiceError
from avatar.core.progress import Progress
from avatar.core.types import EngineCard, Phoneme, Speech
from speech.engines.espeak_library import Sound, installed_voices, library_version, mnemonics, synthesise
from speech.engines.russian_stress import accented, stressed_phones
from speech.options import SpeechOptions, Voice
from speech.phones import Symbol, is_phone, to_phonemes
from speech.pieces import finish, word_times
from speech.planning import SpokenWord, Utterance

__all__ = ["Espeak", "phones_of", "voice_for"]

_PREFIX = "espeak-"
_DEFAULTS = {"en": "en-us", "fr": "fr-fr", "pt": "pt-br", "zh": "cmn", "es": "es"}
_LANGUAGES = {"cmn": "zh"}
_SHORT_GAP_S = 0.045
_NO_BRACKETS = str.maketrans("", "", "[]")


class Espeak:
    """Voices ``espeak-CODE``, one a language; the voice for Russian and for whatever has no neural voice here."""

    def card(self) -> EngineCard:
        return EngineCard("espeak", library_version(), "GPL-3.0-or-later")

    def voices(self) -> tuple[Voice, ...]:
        licence = "GPL-3.0-or-later"
        return tuple(
            Voice(_PREFIX + code, _LANGUAGES.get(code, code), licence, "robotic", "espeak")
            for code, _ in sorted(installed_voices(), key=lambda pair: (pair[0] not in _DEFAULTS.values(), pair[0]))
        )

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            yield _speak_utterance(utterance, options)


def voice_for(language: str, voice: str | None = None) -> str:
    """The library's own name for ``voice`` (``espeak-ru``) or for a language; VoiceError where there is none."""
    codes = dict(installed_voices())
    if voice is not None:
        code = voice.removeprefix(_PREFIX)
        if voice.startswith(_PREFIX) and code in codes:
            return codes[code]
        raise VoiceError(f"Unknown voice {voice!r}: eSpeak NG's are named {_PREFIX}CODE, see `govorun voices`.")
    wanted = language.lower().replace("_", "-")
    base = wanted.split("-")[0]
    for code in (wanted, _DEFAULTS.get(base, base), base):
        if code in codes:
            return codes[code]
    raise VoiceError(f"eSpeak NG does not speak {language!r}: `govorun voices` lists its languages.")


@dataclass(frozen=True)
class _Marked:
    """SSML of an utterance; ``starts[i]``: the character of it where word i begins."""

    text: str
    starts: list[int]


def _speak_utterance(utterance: Utterance, options: SpeechOptions) -> Speech:
    voice = voice_for(utterance.language, utterance.voice)
    marked = _mark_up(utterance.words, _pronounced(utterance, voice))
    sound = synthesise(marked.text, voice, options.speed, options.seed, True)
    phonemes, owners = _timed(sound, marked.starts)
    notes = ("eSpeak NG cannot be told how to pronounce a word: [say] and IPA of a lexicon had no effect.",)
    replaced = any(word.ipa for word in utterance.words)
    words = word_times(utterance, phonemes, owners)
    return finish(utterance, sound.samples, sound.rate, phonemes, words, notes if replaced else ())


def _pronounced(utterance: Utterance, voice: str) -> list[str]:
    """The text of each word, with phones in [[ ]] where the library would stress a Russian word wrongly."""
    texts = [escape(word.spoken.translate(_NO_BRACKETS), quote=False) for word in utterance.words]
    if utterance.language.split("-")[0] != "ru":
        return texts
    words = [part for text in texts for part in text.split()]
    marked = accented(words)
    known = mnemonics([word.replace("\u0301", "") for word in marked], voice)
    said = iter(
        f"[[{moved}]]" if (moved := stressed_phones(word, phones)) else word.replace("\u0301", "")
        for word, phones in zip(marked, known, strict=True)
    )
    return [" ".join(next(said) for _ in text.split()) for text in texts]


def _mark_up(words: Sequence[SpokenWord], texts: Sequence[str]) -> _Marked:
    text, starts = "", []
    for word, pronounced in zip(words, texts, strict=True):
        opening, closing = "", ""
        if word.pace != 1.0:
            opening, closing = f'<prosody rate="{round(word.pace * 100)}%">', "</prosody>"
        text += (" " if text else "") + opening
        starts.append(len(text))
        text += pronounced + word.mark + closing
    return _Marked(text, starts)


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
    """Symbols of one event, its time shared by its phones; a gap too short for a pause is part of the phone before."""
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
    return symbols
