"""Hands that gesture: raised for what is said, beats on accents, at rest in pauses, by style and seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.core.types import Cue, Phoneme, Speech, Word
from motion import gesture
from motion.hands import hand_tracks
from motion.prosody import accents

_FPS = 50.0


def _speech(*cues: Cue, asks: bool = False) -> Speech:
    """Two sentences, 1 to 5 s and 8 to 11 s."""
    starts = [*np.arange(1.0, 5.0, 0.2), *np.arange(8.0, 11.0, 0.2)]
    phones = tuple(Phoneme(t, t + 0.18, "ɑ", int(k % 4 == 2)) for k, t in enumerate(starts))
    ends = {19: "?" if asks else ".", len(starts) - 1: "."}
    words = tuple(Word(p.start, p.end, "word" + ends.get(k, "")) for k, p in enumerate(phones))
    energy = np.zeros(1200, np.float32)
    for phone in phones:
        energy[int(100 * phone.start) : int(100 * phone.end)] = 0.9
    return Speech(np.zeros(12 * 16000, np.float32), 16000, "en", phones, words, cues, energy)


def _tracks(speech: Speech, level: float = 1.2, seed: int = 0) -> np.ndarray:
    times = np.arange(0, 12, 1 / _FPS)
    return hand_tracks(times, speech, seed, np.full(len(times), level))


def _at(seconds: float) -> int:
    return int(seconds * _FPS)


def test_hands_are_raised_while_somebody_speaks_and_rest_in_the_pause() -> None:
    found = [_tracks(_speech(), seed=seed)[:, :, 0].max(axis=1) for seed in range(8)]
    for raised in found:
        assert raised[_at(6.5)] < 0.05
        assert raised[0] == raised[-1] == 0
        assert raised[_at(3.0)] > 0.9
    one_handed = [_tracks(_speech(), seed=seed)[_at(3.0), :, 0].min() < 0.1 for seed in range(20)]
    assert 2 < sum(one_handed) < 18


def test_beats_end_on_the_accents() -> None:
    stressed = [accent.time for accent in accents(_speech())]
    assert len(stressed) > 4
    lower = []
    for seed in range(6):
        track = _tracks(_speech(), seed=seed)
        for time in stressed:
            hand = int(track[_at(time), :, 0].argmax())
            if track[_at(time), hand, 0] > 0.5:
                lower.append(track[_at(time + 0.02), hand, 2] - track[_at(time - 0.17), hand, 2])
    assert len(lower) > 30
    assert np.max(lower) < -0.1  # from the lift to the stroke the hand goes down


def test_no_accent_no_beat() -> None:
    silent = replace(_speech(), phonemes=(), words=())
    quiet = _tracks(silent)
    assert not quiet[:, :, 0].any()
    assert np.abs(quiet[:, :, 1:4]).max() < 0.1


def test_livelier_hands_go_further_and_more_often() -> None:
    calm, lively = ([_tracks(_speech(), level, seed) for seed in range(20)] for level in (0.4, 1.3))
    often = [np.mean([track[_at(3.0), :, 0].max() > 0.2 for track in tracks]) for tracks in (calm, lively)]
    assert often[0] < 0.9 < often[1] == 1.0
    far = [np.mean([np.ptp(track[:, :, 2], axis=0).max() for track in tracks]) for tracks in (calm, lively)]
    assert far[1] > 1.8 * far[0]


def test_a_question_opens_the_palms() -> None:
    found = [
        [_tracks(_speech(asks=asks), seed=seed)[_at(4.0), :, 4].max() for seed in range(10)] for asks in (False, True)
    ]
    assert np.mean(found[1]) > np.mean(found[0]) + 0.25


def test_a_shrug_shows_both_palms() -> None:
    track = _tracks(_speech(Cue(6.3, 6.3, "shrug")), 0.4)
    at = track[_at(6.8)]
    assert at[:, 0].min() > 0.9
    assert at[:, 1].min() > 1.2
    assert at[:, 4].min() > 0.9
    assert track[_at(7.95), :, 0].max() < 0.9


def test_the_same_for_the_same_seed_and_another_for_another() -> None:
    one, again, other = (_tracks(_speech(), seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("style", ["calm", "natural", "lively", "presenter"])
def test_the_gesture_track_has_hands(style: str) -> None:
    track = gesture(_speech(), 25.0, 300, style, 2)
    assert track.hands.shape == (300, 2, 6)
    assert track.hands.dtype == np.float32
    assert 0 <= track.hands[:, :, 0].min() <= track.hands[:, :, 0].max() <= 1
    assert 0 <= track.hands[:, :, 4:].min() <= track.hands[:, :, 4:].max() <= 1


def test_the_frame_rate_only_samples_the_same_gestures() -> None:
    slow, fast = (gesture(_speech(), fps, int(12 * fps), "lively", 2).hands for fps in (25.0, 50.0))
    assert np.abs(slow[:290] - fast[:580:2]).max() < 0.06
