"""A transcript followed through a recording: when each of its words is said, and where it is not.

eSpeak NG speaks the transcript with known times, a few sentences at a go; its sound is warped onto the recording from
where the sentences before ended. In English an acoustic model then places the phones within what was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import maximum_filter1d

from avatar.core.errors import AudioError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import Phoneme, Speech, Word
from speech.espeak.utterances import speak_utterance
from speech.options import SpeechOptions
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, features, follow, speech_frames
from speech.recorded.forced import force
from speech.recorded.verdict import UNLIKE_THROUGHOUT, Said, verdict
from speech.sound.mapped import let_go
from speech.text.planning import Utterance

__all__ = ["align"]

_PACES = (0.35, 2.8)
_GROUP_S, _SURE = 22.0, 0.6
_LONGEST_WORDS = 40
_WINDOW, _NEAR_S, _FAR_S = 1.3, 5.0, 60.0
_BESIDE_SPEECH = 15
_FIRST_WORDS, _USUAL_PACES, _JUMPED = 25, (0.8, 1.0, 1.25), 10.0
_SKIP, _WORSE, _MOST_LOST_S = 0.6, 0.25, 180.0
_MOSTLY = 0.5
_MARGIN_S = 0.12
_HOP = FEATURE_RATE // FEATURE_HZ


def align(heard: np.ndarray, utterances: Sequence[Utterance], progress: Progress) -> Speech:
    """Time the words of ``utterances`` in ``heard``, mono float32 [n] at 16 kHz that speaks them.

    Memory stays flat however long they are. ``notes`` names the places where the recording says something else;
    AudioError where it does so for most of the time, or is far too short or too long for the words.
    """
    short = [part for utterance in utterances for part in _short(utterance)]
    speech = speech_frames(heard)
    pace = _pace(int(speech.sum()), short, progress.part(0.0, 0.15))
    walk = _Walk(heard, speech, short, pace)
    walk.pace = _likely(walk)
    said: list[Said] = []
    for found in walk:
        said += found
        progress(0.15 + 0.85 * len(said) / len(short), f"aligning, sentence {len(said)} of {len(short)}")
    phonemes = _without_silence([p for one in said for p in one.phonemes], speech)
    notes = verdict(said, speech)
    return Speech(heard, FEATURE_RATE, utterances[0].language, phonemes, _words(said, phonemes), timing="aligned",
                  notes=notes)  # fmt: skip


def _short(utterance: Utterance) -> Iterator[Utterance]:
    """``utterance`` in pieces of at most 40 words, without what changes a voice."""
    plain = tuple(replace(w, pace=1.0, pitch=1.0, gain=1.0, emphasis=False) for w in utterance.words)
    for start in range(0, len(plain), _LONGEST_WORDS):
        yield replace(utterance, words=plain[start : start + _LONGEST_WORDS], voice=None)


def _pace(recorded: int, utterances: Sequence[Utterance], progress: Progress) -> float:
    """How much faster than eSpeak NG the recording is, counting frames of speech alone."""
    expected = 0
    for number, speech in enumerate(_spoken(utterances)):
        progress(number / len(utterances), "speaking the transcript")
        expected += int(speech_frames(_at_feature_rate(speech)).sum())
    pace = expected / max(recorded, 5)
    if not _PACES[0] <= pace <= _PACES[1]:
        lengths = {"expected": round(expected / FEATURE_HZ), "recorded": round(recorded / FEATURE_HZ)}
        raise AudioError(Message("transcript_length", **lengths))
    return pace


def _likely(walk: _Walk) -> float:
    """The pace of ``walk``, or where it is unusual the one at which the first sentences are found best: a recording
    may say more or less than its transcript, and then its length tells nothing of its pace."""
    if _USUAL_PACES[0] <= walk.pace <= _USUAL_PACES[-1]:
        return walk.pace
    words = np.cumsum([len(utterance.words) for utterance in walk.utterances])
    first = walk.utterances[: 1 + int(np.searchsorted(words, _FIRST_WORDS))]
    return min(_trial(walk, first, pace) for pace in (walk.pace, *_USUAL_PACES))[1]


def _trial(walk: _Walk, first: Sequence[Utterance], pace: float) -> tuple[float, float]:
    """How unlike the beginning of the recording the ``first`` sentences are at ``pace``, and at which one it says
    them."""
    spoken = _spoken(first, _speed(pace))
    match = walk.match([_at_feature_rate(one) for one in spoken], _NEAR_S)
    slopes = np.diff(match.places)
    moving = slopes[np.isfinite(slopes) & (slopes < _JUMPED)]
    slope = float(np.clip(moving.mean(), 0.5, 2.0)) if len(moving) else 1.0
    return match.cost(len(match.costs)), _speed(pace) / slope


def _spoken(utterances: Sequence[Utterance], speed: float = 1.0) -> Iterator[Speech]:
    """The transcript as eSpeak NG says it, sentence by sentence."""
    options = SpeechOptions(speed=speed)
    return (speak_utterance(utterance, options) for utterance in utterances)


def _speed(pace: float) -> float:
    """What eSpeak NG can do of ``pace``."""
    return min(2.0, max(0.5, pace))


def _at_feature_rate(speech: Speech) -> np.ndarray:
    from scipy.signal import resample_poly

    return resample_poly(speech.samples, FEATURE_RATE // 50, speech.rate // 50).astype(np.float32)


@dataclass
class _Walk:
    """Goes through the recording with a few sentences at a time; iterating yields what was found of each."""

    heard: np.ndarray
    speech: np.ndarray
    utterances: Sequence[Utterance]
    pace: float
    place: int = 0
    lost: float = 0.0
    costs: list[float] = field(default_factory=list)

    def __iter__(self) -> Iterator[list[Said]]:
        waiting: list[Speech] = []
        for number, speech in enumerate(_spoken(self.utterances, _speed(self.pace)), 1):
            waiting.append(speech)
            last = number == len(self.utterances)
            while waiting and (last or sum(one.seconds for one in waiting) > _GROUP_S):
                found = self._found(waiting, last)
                waiting = waiting[len(found) :]
                yield found

    def _found(self, group: Sequence[Speech], last: bool) -> list[Said]:
        """The first sentences of ``group`` in the recording: those before the uncertain end, or all of the last.

        What is not found nearby is looked for farther on; what is not there either has no phones, and costs no time.
        """
        reference = [_at_feature_rate(speech) for speech in group]
        frames = np.cumsum([len(sound) // _HOP for sound in reference])
        sure = len(group) if last else max(1, int(np.searchsorted(frames, _SURE * frames[-1], "right")))
        match = self._best(reference, frames[sure - 1])
        if match is None:
            self.lost = min(_MOST_LOST_S, self.lost + frames[sure - 1] / FEATURE_HZ)
            return [_missing(speech, self.place / FEATURE_HZ) for speech in group[:sure]]
        sure = match.certain(frames[:sure], self.limit())
        self.lost = 0.0
        said: list[Said] = []
        for speech, sound, end in zip(group[:sure], reference, frames, strict=False):
            here = said[-1].end if said else self.place / FEATURE_HZ
            said.append(_said(speech, match.part(end - len(sound) // _HOP, end), here))
        self.place = min(len(self.speech) - 1, max(self.place + 1, round(said[-1].end * FEATURE_HZ)))
        return [self._refined(one) for one in said]

    def _best(self, reference: Sequence[np.ndarray], sure: int) -> _Match | None:
        """How ``reference`` is found nearby, or else farther on; None where it is less like the recording than what
        was found so far. ``sure``: the frames that count."""
        limit = self.limit()
        for beyond in (_NEAR_S, _FAR_S):
            match = self.match(reference, beyond + self.lost)
            cost = match.cost(sure)
            if cost <= limit:
                self.costs.append(cost)
                return match
        return None

    def limit(self) -> float:
        """The cost above which sentences are taken for something else than the recording says."""
        usual = float(np.median(self.costs)) if self.costs else 1.0
        return min(UNLIKE_THROUGHOUT, usual + _WORSE * (1.0 - usual))

    def match(self, reference: Sequence[np.ndarray], beyond: float) -> _Match:
        """The sentences of ``reference`` warped onto the recording from the present place on, ``beyond`` seconds of
        speech farther than they should reach; pauses are not counted."""
        budget = int(speech_frames(np.concatenate(reference)).sum()) * _WINDOW + beyond * FEATURE_HZ
        heard = np.cumsum(self.speech[self.place :])
        end = self.place + min(len(heard), int(np.searchsorted(heard, budget)) + FEATURE_HZ)
        window = self._part(self.place * _HOP, end * _HOP)
        places, costs = _warped(reference, window)
        return _Match(places + self.place, costs)

    def _part(self, first: int, last: int) -> np.ndarray:
        part = np.array(self.heard[first:last])
        let_go(self.heard)
        return part

    def _refined(self, said: Said) -> Said:
        """Phones placed by the acoustic model where the language is English and the model finds them."""
        if said.language.split("-")[0] != "en" or not said.phonemes:
            return said
        begin = max(0.0, said.start - _MARGIN_S)
        part = self._part(round(begin * FEATURE_RATE), round((said.end + _MARGIN_S) * FEATURE_RATE))
        spans = force(part, said.phones_by_word())
        if spans is None:
            return said
        moved = (replace(p, start=a + begin, end=b + begin) for p, (a, b) in zip(said.phonemes, spans, strict=True))
        return replace(said, phonemes=tuple(moved))


@dataclass(frozen=True)
class _Match:
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

    def part(self, first: int, last: int) -> _Match:
        return _Match(self.places[first:last], self.costs[first:last])


def _said(speech: Speech, match: _Match, here: float) -> Said:
    """``speech`` as eSpeak NG said it moved to its places in the recording; left out, it stands ``here``."""
    found = np.isfinite(match.places)
    if found.mean() < _MOSTLY:
        return _missing(speech, here)
    times = np.interp(np.arange(len(found)), np.flatnonzero(found), match.places[found]) / FEATURE_HZ
    edges = np.array([[p.start, p.end] for p in speech.phonemes]).reshape(-1, 2)
    moved = np.interp(edges, np.arange(len(times)) / FEATURE_HZ, times)
    phonemes = tuple(replace(p, start=float(a), end=float(b)) for p, (a, b) in zip(speech.phonemes, moved, strict=True))
    starts = np.array([word.start for word in speech.words])
    middles = np.array([(p.start + p.end) / 2 for p in speech.phonemes])
    owners = np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)
    span = (phonemes[0].start, phonemes[-1].end) if phonemes else (float(times[0]), float(times[0]))
    texts = tuple(word.text for word in speech.words)
    cost = match.cost(len(times))
    return Said(phonemes, tuple(map(int, owners)), texts, speech.language, *span, _length(speech), cost)


def _missing(speech: Speech, place: float) -> Said:
    texts = tuple(word.text for word in speech.words)
    return Said((), (), texts, speech.language, place, place, _length(speech), 1.0)


def _length(speech: Speech) -> float:
    """Seconds of the phones alone."""
    return sum(p.end - p.start for p in speech.phonemes)


def _warped(reference: Sequence[np.ndarray], window: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each frame of the sentences of ``reference`` its frame in ``window``, and the distance there, divided by that
    of frames that have nothing to do with one another; nan and 1 for a sentence that is left out.

    Long pauses of both count for little.
    """
    joined = np.concatenate(reference)
    a, b = features(joined), features(window)
    rows, columns = _beside_speech(joined), _beside_speech(window)
    begins = np.cumsum([0, *(len(sound) // _HOP for sound in reference[:-1])])
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
    near = maximum_filter1d(speech_frames(samples).astype(np.uint8), 2 * _BESIDE_SPEECH + 1) > 0
    return np.flatnonzero(near) if near.any() else np.arange(len(near))


def _without_silence(phonemes: Sequence[Phoneme], speech: np.ndarray) -> tuple[Phoneme, ...]:
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


def _words(said: Sequence[Said], phonemes: Sequence[Phoneme]) -> tuple[Word, ...]:
    """The words at the times of their phones; one without phones stands where the last one ended."""
    words: list[Word] = []
    first, reached = 0, 0.0
    for one in said:
        owners = np.array(one.owners)
        for number, text in enumerate(one.texts):
            own = np.flatnonzero(owners == number) + first
            start, end = (phonemes[own[0]].start, phonemes[own[-1]].end) if len(own) else (reached, reached)
            words.append(Word(start, end, text))
            reached = end
        first += len(one.phonemes)
    return tuple(words)
