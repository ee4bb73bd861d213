"""SSML read into the same structure as a script."""

from __future__ import annotations

import pytest

from avatar.core.errors import ScriptError
from speech import parse
from speech.text.script import script_notes

DOCUMENT = """<?xml version="1.0"?>
<speak version="1.1" xml:lang="en">
  <p>Hello <break time="300ms"/> <emphasis level="strong">dear</emphasis> friends.</p>
  <s>A <prosody rate="80%" pitch="+10%" volume="soft" range="high">slow</prosody> and a
  <prosody rate="fast">quick</prosody> one,
  [sic] 2 &lt; 3.</s>
  <s><phoneme alphabet="ipa" ph="təˈmɑːtəʊ">tomato</phoneme>, <sub alias="World Wide Web">WWW</sub>,
  <lang xml:lang="ru">привет</lang>, <voice name="en_US-joe">Joe</voice>.</s>
</speak>"""


def test_a_document_becomes_a_script() -> None:
    script = parse(DOCUMENT)
    covered = [
        (d.name, d.value, script.text[d.start : d.end])
        for d in script.directions
        if d.name != "lang" or d.value == "ru"
    ]
    assert covered == [
        ("pause", "300ms", ""), ("emphasis", "", "dear"), ("rate", "80%", "slow"),
        ("pitch", "+10%", "slow"), ("volume", "-6dB", "slow"), ("rate", "130%", "quick"),
        ("say", "təˈmɑːtəʊ", "tomato"), ("lang", "ru", "привет"), ("voice", "en_US-joe", "Joe"),
    ]  # fmt: skip
    assert "[sic] 2 < 3" in script.text
    assert "World Wide Web" in script.text
    assert "WWW" not in script.text
    assert script.source == DOCUMENT


def test_what_has_no_effect_is_told() -> None:
    assert list(script_notes(parse(DOCUMENT))) == ["The prosody attribute range does nothing yet."]


@pytest.mark.parametrize(
    ("attribute", "name", "value"),
    [
        ("rate='slow'", "rate", "75%"),
        ("rate='1.2'", "rate", "120%"),
        ("rate='-20%'", "rate", "-20%"),
        ("pitch='x-high'", "pitch", "+30%"),
        ("pitch='-2st'", "pitch", "-2st"),
        ("volume='+3dB'", "volume", "+3dB"),
        ("volume='50'", "volume", "-6.0dB"),
        ("volume='-50%'", "volume", "-6.0dB"),
        ("volume='silent'", "volume", "-40dB"),
    ],
)
def test_prosody_becomes_directions(attribute: str, name: str, value: str) -> None:
    (direction,) = parse(f"<speak><prosody {attribute}>word</prosody></speak>").directions
    assert (direction.name, direction.value) == (name, value)


@pytest.mark.parametrize("attribute", ["rate='medium'", "pitch='default'", "volume='medium'", ""])
def test_prosody_of_the_voice_itself_is_none(attribute: str) -> None:
    assert parse(f"<speak><prosody {attribute}>word</prosody></speak>").directions == ()


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ("<audio src='x'/>", "line 2, column 1"),
        ("<break time='soon'/>", "line 2, column 1"),
        ("<break strength='huge'/>", "line 2, column 1"),
        ("<phoneme>x</phoneme>", "line 2, column 1"),
        ("<prosody rate='warp'>x</prosody>", "line 2, column 1"),
        ("<prosody pitch='+90%'>x</prosody>", "line 2, column 1"),
        ("<prosody volume='deafening'>x</prosody>", "line 2, column 1"),
        ("<lang xml:lang='Русский'>x</lang>", "line 2, column 1"),
        ("a <p>b", "line 2"),
        ("a & b", "line 2"),
    ],
)
def test_mistakes_are_named_with_their_place(inside: str, place: str) -> None:
    with pytest.raises(ScriptError, match=place):
        parse(f"<speak>\n{inside}</speak>")


def test_entities_are_refused() -> None:
    with pytest.raises(ScriptError, match="entities"):
        parse('<speak><!DOCTYPE x [<!ENTITY a "b">]>&a;</speak>')


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(ScriptError, match="nothing to speak"):
        parse("<speak> </speak>")
