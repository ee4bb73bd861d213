"""Pieces of speech one after another: their sound at one rate, their words and the directions in time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar.core.types import Cue, Direction, Phoneme, Script, Speech, Word
from speech.sound.timeline import Timeline
from speech.text.planning import SpokenWord

RATE = 1000
TEXT = "one two three four"
PLACES = {"one": (0, 3), "two": (4, 7), "three": (8, 13), "four": (14, 18)}


def piece(*words: str, seconds: float = 1.0, rate: int = RATE, **about: object) -> Speech:
    """Words of equal length, each with one phone."""
    edges = np.linspace(0.0, seconds, len(words) + 1)
    times = list(zip(edges[:-1], edges[1:], words, strict=True))
    return replace(
        Speech(
            np.full(round(seconds * rate), 0.25, np.float32),
            rate,
            "en",
            tuple(Phoneme(float(begin), float(end), "a") for begin, end, _ in times),
            tuple(Word(float(begin), float(end), word) for begin, end, word in times),
        ),
        **about,  # type: ignore[arg-type]
    )


def written(*words: str) -> list[SpokenWord]:
    return [SpokenWord(*PLACES[word], word, word) for word in words]


@pytest.fixture
def timeline(tmp_path: Path) -> Timeline:
    return Timeline(tmp_path / "below" / "sound.f32")


@pytest.fixture
def spoken(timeline: Timeline) -> Timeline:
    """``one two``, half a second of silence, ``three four``."""
    with timeline:
        timeline.add(piece("one", "two"), written("one", "two"))
        timeline.silence(0.5)
        timeline.add(piece("three", "four"), written("three", "four"))
    return timeline


def cues(timeline: Timeline, *directions: Direction) -> tuple[Cue, ...]:
    return timeline.cues(Script(TEXT, TEXT, directions))


def test_it_begins_with_a_quarter_of_a_second_of_silence(spoken: Timeline) -> None:
    sound = spoken.samples()
    assert (spoken.rate, spoken.length, spoken.pieces, len(sound)) == (RATE, 2750, 2, 2750)
    loud = np.flatnonzero(sound)
    assert (loud[0], loud[-1]) == (250, 2749)
    assert not sound[1250:1750].any()
    assert sound[1249] == sound[1750] == 0.25


def test_words_and_phones_stand_where_their_piece_was_laid(spoken: Timeline) -> None:
    told = [(word.text, word.start, word.end) for word in spoken.words]
    assert told == [("one", 0.25, 0.75), ("two", 0.75, 1.25), ("three", 1.75, 2.25), ("four", 2.25, 2.75)]
    assert [(phone.start, phone.end) for phone in spoken.phonemes] == [(begin, end) for _, begin, end in told]


def test_a_recording_is_left_as_it_is(timeline: Timeline) -> None:
    with timeline:
        timeline.add(piece("one", timing="aligned"), written("one"))
        timeline.silence(0.5)
    assert (timeline.length, timeline.words[0].start, timeline.timing) == (1000, 0.0, "aligned")


@pytest.mark.parametrize(("rate", "length"), [(500, 1000), (1000, 1000), (2000, 1000), (1500, 1000)])
def test_a_piece_of_another_rate_is_brought_to_that_of_the_first(timeline: Timeline, rate: int, length: int) -> None:
    with timeline:
        timeline.add(piece("one"), written("one"))
        timeline.add(piece("two", rate=rate), written("two"))
    second = timeline.samples()[1250:]
    assert len(second) == length
    assert second[300:700] == pytest.approx(np.full(400, 0.25), abs=0.005)
    assert timeline.words[1] == Word(1.25, 2.25, "two")


def test_notes_and_speakers_are_told_once_in_their_order(timeline: Timeline) -> None:
    with timeline:
        timeline.add(piece("one", notes=("b", "a"), speakers=(("piper", "x"),)), written("one"))
        timeline.add(piece("two", notes=("a", "c"), speakers=(("tone", ""), ("piper", "x"))), written("two"))
    assert list(timeline.notes) == ["b", "a", "c"]
    assert list(timeline.speakers) == [("piper", "x"), ("tone", "")]


def test_the_first_piece_says_language_and_kind_of_timing(timeline: Timeline) -> None:
    with timeline:
        timeline.add(piece("one", language="ru"), written("one"))
        timeline.add(piece("two", timing="aligned"), written("two"))
    assert (timeline.language, timeline.timing) == ("ru", "model")


def test_the_sound_of_what_failed_is_removed(timeline: Timeline) -> None:
    with pytest.raises(ValueError, match="enough"), timeline:
        timeline.add(piece("one"), written("one"))
        raise ValueError("enough")
    assert not timeline.path.exists()


def test_a_moment_is_that_of_the_next_word(spoken: Timeline) -> None:
    nod = [Direction(at, at, "nod", "2") for at in (0, 3, 8, 14, 18)]
    assert cues(spoken, *nod) == tuple(Cue(at, at, "nod", "2") for at in (0.25, 0.75, 1.75, 2.25, 2.75))


@pytest.mark.parametrize(
    ("first", "last", "begin", "end"),
    [(0, 3, 0.25, 0.75), (0, 7, 0.25, 1.25), (4, 13, 0.75, 2.25), (5, 6, 0.75, 1.25), (8, 18, 1.75, 2.75)],
)
def test_a_stretch_goes_from_its_first_word_to_its_last(
    spoken: Timeline, first: int, last: int, begin: float, end: float
) -> None:
    assert cues(spoken, Direction(first, last, "smile")) == (Cue(begin, end, "smile"),)


def test_a_stretch_without_words_has_no_length(spoken: Timeline) -> None:
    assert cues(spoken, Direction(7, 8, "smile")) == (Cue(1.75, 1.75, "smile"),)


def test_a_pause_lasts_from_the_word_before_to_the_next(spoken: Timeline) -> None:
    assert cues(spoken, Direction(8, 8, "pause", "1s"), Direction(0, 0, "pause", "2s")) == (
        Cue(0.0, 0.25, "pause", "2s"),
        Cue(1.25, 1.75, "pause", "1s"),
    )


def test_directions_come_in_the_order_of_time(spoken: Timeline) -> None:
    found = cues(spoken, Direction(14, 14, "nod"), Direction(0, 18, "smile"), Direction(4, 4, "shake"))
    assert [cue.name for cue in found] == ["smile", "shake", "nod"]
