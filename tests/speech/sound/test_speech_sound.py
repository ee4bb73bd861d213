"""Level, edges, energy, pitch, phones and warping on sounds that are made here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from avatar.core.types import Phoneme, Word
from speech.phones import Symbol, align_words, split_segments, to_phonemes
from speech.recorded.alignment import features, follow, speech_frames
from speech.sound.level import faded, levelled, loudness
from speech.sound.prosody import energy_track, pitch_track
from speech.sound.utterance import word_times

RATE = 22_050


def tone(hertz: float, seconds: float, level: float = 0.3, rate: int = RATE) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (level * sum(np.sin(2 * np.pi * k * hertz * time) / k for k in (1, 2, 3))).astype(np.float32)


def test_loudness_of_a_full_scale_997_hz_tone_is_that_of_the_standard() -> None:
    time = np.arange(48_000 * 2) / 48_000
    assert loudness(np.sin(2 * np.pi * 997 * time), 48_000) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.9])
def test_levelled_sound_is_near_the_target_and_under_the_peak(level: float) -> None:
    sound = levelled(tone(150, 1.0, level), RATE)
    assert loudness(sound, RATE) == pytest.approx(-16.0, abs=1.5)
    assert np.abs(sound).max() < 10 ** (-1 / 20)


def test_silence_stays_silence() -> None:
    assert not levelled(np.zeros(RATE, np.float32), RATE).any()


def test_faded_sound_starts_and_ends_at_zero() -> None:
    sound = faded(np.ones(RATE, np.float32), RATE)
    assert sound[0] == 0
    assert abs(sound[-1]) < 1e-4
    assert sound[RATE // 2] == 1


@pytest.mark.parametrize("hertz", [80.0, 137.0, 220.0, 380.0])
def test_pitch_of_a_tone(hertz: float) -> None:
    pitch = pitch_track(tone(hertz, 1.0), RATE)
    assert len(pitch) == 100
    assert np.median(pitch[5:-5]) == pytest.approx(hertz, rel=0.02)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE).astype(np.float32) * 0.1
    assert (pitch_track(noise, RATE) > 0).mean() < 0.1
    assert not pitch_track(np.zeros(RATE, np.float32), RATE).any()


def test_energy_is_one_where_it_is_loud_and_zero_in_silence() -> None:
    sound = np.concatenate([tone(120, 1.0), np.zeros(RATE, np.float32), tone(120, 1.0)])
    energy = energy_track(sound, RATE)
    assert len(energy) == 300
    assert np.median(energy[10:90]) == pytest.approx(1.0, abs=0.1)
    assert energy[110:190].max() == 0
    assert not energy_track(np.zeros(RATE, np.float32), RATE).any()


def test_tracks_do_not_depend_on_the_blocks() -> None:
    sound = tone(137, 25.0)
    assert len(energy_track(sound, RATE)) == 2_500
    assert np.allclose(pitch_track(sound, RATE)[100:2400], 137, rtol=0.02)


def test_marks_merge_into_phones_and_spaces_are_shared() -> None:
    symbols = [Symbol(s, 10, w) for s, w in zip("^həlˈoːʊ a,", [-1, 0, 0, 0, 0, 0, 0, 0, -1, 1, -1], strict=True)]
    phonemes, owners = to_phonemes(symbols, 10)
    assert [(p.start, p.end, p.ipa, p.stress) for p in phonemes] == [
        (1, 2, "h", 0), (2, 3, "ə", 0), (3, 4, "l", 0), (4, 7, "o", 1), (7, 8.5, "ʊ", 0), (8.5, 10, "a", 0),
    ]  # fmt: skip
    assert owners == [0, 0, 0, 0, 0, 1]


def test_stress_before_a_syllable_belongs_to_its_vowel() -> None:
    assert split_segments("təˈmɑːtəʊ") == [
        ("t", 0), ("ə", 0), ("m", 0), ("ɑ", 1), ("t", 0), ("ə", 0), ("ʊ", 0),
    ]  # fmt: skip


def test_words_that_run_together_are_told_apart() -> None:
    owners = align_words("ɪnðɪ ˈoʊʃən", ["ɪn", "ðə", "ˈoʊʃən"])
    assert [o for o, s in zip(owners, "ɪnðɪ ˈoʊʃən", strict=True) if s not in " ˈ"] == [0, 0, 1, 1, 2, 2, 2, 2, 2]


def test_a_word_in_two_groups_stays_one() -> None:
    owners = align_words("twˈɛnti fˈaɪv dˈɑlɚz", ["twˈɛnti fˈaɪv", "dˈɑlɚz"])
    assert owners[0] == 0
    assert owners[8] == 0
    assert owners[-1] == 1


def test_a_sound_warps_onto_its_slower_self() -> None:
    generator = np.random.default_rng(3)
    pitches = generator.uniform(200, 3_000, 24)
    quick = np.concatenate([tone(p, 0.10, rate=16_000) for p in pitches])
    slow = np.concatenate([tone(p, 0.16, rate=16_000) for p in pitches])
    places, _ = follow(features(quick), features(slow), 1.0)
    assert (np.diff(places) >= 0).all()
    assert np.median(np.abs(places - np.arange(len(places)) * 1.6)) < 4


def test_speech_frames_leave_out_silence() -> None:
    sound = np.concatenate([np.zeros(16_000, np.float32), tone(150, 1.0, rate=16_000), np.zeros(16_000, np.float32)])
    frames = speech_frames(sound)
    assert frames[105:195].all()
    assert not frames[:90].any()
    assert not frames[210:].any()


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ([0, 0, 1], [(0.0, 0.4), (0.4, 0.5)]),
        ([1, 1, 1], [(0.0, 0.25), (0.25, 0.5)]),
        ([0, 0, 0], [(0.0, 0.25), (0.25, 0.5)]),
        ([2, 2, 2], [(0.0, 0.125), (0.125, 0.25), (0.25, 0.5)]),
        ([0, 0, 2], [(0.0, 0.2), (0.2, 0.4), (0.4, 0.5)]),
    ],
)
def test_a_word_without_a_phone_has_half_of_its_neighbours_time(
    owners: list[int], expected: list[tuple[float, float]]
) -> None:
    phones = [Phoneme(0.0, 0.3, "a", 0), Phoneme(0.3, 0.4, "b", 0), Phoneme(0.4, 0.5, "c", 0)]
    said: Any = SimpleNamespace(words=[SimpleNamespace(written=str(number)) for number in range(len(expected))])
    found = word_times(said, phones, owners)
    assert found == tuple(Word(*span, str(number)) for number, span in enumerate(expected))
