"""What is cut around an utterance, how its words are amplified, and what pause follows."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.types import Phoneme, Word
from speech.sound.level import loudness
from speech.sound.utterance import _amplified, _spoken_part, finish
from speech.text.planning import SpokenWord, Utterance

RATE = 1_000


def spoken(*gains: float, pause: float = 0.2, emphatic: tuple[int, ...] = ()) -> Utterance:
    words = (SpokenWord(i, i + 1, "a", "a", gain=g, emphasis=i in emphatic) for i, g in enumerate(gains))
    return Utterance(tuple(words), "de", None, pause)


def humming(seconds: float, rate: int = 8_000) -> np.ndarray:
    return (0.1 * np.sin(2 * np.pi * 400 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize(
    ("start", "end", "loud_until", "kept"),
    [
        (0.2, 0.5, 0.5, (170, 550)),
        (0.02, 0.5, 0.5, (0, 550)),
        (0.2, 0.5, 0.621, (170, 670)),
        (0.2, 0.96, 0.96, (170, 1_000)),
        (0.2, 1.0, 1.0, (170, 1_000)),
    ],
)
def test_sound_is_kept_from_30_ms_before_the_first_phone_to_50_ms_after_the_last_loud_sample(
    start: float, end: float, loud_until: float, kept: tuple[int, int]
) -> None:
    samples = np.zeros(1_000, np.float32)
    samples[: round(loud_until * RATE)] = 0.5
    phones = [Phoneme(start, 0.3, "a"), Phoneme(0.3, end, "b")]
    assert _spoken_part(samples, RATE, phones) == kept


@pytest.mark.parametrize(("level", "end"), [(0.0077, 550), (0.0082, 750), (-0.0082, 750)])
def test_what_is_42_decibels_under_the_loudest_sample_has_died_away(level: float, end: int) -> None:
    samples = np.zeros(1_000, np.float32)
    samples[300], samples[700] = -1.0, level
    assert _spoken_part(samples, RATE, [Phoneme(0.2, 0.5, "a")]) == (170, end)


def test_without_phones_all_of_the_sound_is_kept() -> None:
    assert _spoken_part(np.zeros(321, np.float32), RATE, []) == (0, 321)


def test_a_gain_lasts_from_its_word_to_the_next_with_ramps_of_30_ms() -> None:
    words = [Word(0.1, 0.3, "a"), Word(0.4, 0.6, "a"), Word(0.7, 0.8, "a")]
    made = _amplified(np.ones(1_000, np.float32), RATE, spoken(0.5, 2.0, 1.0), words, lambda word: word.gain)
    assert len(made) == 1_000
    assert made[[0, 50, 250, 369]] == pytest.approx([0.5] * 4, abs=1e-4)
    assert made[[431, 550, 669]] == pytest.approx([2.0] * 3, abs=1e-4)
    assert made[[731, 900, 999]] == pytest.approx([1.0] * 3, abs=1e-4)
    assert made[370] == pytest.approx(0.5 + 1.5 / 61, abs=1e-4)
    assert made[399] == pytest.approx(0.5 + 1.5 * 30 / 61, abs=1e-4)
    assert made[400] == pytest.approx(0.5 + 1.5 * 31 / 61, abs=1e-4)


def test_words_that_are_not_those_of_the_utterance_change_nothing() -> None:
    samples = np.ones(100, np.float32)
    assert _amplified(samples, RATE, spoken(0.5, 2.0), [Word(0, 1, "a")], lambda word: word.gain) is samples
    assert _amplified(samples, RATE, spoken(1.0), [Word(0, 1, "a")], lambda word: word.gain) is samples


def test_times_of_a_finished_piece_count_from_its_cut() -> None:
    phones, words = [Phoneme(0.53, 0.6, "a", 1), Phoneme(0.6, 1.0, "b")], [Word(0.53, 1.0, "a")]
    samples = np.pad(humming(0.5), (4_000, 8_000))
    made = finish(spoken(1.0), samples, 8_000, phones, words, ("noted",))
    assert (made.rate, made.language, made.notes, made.timing) == (8_000, "de", ("noted",), "model")
    assert len(made.samples) == 8_000 * (0.5 + 0.05 + 0.2)
    assert [(round(p.start, 9), round(p.end, 9), p.ipa, p.stress) for p in made.phonemes] == [
        (0.03, 0.1, "a", 1), (0.1, 0.5, "b", 0),
    ]  # fmt: skip
    assert [(round(w.start, 9), round(w.end, 9), w.text) for w in made.words] == [(0.03, 0.5, "a")]
    assert not made.samples[-1_600:].any()
    assert np.abs(made.samples[1_000:3_000]).max() > 0.2


@pytest.mark.parametrize(("pause", "zeros"), [(0.0, 1), (0.32, 2_560), (0.7, 5_600)])
def test_a_pause_is_at_least_one_sample(pause: float, zeros: int) -> None:
    samples = humming(1.0)
    made = finish(spoken(1.0, pause=pause), samples, 8_000, [], [])
    assert len(made.samples) == 8_000 + zeros


def test_a_piece_is_levelled_before_its_gains_and_limited_after_them() -> None:
    samples = humming(1.0)
    words = [Word(0.0, 1.0, "a")]
    plain = finish(spoken(1.0), samples, 8_000, [], words).samples
    quiet = finish(spoken(0.25), samples, 8_000, [], words).samples
    loud = finish(spoken(8.0), samples, 8_000, [], words).samples
    assert loudness(plain[:8_000], 8_000) == pytest.approx(-16, abs=0.3)
    assert quiet == pytest.approx(0.25 * plain, abs=1e-5)
    assert np.abs(loud).max() == pytest.approx(10 ** (-1.2 / 20), abs=1e-4)


def test_an_emphasised_word_is_3_decibels_louder_than_its_neighbour() -> None:
    samples = humming(2.0)
    words = [Word(0.0, 1.0, "a"), Word(1.0, 2.0, "a")]
    made = finish(spoken(1.0, 1.0, emphatic=(1,)), samples, 8_000, [], words).samples
    first, second = (np.sqrt(np.mean(made[begin : begin + 4_000] ** 2)) for begin in (2_000, 10_000))
    assert 20 * np.log10(second / first) == pytest.approx(3.0, abs=0.05)
    assert loudness(made[:16_000], 8_000) == pytest.approx(-16, abs=0.3)
