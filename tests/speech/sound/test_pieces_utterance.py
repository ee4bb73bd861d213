"""A piece of speech is cut, levelled and timed."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.types import Phoneme, Word
from speech.sound.level import loudness
from speech.sound.utterance import finish, word_times
from speech.text.planning import SpokenWord, Utterance

RATE = 16_000
NAMES = ("one", "two", "three")


def utterance(*words: SpokenWord, pause: float = 0.2) -> Utterance:
    return Utterance(words, "en", None, pause)


def said(name: str, **about: object) -> SpokenWord:
    return SpokenWord(0, len(name), name, name, **about)  # type: ignore[arg-type]


def tone(seconds: float) -> np.ndarray:
    return (0.1 * np.sin(2 * np.pi * 300 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


PHONES = (Phoneme(0.5, 1.0, "a"), Phoneme(1.0, 1.5, "b"))
WORDS = (Word(0.5, 1.0, "one"), Word(1.0, 1.5, "two"))
SOUND = np.concatenate([quiet(0.5), tone(1.0), quiet(0.5)])


def test_silence_around_is_cut_and_the_pause_is_added() -> None:
    piece = finish(utterance(said("one"), said("two")), SOUND, RATE, PHONES, WORDS, ("a note",))
    assert len(piece.samples) == round((0.03 + 1.0 + 0.05 + 0.2) * RATE)
    assert (piece.rate, piece.language, piece.notes) == (RATE, "en", ("a note",))
    times = [(one.start, one.end) for one in (*piece.phonemes, *piece.words)]
    assert np.allclose(times, [(0.03, 0.53), (0.53, 1.03)] * 2)
    assert not piece.samples[-round(0.2 * RATE) :].any()
    assert loudness(piece.samples[: round(1.03 * RATE)], RATE) == pytest.approx(-16.0, abs=0.3)


def test_a_sound_that_dies_away_after_its_last_phone_is_kept() -> None:
    late = np.concatenate([quiet(0.5), tone(1.2), quiet(0.3)])
    piece = finish(utterance(said("one"), said("two"), pause=0.0), late, RATE, PHONES, WORDS)
    assert len(piece.samples) / RATE == pytest.approx(0.03 + 1.2 + 0.05, abs=0.002)


def test_without_phones_all_is_kept() -> None:
    piece = finish(utterance(said("one"), pause=0.0), SOUND, RATE, (), ())
    assert len(piece.samples) == len(SOUND) + 1


def test_nothing_is_cut_before_the_first_sample() -> None:
    early = (Phoneme(0.01, 0.4, "a"),)
    piece = finish(utterance(said("one"), pause=0.0), tone(0.5), RATE, early, (Word(0.01, 0.4, "one"),))
    assert piece.phonemes[0].start == pytest.approx(0.01)


@pytest.mark.parametrize(("word", "factor"), [({"gain": 0.5}, 0.5), ({"emphasis": True}, 10 ** (3 / 20))])
def test_a_word_has_the_loudness_that_was_asked_for_it(word: dict[str, object], factor: float) -> None:
    piece = finish(utterance(said("one"), said("two", **word)), SOUND, RATE, PHONES, WORDS)
    one, two = (
        float(np.sqrt(np.mean(np.square(piece.samples[round(begin * RATE) : round((begin + 0.3) * RATE)]))))
        for begin in (0.13, 0.63)
    )
    assert two / one == pytest.approx(factor, rel=0.01)


def test_words_last_from_their_first_phone_to_their_last() -> None:
    phones = [Phoneme(0.1 * at, 0.1 * at + 0.08, "a") for at in range(5)]
    found = word_times(utterance(*map(said, NAMES)), phones, [0, 0, 1, 2, 2])
    assert [word.text for word in found] == list(NAMES)
    times = [(word.start, word.end) for word in found]
    assert np.allclose(times, [(0.0, 0.18), (0.2, 0.28), (0.3, 0.48)])


def test_a_word_without_phones_gets_half_of_the_one_before() -> None:
    phones = [Phoneme(0.0, 1.0, "a"), Phoneme(1.0, 2.0, "b")]
    found = word_times(utterance(*map(said, NAMES)), phones, [0, 2])
    assert [(word.start, word.end) for word in found] == [(0.0, 0.5), (0.5, 1.0), (1.0, 2.0)]


def test_the_first_word_without_phones_gets_half_of_the_next() -> None:
    found = word_times(utterance(*map(said, NAMES)), [Phoneme(0.0, 1.0, "a"), Phoneme(1.0, 3.0, "b")], [1, 2])
    assert [(word.start, word.end) for word in found] == [(0.0, 0.5), (0.5, 1.0), (1.0, 3.0)]


def test_where_nothing_has_phones_no_word_has_a_time() -> None:
    assert word_times(utterance(said("one")), [], []) == ()
