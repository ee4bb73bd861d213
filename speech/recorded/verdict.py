"""Whether a recording says what its transcript says, and where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from avatar.core.reasons import Message
from avatar.core.types import Phoneme
from speech.recorded.alignment import FEATURE_HZ
from speech.recorded.recording import clock

__all__ = ["MOST_NOTES", "UNLIKE_THROUGHOUT", "Said", "verdict"]

_UNLIKE, UNLIKE_THROUGHOUT = 0.9, 0.845
"""Measured: sentences that the recording says cost 0.72 to 0.83 (neural and human voices, noise 10 dB below), other
sentences 0.82 to 0.96, half of those 0.87 and more. One sentence is judged mildly, a whole text strictly."""

_SQUEEZED = 0.35
_MOST = 0.5
_EXTRA_S = 3.0
MOST_NOTES = 5


@dataclass(frozen=True)
class Said:
    """A sentence as it was found between ``start`` and ``end`` seconds of the recording.

    ``owners[i]``: the word, of ``texts``, that phone i belongs to. ``expected``: seconds its phones take by
    themselves. ``cost``: how unlike the recording is, 1 where it has nothing to do with the words. ``lost``: it was not
    found; if it has phones, they are where it may be.
    """

    phonemes: tuple[Phoneme, ...]
    owners: tuple[int, ...]
    texts: tuple[str, ...]
    language: str
    start: float
    end: float
    expected: float
    cost: float
    lost: bool = False

    def phones_by_word(self) -> list[list[str]]:
        """IPA of the phones of each word that has any."""
        groups: dict[int, list[str]] = {}
        for phone, owner in zip(self.phonemes, self.owners, strict=True):
            groups.setdefault(owner, []).append(phone.ipa)
        return list(groups.values())

    @property
    def missing(self) -> bool:
        """Whether the recording does not say it."""
        return self.cost > _UNLIKE or self.end - self.start < _SQUEEZED * self.expected


def verdict(said: Sequence[Said], speech: np.ndarray) -> tuple[str, ...]:
    """Notes on the places where recording and transcript differ; ``speech`` [frames] tells where somebody speaks.

    Likeness of sound alone is no proof that another text is spoken: where it is low for most of the time, that is told.
    """
    missing = [one for one in said if one.missing]
    notes: list[str] = []
    if _share(missing, said) > _MOST or _mean_cost(said) > UNLIKE_THROUGHOUT:
        first = missing[0] if missing else max(said, key=lambda one: one.cost)
        notes.append(Message("transcript_doubted", at=clock(first.start), words=_quoted(first)))
        missing = [one for one in missing if not one.phonemes]
    notes += [_missing(one) for one in missing]
    for begin, end in _extra(said, speech):
        notes.append(Message("more_said", begin=clock(begin), end=clock(end)))
    more = len(notes) - MOST_NOTES
    return tuple([*notes[:MOST_NOTES], Message("more_differs", n=more)] if more > 0 else notes)


def _missing(one: Said) -> Message:
    if one.lost and one.phonemes:
        return Message("words_not_found", at=clock(one.start), words=_quoted(one))
    return Message("words_not_said", at=clock(one.start), words=_quoted(one))


def _share(some: Sequence[Said], said: Sequence[Said]) -> float:
    return sum(one.expected for one in some) / max(1e-9, sum(one.expected for one in said))


def _mean_cost(said: Sequence[Said]) -> float:
    return float(np.average([one.cost for one in said], weights=[one.expected + 1e-9 for one in said]))


def _quoted(said: Said) -> str:
    return " ".join(said.texts[:6]) + (" ..." if len(said.texts) > 6 else "")


def _extra(said: Sequence[Said], speech: np.ndarray) -> Iterator[tuple[float, float]]:
    """Stretches between, before and after the sentences with more than three seconds of speech."""
    edges = [0.0, *(edge for one in said for edge in (one.start, one.end)), len(speech) / FEATURE_HZ]
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        loud = np.flatnonzero(speech[int(first * FEATURE_HZ) : int(last * FEATURE_HZ)])
        if len(loud) > _EXTRA_S * FEATURE_HZ:
            yield first + loud[0] / FEATURE_HZ, first + (loud[-1] + 1) / FEATURE_HZ
