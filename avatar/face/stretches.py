"""Which stretches of a video tell how good its face is: few frames, but closures, open vowels and blinks among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from avatar.core.types import Phoneme

__all__ = [
    "CLOSED",
    "OPEN",
    "ROUND",
    "SPREAD",
    "TUCKED",
    "blinks_in",
    "choose_stretches",
    "frames_of",
    "runs_of",
    "stretches_of",
]

CLOSED, TUCKED = frozenset("pbm"), frozenset("fv")
OPEN, ROUND, SPREAD = frozenset("aɑæɐʌɔɒ"), frozenset("uʊ"), frozenset("iɪ")
_SOUNDS = ((CLOSED, 1, 3.0), *((kind, 0, 1.0) for kind in (OPEN, ROUND, SPREAD, TUCKED)))
"""What is looked for: letters, frames before and after, and how much it counts: most of all that lips close."""
_SHARE = 1 / 6  # of the frames
_LEAST_S, _WHOLE_S = 5.0, 6.0  # no fewer seconds are measured; a video up to so many is measured whole
_FEWEST = 4  # stretches: the head moves slowly, so few places would say little of how far
_SHUT = 0.5  # closure of both lids from which a blink is seen
_MARGIN = 2  # frames before and after a blink in which the lids move
_STEP = 2  # frames from one place that a stretch may have to the next
_DECODING = 0.02  # what a frame costs that is decoded to come to a stretch, in what a first closure is worth


def frames_of(phone: Phoneme, fps: float, pad: int = 0) -> range:
    """The frames in which ``phone`` is seen, ``pad`` more on both sides; they may reach beyond the video."""
    return range(round(phone.start * fps) - pad, round(phone.end * fps) + pad + 1)


def blinks_in(lids: np.ndarray) -> tuple[range, ...]:
    """The frames of every blink of ``lids`` [n] or [n, 2], closure 0..1 of the upper lids; a wink is none."""
    return runs_of(np.reshape(lids, (len(lids), -1)).min(axis=1) > _SHUT)


def runs_of(marked: np.ndarray) -> tuple[range, ...]:
    """Where ``marked`` bool [n] is true, run by run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(int)))
    return tuple(range(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


def stretches_of(number: np.ndarray) -> tuple[range, ...]:
    """``number`` int [n], which grows, as stretches without a gap."""
    cuts = [0, *(np.flatnonzero(np.diff(number) != 1) + 1), len(number)]
    return tuple(range(int(number[a]), int(number[b - 1]) + 1) for a, b in zip(cuts[:-1], cuts[1:], strict=True))


def choose_stretches(
    frames: int, fps: float, phonemes: Sequence[Phoneme], lids: np.ndarray | None, every: int
) -> tuple[range, ...]:
    """The stretches to be measured of a video of ``frames``, in order, none touching the next; all of a short one.

    ``lids``: the planned closure [n, 2] of the lids, where it is known. ``every``: frames from one keyframe to the
    next; stretches soon after one are preferred, since decoding begins there. The same video always has the same ones.
    """
    wanted = max(round(_SHARE * frames), round(_LEAST_S * fps))
    if frames <= max(wanted, round(_WHOLE_S * fps)):
        return (range(frames),)
    parts = list(_parts(frames, every))
    length = max(wanted // len(parts), 2)
    worth = _Worth(fps, phonemes, lids)
    return tuple(worth.best(part, min(length, len(part) - 1)) for part in parts)


def _parts(frames: int, every: int) -> Iterator[range]:
    """The video in parts of about the same length that begin on keyframes, or divide what lies between two."""
    groups = max(1, round(frames / every))
    pieces = -(-_FEWEST // groups)
    bounds = [number * every for number in range(groups)] + [frames]
    for first, stop in zip(bounds[:-1], bounds[1:], strict=True):
        inner = [first + (stop - first) * piece // pieces for piece in range(pieces + 1)]
        yield from (range(a, b) for a, b in zip(inner[:-1], inner[1:], strict=True))


class _Worth:
    """What a stretch would add to those that are chosen: the more of a kind there are, the less one more is worth.

    A sound is worth as much as it is long: by their number, hurried ones would win, in which mouths open less.
    """

    def __init__(self, fps: float, phonemes: Sequence[Phoneme], lids: np.ndarray | None) -> None:
        sounds = [_Kind.of(phonemes, letters, fps, pad) for letters, pad, _ in _SOUNDS]
        blinks = [] if lids is None else [range(b.start - _MARGIN, b.stop + _MARGIN) for b in blinks_in(lids)]
        self._kinds = [*sounds, _Kind(blinks, np.ones(len(blinks)))]
        self._have = np.zeros(len(self._kinds))
        self._counts = np.array([*(counts for *_, counts in _SOUNDS), 1.0])

    def best(self, part: range, length: int) -> range:
        """The best place in ``part`` for a stretch of ``length`` frames, which is then chosen; the first of equals."""
        starts = np.arange(part.start, part.stop - length, _STEP)
        held = np.stack([kind.held(starts, length) for kind in self._kinds])
        gain = np.sqrt(self._have[:, None] + held) - np.sqrt(self._have)[:, None]
        chosen = int(np.argmax(self._counts @ gain - _DECODING * (starts - part.start)))
        self._have += held[:, chosen]
        return range(int(starts[chosen]), int(starts[chosen]) + length)


class _Kind:
    """What is looked for of one kind: in which frames each is seen, and what it is worth."""

    def __init__(self, frames: Sequence[range], worth: np.ndarray) -> None:
        places = np.array([(one.start, one.stop) for one in frames]).reshape(-1, 2)
        self._first, self._stop, self._worth = places[:, 0, None], places[:, 1, None], worth[:, None]

    @staticmethod
    def of(phonemes: Sequence[Phoneme], letters: frozenset[str], fps: float, pad: int) -> _Kind:
        """The phones with one of ``letters``."""
        phones = [phone for phone in phonemes if not letters.isdisjoint(phone.ipa)]
        lengths = np.array([phone.end - phone.start for phone in phones])
        return _Kind(
            [frames_of(phone, fps, pad) for phone in phones], lengths / max(lengths.mean() if len(lengths) else 0, 1e-6)
        )

    def held(self, starts: np.ndarray, length: int) -> np.ndarray:
        """The worth of what lies whole in the stretch that begins at each of ``starts``."""
        return (((self._first >= starts) & (self._stop <= starts + length)) * self._worth).sum(axis=0)
