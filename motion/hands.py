"""Co-speech gestures of the hands: they are raised for what is said, beat on its accents, and go back to rest.

A unit of gesture is what Kendon calls so ("Gesture", 2004): preparation before the first stress of some phrases that
follow each other closely, strokes, and retraction into the pause after them. The strokes are beats (McNeill, "Hand and
Mind", 1992): a lift, and a drop that ends on the stressed syllable.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avatar.core.types import Speech
from motion.drift import generator_for
from motion.prosody import Accent, Phrase, accents, phrases

__all__ = ["hand_tracks"]

_RAISED, _OUT, _UP, _AHEAD, _TURN, _SPREAD = range(6)
_PAUSE = 1.1  # seconds without words in which hands go back to rest
_BOTH, _ONE = 0.5, 0.8  # of the units, those of both hands; up to here those of the hand at the viewer's left
_LAG = 0.05  # seconds by which one of two hands is later
_RISE, _FALL = 0.65, 0.95  # seconds from rest to the first place, and back
_LIFT, _DROP, _REACH, _APART = 0.40, 0.62, 0.34, 0.16  # of a beat at power 1, IOD


def hand_tracks(times: np.ndarray, speech: Speech, seed: int, amount: np.ndarray) -> np.ndarray:
    """How both hands move at ``times`` [n], float32 [n, 2, 6] as in GestureTrack. ``amount`` [n]: how often and how far
    they gesture, about 1 for somebody who speaks with their hands."""
    hands = _Hands(times, amount, generator_for(seed, "gesture/hands"))
    stressed = accents(speech)
    for unit in _units(phrases(speech)):
        hands.add_unit(unit, [accent for accent in stressed if unit[0].start <= accent.time <= unit[-1].end])
    for cue in speech.cues:
        if cue.name == "shrug":
            hands.add_shrug(cue.start)
    return hands.tracks()


def _units(spoken: tuple[Phrase, ...]) -> Iterator[list[Phrase]]:
    """Runs of phrases without a pause in which hands would go back to rest."""
    run: list[Phrase] = []
    for phrase in spoken:
        if run and phrase.start - run[-1].end >= _PAUSE:
            yield run
            run = []
        run.append(phrase)
    if run:
        yield run


class _Hands:
    """Adds one unit after another to the curves [2, 6, n]."""

    def __init__(self, times: np.ndarray, amount: np.ndarray, draw: np.random.Generator) -> None:
        self._times, self._amount, self._draw = times, amount, draw
        self._curves = np.zeros((2, 6, len(times)))
        slow = draw.uniform(0.0, 2 * np.pi, (2, 3, 2))
        for hand, axis in np.ndindex(2, 3):
            waves = [np.sin(speed * times + slow[hand, axis, k]) for k, speed in enumerate((1.1, 1.9))]
            self._curves[hand, 1 + axis] = 0.04 * (waves[0] + waves[1])

    def add_unit(self, unit: list[Phrase], stressed: list[Accent]) -> None:
        """The gesture of ``unit``, or none: who speaks calmly lets some sentences go by."""
        level = self._level(unit[0].start)
        chance, which = self._draw.random(2)
        hands = (0, 1) if which < _BOTH else (0,) if which < _ONE else (1,)
        homes = self._draw.standard_normal((len(unit), 5))
        apart = 0.35 * self._draw.standard_normal((len(unit), 5))
        if chance > 0.35 + 0.6 * level:
            return
        start = unit[0].start - 0.25 if not stressed else max(unit[0].start - 0.35, stressed[0].time - 0.8)
        for order, hand in enumerate(hands):
            late = _LAG * order
            self._raise(hand, start + late, unit[-1].end + 0.15 + late, min(1.0, 0.55 + 0.5 * level))
            self._rest_at(hand, unit, homes + order * apart, level)
            for accent in stressed:
                self._beat(hand, accent.time + 0.02 + late, accent.weight * self._level(accent.time))

    def add_shrug(self, start: float) -> None:
        """Both palms up and out, with the shoulders."""
        for hand in range(2):
            self._raise(hand, start - 0.2, start + 0.75, 1.0, rise=0.5, fall=0.8)
            during = _ease((self._times - start + 0.2) / 0.45) * (1.0 - _ease((self._times - start - 0.75) / 0.7))
            for channel, value in ((_OUT, 1.6), (_UP, 0.3), (_AHEAD, 0.2), (_TURN, 1.0), (_SPREAD, 0.8)):
                curve = self._curves[hand, channel]
                curve += (value - curve) * during

    def _level(self, time: float) -> float:
        return float(np.interp(time, self._times, self._amount)) if len(self._times) else 0.0

    def _raise(
        self, hand: int, start: float, end: float, height: float, rise: float = _RISE, fall: float = _FALL
    ) -> None:
        up = height * _ease((self._times - start) / rise) * (1.0 - _ease((self._times - end) / fall))
        self._curves[hand, _RAISED] = 1.0 - (1.0 - self._curves[hand, _RAISED]) * (1.0 - up)

    def _rest_at(self, hand: int, unit: list[Phrase], homes: np.ndarray, level: float) -> None:
        """Another place for each phrase, reached as it begins; palms open for a question."""
        before = np.zeros(5)
        size = np.array([0.26, 0.22, 0.18, 0.22, 0.15]) * ([min(level, 1.3)] * 3 + [1.0, 1.0])
        for phrase, drawn in zip(unit, homes, strict=True):
            place = np.array([0.05, 0.0, 0.0, 0.9 if phrase.asks else 0.35, 0.35]) + size * np.clip(drawn, -1.7, 1.7)
            self._curves[hand, _OUT:] += np.outer(place - before, _ease((self._times - phrase.start + 0.35) / 0.6))
            before = place
        self._curves[hand, _OUT:] -= np.outer(before, _ease((self._times - unit[-1].end - 0.15) / 1.0))

    def _beat(self, hand: int, peak: float, power: float) -> None:
        self._push(hand, _UP, (peak - 0.36, peak - 0.17, peak), _LIFT * power)
        self._push(hand, _UP, (peak - 0.24, peak, peak + 0.45), -_DROP * power)
        self._push(hand, _AHEAD, (peak - 0.24, peak, peak + 0.5), _REACH * power)
        self._push(hand, _OUT, (peak - 0.24, peak, peak + 0.5), _APART * power)
        self._push(hand, _SPREAD, (peak - 0.24, peak, peak + 0.5), 0.3 * power)

    def _push(self, hand: int, channel: int, times: tuple[float, float, float], amount: float) -> None:
        """A bump that rises from times[0] to times[1] and is gone at times[2]."""
        start, peak, end = times
        bump = _ease((self._times - start) / (peak - start)) * (1.0 - _ease((self._times - peak) / (end - peak)))
        self._curves[hand, channel] += amount * bump

    def tracks(self) -> np.ndarray:
        """The curves float32 [n, 2, 6]; hands rest where the video begins and ends."""
        if len(self._times):
            seconds = float(self._times[-1])
            self._curves[:, _RAISED] *= _ease(self._times / 0.5) * _ease((seconds - self._times) / 0.7)
        self._curves[:, _TURN:] = np.clip(self._curves[:, _TURN:], 0.0, 1.0)
        return np.ascontiguousarray(np.moveaxis(self._curves, 2, 0), np.float32)


def _ease(x: np.ndarray) -> np.ndarray:
    clipped = np.clip(x, 0.0, 1.0)
    return clipped * clipped * clipped * (clipped * (6.0 * clipped - 15.0) + 10.0)
