"""What eSpeak NG says moved to where a recording says it: warped onto the sound, in English by a model of phones.

A sentence that is looked for may be anywhere in a window; words whose times are known may not leave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from avatar.core.types import Phoneme, Speech, Word
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, features, follow, speech_frames
from speech.recorded.forced import force
from speech.recorded.verdict import Said
from speech.sound.mapped import let_go

__all__ = [
    "HOP", "SYNTHETIC", "Match", "at_feature_rate", "missing", "owners_of", "part_of", "phones_moved", "pressed",
    "refined", "said_of", "warped", "without_silence", "words_of",
]  # fmt: skip

HOP = FEATURE_RATE // FEATURE_HZ
_SLOWEST, _FASTEST = 0.5, 2.0
_BESIDE_SPEECH = 15
_SKIP = 0.6
_MOSTLY = 0.5
_MARGIN_S = 0.12
_SHORTEST_WORD_S = 0.02

SYNTHETIC = 0.6
"""Cost below which a voice sounds so much like eSpeak NG that it is one of its kind: warping alone is exact then."""


def pressed(pace: float) -> float:
    """What eSpeak NG can do of ``pace``."""
    return min(_FASTEST, max(_SLOWEST, pace))


def at_feature_rate(speech: Speech) -> np.ndarray:
    """Its samples at 16 kHz."""
    from scipy.signal import resample_poly

    return resample_poly(speech.samples, FEATURE_RATE // 50, speech.rate // 50).astype(np.float32)


def part_of(samples: np.ndarray, first: int, last: int) -> np.ndarray:
    """A piece of a long sound, which may lie in a file."""
    part = np.array(samples[max(0, first) : last])
    let_go(samples)
    return part


@dataclass(frozen=True)
class Match:
    """For each frame of a reference [n] the frame of the recording, and how unlike they are (1: not related)."""

    places: np.ndarray
    costs: np.ndarray

    def cost(self, frames: int) -> float:
        """Of those of the first ``frames`` that were found; 1 where less than half of them were."""
        found = np.isfinite(self.places[:frames])
        return float(self.costs[:frames][found].mean()) if found.mean() >= _MOSTLY else 1.0

    def certain(self, ends: np.ndarray, limit: float) -> int:
        """How many of the sentences that end at the frames ``ends`` come up to the last one within ``limit``; 1 where
        none is."""
        parts = [self.part(first, last) for first, last in zip([0, *ends[:-1]], ends, strict=True)]
        good = [number for number, part in enumerate(parts, 1) if part.cost(len(part.costs)) <= limit]
        return good[-1] if good else 1

    def part(self, first: int, last: int) -> Match:
        return Match(self.places[first:last], self.costs[first:last])


def said_of(speech: Speech, match: Match, here: float) -> Said:
    """``speech`` as eSpeak NG said it moved to its places in the recording; left out, it stands ``here``."""
    found = np.isfinite(match.places)
    if found.mean() < _MOSTLY:
        return missing(speech, here)
    times = np.interp(np.arange(len(found)), np.flatnonzero(found), match.places[found]) / FEATURE_HZ
    edges = np.array([[p.start, p.end] for p in speech.phonemes]).reshape(-1, 2)
    moved = np.interp(edges, np.arange(len(times)) / FEATURE_HZ, times)
    phonemes = tuple(replace(p, start=float(a), end=float(b)) for p, (a, b) in zip(speech.phonemes, moved, strict=True))
    span = (phonemes[0].start, phonemes[-1].end) if phonemes else (float(times[0]), float(times[0]))
    texts = tuple(word.text for word in speech.words)
    cost = match.cost(len(times))
    return Said(phonemes, tuple(owners_of(speech)), texts, speech.language, *span, _length(speech), cost)


def missing(speech: Speech, place: float) -> Said:
    """``speech`` as it was not found: with the phones of eSpeak NG at its own times, standing at ``place``."""
    texts = tuple(word.text for word in speech.words)
    owners = tuple(owners_of(speech))
    return Said(speech.phonemes, owners, texts, speech.language, place, place, _length(speech), 1.0, lost=True)


def owners_of(speech: Speech) -> list[int]:
    """The word of each phone."""
    starts = np.array([word.start for word in speech.words])
    middles = np.array([(p.start + p.end) / 2 for p in speech.phonemes])
    return [int(owner) for owner in np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)]


def _length(speech: Speech) -> float:
    """Seconds of the phones alone."""
    return sum(p.end - p.start for p in speech.phonemes)


def warped(reference: Sequence[np.ndarray], window: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each frame of the sentences of ``reference`` its frame in ``window``, and the distance there, divided by that
    of frames that have nothing to do with one another; nan and 1 for a sentence that is left out.

    Long pauses of both count for little.
    """
    joined = np.concatenate(reference)
    a, b = features(joined), features(window)
    rows, columns = _beside_speech(joined), _beside_speech(window)
    begins = np.cumsum([0, *(len(sound) // HOP for sound in reference[:-1])])
    starts = np.unique(np.concatenate([[0], np.minimum(np.searchsorted(rows, begins), len(rows) - 1)]))
    generator = np.random.default_rng(0)
    some = generator.integers(len(rows), size=2000), generator.integers(len(columns), size=2000)
    usual = float(np.linalg.norm(a[rows[some[0]]] - b[columns[some[1]]], axis=1).mean())
    places, costs = follow(a[rows], b[columns], _SKIP * usual, starts.tolist())
    nearest = np.clip(np.searchsorted(rows, np.arange(len(a))), 0, len(rows) - 1)
    kept = np.isfinite(places)
    if not kept.any():
        return np.full(len(a), np.nan), np.ones(len(a))
    there = np.interp(places[kept], np.arange(len(columns)), columns)
    found = np.interp(np.arange(len(a)), rows[kept], there)
    return np.where(kept[nearest], found, np.nan), np.where(kept, costs / usual, 1.0)[nearest]


def _beside_speech(samples: np.ndarray) -> np.ndarray:
    """Numbers of the frames within 0.15 s of speech."""
    from scipy.ndimage import maximum_filter1d

    near = maximum_filter1d(speech_frames(samples).astype(np.uint8), 2 * _BESIDE_SPEECH + 1) > 0
    return np.flatnonzero(near) if near.any() else np.arange(len(near))


def without_silence(phonemes: Sequence[Phoneme], speech: np.ndarray) -> tuple[Phoneme, ...]:
    """Phones whose end reaches into a pause of the recording end where the sound ends; none is shorter than 10 ms."""
    trimmed, reached = [], 0.0
    for phone in phonemes:
        start = max(phone.start, reached)
        end = max(phone.end, start + 0.01)
        first, last = int(start * FEATURE_HZ), int(np.ceil(end * FEATURE_HZ))
        loud = np.flatnonzero(speech[first:last])
        if len(loud) and last - first - loud[-1] > 12:
            end = max(start + 0.03, (first + loud[-1] + 2) / FEATURE_HZ)
        trimmed.append(replace(phone, start=start, end=end))
        reached = end
    return tuple(trimmed)


def refined(said: Said, heard: np.ndarray) -> Said:
    """Phones placed by the acoustic model where the language is English and the model finds them."""
    if said.language.split("-")[0] != "en" or not said.phonemes:
        return said
    begin = max(0.0, said.start - _MARGIN_S)
    spans = force(part_of(heard, round(begin * FEATURE_RATE), round((said.end + _MARGIN_S) * FEATURE_RATE)),
                  said.phones_by_word())  # fmt: skip
    if spans is None:
        return said
    return replace(said, phonemes=phones_moved(said.phonemes, [(a + begin, b + begin) for a, b in spans]))


def phones_moved(phonemes: Sequence[Phoneme], spans: Sequence[tuple[float, float]]) -> tuple[Phoneme, ...]:
    """The phones at other times."""
    return tuple(replace(p, start=start, end=end) for p, (start, end) in zip(phonemes, spans, strict=True))


def words_of(said: Sequence[Said], phonemes: Sequence[Phoneme]) -> tuple[Word, ...]:
    """The words at the times of their phones, each longer than nothing: words without phones share half of the time of
    the word before them, at the beginning that of the one after them."""
    spans: list[tuple[float, float] | None] = []
    first = 0
    for one in said:
        owners = np.array(one.owners)
        for number in range(len(one.texts)):
            own = np.flatnonzero(owners == number) + first
            spans.append((phonemes[own[0]].start, phonemes[own[-1]].end) if len(own) else None)
        first += len(one.phonemes)
    texts = [text for one in said for text in one.texts]
    return tuple(Word(*span, text) for span, text in zip(_shared_out(spans), texts, strict=True))


def _shared_out(spans: list[tuple[float, float] | None]) -> list[tuple[float, float]]:
    """Words without a time of their own get some: of the pause before them, else of a neighbour."""
    done: list[tuple[float, float]] = []
    number = 0
    while number < len(spans):
        span = spans[number]
        if span is not None:
            done.append(span)
            number += 1
            continue
        last = next((at for at in range(number, len(spans)) if spans[at] is not None), len(spans))
        following = spans[last] if last < len(spans) else None
        begin, end, following = _room(done, following, last - number)
        if following is not None:
            spans[last] = following
        edges = np.linspace(begin, end, last - number + 1)
        done += [(float(a), float(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
        number = last
    return done


def _room(
    done: list[tuple[float, float]], following: tuple[float, float] | None, count: int
) -> tuple[float, float, tuple[float, float] | None]:
    """Where ``count`` words may stand between those that are ``done`` and the ``following`` one, which may give way."""
    begin = done[-1][1] if done else 0.0
    end = following[0] if following else begin
    if end - begin >= count * _SHORTEST_WORD_S:
        return begin, min(end, begin + count * 0.25), following
    if done:
        middle = (done[-1][0] + done[-1][1]) / 2
        done[-1] = (done[-1][0], middle)
        return middle, begin, following
    if following is None:
        return 0.0, count * _SHORTEST_WORD_S, None
    middle = (following[0] + following[1]) / 2
    return following[0], middle, (middle, following[1])
