"""SSML read into the same structure as a script."""

from __future__ import annotations

import pytest

from avatar.core.errors import ScriptError
from speech import parse
from speech.script import script_notes

DOCUMENT = """<?xml version="1.0"?>
<speak version="1.1" xml:lang="en">
  <p>Hello <break time="300ms"/> <emphasis level="strong">dear</emphasis> friends.</p>
  <s>A <prosody rate="80%" pitch="+10%">slow</prosody> and a <prosody rate="fast">quick</prosody> one,
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
        ("pause", "300ms", ""), ("emphasis", "", "dear"), ("slow", "", "slow"), ("fast", "", "quick"),
        ("say", "təˈmɑːtəʊ", "tomato"), ("lang", "ru", "привет"), ("voice", "en_US-joe", "Joe"),
    ]  # fmt: skip
    assert "[sic] 2 < 3" in script.text
    assert "World Wide Web" in script.text
    assert "WWW" not in script.text
    assert script.source == DOCUMENT


def test_what_has_no_effect_is_told() -> None:
    assert list(script_notes(parse(DOCUMENT))) == ["The prosody attribute pitch does nothing yet."]


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ("<audio src='x'/>", "line 2, column 1"),
        ("<break time='soon'/>", "line 2, column 1"),
        ("<break strength='huge'/>", "line 2, column 1"),
        ("<phoneme>x</phoneme>", "line 2, column 1"),
        ("<prosody rate='warp'>x</prosody>", "line 2, column 1"),
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
