"""One utterance's raw sound and symbol timing → a finished piece: trimmed, levelled, with its pause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from avatar.core.types import Phoneme, Speech, Word
from speech.sound.level import faded, levelled, limited
from speech.text.planning import SpokenWord, Utterance

__all__ = ["finish", "word_times"]

_LEAD_S = 0.03
_TAIL_S = 0.05
_AUDIBLE = 10 ** (-42 / 20)
_EMPHASIS_GAIN = 10 ** (3.0 / 20)


def finish(
    utterance: Utterance,
    samples: np.ndarray,
    rate: int,
    phonemes: Sequence[Phoneme],
    words: Sequence[Word],
    notes: tuple[str, ...] = (),
) -> Speech:
    """Cut the silence around ``samples`` float32 [n], set the level, and append the utterance's pause.

    Raw times in, times of the finished piece out.
    """
    begin, end = _spoken_part(samples, rate, phonemes)
    stressed = _amplified(samples, rate, utterance, words, lambda word: _EMPHASIS_GAIN if word.emphasis else 1.0)
    level = np.zeros_like(samples)
    level[begin:end] = levelled(stressed[begin:end], rate)
    body = _amplified(level, rate, utterance, words, lambda word: word.gain)[begin:end]
    body = faded(limited(body, rate), rate)
    silence = np.zeros(max(1, round(utterance.pause * rate)), np.float32)
    offset = begin / rate
    return Speech(
        samples=np.concatenate([body, silence]),
        rate=rate,
        language=utterance.language,
        phonemes=tuple(replace(p, start=p.start - offset, end=p.end - offset) for p in phonemes),
        words=tuple(replace(w, start=w.start - offset, end=w.end - offset) for w in words),
        notes=notes,
    )


def _spoken_part(samples: np.ndarray, rate: int, phonemes: Sequence[Phoneme]) -> tuple[int, int]:
    """First and last sample to keep: a little before the first phone, and until the last one has died away."""
    if not phonemes:
        return 0, len(samples)
    begin = max(0, round((phonemes[0].start - _LEAD_S) * rate))
    last = round(phonemes[-1].end * rate)
    loud = np.flatnonzero(np.abs(samples[last:]) > _AUDIBLE * np.abs(samples).max(initial=1e-9))
    end = last + (int(loud[-1]) if len(loud) else 0) + round(_TAIL_S * rate)
    return begin, min(len(samples), end)


def _amplified(
    samples: np.ndarray,
    rate: int,
    utterance: Utterance,
    words: Sequence[Word],
    gain_of_word: Callable[[SpokenWord], float],
) -> np.ndarray:
    """``samples`` with every word times its gain, with ramps of 30 ms; pauses go with the word before them."""
    gains = [gain_of_word(word) for word in utterance.words]
    if len(words) != len(gains) or all(gain == 1.0 for gain in gains):
        return samples
    gain = np.full(len(samples), gains[0], np.float32)
    for timed, value in zip(words, gains, strict=True):
        gain[round(timed.start * rate) :] = value
    ramp = max(1, round(0.03 * rate))
    smooth = np.convolve(
        np.pad(gain, ramp, mode="edge"), np.full(2 * ramp + 1, 1 / (2 * ramp + 1), np.float32), "valid"
    )
    return samples * smooth[: len(samples)]


def word_times(utterance: Utterance, phonemes: Sequence[Phoneme], owners: Sequence[int]) -> tuple[Word, ...]:
    """Each written word from its first phone to its last; ``owners[i]``: index of the word that phone i belongs to.

    ``owners`` never decreases. A word that owns no phone gets half of a neighbour's time.
    """
    spans: list[tuple[float, float] | None] = [None] * len(utterance.words)
    for phone, owner in zip(phonemes, owners, strict=True):
        known = spans[owner]
        spans[owner] = (known[0] if known else phone.start, phone.end)
    _share_with_silent(spans)
    return tuple(
        Word(span[0], span[1], word.written)
        for word, span in zip(utterance.words, spans, strict=True)
        if span is not None
    )


def _share_with_silent(spans: list[tuple[float, float] | None]) -> None:
    for index, span in enumerate(spans):
        before = spans[index - 1] if index else None
        if span is None and before is not None:
            middle = (before[0] + before[1]) / 2
            spans[index - 1], spans[index] = (before[0], middle), (middle, before[1])
    for index in range(len(spans) - 2, -1, -1):
        after = spans[index + 1]
        if spans[index] is None and after is not None:
            middle = (after[0] + after[1]) / 2
            spans[index], spans[index + 1] = (after[0], middle), (middle, after[1])
