"""Gestures of a speaker: prosody plus a gesture code that drifts by rotations.

Slow head motion is read from a vector that turns in several planes at once at wandering speeds, so it never repeats
and never stops; accents of the speech add nods, brows and turns; the ends of sentences shift the posture; the body
breathes. Everything is computed for the whole video at once, so it does not depend on how the video is cut into pieces
afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from avatar.core.errors import OptionError
from avatar.core.types import Cue, GestureTrack, Speech
from motion.drift import content_seed, generator_for
from motion.gaze import blink_times, gaze_targets, lids
from motion.hands import hand_tracks
from motion.prosody import Accent, Phrase, accents, loudness, phrases, pitch_contour
from motion.rotation import Rotation, random_plane

__all__ = ["STYLES", "Style", "gesture"]

_CODE = 16
_LIMITS = {"yaw": 13.0, "pitch": 10.0, "roll": 8.0}
_STEP, _ASKED_STEP = 1.8, 3.2  # degrees a frame at most, by itself and where a script asks for a nod or a shake
_QUICKER = 3.2
_BEATS = {"yaw": 3.0, "pitch": 0.7, "roll": 1.3, "sway_x": 0.008, "brows": 0.16}
_WINK = 0.55  # seconds from open to open
_LOWERED = 0.45  # brows that sink look angry: a speaker's rise further than they sink
_PARTED = 0.075  # opening of the lips at the breath before a phrase, IOD at restlessness 1


@dataclass(frozen=True)
class Style:
    """How much of each ingredient: slow drift of the head, its quick beats, accents, posture shifts, brows, gaze,
    cheeks, what lips do in silence; ``blinks``: a minute; ``hands``: how often and how far they gesture."""

    drift: float
    beats: float
    accent: float
    posture: float
    brows: float
    gaze: float
    cheeks: float
    restless: float
    blinks: float
    hands: float


STYLES: dict[str, Style] = {
    "calm": Style(0.72, 0.6, 0.8, 0.85, 0.6, 0.7, 0.4, 0.6, 17.0, 0.4),
    "natural": Style(1.1, 1.1, 1.1, 1.3, 1.3, 1.0, 0.8, 0.8, 29.0, 0.8),
    "lively": Style(1.75, 1.55, 1.6, 2.2, 2.1, 1.2, 1.6, 1.25, 50.0, 1.3),
    "presenter": Style(1.65, 1.45, 1.5, 2.2, 2.0, 1.1, 1.5, 1.15, 48.0, 1.2),
}


def gesture(
    speech: Speech, fps: float, frames: int, style: str = "natural", seed: int = 0, subject: str = ""
) -> GestureTrack:
    """The gesture track of ``frames`` frames at ``fps`` for ``speech``; OptionError for an unknown style.

    ``subject`` names who is seen (a digest of the photo). Whoever says other words, or is somebody else, moves and
    blinks at other times under the same ``seed``; equal arguments give equal tracks.
    Limits: |yaw| 13, |pitch| 10, |roll| 8 degrees, no step over 2 degrees a frame beside nods and shakes that are
    asked for. ``look: left`` means the viewer's left.
    """
    if style not in STYLES:
        raise OptionError(f"Unknown gesture style {style!r}: choose one of {', '.join(STYLES)}.")
    times = np.arange(frames) / fps
    take = content_seed(seed, subject, *_said(speech))
    score = _Score(times, speech, take, _mix(times, speech.cues, style))
    score.add_drift()
    score.add_posture()
    score.add_accents()
    score.add_breath()
    score.add_face()
    score.add_gaze()
    score.add_cues()
    return score.track(fps)


def _said(speech: Speech) -> tuple[str, ...]:
    """What tells one speech from another whatever its sampling: words, phones, and the length of the sound."""
    words = " ".join(word.text for word in speech.words)
    return words, " ".join(phone.ipa for phone in speech.phonemes), f"{speech.seconds:.2f}"


def _mix(times: np.ndarray, cues: Iterable[Cue], style: str) -> dict[str, np.ndarray]:
    """The amounts of ``Style`` over time [n], easing where a ``[style: …]`` direction changes them."""
    mixed = {name: np.full(len(times), value) for name, value in vars(STYLES[style]).items()}
    for cue in cues:
        if cue.name == "style" and cue.value in STYLES:
            until = cue.end if cue.end > cue.start else np.inf
            inside = _ease((times - cue.start) / 0.8) * (1.0 - _ease((times - until) / 0.8))
            for name, value in vars(STYLES[cue.value]).items():
                mixed[name] += (value - mixed[name]) * inside
    return mixed


class _Score:
    """Adds one ingredient after another to the curves of the track."""

    def __init__(self, times: np.ndarray, speech: Speech, seed: int, mix: dict[str, np.ndarray]) -> None:
        self.times, self.speech, self.seed, self.mix = times, speech, seed, mix
        self.phrases: tuple[Phrase, ...] = phrases(speech)
        self.accents: tuple[Accent, ...] = accents(speech)
        names = ("yaw", "pitch", "roll", "sway_x", "sway_y", "shoulders", "lean", "brows", "gaze_x", "gaze_y", "cheeks",
                 "parted", "wink")  # fmt: skip
        self.curves: dict[str, np.ndarray] = {name: np.zeros(len(times)) for name in names}
        self.step = np.full(len(times), _STEP)

    def _draw(self, purpose: str) -> np.random.Generator:
        return generator_for(self.seed, f"gesture/{purpose}")

    def _push(self, name: str, times: tuple[float, float, float], amount: float) -> None:
        """A bump that rises from times[0] to times[1] and is gone at times[2]."""
        start, peak, end = times
        span = slice(*np.searchsorted(self.times, [start, end]))
        t = self.times[span]
        self.curves[name][span] += (
            amount * _ease((t - start) / (peak - start)) * (1.0 - _ease((t - peak) / (end - peak)))
        )

    def add_drift(self) -> None:
        """Slow motion that never rests: projections of the drifting gesture code, and the melody of the voice."""
        code = _drifting_code(self.times, self._draw("code"))
        amounts = {
            "yaw": 4.8,
            "pitch": 3.2,
            "roll": 1.45,
            "sway_x": 0.040,
            "sway_y": 0.012,
            "lean": 0.008,
            "brows": 0.24,
        }
        for channel, (name, amount) in zip(code, amounts.items(), strict=False):
            self.curves[name] += amount * channel * self.mix["brows" if name == "brows" else "drift"]
        self.curves["sway_x"] += 0.006 * self.curves["yaw"]
        self._add_beats()
        self.curves["pitch"] -= 3.0 * pitch_contour(self.speech, self.times) * self.mix["accent"]

    def _add_beats(self) -> None:
        """The small quick motion of a head that talks: a code of its own, as strong as the voice."""
        code = _drifting_code(_QUICKER * self.times, self._draw("beats"))
        voice = 0.3 + 0.7 * loudness(self.speech, self.times)
        for channel, (name, amount) in zip(code, _BEATS.items(), strict=False):
            self.curves[name] += amount * channel * voice * self.mix["brows" if name == "brows" else "beats"]

    def add_posture(self) -> None:
        """A new resting pose after most sentences and some phrases, reached in 0.5-1 s."""
        draw = self._draw("posture")
        spreads = {"yaw": 2.4, "pitch": 1.1, "roll": 1.1, "sway_x": 0.03, "lean": 0.008, "brows": 0.24}
        pose = dict.fromkeys(spreads, 0.0)
        for phrase in self.phrases[:-1]:
            chance, length, start = draw.random(), draw.uniform(0.5, 1.0), phrase.end - draw.uniform(0.0, 0.2)
            targets = {
                name: float(np.clip(draw.normal(0.0, spread), -1.7 * spread, 1.7 * spread))
                for name, spread in spreads.items()
            }
            if chance > (0.9 if phrase.closes else 0.45):
                continue
            shift = _ease((self.times - start) / length) * self.mix["posture"]
            for name, target in targets.items():
                self.curves[name] += (target - pose[name]) * shift
            pose = targets

    def add_accents(self) -> None:
        """Nods, small turns and brows on stressed syllables; the head sinks at the end of a statement."""
        draw = self._draw("accents")
        for accent in self.accents:
            dice, brow = draw.random(2)
            turn, tilt = np.clip(draw.normal(0.0, 1.0, 2), -1.6, 1.6)
            power = float(np.interp(accent.time, self.times, self.mix["accent"])) * accent.weight
            peak = accent.time + 0.05
            if dice < 0.35 + 0.6 * accent.weight:
                self._push("pitch", (peak - 0.34, peak - 0.17, peak), -0.9 * power)
                self._push("pitch", (peak - 0.20, peak, peak + 0.42), 4.0 * power)
            self._push("yaw", (peak - 0.20, peak, peak + 0.55), 2.6 * power * turn)
            self._push("roll", (peak - 0.22, peak, peak + 0.55), 1.5 * power * tilt)
            self._push("sway_y", (peak - 0.2, peak, peak + 0.4), 0.010 * power)
            if brow < 0.25 + 0.5 * accent.weight:
                lift = 0.55 * accent.weight * float(np.interp(accent.time, self.times, self.mix["brows"]))
                self._push("brows", (peak - 0.18, peak, peak + 0.38), lift)
        for phrase in self.phrases:
            self._push("pitch", (phrase.end - 0.5, phrase.end, phrase.end + 0.9), -1.3 if phrase.asks else 1.0)
            if phrase.asks:
                self._push("brows", (phrase.end - 0.6, phrase.end - 0.1, phrase.end + 0.5), 0.45)

    def add_breath(self) -> None:
        """Quiet breathing of uneven length, and a quick breath in before each phrase."""
        draw = self._draw("breath")
        seconds = float(self.times[-1]) + 6.0 if len(self.times) else 0.0
        edges = np.cumsum(np.concatenate([[-draw.uniform(0.0, 3.0)], draw.uniform(3.0, 5.2, int(seconds / 3.0) + 3)]))
        cycle = np.interp(self.times, edges, np.arange(len(edges)))
        breath = 0.010 * (0.5 - 0.5 * np.cos(2.0 * np.pi * cycle))
        self.curves["shoulders"] += breath
        self.curves["sway_y"] -= 0.35 * breath
        for phrase in self.phrases:
            self._push("shoulders", (phrase.start - 0.45, phrase.start - 0.03, phrase.start + 1.4), 0.014)
            self._push("pitch", (phrase.start - 0.45, phrase.start - 0.03, phrase.start + 0.6), -0.6)

    def add_face(self) -> None:
        """Cheeks and lower lids rise with the voice and at the ends of phrases; lips part for the breath before a
        phrase and work a little in pauses."""
        draw = self._draw("face")
        amount, restless = self.mix["cheeks"], self.mix["restless"]
        slow = _drifting_code(1.7 * self.times, draw)
        voice = loudness(self.speech, self.times)
        self.curves["cheeks"] += amount * (0.30 * slow[0] * (0.35 + 0.65 * voice) + 0.22 * slow[1] * voice)
        for phrase in self.phrases:
            lift, when = draw.uniform(0.2, 0.7), phrase.end + draw.uniform(-0.2, 0.2)
            level = float(np.interp(when, self.times, amount))
            self._push("cheeks", (when - 0.45, when, when + draw.uniform(0.6, 1.2)), lift * level)
            open_, early = draw.uniform(0.75, 1.25), draw.uniform(0.25, 0.4)
            level = float(np.interp(phrase.start, self.times, restless))
            self._push("parted", (phrase.start - early, phrase.start - 0.08, phrase.start + 0.12),
                       _PARTED * open_ * level)  # fmt: skip
        self.curves["parted"] += 0.60 * _PARTED * restless * np.maximum(slow[2], 0.0)

    def add_gaze(self) -> None:
        """Fixations and jumps; the eyes stay on the viewer while the head turns."""
        x, y = gaze_targets(self.times, self.phrases, 1.0, self.seed)
        self.curves["gaze_x"] += x * self.mix["gaze"] - 0.022 * self.curves["yaw"]
        self.curves["gaze_y"] += y * self.mix["gaze"] - 0.020 * self.curves["pitch"]

    def add_cues(self) -> None:
        """The script's own directions."""
        for cue in self.speech.cues:
            if cue.name == "nod":
                self._swing("pitch", cue.start, (9.0, -2.5, 8.0, -1.5), 0.26)
            elif cue.name == "shake":
                self._swing("yaw", cue.start, (8.0, -9.5, 9.5, -9.0, 6.0), 0.27)
            elif cue.name == "shrug":
                self._shrug(cue.start)
            elif cue.name == "look":
                self._look(cue)
            elif cue.name == "wink":
                self._wink(cue.start, -1.0 if cue.value == "left" else 1.0)

    def _swing(self, name: str, start: float, sizes: tuple[float, ...], half: float) -> None:
        """Swings of ``sizes`` degrees, each ``half`` a second after the one before; what else the head does is held."""
        end = start + half * (len(sizes) + 0.4)
        during = _ease((self.times - start + 0.25) / 0.25) * (1.0 - _ease((self.times - end) / 0.35))
        for axis in _LIMITS:
            self.curves[axis] = self.curves[axis] * (1.0 - 0.75 * during)
        self.step = np.maximum(self.step, np.where(during > 0.0, _ASKED_STEP, 0.0))
        for i, size in enumerate(sizes):
            peak = start + half * (i + 0.8)
            self._push(name, (peak - half, peak, peak + half), size)

    def _shrug(self, start: float) -> None:
        self._push("shoulders", (start - 0.05, start + 0.3, start + 1.1), 0.085)
        self._push("roll", (start, start + 0.35, start + 1.2), 2.8)
        self._push("brows", (start, start + 0.25, start + 1.0), 0.5)
        self._push("sway_y", (start, start + 0.3, start + 1.1), 0.02)

    def _wink(self, start: float, side: float) -> None:
        """One eye shut for a third of a second, at the viewer's left (-1) or right (1), the cheeks up and the head
        tilted to it."""
        t = self.times - start
        shut = _ease(t / 0.10) * (1.0 - _ease((t - _WINK + 0.20) / 0.20))
        self.curves["wink"] = self.curves["wink"] * (1.0 - shut) + side * shut
        self._push("roll", (start - 0.1, start + 0.25, start + 1.1), 2.6 * side)
        self._push("cheeks", (start - 0.1, start + 0.2, start + 0.9), 0.5)

    def _look(self, cue: Cue) -> None:
        way = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}.get(
            cue.value, (0.0, 0.0)
        )
        until = max(cue.end, cue.start + 1.3)
        eyes = _ease((self.times - cue.start) / 0.06) * (1.0 - _ease((self.times - until) / 0.06))
        head = _ease((self.times - cue.start - 0.05) / 0.4) * (1.0 - _ease((self.times - until) / 0.5))
        for axis, gaze, turn, degrees in ((way[0], "gaze_x", "yaw", 4.5), (way[1], "gaze_y", "pitch", 3.5)):
            self.curves[gaze] += (0.95 * axis - self.curves[gaze]) * eyes
            self.curves[turn] += degrees * axis * head

    def track(self, fps: float) -> GestureTrack:
        """Keep every curve in its limits, start and end near the photo's pose, add the blinks."""
        seconds = len(self.times) / fps
        window = _ease(self.times / 0.7) * _ease((seconds - self.times) / 0.7)
        for name in ("yaw", "pitch", "roll", "sway_x", "sway_y", "lean", "brows", "shoulders", "cheeks"):
            self.curves[name] = self.curves[name] * window
        for name, limit in _LIMITS.items():
            self.curves[name] = _slowed(_bounded(self.curves[name], limit), self.step)
        for name in ("brows", "gaze_x", "gaze_y", "cheeks"):
            self.curves[name] = _bounded(self.curves[name], 1.0)
        self.curves["brows"] *= np.where(self.curves["brows"] < 0.0, _LOWERED, 1.0)
        starts = blink_times(self.times, seconds, self.phrases, self.mix["blinks"], self.seed)
        closure = lids(self.times, starts, self.seed) * self._both_eyes()
        curves = {name: curve.astype(np.float32) for name, curve in self.curves.items()}
        hands = hand_tracks(self.times, self.speech, self.seed, self.mix["hands"])
        return GestureTrack(fps=fps, lids=closure.astype(np.float32), hands=hands, **curves)

    def _both_eyes(self) -> np.ndarray:
        """How far both eyes may blink [n]: not while one of them winks, or nobody would see it wink."""
        free = np.ones(len(self.times))
        for cue in self.speech.cues:
            if cue.name == "wink":
                t = self.times - cue.start
                free *= 1.0 - _ease((t + 0.45) / 0.15) * (1.0 - _ease((t - _WINK - 0.15) / 0.15))
        return free


def _drifting_code(times: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Channels [8, n] of about unit deviation: one vector turned in eight planes by angles that wander in speed."""
    vectors = np.broadcast_to(draw.standard_normal(_CODE), (len(times), _CODE))
    for k in range(8):
        plane = random_plane(_CODE, draw)
        speed = (0.5 + 0.36 * k) * draw.uniform(0.85, 1.15) * draw.choice([-1.0, 1.0])
        vectors = Rotation(plane, speed * times + _wandering_phase(times, draw)).apply(vectors)
    channels = vectors @ np.linalg.qr(draw.standard_normal((_CODE, 8)))[0]
    return (channels / max(float(np.linalg.norm(vectors[0])) / np.sqrt(_CODE), 0.5)).T


def _wandering_phase(times: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """A smooth random walk [n] in radians with knots 2.5 s apart."""
    knots = int(times[-1] / 2.5) + 5 if len(times) else 5
    walk = np.cumsum(draw.normal(0.0, 0.7, knots))
    place = times / 2.5 + 1.0
    index = np.minimum(place.astype(int), knots - 3)
    t = place - index
    a, b, c = (walk[index - 1 + k] for k in range(3))
    return 0.5 * ((a + b) * (1.0 - t) + (b + c) * t + (1.0 - t) * t * (2.0 * b - a - c) * 0.5)


def _bounded(curve: np.ndarray, limit: float) -> np.ndarray:
    """As it is up to two thirds of ``limit``, then bent so that it never passes it."""
    knee = limit * 2.0 / 3.0
    beyond = np.maximum(np.abs(curve) - knee, 0.0)
    rest = limit - knee
    return np.sign(curve) * (np.minimum(np.abs(curve), knee) + rest * np.tanh(beyond / rest))


def _slowed(curve: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Follow ``curve`` by steps of at most ``step`` [n] a frame; at usual frame rates this changes little."""
    if len(curve) < 2 or bool((np.abs(np.diff(curve)) <= step[1:]).all()):
        return curve
    followed = curve.copy()
    for i in range(1, len(followed)):
        followed[i] = followed[i - 1] + float(np.clip(curve[i] - followed[i - 1], -step[i], step[i]))
    return followed


def _ease(x: np.ndarray) -> np.ndarray:
    clipped = np.clip(x, 0.0, 1.0)
    return clipped * clipped * clipped * (clipped * (6.0 * clipped - 15.0) + 10.0)
