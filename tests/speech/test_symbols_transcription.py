"""The symbols that a voice is given: their words, their pace and pitch, given phones, stresses, and what it lacks."""

from __future__ import annotations

import pytest

from speech.text.planning import SpokenWord, Utterance
from speech.transcription import Transcription, transcribe

KNOWN = "abiməɑ ,.ˈˌː"


def word(spoken: str, **given: object) -> SpokenWord:
    return SpokenWord(0, 1, spoken, spoken, **given)  # type: ignore[arg-type]


def transcribed(*words: SpokenWord, known: str = KNOWN) -> Transcription:
    return transcribe(Utterance(words, "en", None, 0.3), list, known, "joe")


def test_each_symbol_has_its_word_and_what_is_between_has_none() -> None:
    made = transcribed(word("ab", mark=","), word("im", mark="."))
    assert "".join(made.symbols) == "ab, im."
    assert made.words == (0, 0, -1, -1, 1, 1, -1)
    assert made.paces == (1.0,) * 7
    assert made.pitches == (1.0,) * 7
    assert made.notes == ()


def test_pace_acts_on_its_word_alone_and_pitch_on_what_follows_too() -> None:
    made = transcribed(word("ab", pace=0.75, pitch=1.5, mark=","), word("im", pace=2.0, pitch=0.5, mark="."))
    assert made.paces == (0.75, 0.75, 1.0, 1.0, 2.0, 2.0, 1.0)
    assert made.pitches == (1.5, 1.5, 1.5, 1.5, 0.5, 0.5, 0.5)


def test_given_phones_stand_for_their_word_once() -> None:
    made = transcribed(word("ab"), word("im", ipa="əma"), word("ba"))
    assert "".join(made.symbols) == "ab əma ba"
    assert made.words == (0, 0, -1, 1, 1, 1, -1, 2, 2)


@pytest.mark.parametrize(
    ("spoken", "stressed"),
    [
        ("bama", "bˈama"), ("baˈma", "baˈma"), ("baˌma", "baˈma"), ("ˌbaˌma", "ˈbaˌma"), ("ˌbaˈma", "ˌbaˈma"),
        ("mb", "mb"), ("abi", "ˈabi"),
    ],
)  # fmt: skip
def test_an_emphasised_word_has_one_stress_at_least(spoken: str, stressed: str) -> None:
    made = transcribed(word("im"), word(spoken, emphasis=True), word("im"))
    assert "".join(made.symbols) == f"im {stressed} im"
    assert made.words == (0, 0, -1, *[1] * len(stressed), -1, 2, 2)
    assert "".join(transcribed(word(spoken)).symbols) == spoken


def test_sounds_that_the_voice_lacks_are_left_out_and_told_in_order() -> None:
    made = transcribed(word("ab", pace=2.0), word("izm", ipa="iʒzmz", mark="!"))
    assert "".join(made.symbols) == "ab im"
    assert made.words == (0, 0, -1, 1, 1)
    assert made.paces == (2.0, 2.0, 1.0, 1.0, 1.0)
    (note,) = made.notes
    assert "joe" in note
    assert "! z ʒ" in note


def test_a_mark_that_the_voice_lacks_is_not_told() -> None:
    made = transcribed(word("ab", mark="!"))
    assert ("".join(made.symbols), made.notes) == ("ab", ())
