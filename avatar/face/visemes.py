"""Timed phonemes to mouth shapes: one target a phone, blended by dominance, with hard closures.

Each phone asks for an inner-lip gap (absolute, IOD), a width, a rounding and a place of the tongue; how strongly, and
how far into its neighbours, its dominance says (after Cohen and Massaro, "Modeling coarticulation in synthetic visual
speech", 1993). Lips that must meet (p, b, m) and the lower lip at the teeth (f, v) override the blend, or a short
phone would never get there.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar.core.types import Phoneme, Speech

__all__ = ["MouthTracks", "Shape", "mouth_tracks", "shape_of"]

_RATE = 100
_STEP = 0.09  # largest change of the gap a frame at 25 fps, IOD
# Where phones were recognised from sound, some are missed and some invented: loudness has a say in the gap.
_LOUDNESS_SHARE = 0.25
_LEAD = 0.02  # seconds by which lips come before the sound that they make
_PAUSE = 0.13  # a silence at least this long closes the mouth, seconds


@dataclass(frozen=True)
class Shape:
    """Target of one phone. ``gap``: inner lips, IOD. ``wide``: each corner outwards, share of half the mouth's width.
    ``pucker``: 0..1. ``tongue``: 0 down .. 1 at the upper teeth. ``strength``: dominance. ``kind``: "" or "closed",
    "tuck". ``tip``, ``between``: the tongue's tip behind the upper teeth, or between the teeth. ``bite``: jaws that
    stay together while the lips part."""

    gap: float
    wide: float = 0.0
    pucker: float = 0.0
    tongue: float = 0.2
    strength: float = 1.0
    kind: str = ""
    tip: float = 0.0
    between: float = 0.0
    bite: float = 0.0


_CLOSED = Shape(-0.008, -0.02, 0.0, 0.2, 1.2, "closed")
_TUCK = Shape(0.034, 0.02, 0.0, 0.2, 1.2, "tuck")
_DENTAL = Shape(0.060, 0.06, 0.0, 0.75, 0.55, tip=0.8, bite=0.5)
_HISS = Shape(0.068, 0.13, 0.0, 0.6, 0.9, bite=1.0)
_HUSH = Shape(0.082, -0.16, 0.55, 0.5, 1.0, bite=0.9)
_BACK = Shape(0.075, 0.0, 0.0, 0.3, 0.35)
_SHAPES: dict[str, Shape] = {
    **dict.fromkeys("pbmɓʘ", _CLOSED),
    **dict.fromkeys("fvɱʋ", _TUCK),
    **dict.fromkeys("ɸβ", Shape(0.02, -0.03, 0.3, 0.2, 1.0)),
    **dict.fromkeys("tdnɾɗʈɖɳɲ", _DENTAL),
    **dict.fromkeys("lɫɭʎɬɮ", Shape(0.105, 0.03, 0.0, 0.95, 0.6, tip=1.0)),
    **dict.fromkeys("szɕʑ", _HISS),
    **dict.fromkeys("ʃʒʂʐç", _HUSH),
    **dict.fromkeys("θð", Shape(0.095, 0.02, 0.0, 1.0, 0.9, between=1.0)),
    **dict.fromkeys("kɡgŋxɣχqħʕhɦʔɢʁʀcɟʄ", _BACK),
    **dict.fromkeys("rɹɻɽ", Shape(0.070, -0.08, 0.30, 0.6, 0.6)),
    **dict.fromkeys("jʝɥ", Shape(0.070, 0.12, 0.0, 0.6, 0.6)),
    **dict.fromkeys("wʍɰ", Shape(0.038, -0.27, 0.90, 0.1, 1.1)),
    **dict.fromkeys("aɑ", Shape(0.205, 0.0, 0.0, 0.0, 1.2)),
    "æ": Shape(0.185, 0.07, 0.0, 0.05, 1.2),
    "ɐ": Shape(0.165, 0.0, 0.0, 0.05, 1.1),
    "ʌ": Shape(0.155, 0.0, 0.0, 0.05, 1.1),
    **dict.fromkeys("ɔɒ", Shape(0.165, -0.15, 0.40, 0.0, 1.2)),
    **dict.fromkeys("oɵɤ", Shape(0.125, -0.21, 0.65, 0.0, 1.2)),
    **dict.fromkeys("ʊɷ", Shape(0.080, -0.20, 0.65, 0.1, 1.0)),
    **dict.fromkeys("uɯʉ", Shape(0.052, -0.29, 1.00, 0.1, 1.2)),
    **dict.fromkeys("yʏ", Shape(0.060, -0.24, 0.90, 0.5, 1.2)),
    **dict.fromkeys("øœɶ", Shape(0.095, -0.18, 0.65, 0.3, 1.1)),
    **dict.fromkeys("eɛε", Shape(0.130, 0.10, 0.0, 0.25, 1.1)),
    **dict.fromkeys("ɘəɚɜɝɞ", Shape(0.095, 0.0, 0.05, 0.2, 0.7)),
    **dict.fromkeys("ɪᵻ", Shape(0.095, 0.11, 0.0, 0.4, 0.9)),
    **dict.fromkeys("iɨ", Shape(0.085, 0.19, 0.0, 0.6, 1.1)),
}
_VOWELS = frozenset("aɑæɐʌɔɒoɵɤʊɷuɯʉyʏøœɶeɛεɘəɚɜɝɞɪᵻiɨ")
_REST = Shape(0.0, 0.0, 0.0, 0.2, 1.0)
_UNKNOWN = Shape(0.07, 0.0, 0.0, 0.3, 0.4)


@dataclass(frozen=True)
class MouthTracks:
    """One value a frame, float32 [n]: ``gap`` (IOD, absolute), ``wide`` (share of half the width), ``pucker``,
    ``tuck``, ``press``, ``tongue``, ``tip``, ``between``, ``bite`` (all 0..1), see :class:`Shape`."""

    gap: np.ndarray
    wide: np.ndarray
    pucker: np.ndarray
    tuck: np.ndarray
    press: np.ndarray
    tongue: np.ndarray
    tip: np.ndarray
    between: np.ndarray
    bite: np.ndarray


def shape_of(symbol: str) -> Shape:
    """Mouth shape of one IPA letter; an unknown letter gets a slightly open mouth."""
    return _SHAPES.get(symbol, _UNKNOWN)


def _letters(phone: Phoneme) -> list[tuple[float, float, str, int]]:
    """The IPA letters of a phone that say something of the mouth, with their share of its time (a diphthong has
    two)."""
    base = unicodedata.normalize("NFD", phone.ipa)
    letters = [c for c in base if c in _SHAPES] or [c for c in base if c.isalpha()][:1]
    edges = np.linspace(phone.start, phone.end, len(letters) + 1)
    return [(float(edges[i]), float(edges[i + 1]), c, phone.stress) for i, c in enumerate(letters)]


def _segments(speech: Speech, seconds: float) -> list[tuple[float, float, Shape]]:
    """Phones and pauses in order, each with its target; louder and stressed vowels open more."""
    result: list[tuple[float, float, Shape]] = []
    last = 0.0
    for phone in speech.phonemes:
        if phone.start - last >= _PAUSE:
            result.append((last, phone.start, _REST))
        for start, end, letter, stress in _letters(phone):
            shape = shape_of(letter)
            if letter in _VOWELS:
                force = _loudness(speech, start, end) * (1.0, 1.10, 1.04)[min(stress, 2)]
                shape = replace(shape, gap=shape.gap * force)
            result.append((start, end, shape))
        last = max(last, phone.end)
    if seconds - last > 0 or not result:
        result.append((last, max(seconds, last + 0.01), _REST))
    return result


def _loudness(speech: Speech, start: float, end: float) -> float:
    """How far loudness opens the mouth: about 1 for the usual voice, 0.75 when soft, 1.2 when loud."""
    part = speech.energy[int(start * _RATE) : max(int(end * _RATE), int(start * _RATE) + 1)]
    if not len(part):
        return 1.0
    return float(np.clip(0.74 + 0.40 * float(np.max(part)), 0.74, 1.20))


def _trust(speech: Speech) -> float:
    """How far closures are believed: less where a recogniser made little of the sound (music, noise, a crowd)."""
    if speech.timing != "recognised":
        return 1.0
    covered = sum(phone.end - phone.start for phone in speech.phonemes) / max(speech.seconds, 1e-3)
    return float(np.clip(covered / 0.3, 0.0, 1.0))


def _loudness_curve(speech: Speech, time: np.ndarray) -> np.ndarray:
    """Loudness at ``time`` above the quiet parts of the sound, 0..about 1."""
    if not len(speech.energy):
        return np.zeros(len(time))
    low, high = np.percentile(speech.energy, [10, 95])
    loud = np.clip((speech.energy - low) / max(float(high - low), 1e-3), 0.0, 1.1)
    return np.interp(time, np.arange(len(loud)) / _RATE, gaussian_filter1d(loud.astype(float), 9.0))


def mouth_tracks(speech: Speech, fps: float, frames: int) -> MouthTracks:
    """Mouth of ``speech`` for ``frames`` frames at ``fps``."""
    seconds = frames / fps
    segments = _segments(speech, seconds)
    time = np.arange(int(np.ceil(seconds * _RATE)) + 1) / _RATE
    blend = _blend(segments, time)
    shown = np.arange(frames) / fps + _LEAD
    width = max(0.45 * _RATE / fps, 1.0)
    at = lambda row: np.interp(shown, time, gaussian_filter1d(row, width, mode="nearest"))  # noqa: E731
    gap, wide, pucker, tongue, tip, between, bite = (at(row) for row in blend)
    trust = _trust(speech)
    if speech.timing == "recognised":
        gap = (1 - _LOUDNESS_SHARE) * gap + _LOUDNESS_SHARE * 0.15 * at(_loudness_curve(speech, time))
    closed = trust * _overrides(segments, "closed", shown, fps)
    tuck = trust * _overrides(segments, "tuck", shown, fps)
    gap = gap * (1 - tuck) + _TUCK.gap * tuck
    gap = gap * (1 - closed) + _CLOSED.gap * closed
    gap = _slewed(gap, _STEP * 25.0 / fps)
    tracks = (gap, wide, pucker, tuck, closed, tongue, tip, between, bite)
    return MouthTracks(*(np.asarray(a, np.float32) for a in tracks))


def _blend(segments: list[tuple[float, float, Shape]], time: np.ndarray) -> np.ndarray:
    """Dominance-weighted mean of the targets at ``time``: [7, t] gap, wide, pucker, tongue, tip, between, bite."""
    total = np.full(len(time), 1e-6)
    weighted = np.zeros((7, len(time)))
    for start, end, shape in segments:
        rest = shape is _REST
        reach = 0.05 if rest else 0.045 + 0.02 * shape.pucker
        first, last = np.searchsorted(time, [start - 6 * reach, end + 6 * reach])
        t = time[first:last]
        outside = np.maximum(np.maximum(start - t, t - end), 0.0)
        # A pause is felt once it has begun: its edges stay with the phones beside it.
        margin = min(0.05, (end - start) / 3) if rest else 0.0
        inner = np.maximum(np.maximum(start + margin - t, t - end + margin), 0.0)
        weight = shape.strength * (3.0 if rest else 1.0) * np.exp(-np.square((inner if rest else outside) / reach))
        total[first:last] += weight
        weighted[:, first:last] += weight * _targets(shape)[:, None]
    return weighted / total


def _targets(shape: Shape) -> np.ndarray:
    return np.array([shape.gap, shape.wide, shape.pucker, shape.tongue, shape.tip, shape.between, shape.bite])


def _overrides(segments: list[tuple[float, float, Shape]], kind: str, shown: np.ndarray, fps: float) -> np.ndarray:
    """How far a closure (0..1) holds at each frame; the frame nearest to the middle of a phone always has it whole."""
    result = np.zeros(len(shown))
    ramp = 0.045
    for start, end, shape in segments:
        if shape.kind != kind:
            continue
        middle, half = (start + end) / 2, max((end - start) / 2 - 0.005, 0.0175)
        first, last = np.searchsorted(shown, [middle - half - ramp, middle + half + ramp])
        away = np.maximum(np.abs(shown[first:last] - middle) - half, 0.0)
        ease = 0.5 + 0.5 * np.cos(np.pi * np.clip(away / ramp, 0, 1))
        result[first:last] = np.maximum(result[first:last], ease)
        nearest = int(np.clip(round((middle - _LEAD) * fps), 0, len(shown) - 1))
        result[nearest] = 1.0
    return result


def _slewed(gap: np.ndarray, step: float) -> np.ndarray:
    """Lower the gap where it would change by more than ``step`` from one frame to the next; closures stay."""
    result = gap.copy()
    for i in range(1, len(result)):
        result[i] = min(result[i], result[i - 1] + step)
    for i in range(len(result) - 2, -1, -1):
        result[i] = min(result[i], result[i + 1] + step)
    return result
