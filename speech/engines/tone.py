"""A weightless stand-in: a short tone for each letter. Deterministic, instant, any script."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np

from avatar.core.errors import VoiceError
from avatar.core.progress import Progress
from avatar.core.types import EngineCard, Phoneme, Speech
from speech.options import SpeechOptions, Voice
from speech.phones import VOWELS
from speech.sound.utterance import finish, word_times
from speech.text.planning import Utterance

__all__ = ["Tone"]

_RATE = 22_050
_LETTER_S, _GAP_S = 0.07, 0.05


class Tone:
    """Letters as phones: vowels loud and long, consonants soft and short; its pitch depends on the letter."""

    options: ClassVar[tuple[str, ...]] = ()
    side_by_side: ClassVar[bool] = True

    def card(self, voice: str | None = None) -> EngineCard:
        return EngineCard("tone", "1", "Apache-2.0")

    def voices(self) -> tuple[Voice, ...]:
        return (Voice("tone", "mul", "Apache-2.0", "test", "tone"),)

    def speak(self, utterances: Iterable[Utterance], options: SpeechOptions, progress: Progress) -> Iterator[Speech]:
        for utterance in utterances:
            if utterance.voice not in (None, "tone"):
                raise VoiceError(f"Unknown voice {utterance.voice!r}: the engine tone has one voice, tone.")
            yield _piece(utterance, options)


def _piece(utterance: Utterance, options: SpeechOptions) -> Speech:
    phonemes, owners, pitches, position = [], [], [], _GAP_S
    for index, word in enumerate(utterance.words):
        for letter in (c for c in word.spoken.lower() if c.isalnum()):
            length = _LETTER_S * (1.5 if letter in VOWELS else 1.0) / (word.pace * options.speed)
            phonemes.append(Phoneme(position, position + length, letter, int(word.emphasis)))
            pitches.append(word.pitch)
            owners.append(index)
            position += length
        position += _GAP_S
    samples = np.zeros(round((position + _GAP_S) * _RATE), np.float32)
    for phone, pitch in zip(phonemes, pitches, strict=True):
        begin, end = round(phone.start * _RATE), round(phone.end * _RATE)
        samples[begin:end] = _burst(phone.ipa, end - begin, options.seed, pitch)
    return finish(utterance, samples, _RATE, phonemes, word_times(utterance, phonemes, owners))


def _burst(letter: str, length: int, seed: int, pitch: float) -> np.ndarray:
    digest = hashlib.sha256(f"{seed} tone {letter}".encode()).digest()
    hertz = pitch * (110.0 + digest[0] * 0.5)
    loudness = 0.4 if letter in VOWELS else 0.15
    time = np.arange(length) / _RATE
    envelope = np.sin(np.pi * (np.arange(length) + 0.5) / max(1, length)) ** 0.5
    return (loudness * envelope * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
