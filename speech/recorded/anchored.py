"""A transcript timed by what was heard: every word where it was heard, its phones within it.

Words that were heard otherwise, or not at all, stand between those that were found, where somebody speaks. So no pace,
accent or noise makes a transcript wrong; where it says something else than the recording, that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from avatar.core.errors import AudioError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import Phoneme, Speech, Word
from speech.espeak.utterances import speak_utterance
from speech.options import SpeechOptions
from speech.recorded.alignment import FEATURE_HZ, FEATURE_RATE, speech_frames
from speech.recorded.anchors import Gap, Matched, folded, match
from speech.recorded.fitting import fitted
from speech.recorded.hearing import Heard, HeardWord
from speech.recorded.placing import (
    HOP,
    SYNTHETIC,
    Match,
    at_feature_rate,
    owners_of,
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
from speech.recorded.recording import clock
from speech.recorded.verdict import MOST_NOTES, Said
from speech.text.planning import Utterance

__all__ = ["anchored", "heard_words", "word_spans"]

_LETTER_S = 0.07
_SAID, _LONGER = 0.3, 1.8  # of the usual length: the least that may be words, the most that they are given
_SHORTEST_S = 0.03
_MARKS = ".,;:!?…-—。、，！？ "
_PAUSE_S, _RUN_WORDS = 0.35, 14
_MARGIN_S = 0.1
_APART_S, _APART = 0.25, 0.6
_OTHER, _DIFFERENT = 0.2, 0.5
_SURE, _LETTERS, _EXTRA_S = 0.6, 8, 3.0
_KANA_KANJI = ("ja", "zh", "yue", "cmn")  # one word may be written in many ways: spelling tells nothing of it


@dataclass(frozen=True)
class Spans:
    """When each word is said. ``sounds[i]``: when its phones are, None where it is not said: such words have some of
    the time of their neighbours."""

    times: tuple[tuple[float, float], ...]
    sounds: tuple[tuple[float, float] | None, ...]
    notes: tuple[str, ...]


def anchored(samples: np.ndarray, utterances: Sequence[Utterance], heard: Heard, progress: Progress) -> Speech:
    """Time the words of ``utterances`` in ``samples``, mono float32 [n] at 16 kHz, by the words that were ``heard``.

    AudioError where clearly another text was heard.
    """
    words = [word for utterance in utterances for word in utterance.words]
    speech = speech_frames(samples)
    spans = word_spans([word.written for word in words], heard, speech)
    sounds = Sounds(samples)
    said: list[Said] = []
    for number, run in enumerate(_runs(utterances, spans)):
        said.append(_placed(run, samples, sounds))
        done = sum(len(one.texts) for one in said) / len(words)
        progress(min(1.0, done), f"placing the phones, part {number + 1}")
    phonemes = without_silence([phone for one in said for phone in one.phonemes], speech)
    return Speech(samples, FEATURE_RATE, utterances[0].language, phonemes, words_of(said, phonemes), timing="aligned",
                  notes=spans.notes)  # fmt: skip


# -- words -------------------------------------------------------------------------------------------------------------


def word_spans(written: Sequence[str], heard: Heard, speech: np.ndarray) -> Spans:
    """When the ``written`` words are said; ``speech`` [frames] tells where somebody speaks."""
    matched = match(written, heard.words)
    _check(matched, written, heard)
    times: list[tuple[float, float] | None] = list(matched.spans)
    notes: list[str] = []
    for gap in matched.gaps:
        notes += _told(gap, written, heard, _fill(times, gap, written, speech))
    more = len(notes) - MOST_NOTES
    told = [*notes[:MOST_NOTES], Message("more_differs", n=more)] if more > 0 else notes
    return Spans(_complete(times), tuple(times), tuple(told))


def _check(matched: Matched, written: Sequence[str], heard: Heard) -> None:
    """AudioError where the words that were heard, and heard well, are others."""
    spelled = heard.language not in _KANA_KANJI
    likely = float(np.mean([word.likely for word in heard.words])) if heard.words else 0.0
    ours, theirs = len(folded(" ".join(written))), len(folded(heard.text))
    long = min(ours, theirs) > 3 * _LETTERS
    if spelled and long and likely > _SURE and matched.share * ours < _OTHER * min(ours, theirs):
        first = heard.words[0]
        raise AudioError(Message("transcript_other", at=clock(first.start), words=_quoted(written),
                                 heard=_quoted([word.text for word in heard.words])))  # fmt: skip


def _fill(times: list[tuple[float, float] | None], gap: Gap, written: Sequence[str], speech: np.ndarray) -> bool:
    """Give the words of ``gap`` the speech between their neighbours; False where there is too little of it."""
    words = written[gap.first : gap.last]
    begin, end = _between(times, gap, len(speech) / FEATURE_HZ)
    if not words:
        return True
    usual = sum(_letters(word) for word in words) * _LETTER_S
    region = _heard_region(gap, begin, end) or _spoken_region(speech, begin, end, usual, gap.first == 0)
    if region is None or region[1] - region[0] < max(_SAID * usual if not gap.heard else 0.0, _SHORTEST_S * len(words)):
        return False
    shares = np.cumsum([0.0, *map(_letters, words)]) / sum(map(_letters, words))
    edges = region[0] + (region[1] - region[0]) * shares
    times[gap.first : gap.last] = [(float(a), float(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return True


def _between(times: Sequence[tuple[float, float] | None], gap: Gap, length: float) -> tuple[float, float]:
    before = times[gap.first - 1] if gap.first else None
    after = times[gap.last] if gap.last < len(times) else None
    return before[1] if before else 0.0, after[0] if after else length


def _heard_region(gap: Gap, begin: float, end: float) -> tuple[float, float] | None:
    if not gap.heard:
        return None
    return max(begin, gap.heard[0].start), max(begin, min(end, gap.heard[-1].end))


def _spoken_region(
    speech: np.ndarray, begin: float, end: float, usual: float, at_first: bool
) -> tuple[float, float] | None:
    """Where somebody speaks between two times, at most somewhat longer than ``usual``, beside the words that go on."""
    first = int(begin * FEATURE_HZ)
    loud = np.flatnonzero(speech[first : int(end * FEATURE_HZ)]) + first
    if not len(loud):
        return None
    start, stop = loud[0] / FEATURE_HZ, (loud[-1] + 1) / FEATURE_HZ
    most = _LONGER * usual
    return (max(start, stop - most), stop) if at_first else (start, min(stop, start + most))


def _complete(times: Sequence[tuple[float, float] | None]) -> tuple[tuple[float, float], ...]:
    """Every word with a time of its own: those that are not said share some of their neighbours'."""
    blank = Said((), (), tuple("" for _ in times), "", 0.0, 0.0, 0.0, 0.0)
    known = [(number, span) for number, span in enumerate(times) if span is not None]
    phones = tuple(Phoneme(*span, "") for _, span in known)
    words = words_of([replace(blank, phonemes=phones, owners=tuple(number for number, _ in known))], phones)
    return tuple((word.start, word.end) for word in words)


def _letters(word: str) -> int:
    return max(1, len(folded(word)))


# -- where they differ -------------------------------------------------------------------------------------------------


def _told(gap: Gap, written: Sequence[str], heard: Heard, found: bool) -> Iterator[str]:
    """What is worth saying of a difference: not a small word, not a name spelled otherwise, not a number."""
    words = written[gap.first : gap.last]
    theirs = [word.text for word in gap.heard]
    ours_text, their_text = folded(" ".join(words)), folded(" ".join(theirs))
    if not words:
        if gap.heard and gap.heard[-1].end - gap.heard[0].start > _EXTRA_S:
            yield Message("more_said", begin=clock(gap.heard[0].start), end=clock(gap.heard[-1].end))
    elif not gap.heard and not found and len(ours_text) >= _LETTERS:
        yield Message("words_not_said", at=clock(_when(gap, heard)), words=_quoted(words))
    elif gap.heard and _differ(ours_text, their_text) and _is_sure(gap.heard, heard.language):
        yield Message("said_otherwise", at=clock(gap.heard[0].start), heard=_quoted(theirs), words=_quoted(words))


def _when(gap: Gap, heard: Heard) -> float:
    """About where words that were not said would stand."""
    return heard.words[-1].end if gap.first and heard.words else 0.0


def _differ(ours: str, theirs: str) -> bool:
    numbers = any(map(str.isdigit, ours + theirs))
    alike = SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
    return not numbers and min(len(ours), len(theirs)) >= _LETTERS and alike < _DIFFERENT


def _is_sure(words: Sequence[HeardWord], language: str) -> bool:
    return language not in _KANA_KANJI and float(np.mean([word.likely for word in words])) > _SURE


def _quoted(words: Sequence[str]) -> str:
    return " ".join(words[:6]).rstrip(_MARKS) + (" ..." if len(words) > 6 else "")


# -- phones ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """Words of one utterance that are said in one breath, with their times; ``begin``, ``end``: the sound of them.
    ``said``: whether they are said at all."""

    utterance: Utterance
    times: tuple[tuple[float, float], ...]
    said: bool
    begin: float
    end: float


def _runs(utterances: Sequence[Utterance], spans: Spans) -> Iterator[_Run]:
    """The words parted at pauses; each part gets half of the pauses around it."""
    parts: list[tuple[Utterance, int, int]] = []
    first = 0
    for utterance in utterances:
        parts += [(utterance, a, b) for a, b in _breaths(spans, first, first + len(utterance.words))]
        first += len(utterance.words)
    words = [replace(w, pace=1.0, pitch=1.0, gain=1.0, emphasis=False) for one in utterances for w in one.words]
    times = [sound or time for sound, time in zip(spans.sounds, spans.times, strict=True)]
    for utterance, a, b in parts:
        before = times[a - 1][1] if a else 0.0
        after = times[b][0] if b < len(times) else times[b - 1][1] + _MARGIN_S
        begin = max(times[a][0] - _MARGIN_S, (times[a][0] + before) / 2)
        end = min(times[b - 1][1] + _MARGIN_S, max((times[b - 1][1] + after) / 2, times[b - 1][1]))
        run = replace(utterance, words=tuple(words[a:b]), voice=None)
        yield _Run(run, tuple(times[a:b]), spans.sounds[a] is not None, begin, end)


def _breaths(spans: Spans, first: int, last: int) -> Iterator[tuple[int, int]]:
    begin = first
    for at in range(first + 1, last):
        pause = spans.times[at][0] - spans.times[at - 1][1] > _PAUSE_S
        if pause or at - begin >= _RUN_WORDS or (spans.sounds[at] is None) != (spans.sounds[at - 1] is None):
            yield begin, at
            begin = at
    if last > begin:
        yield begin, last


def _placed(run: _Run, samples: np.ndarray, sounds: Sounds) -> Said:
    """The phones of ``run``: spread over the words that were heard, then moved to where the sound has them."""
    if not run.said:
        texts = tuple(word.written for word in run.utterance.words)
        return Said((), (), texts, run.utterance.language, run.begin, run.begin, 0.0, 1.0)
    spoken = speak_utterance(run.utterance, SpeechOptions())
    length = sum(end - start for start, end in run.times)
    pace = pressed(sum(p.end - p.start for p in spoken.phonemes) / max(length, 0.05))
    if abs(pace - 1.0) > 0.15:
        spoken = speak_utterance(run.utterance, SpeechOptions(speed=pace))
    said = _spread(spoken, run)
    if not spoken.phonemes:
        return said
    forced = refined(said, samples)
    moved = forced if forced is not said else _synthetic(spoken, run, samples) or _fitted(said, run, sounds)
    return _kept(moved, said, run)


def _synthetic(spoken: Speech, run: _Run, samples: np.ndarray) -> Said | None:
    """``spoken`` warped onto the sound; None where that is less like eSpeak NG than another synthesiser would be."""
    window = part_of(samples, round(run.begin * FEATURE_RATE), round(run.end * FEATURE_RATE))
    if len(window) < 20 * HOP:
        return None
    places, costs = warped([at_feature_rate(spoken)], window)
    match = Match(places + run.begin * FEATURE_HZ, costs)
    return said_of(spoken, match, run.begin) if match.cost(len(costs)) < SYNTHETIC else None


def _fitted(said: Said, run: _Run, sounds: Sounds) -> Said:
    return replace(said, phonemes=fitted(said.phonemes, sounds.near(run.begin, run.end)))


def _spread(spoken: Speech, run: _Run) -> Said:
    """The phones of each word over the time in which it was heard, as long to one another as eSpeak NG makes them."""
    owners = owners_of(spoken)
    spans: list[tuple[float, float]] = []
    for number in dict.fromkeys(owners):
        own = [phone for phone, owner in zip(spoken.phonemes, owners, strict=True) if owner == number]
        shares = np.cumsum([0.0, *(phone.end - phone.start for phone in own)])
        start, end = run.times[number]
        edges = start + (end - start) * shares / max(shares[-1], 1e-6)
        spans += [(float(a), float(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    texts = tuple(word.text for word in spoken.words)
    length = sum(phone.end - phone.start for phone in spoken.phonemes)
    return Said(phones_moved(spoken.phonemes, spans), tuple(owners), texts, spoken.language, run.times[0][0],
                run.times[-1][1], length, 0.0)  # fmt: skip


def _kept(moved: Said, spread: Said, run: _Run) -> Said:
    """``moved`` but for words that are too far from where they were heard: those as ``spread`` has them."""
    if len(moved.phonemes) != len(spread.phonemes):
        return spread
    owners = np.array(moved.owners)
    phones = list(moved.phonemes)
    for number in sorted(set(moved.owners)):
        own = np.flatnonzero(owners == number)
        middle = (phones[own[0]].start + phones[own[-1]].end) / 2
        start, end = run.times[number]
        strays = abs(middle - (start + end) / 2) > _APART_S + _APART * (end - start)
        if strays:
            for at in own:
                phones[at] = spread.phonemes[at]
    return replace(moved, phonemes=tuple(phones), start=phones[0].start, end=phones[-1].end)


def heard_words(heard: Heard) -> tuple[Word, ...]:
    """The words as they were heard."""
    return tuple(Word(word.start, word.end, word.text) for word in heard.words)
