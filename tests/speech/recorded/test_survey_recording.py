"""What is told of a recording from the sums over its two channels, on both sides of every bound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import AudioError
from avatar.core.media import Media, write_wav
from speech.recorded.recording import (
    _check,
    _kept,
    _mix,
    _shortcomings,
    _Survey,
    clock,
    promised_seconds,
)  # fmt: skip

RATE = 1_000


def surveyed(left: np.ndarray, right: np.ndarray | None = None, rate: int = RATE) -> _Survey:
    survey = _Survey(rate)
    both = np.stack([left, left if right is None else right], axis=1).astype(np.float32)
    for start in range(0, len(both), 300):
        survey.add(both[start : start + 300])
    return survey


def wave(level: float = 0.5, seconds: float = 1.0, cycles: int = 50) -> np.ndarray:
    count = round(seconds * RATE)
    return level * np.sin(2 * np.pi * cycles * (np.arange(count) + 0.25) / count)


def media(seconds: float = 1.0, audio_rate: int | None = 44_100) -> Media:
    return Media(seconds, None, None, "", "pcm", audio_rate)


def clean() -> np.ndarray:
    """A wave with two samples that stand out, so that it has no flat tops."""
    sound = wave(0.4)
    sound[:2] = 0.9, -0.9
    return sound


def told(survey: _Survey, file: Media, promised: float = 0.0) -> list[str]:
    return [str(note) for note in _shortcomings(survey, file, promised)]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00"),
        (7.9, "0:07"),
        (60, "1:00"),
        (725, "12:05"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (36_123, "10:02:03"),
    ],
)
def test_seconds_are_read_as_a_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_sums_of_blocks_give_length_offset_and_covariance() -> None:
    left, right = wave(0.5) + 0.1, wave(0.25, cycles=70) - 0.05
    survey = surveyed(left, right)
    assert survey.seconds == 1.0
    assert survey.offset == pytest.approx([0.1, -0.05], abs=1e-6)
    assert survey.covariance == pytest.approx(np.array([[0.125, 0.0], [0.0, 0.03125]]), abs=1e-6)


def test_samples_within_2_percent_of_the_top_count_as_clipped() -> None:
    levels = np.full(1_000, 0.2)
    levels[:30], levels[30:70], levels[70:90] = 0.8, -0.79, 0.78
    assert surveyed(levels).clipped == pytest.approx(0.07)


@pytest.mark.parametrize(("count", "refused"), [(199, True), (200, False)])
def test_less_than_a_fifth_of_a_second_is_too_short(count: int, refused: bool) -> None:
    survey = surveyed(wave()[:count])
    if refused:
        with pytest.raises(AudioError, match=r"song\.wav.*0\.2"):
            _check(survey, "song.wav")
    else:
        _check(survey, "song.wav")


@pytest.mark.parametrize(("decibels", "refused"), [(-56, True), (-54, False), (-30, False)])
def test_what_stays_under_minus_55_decibels_is_silent(decibels: float, refused: bool) -> None:
    survey = surveyed(wave(10 ** (decibels / 20)))
    if refused:
        with pytest.raises(AudioError, match=r"song\.wav"):
            _check(survey, "song.wav")
    else:
        _check(survey, "song.wav")


def test_a_mere_offset_is_silent_too() -> None:
    with pytest.raises(AudioError, match=r"song\.wav"):
        _check(surveyed(np.full(1_000, 0.25)), "song.wav")


@pytest.mark.parametrize(
    ("right", "weights"),
    [(1.0, [0.5, 0.5]), (0.1, [0.5, 0.5]), (0.034, [0.5, 0.5]), (0.029, [1.0, 0.0]), (0.0, [1.0, 0.0])],
)
def test_a_channel_30_decibels_under_the_other_is_left_out_silently(right: float, weights: list[float]) -> None:
    one = wave()
    assert _mix(surveyed(one, right * one))[0] == pytest.approx(weights)
    assert _mix(surveyed(right * one, one))[0] == pytest.approx(weights if right > 0.03 else weights[::-1])
    assert _mix(surveyed(one, right * one))[1] == []


@pytest.mark.parametrize(("right", "cancelled"), [(-1.0, True), (-0.57, True), (-0.54, False), (-0.2, False)])
def test_channels_that_cancel_leave_the_louder_one_and_its_side_is_told(right: float, cancelled: bool) -> None:
    one = wave()
    weights, notes = _mix(surveyed(one, right * one))
    assert weights == pytest.approx([1.0, 0.0] if cancelled else [0.5, 0.5])
    assert ["left" in str(note) for note in notes] == ([True] if cancelled else [])
    if -1 < right < -0.55:
        weights, notes = _mix(surveyed(right * one, one))
        assert weights == pytest.approx([0.0, 1.0])
        assert "right" in str(notes[0])


def test_a_sound_without_faults_has_no_notes() -> None:
    assert told(surveyed(clean()), media()) == []
    assert told(surveyed(clean()), media(audio_rate=16_000)) == []
    assert told(surveyed(clean()), media(audio_rate=None)) == []


@pytest.mark.parametrize(("offset", "count"), [(0.019, 0), (0.021, 1), (-0.021, 1)])
def test_an_offset_of_2_percent_is_told(offset: float, count: int) -> None:
    assert len(told(surveyed(clean(), clean() + offset), media())) == count


@pytest.mark.parametrize(("flat", "count"), [(2, 0), (5, 1), (40, 1)])
def test_flat_tops_are_told_where_they_are_4_in_a_thousand(flat: int, count: int) -> None:
    levels = wave(0.4)
    levels[:flat:2], levels[1:flat:2] = 0.9, -0.9
    assert len(told(surveyed(levels), media())) == count


def test_a_low_rate_is_told_with_its_number() -> None:
    (note,) = told(surveyed(clean()), media(audio_rate=15_999))
    assert "15" in note
    assert "999" in note


@pytest.mark.parametrize(
    ("seconds", "promised", "shown"),
    [
        (2.9, 0.0, None), (3.1, 0.0, "0:03"), (1.0, 1.04, None), (1.0, 1.06, "0:01"), (1.0, 62.0, "1:02"),
        (70.0, 62.0, "1:10"),
    ],
)  # fmt: skip
def test_a_cut_off_file_is_told_with_what_it_promised(seconds: float, promised: float, shown: str | None) -> None:
    notes = told(surveyed(clean()), media(seconds), promised)
    assert len(notes) == (shown is not None)
    if shown is not None:
        assert shown in notes[0]
        assert notes[0].rindex("0:01") >= notes[0].index(shown)


@pytest.mark.parametrize(("seconds", "count"), [(201.5, 0), (206.0, 1)])
def test_of_a_long_file_a_fiftieth_may_be_missing(seconds: float, count: int) -> None:
    survey = surveyed(clean())
    survey.count = 198_500 if count == 0 else 201_000
    assert len(told(survey, media(seconds))) == count


def test_a_wav_file_promises_its_length_and_other_files_none(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(12_000, np.float32), 8_000)
    whole = (tmp_path / "a.wav").read_bytes()
    assert promised_seconds(tmp_path / "a.wav") == 1.5
    (tmp_path / "cut.wav").write_bytes(whole[:100])
    assert promised_seconds(tmp_path / "cut.wav") == 1.5
    place = whole.index(b"data")
    odd = whole[:place] + b"LIST" + (3).to_bytes(4, "little") + b"abc\0" + whole[place:]
    (tmp_path / "odd.wav").write_bytes(odd)
    assert promised_seconds(tmp_path / "odd.wav") == 1.5
    for name, content in (("x", b"RIFX" + whole[4:]), ("y", whole[:8] + b"WAVX" + whole[12:]), ("z", whole[:place])):
        (tmp_path / name).write_bytes(content)
        assert promised_seconds(tmp_path / name) == 0.0


@pytest.mark.parametrize(("size", "known"), [(0x7FFEFFFF, True), (0x7FFF0000, False), (0xFFFFFFFF, False)])
def test_a_size_that_was_not_known_promises_nothing(tmp_path: Path, size: int, known: bool) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(100, np.float32), 8_000)
    whole = (tmp_path / "a.wav").read_bytes()
    place = whole.index(b"data") + 4
    (tmp_path / "a.wav").write_bytes(whole[:place] + size.to_bytes(4, "little") + whole[place + 4 :])
    assert promised_seconds(tmp_path / "a.wav") == (size / 16_000 if known else 0.0)


@pytest.mark.parametrize(
    ("first", "last", "kept"),
    [(1.0, 2.0, (0.8, 2.2)), (0.1, 2.0, (0.0, 2.2)), (1.0, 2.9, (0.8, 3.0)), (0.5, 0.6, (0.3, 0.8))],
)
def test_a_fifth_of_a_second_is_kept_around_the_sound(first: float, last: float, kept: tuple[float, float]) -> None:
    heard = np.zeros(48_000, np.float32)
    heard[round(first * 16_000) : round(last * 16_000)] = 0.5
    heard[8_000:8_001] += 0.009
    assert _kept(heard) == pytest.approx(kept)
