"""Mouth shapes from phonemes: closures, silence, widths, steps, moods."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.types import Cue, Phoneme, Size, Speech
from avatar.face import FaceOptions
from avatar.face.moods import emotion_tracks
from avatar.face.visemes import mouth_tracks

_FPS = 25.0


def _speech(letters: str, step: float = 0.09, lead: float = 0.4, cues: tuple[Cue, ...] = ()) -> Speech:
    """One phone a letter, ``step`` seconds each; a space is a pause of 0.5 s."""
    phones, time = [], lead
    for letter in letters:
        if letter == " ":
            time += 0.5
            continue
        phones.append(Phoneme(time, time + step, letter))
        time += step
    seconds = time + 0.6
    energy = np.ones(int(seconds * 100), np.float32)
    return Speech(np.zeros(int(seconds * 1000), np.float32), 1000, "en", tuple(phones), cues=cues, energy=energy)


def _at(track: np.ndarray, phone: Phoneme) -> float:
    return float(track[round((phone.start + phone.end) / 2 * _FPS)])


@pytest.mark.parametrize("step", [0.03, 0.06, 0.12])
@pytest.mark.parametrize("consonant", ["p", "b", "m"])
def test_bilabials_close_however_short(consonant: str, step: float) -> None:
    speech = _speech(f"ɑ{consonant}ɑ{consonant}i", step)
    tracks = mouth_tracks(speech, _FPS, 60)
    for phone in speech.phonemes:
        if phone.ipa == consonant:
            middle = round((phone.start + phone.end) / 2 * _FPS)
            assert tracks.gap[middle - 1 : middle + 2].min() <= 0.0


_FINE = 100.0  # frames a second at which 20 ms are two frames
_LED = 0.02  # seconds by which lips come before their sound


@pytest.mark.parametrize("step", [0.06, 0.09, 0.15])
def test_lips_close_a_fiftieth_of_a_second_before_the_sound(step: float) -> None:
    speech = _speech("ɑpɑ ɑbɑ ɑmɑ ɑfɑ", step)
    tracks = mouth_tracks(speech, _FINE, int(speech.seconds * _FINE))
    for phone in speech.phonemes[1::3]:
        held = tracks.tuck if phone.ipa == "f" else tracks.press
        frames = np.arange(len(held))[slice(*(np.array([phone.start - 0.1, phone.end + 0.1]) * _FINE).astype(int))]
        centre = np.average(frames, weights=held[frames]) / _FINE
        assert centre == pytest.approx((phone.start + phone.end) / 2 - _LED, abs=0.005)


def test_vowels_open_a_fiftieth_of_a_second_before_the_sound() -> None:
    speech = _speech("ɑ ɑ ɑ", 0.2)
    gap = np.clip(mouth_tracks(speech, _FINE, int(speech.seconds * _FINE)).gap, 0.0, None)
    for phone in speech.phonemes:
        frames = np.arange(*(np.array([phone.start - 0.2, phone.end + 0.2]) * _FINE).round().astype(int))
        centre = np.average(frames, weights=gap[frames]) / _FINE
        assert centre == pytest.approx((phone.start + phone.end) / 2 - _LED, abs=0.008)


def test_labiodentals_show_a_strip_of_teeth() -> None:
    speech = _speech("ɑfɑvi")
    tracks = mouth_tracks(speech, _FPS, 60)
    for phone in speech.phonemes:
        if phone.ipa in "fv":
            assert 0.015 < _at(tracks.gap, phone) < 0.05
            assert _at(tracks.tuck, phone) == pytest.approx(1.0)


def test_open_vowels_open_and_rounded_ones_narrow() -> None:
    speech = _speech("ɑ u i", 0.2)
    tracks = mouth_tracks(speech, _FPS, 60)
    ah, oo, ee = speech.phonemes
    assert _at(tracks.gap, ah) > 0.15 > _at(tracks.gap, oo)
    assert _at(tracks.wide, oo) < -0.15 < 0.10 < _at(tracks.wide, ee)
    assert _at(tracks.pucker, oo) > 0.6


def test_the_mouth_is_shut_and_still_in_silence() -> None:
    speech = _speech("hɛloʊ   wɜld", 0.08)
    tracks = mouth_tracks(speech, _FPS, 90)
    pause = slice(round(0.95 * _FPS), round(2.1 * _FPS))
    assert tracks.gap[pause].max() < 0.012
    assert np.abs(np.diff(tracks.gap[pause])).max() < 0.01
    assert tracks.gap[:6].max() < 0.012


@pytest.mark.parametrize("fps", [10.0, 25.0, 29.97, 60.0])
def test_no_step_is_larger_than_lips_can_make(fps: float) -> None:
    tracks = mouth_tracks(_speech("ɑpɑmɑbɑfɑuɑtɑ", 0.05), fps, int(2 * fps))
    assert len(tracks.gap) == int(2 * fps)
    assert np.abs(np.diff(tracks.gap)).max() <= 0.09 * 25 / fps + 1e-6


def test_soft_speech_opens_less_than_loud() -> None:
    loud = _speech("ɑ", 0.3)
    soft = Speech(loud.samples, loud.rate, "en", loud.phonemes, energy=loud.energy * 0.1)
    assert mouth_tracks(soft, _FPS, 40).gap.max() < 0.8 * mouth_tracks(loud, _FPS, 40).gap.max()


def test_a_speech_without_phonemes_keeps_the_mouth_shut() -> None:
    tracks = mouth_tracks(Speech(np.zeros(2000, np.float32), 1000, "en"), _FPS, 50)
    assert np.abs(tracks.gap).max() < 0.012


def test_moods_follow_the_script_and_blend() -> None:
    speech = _speech("ɑ" * 20, 0.1, cues=(Cue(1.0, 1.0, "happy", ""), Cue(1.9, 1.9, "neutral", "")))
    smile = emotion_tracks(speech, "neutral", _FPS, 70)["smile"]
    assert smile[int(1.45 * _FPS)] > 0.03
    assert smile[:15].max() < 0.002 and smile[-10:].max() < 0.002
    assert np.abs(np.diff(smile)).max() < 0.012


def test_intensity_scales_a_mood() -> None:
    speech = _speech("ɑ")
    whole = emotion_tracks(speech, "sad", _FPS, 30)["frown"]
    half = emotion_tracks(speech, "sad:0.5", _FPS, 30)["frown"]
    np.testing.assert_allclose(half, whole / 2, rtol=1e-5)


@pytest.mark.parametrize("expression", ["joyful", "happy:two", "happy:9", "happy:nan", ""])
def test_a_bad_expression_is_refused(expression: str) -> None:
    with pytest.raises(OptionError):
        FaceOptions(Size(128, 128), expression=expression)
