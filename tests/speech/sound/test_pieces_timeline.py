"""Where pieces of speech, their words and the script's directions come to lie on one timeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from avatar.core.types import Cue, Direction, Phoneme, Script, Speech, Word
from speech.sound.timeline import Timeline
from speech.text.planning import SpokenWord

TEXT = "one two three four"
SPOKEN = [SpokenWord(0, 3, "one", "one"), SpokenWord(4, 7, "two", "two")]
LATER = [SpokenWord(8, 13, "three", "three"), SpokenWord(14, 18, "four", "four")]


def piece(samples: Sequence[float], rate: int = 100, first: str = "one", second: str = "two") -> Speech:
    return Speech(
        np.array(samples, np.float32),
        rate,
        "en",
        phonemes=(Phoneme(0.1, 0.2, "a", 1),),
        words=(Word(0.1, 0.4, first), Word(0.5, 0.9, second)),
        notes=(f"note of {first}", "note of both"),
        speakers=(("tone", first),),
    )


@pytest.fixture
def two(tmp_path: Path) -> Timeline:
    """Words at 0.35, 0.75, 1.35 and 1.75 s that end at 0.65, 1.15, 1.65 and 2.15 s, of 2.65 s in all."""
    timeline = Timeline(tmp_path / "below" / "speech.f32")
    with timeline:
        timeline.add(piece(np.full(100, 0.5)), SPOKEN)
        timeline.add(piece(np.full(100, -0.25), first="three", second="four"), LATER)
        timeline.silence(0.4)
    return timeline


def cues(timeline: Timeline, *directions: Direction) -> list[tuple[float, float, str, str]]:
    found = timeline.cues(Script(TEXT, TEXT, directions))
    return [(round(cue.start, 9), round(cue.end, 9), cue.name, cue.value) for cue in found]


def test_a_quarter_of_a_second_lies_before_the_first_piece_and_none_before_the_others(two: Timeline) -> None:
    expected = np.concatenate([np.zeros(25), np.full(100, 0.5), np.full(100, -0.25), np.zeros(40)])
    assert (two.rate, two.length, two.pieces) == (100, 265, 2)
    assert np.array_equal(two.samples(), expected.astype(np.float32))
    assert not two.samples().flags.writeable


def test_times_of_a_piece_move_by_all_that_lies_before_it(two: Timeline) -> None:
    assert [(round(p.start, 9), round(p.end, 9), p.ipa, p.stress) for p in two.phonemes] == [
        (0.35, 0.45, "a", 1), (1.35, 1.45, "a", 1),
    ]  # fmt: skip
    assert [(round(w.start, 9), round(w.end, 9), w.text) for w in two.words] == [
        (0.35, 0.65, "one"), (0.75, 1.15, "two"), (1.35, 1.65, "three"), (1.75, 2.15, "four"),
    ]  # fmt: skip
    assert two.offsets == [(0, 3), (4, 7), (8, 13), (14, 18)]


def test_notes_and_speakers_are_told_once_in_their_order(two: Timeline) -> None:
    assert list(two.notes) == ["note of one", "note of both", "note of three"]
    assert list(two.speakers) == [("tone", "one"), ("tone", "three")]


def test_the_first_piece_sets_rate_timing_and_language(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "speech.f32")
    later = Speech(np.zeros(100, np.float32), 200, "ru", timing="recognised")
    with timeline:
        timeline.add(Speech(np.zeros(50, np.float32), 100, "de", timing="model"), [])
        timeline.add(later, [])
    assert (timeline.rate, timeline.timing, timeline.language, timeline.length) == (100, "model", "de", 125)


@pytest.mark.parametrize("timing", ["aligned", "recognised"])
def test_a_recording_gets_no_silence(tmp_path: Path, timing: str) -> None:
    timeline = Timeline(tmp_path / "speech.f32")
    with timeline:
        timeline.add(Speech(np.ones(30, np.float32), 100, "en", timing=timing), [])
        timeline.silence(0.4)
    assert np.array_equal(timeline.samples(), np.ones(30, np.float32))


@pytest.mark.parametrize(("rate", "length"), [(100, 1_000), (200, 500), (50, 2_000), (150, 667)])
def test_a_piece_of_another_rate_keeps_its_seconds_and_its_frequency(tmp_path: Path, rate: int, length: int) -> None:
    timeline = Timeline(tmp_path / "speech.f32")
    sine = np.sin(2 * np.pi * 3 * np.arange(1_000) / rate).astype(np.float32)
    with timeline:
        timeline.add(Speech(np.zeros(75, np.float32), 100, "en"), [])
        timeline.add(Speech(sine, rate, "en", words=(Word(1.0, 2.0, "one"),)), SPOKEN[:1])
    sound = timeline.samples()[100:]
    wanted = np.sin(2 * np.pi * 3 * np.arange(length) / 100)
    assert timeline.length == 100 + length
    assert np.abs(sound - wanted)[20:-20].max() < 0.02
    assert timeline.words == [Word(2.0, 3.0, "one")]


def test_a_piece_of_the_same_rate_is_written_as_it_is(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "speech.f32")
    noise = np.random.default_rng(4).standard_normal(999).astype(np.float32)
    with timeline:
        timeline.add(Speech(noise, 24_000, "en"), [])
    assert np.array_equal(timeline.samples()[6_000:], noise)
    assert timeline.path.stat().st_size == 4 * 6_999


def test_the_file_goes_with_an_error_and_stays_without(tmp_path: Path, two: Timeline) -> None:
    assert two.path.is_file()
    timeline = Timeline(tmp_path / "lost.f32")
    with pytest.raises(ValueError, match="lost"), timeline:
        timeline.add(piece(np.ones(100)), SPOKEN)
        raise ValueError("lost")
    assert not timeline.path.exists()


@pytest.mark.parametrize(
    ("place", "seconds"), [(0, 0.35), (2, 0.35), (3, 0.75), (4, 0.75), (6, 0.75), (7, 1.35), (17, 1.75), (18, 2.65)]
)
def test_a_gesture_happens_as_the_next_word_begins_or_as_all_ends(two: Timeline, place: int, seconds: float) -> None:
    assert cues(two, Direction(place, place, "nod", "twice")) == [(seconds, seconds, "nod", "twice")]


@pytest.mark.parametrize(
    ("place", "begin", "end"), [(0, 0.0, 0.35), (3, 0.65, 0.75), (7, 1.15, 1.35), (13, 1.65, 1.75), (18, 2.15, 2.65)]
)
def test_a_pause_lasts_from_the_word_before_to_the_next(two: Timeline, place: int, begin: float, end: float) -> None:
    assert cues(two, Direction(place, place, "pause", "1s")) == [(begin, end, "pause", "1s")]


@pytest.mark.parametrize(
    ("begin", "end", "first", "last"),
    [
        (0, 3, 0.35, 0.65), (0, 4, 0.35, 0.65), (0, 5, 0.35, 1.15), (3, 8, 0.75, 1.15), (2, 9, 0.35, 1.65),
        (4, 18, 0.75, 2.15), (7, 8, 1.35, 1.35),
    ],
)  # fmt: skip
def test_a_range_lasts_from_the_first_word_it_touches_to_the_last(
    two: Timeline, begin: int, end: int, first: float, last: float
) -> None:
    assert cues(two, Direction(begin, end, "smile", "0.5")) == [(first, last, "smile", "0.5")]


def test_cues_are_sorted_by_their_start(two: Timeline) -> None:
    directions = (Direction(8, 13, "smile"), Direction(4, 4, "nod"), Direction(7, 7, "pause", "1s"))
    assert [name for *_, name, _ in cues(two, *directions)] == ["nod", "pause", "smile"]
    assert all(isinstance(cue, Cue) for cue in two.cues(Script(TEXT, TEXT, directions)))
