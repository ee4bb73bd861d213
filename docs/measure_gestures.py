"""Measure the gestures of docs/gestures.md: `python docs/measure_gestures.py` speaks docs/talk.txt and prints them.

Eight seeds of each style at 25 frames a second. Nods are peaks of the pitch that stand half a degree out of the second
around them; chance is what the same nods score when they are shifted against the speech, a thousand times a seed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from avatar.core.progress import silent
from avatar.core.types import GestureTrack, Speech, frame_count
from motion import STYLES, gesture
from speech import SpeechOptions, parse, speak

FPS, SEEDS, SHIFTS = 25.0, 8, 1000
AXES = ("yaw", "pitch", "roll")


def main() -> None:
    talk = (Path(__file__).parent / "talk.txt").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        speech = speak(parse(talk), "piper", SpeechOptions(), silent(), Path(scratch))
        frames = frame_count(speech.seconds, FPS)
        print(f"{speech.seconds:.0f} s, {len(speech.words)} words, {len(stressed(speech))} stressed syllables")
        for style in ("calm", "natural", "presenter", "lively"):
            tracks = [gesture(speech, FPS, frames, style, seed) for seed in range(SEEDS)]
            report(style, tracks, speech)
    assert set(STYLES) == {"calm", "natural", "presenter", "lively"}


def report(style: str, tracks: list[GestureTrack], speech: Speech) -> None:
    for axis in AXES:
        curves = [getattr(track, axis).astype(float) for track in tracks]
        spread = np.array([curve.std() for curve in curves])
        speed = np.array([np.abs(np.diff(curve)).mean() * FPS for curve in curves])
        step = max(np.abs(np.diff(curve)).max() for curve in curves)
        peak = max(largest_return(curve) for curve in curves)
        ranged = f"{spread.mean():.1f} ({spread.min():.1f}-{spread.max():.1f})"
        fast = f"{speed.mean():.1f} ({speed.min():.1f}-{speed.max():.1f})"
        print(f"{style} {axis}: sd {ranged} deg, speed {fast} deg/s, largest step {step:.2f} deg, return {peak:.2f}")
    print(f"{style} nods: {against_chance(tracks, speech)}")


def largest_return(curve: np.ndarray) -> float:
    """The largest peak of the autocorrelation at 1 to 60 s."""
    centred = curve - curve.mean()
    similar = np.correlate(centred, centred, mode="full")[len(curve) - 1 :] / (centred @ centred)
    after = similar[int(FPS) : int(60 * FPS)]
    return float(after[1:-1][(after[1:-1] > after[:-2]) & (after[1:-1] >= after[2:])].max())


def against_chance(tracks: list[GestureTrack], speech: Speech) -> str:
    draw, marks = np.random.default_rng(0), stressed(speech)
    count, near, shifted = 0, 0, np.zeros(SHIFTS)
    for track in tracks:
        times = nods(track.pitch)
        count, near = count + len(times), near + within(times, marks)
        shifts = draw.uniform(1.0, speech.seconds - 1.0, SHIFTS)
        shifted += [within((times + shift) % speech.seconds, marks) for shift in shifts]
    p = (1 + (shifted >= near).sum()) / (SHIFTS + 1)
    return f"{near / count:.0%} of {count} within 150 ms of stress, chance {shifted.mean() / count:.0%}, p <= {p:.3f}"


def nods(pitch: np.ndarray) -> np.ndarray:
    fast = pitch - np.convolve(pitch, np.ones(int(FPS)) / FPS, mode="same")
    return (np.flatnonzero((fast[1:-1] > fast[:-2]) & (fast[1:-1] >= fast[2:]) & (fast[1:-1] > 0.5)) + 1) / FPS


def within(times: np.ndarray, marks: np.ndarray) -> int:
    return int((np.abs(times[:, None] - marks[None]).min(axis=1) <= 0.15).sum())


def stressed(speech: Speech) -> np.ndarray:
    return np.array([0.5 * (phone.start + phone.end) for phone in speech.phonemes if phone.stress == 1])


if __name__ == "__main__":
    main()
