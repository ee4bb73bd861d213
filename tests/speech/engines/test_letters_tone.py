"""How long each letter of the tone engine lasts, how loud and how high it is."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.errors import VoiceError
from avatar.core.progress import silent
from avatar.core.types import Speech
from speech.engines.tone import Tone, _burst
from speech.options import SpeechOptions, Voice
from speech.text.planning import SpokenWord, Utterance


def said(*words: SpokenWord, voice: str | None = None, **options: float) -> Speech:
    chosen = SpeechOptions(**options)  # type: ignore[arg-type]
    (speech,) = Tone().speak([Utterance(words, "en", voice, 0.2)], chosen, silent())
    return speech


def word(spoken: str, pace: float = 1.0, emphasis: bool = False) -> SpokenWord:
    return SpokenWord(0, 1, spoken, spoken, pace=pace, emphasis=emphasis)


def lengths(speech: Speech) -> list[float]:
    return [round(phone.end - phone.start, 6) for phone in speech.phonemes]


def test_letters_last_70_ms_vowels_half_as_long_again_and_words_are_50_ms_apart() -> None:
    speech = said(word("T-a"), word("b5"))
    assert [(phone.ipa, phone.stress) for phone in speech.phonemes] == [("t", 0), ("a", 0), ("b", 0), ("5", 0)]
    assert lengths(speech) == [0.07, 0.105, 0.07, 0.07]
    starts = [phone.start - speech.phonemes[0].start for phone in speech.phonemes]
    assert starts == pytest.approx([0.0, 0.07, 0.225, 0.295])
    assert speech.phonemes[0].start == pytest.approx(0.03, abs=1e-4)
    assert speech.seconds == pytest.approx(0.03 + 0.365 + 0.05 + 0.2, abs=1e-3)
    assert speech.rate == 22_050


def test_pace_and_speed_shorten_letters_and_emphasis_stresses_them() -> None:
    speech = said(word("ta", pace=2.0, emphasis=True), word("b"), speed=0.5)
    assert lengths(speech) == [0.07, 0.105, 0.14]
    assert [phone.stress for phone in speech.phonemes] == [1, 1, 0]


@pytest.mark.parametrize(("letter", "loudness"), [("a", 0.4), ("t", 0.15)])
def test_vowels_are_louder_and_both_swell_and_fade(letter: str, loudness: float) -> None:
    burst = _burst(letter, 2_000, 0, 1.0)
    assert np.abs(burst).max() == pytest.approx(loudness, rel=0.02)
    assert np.abs(burst[:60]).max() < 0.35 * loudness
    assert np.abs(burst[-60:]).max() < 0.35 * loudness


def test_the_frequency_of_a_letter_follows_pitch_letter_and_seed() -> None:
    def hertz(letter: str, seed: int, pitch: float) -> float:
        spectrum = np.abs(np.fft.rfft(_burst(letter, 22_050, seed, pitch)))
        return float(spectrum.argmax())

    assert hertz("a", 0, 2.0) == pytest.approx(2 * hertz("a", 0, 1.0), abs=2)
    found = {hertz(letter, seed, 1.0) for letter in "abc" for seed in range(3)}
    assert len(found) > 5
    assert min(found) >= 110
    assert max(found) <= 238
    assert hertz("a", 0, 1.0) == hertz("a", 0, 1.0)


def test_it_has_one_voice_by_the_name_of_tone() -> None:
    assert Tone().voices() == (Voice("tone", "mul", "Apache-2.0", "test", "tone"),)
    card = Tone().card()
    assert (card.name, card.version, card.licence) == ("tone", "1", "Apache-2.0")
    assert np.array_equal(said(word("a"), voice="tone").samples, said(word("a")).samples)
    with pytest.raises(VoiceError, match="'joe': the engine tone has one voice, tone"):
        said(word("a"), voice="joe")
