"""A transcript followed through a recording: when each of its words is said, and where it is not.

eSpeak NG speaks the transcript with known times, a few sentences at a go; its sound is warped onto the recording from
where the sentences before ended. In English an acoustic model then places the phones within what was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from avatar.core.errors import AudioError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import Speech
from speech.espeak.utterances import speak_utterance
from speech.options import SpeechOptions
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, speech_frames
from speech.recorded.fitting import agreement, fitted
from speech.recorded.placing import (
    HOP,
    SYNTHETIC,
    Match,
    at_feature_rate,
    missing,
    part_of,
    phones_moved,
    pressed,
    refined,
    said_of,
    warped,
    without_silence,
    words_of,
)
from speech.recorded.recognising import Sounds
from speech.recorded.verdict import UNLIKE_THROUGHOUT, Said, verdict
from speech.text.planning import Utterance

__all__ = ["align"]

_PACES = (0.35, 2.8)
_GROUP_S, _SURE = 22.0, 0.6
_LONGEST_WORDS = 40
_WINDOW, _NEAR_S, _FAR_S = 1.3, 5.0, 60.0
_FIRST_WORDS, _USUAL_PACES, _JUMPED = 25, (0.8, 1.0, 1.25), 10.0
_WORSE, _MOST_LOST_S = 0.25, 180.0
_ROOM = 0.35
_BESIDE_S, _LOST_S = 0.3, 1.0
_AGREES, _FOUND = 0.85, 0.8


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
    said = [_recognised(one, walk.sounds) if one.lost else one for one in _settled(said, speech)]
    phonemes = without_silence([p for one in said for p in one.phonemes], speech)
    notes = verdict(said, speech)
    return Speech(heard, FEATURE_RATE, utterances[0].language, phonemes, words_of(said, phonemes), timing="aligned",
                  notes=notes)  # fmt: skip


def _settled(said: Sequence[Said], speech: np.ndarray) -> list[Said]:
    """Sentences that were not found spread over the speech that nobody else claims there; where there is too little of
    it, they are not said, and have no phones."""
    done: list[Said] = []
    for number, one in enumerate(said):
        if not one.lost:
            done.append(one)
            continue
        rest = said[number:]
        waiting = next((at for at, other in enumerate(rest) if not other.lost), len(rest))
        end = rest[waiting].start if waiting < len(rest) else len(speech) / FEATURE_HZ
        share = one.expected / max(sum(other.expected for other in rest[:waiting]), 1e-6)
        done.append(_spread(one, speech, done[-1].end if done else 0.0, end, share))
    return done


def _spread(said: Said, speech: np.ndarray, begin: float, end: float, share: float) -> Said:
    """``said`` over the first ``share`` of the frames with speech between two times."""
    first = int(begin * FEATURE_HZ)
    loud = np.flatnonzero(speech[first : int(end * FEATURE_HZ)]) + first
    loud = loud[: round(len(loud) * share)]
    if len(loud) < _ROOM * said.expected * FEATURE_HZ or not said.phonemes:
        return replace(said, phonemes=(), owners=(), start=begin, end=begin)
    lengths = np.cumsum([0.0, *(phone.end - phone.start for phone in said.phonemes)])
    places = np.interp(lengths / lengths[-1], np.linspace(0, 1, len(loud)), loud) / FEATURE_HZ
    spans = [(float(a), float(b)) for a, b in zip(places[:-1], places[1:], strict=True)]
    return replace(said, phonemes=phones_moved(said.phonemes, spans), start=spans[0][0], end=spans[-1][1])


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
        expected += int(speech_frames(at_feature_rate(speech)).sum())
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
    spoken = _spoken(first, pressed(pace))
    match = walk.match([at_feature_rate(one) for one in spoken], _NEAR_S)
    slopes = np.diff(match.places)
    moving = slopes[np.isfinite(slopes) & (slopes < _JUMPED)]
    slope = float(np.clip(moving.mean(), 0.5, 2.0)) if len(moving) else 1.0
    return match.cost(len(match.costs)), pressed(pace) / slope


def _spoken(utterances: Sequence[Utterance], speed: float = 1.0) -> Iterator[Speech]:
    """The transcript as eSpeak NG says it, sentence by sentence."""
    options = SpeechOptions(speed=speed)
    return (speak_utterance(utterance, options) for utterance in utterances)


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

    def __post_init__(self) -> None:
        self.sounds = Sounds(self.heard)

    def __iter__(self) -> Iterator[list[Said]]:
        waiting: list[Speech] = []
        for number, speech in enumerate(_spoken(self.utterances, pressed(self.pace)), 1):
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
        reference = [at_feature_rate(speech) for speech in group]
        frames = np.cumsum([len(sound) // HOP for sound in reference])
        sure = len(group) if last else max(1, int(np.searchsorted(frames, _SURE * frames[-1], "right")))
        match = self._best(reference, frames[sure - 1])
        if match is None:
            self.lost = min(_MOST_LOST_S, self.lost + frames[sure - 1] / FEATURE_HZ)
            return [missing(speech, self.place / FEATURE_HZ) for speech in group[:sure]]
        sure = match.certain(frames[:sure], self.limit())
        self.lost = 0.0
        said: list[Said] = []
        for speech, sound, end in zip(group[:sure], reference, frames, strict=False):
            here = said[-1].end if said else self.place / FEATURE_HZ
            said.append(said_of(speech, match.part(end - len(sound) // HOP, end), here))
        self.place = min(len(self.speech) - 1, max(self.place + 1, round(said[-1].end * FEATURE_HZ)))
        return [self._refined(one) for one in said]

    def _best(self, reference: Sequence[np.ndarray], sure: int) -> Match | None:
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

    def match(self, reference: Sequence[np.ndarray], beyond: float) -> Match:
        """The sentences of ``reference`` warped onto the recording from the present place on, ``beyond`` seconds of
        speech farther than they should reach; pauses are not counted."""
        budget = int(speech_frames(np.concatenate(reference)).sum()) * _WINDOW + beyond * FEATURE_HZ
        heard = np.cumsum(self.speech[self.place :])
        end = self.place + min(len(heard), int(np.searchsorted(heard, budget)) + FEATURE_HZ)
        window = part_of(self.heard, self.place * HOP, end * HOP)
        places, costs = warped(reference, window)
        return Match(places + self.place, costs)

    def _refined(self, said: Said) -> Said:
        """Phones placed by the acoustic model; else, unless a synthesiser speaks, where a recogniser hears the like."""
        forced = refined(said, self.heard)
        if forced is not said or said.cost < SYNTHETIC or not said.phonemes:
            return forced
        return _fitted(said, self.sounds, _BESIDE_S)


def _recognised(said: Said, sounds: Sounds) -> Said:
    """A sentence that was not found, where it was put; found after all where the like phones are heard there."""
    near = sounds.near(said.start - _BESIDE_S, said.end + _BESIDE_S)
    if agreement(said.phonemes, near, _LOST_S) < _AGREES:
        return _fitted(said, sounds, _LOST_S)
    return replace(_fitted(said, sounds, _LOST_S), lost=False, cost=_FOUND)


def _fitted(said: Said, sounds: Sounds, farthest: float) -> Said:
    """The phones of ``said`` at the like ones that are heard, at most ``farthest`` seconds away."""
    if not said.phonemes:
        return said
    phones = fitted(said.phonemes, sounds.near(said.start - _BESIDE_S, said.end + _BESIDE_S), farthest)
    return replace(said, phonemes=phones, start=phones[0].start, end=max(phones[-1].end, phones[0].start))
