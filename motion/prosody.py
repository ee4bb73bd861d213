"""What the gestures listen to: stressed words, phrase ends and breaths, read from a Speech."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.core.types import Speech, Word

__all__ = ["Accent", "Phrase", "accents", "loudness", "phrases", "pitch_contour"]

_RATE = 100.0
_PAUSE = 0.28


@dataclass(frozen=True)
class Phrase:
    """Words spoken in one go, in seconds; ``closes`` where a sentence ends with it, ``asks`` where it is a question."""

    start: float
    end: float
    closes: bool
    asks: bool


@dataclass(frozen=True)
class Accent:
    """The peak of a stressed syllable at ``time`` and how much it stands out, 0..1."""

    time: float
    weight: float


def phrases(speech: Speech) -> tuple[Phrase, ...]:
    """Runs of words between pauses of at least 0.28 s or the ends of sentences."""
    found: list[Phrase] = []
    run: list[Word] = []
    for i, word in enumerate(speech.words):
        run.append(word)
        last = i + 1 == len(speech.words)
        ending = word.text.rstrip("\"'»”’)")[-1:]
        if last or speech.words[i + 1].start - word.end >= _PAUSE or ending in {".", "!", "?", "…"}:
            gap = 1.0 if last else speech.words[i + 1].start - word.end
            closes = ending in {".", "!", "?", "…"} or gap >= 0.6
            found.append(Phrase(run[0].start, word.end, closes, ending == "?"))
            run = []
    return tuple(found)


def accents(speech: Speech) -> tuple[Accent, ...]:
    """The stressed syllables that stand out, at least 0.45 s apart, the stronger of two neighbours first."""
    candidates = [
        (0.5 * (p.start + p.end), _prominence(speech, p.start, p.end)) for p in speech.phonemes if p.stress == 1
    ]
    if not candidates:
        candidates = [(0.5 * (w.start + w.end), 0.5 * _prominence(speech, w.start, w.end)) for w in speech.words]
    chosen: list[Accent] = []
    for time, weight in sorted(candidates, key=lambda item: (-item[1], item[0])):
        if all(abs(time - other.time) >= 0.45 for other in chosen):
            chosen.append(Accent(time, float(np.clip(weight, 0.0, 1.0))))
    return tuple(sorted(chosen, key=lambda accent: accent.time))


def _prominence(speech: Speech, start: float, end: float) -> float:
    emphasised = any(c.name == "emphasis" and c.start < end and c.end > start for c in speech.cues)
    span = slice(int(start * _RATE), max(int(start * _RATE) + 1, int(end * _RATE)))
    loud = float(speech.energy[span].max()) if len(speech.energy[span]) else 0.5
    voiced, here = speech.pitch[speech.pitch > 0], speech.pitch[span]
    high = 0.0
    if len(voiced) and (here > 0).any():
        high = float(np.log2(here[here > 0].max() / np.median(voiced)))
    return 0.25 + 0.4 * loud + 0.6 * high + (0.6 if emphasised else 0.0)


def pitch_contour(speech: Speech, times: np.ndarray) -> np.ndarray:
    """Smooth pitch at ``times`` [n]: octaves from the median of the voice, about -0.5..0.5, 0 where unvoiced."""
    voiced = np.flatnonzero(speech.pitch > 0)
    if len(voiced) < 10:
        return np.zeros(len(times))
    octaves = np.clip(np.log2(speech.pitch[voiced] / np.median(speech.pitch[voiced])), -0.6, 0.6)
    dense = np.zeros(len(speech.pitch))
    dense[voiced] = octaves
    kernel = np.hanning(41)
    before = len(kernel) // 2
    smooth = np.convolve(dense, kernel / kernel.sum())[before : before + len(dense)]
    return np.interp(times, np.arange(len(dense)) / _RATE, smooth, left=0.0, right=0.0)


def loudness(speech: Speech, times: np.ndarray) -> np.ndarray:
    """How loud the voice is around ``times`` [n], 0 in a pause .. 1, over about half a second."""
    if not len(speech.energy):
        return np.zeros(len(times))
    kernel = np.hanning(51)
    smooth = np.convolve(speech.energy, kernel / kernel.sum(), mode="same")
    return np.interp(times, np.arange(len(smooth)) / _RATE, np.clip(smooth / 0.4, 0.0, 1.0), left=0.0, right=0.0)
