"""eSpeak NG: pronunciations given in IPA, in voices whose own phone names differ."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from avatar.core.progress import silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak
from speech.espeak.phones import pronunciation


def say(text: str, voice: str, folder: Path) -> Speech:
    options = SpeechOptions(voice=f"espeak-{voice}", lang=voice.partition("-")[0])
    return speak(parse(text), "espeak", options, silent(), folder)


@pytest.mark.parametrize(
    ("voice", "ipa", "phones", "stressed"),
    [
        ("en-gb", "təˈmɑːtəʊ", "t ə m ɑ t ə ʊ", 3),
        ("en-us", "ɡoʊˈvɔɹʌn", "ɡ o ʊ v ɔ ɹ ʌ n", 4),
        ("de", "ˈtsyːʁɪç", "t s y r ɪ ç", 2),
        ("fr-fr", "bɔ̃ˈʒuʁ", "b ɔ̃ ʒ u ʁ", 3),
        ("ru", "ɡɐvɐˈrun", "ɡ ɐ v ɐ r u n", 5),
    ],
)
def test_a_word_is_said_as_given(tmp_path: Path, voice: str, ipa: str, phones: str, stressed: int) -> None:
    speech = say(f"one [say: {ipa}]two[/say] three.", voice, tmp_path)
    word = speech.words[1]
    said = [p for p in speech.phonemes if word.start - 1e-9 <= p.start < word.end - 1e-9]
    assert [word.text for word in speech.words] == ["one", "two", "three."]
    assert " ".join(p.ipa for p in said) == unicodedata.normalize("NFD", phones)
    assert said[stressed].stress == 1


def test_a_sound_that_the_voice_lacks_is_told_and_the_nearest_stands_for_it(tmp_path: Path) -> None:
    speech = say("[say: ʋata]vata[/say]", "en-gb", tmp_path)
    assert "".join(p.ipa for p in speech.phonemes)[0] == "v"
    assert any("lacks the sound ʋ" in note for note in speech.notes)


def test_every_phone_of_a_voice_has_a_name() -> None:
    for voice in ("gmw/en-US", "zle/ru", "sem/ar"):
        text, lacking = pronunciation("pabadamanasa", voice)
        assert text.count("|") == 11
        assert set(lacking.split()) <= {"a", "p"}


def test_marks_alone_are_nothing() -> None:
    assert pronunciation("ˈː", "gmw/en-US") == ("[[]]", "")
