"""The script parser: every direction, every mistake, any text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avatar.core.errors import ScriptError
from avatar.core.types import Script
from speech import DIRECTIONS, escape, parse
from speech.text.cleaning import clean
from speech.text.script import script_notes


def directions(script: Script) -> list[tuple[str, str, str]]:
    """(name, value, covered text) of each direction."""
    return [(d.name, d.value, script.text[d.start : d.end]) for d in script.directions]


def test_plain_text_stays_as_it_is() -> None:
    script = parse("Hello, world!\n\nSecond paragraph.")
    assert script.text == "Hello, world!\n\nSecond paragraph."
    assert script.directions == ()


def test_ranges_cover_their_words() -> None:
    script = parse("One [slow]two three[/slow] [say: fɔː]four[/say] *five six*.")
    assert script.text == "One two three four five six."
    assert directions(script) == [("slow", "", "two three"), ("say", "fɔː", "four"), ("emphasis", "", "five six")]


def test_points_lie_at_the_next_word() -> None:
    script = parse("One [pause: 1.5s] two [look: left] three")
    assert script.text == "One two three"
    assert [(d.name, script.text[d.start :]) for d in script.directions] == [("pause", "two three"), ("look", "three")]


def test_open_moods_last_until_the_next_one_and_closed_ones_until_their_end() -> None:
    script = parse("a [happy] b [nod] c [sad] d [angry]e[/angry] f")
    assert [(n, t.strip()) for n, _, t in directions(script) if n != "nod"] == [
        ("happy", "b c"), ("sad", "d"), ("angry", "e"),
    ]  # fmt: skip


def test_a_mood_may_have_a_strength() -> None:
    assert directions(parse("[happy: 0.5]yes")) == [("happy", "0.5", "yes")]


def test_an_open_language_lasts_to_the_end() -> None:
    assert directions(parse("Hello [lang: ru] привет, мир")) == [("lang", "ru", "привет, мир")]


def test_ranges_nest() -> None:
    script = parse("[slow]a [fast]b[/fast] c[/slow]")
    assert directions(script) == [("slow", "", "a b c"), ("fast", "", "b")]


def test_escapes_give_the_signs_themselves() -> None:
    assert parse(r"a \[nod\] \*b\* \\ 2 * 3 5*6").text == r"a [nod] *b* \ 2 * 3 5*6"


@pytest.mark.parametrize(
    ("source", "place", "advice"),
    [
        ("One\ntwo [nodd] three", "line 2, column 5", "[nod]"),
        ("[slow]x", "line 1, column 1", "[/slow]"),
        ("x[/slow]", "line 1, column 2", "no open [slow]"),
        ("x[/nod]", "line 1, column 2", "single event"),
        ("[pause: soon]x", "line 1, column 1", "1.5s"),
        ("[pause: 99s]x", "line 1, column 1", "60 s"),
        ("[nod: twice]x", "line 1, column 1", "no value"),
        ("[look: behind]x", "line 1, column 1", "left, right"),
        ("[happy: very]x", "line 1, column 1", "0 to 1.5"),
        ("[rate: 300%]x[/rate]", "line 1, column 1", "50% to 200%"),
        ("[pitch: high]x[/pitch]", "line 1, column 1", "+2st"),
        ("[volume: 50%]x[/volume]", "line 1, column 1", "-6dB"),
        ("[style]x", "line 1, column 1", "calm"),
        ("[lang: Russian!]x", "line 1, column 1", "ru"),
        ("[say: 12]x[/say]", "line 1, column 1", "IPA"),
        ("[slow][fast]x[/slow][/fast]", "line 1, column 14", "[fast] first"),
        ("a *b c", "line 1, column 3", "not closed"),
        ("a [b", "line 1, column 3", "\\["),
        ("a [pa\nuse] b", "line 1, column 3", "\\["),
    ],
)
def test_mistakes_are_named_with_place_and_advice(source: str, place: str, advice: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse(source)
    assert place in str(caught.value)
    assert advice in str(caught.value)


@pytest.mark.parametrize("source", ["", "   \n ", "...", "😀", "[nod]", "\x00\x01", "\ufeff", "—"])
def test_nothing_to_speak_is_an_error(source: str) -> None:
    with pytest.raises(ScriptError):
        parse(source)


def test_invisible_and_control_characters_disappear() -> None:
    assert parse("\ufeffHe\u200bl\x00lo\r\nwor\u00adld\tnow").text == "Hello\nworld now"


def test_emoji_are_left_out_and_told() -> None:
    script = parse("Hello 😀 world 👩‍🚀!")
    assert script.text == "Hello world!"
    assert any("Emoji" in note for note in script_notes(script))


def test_directions_that_do_nothing_are_told() -> None:
    idle = [name for name, rule in DIRECTIONS.items() if not rule.acts]
    assert idle == ["backdrop"]
    assert list(script_notes(parse("[backdrop: a calm sea] Hello"))) == ["The direction [backdrop] does nothing yet."]


def test_a_script_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ScriptError, match="2,000,000"):
        parse("a" * 2_000_001)


@pytest.mark.parametrize(
    "part", ["Hello *big* wörld [pause: 1s]. ", "[nod]", "[happy]", "\\", "* ", "a", "[sad]x[/sad]"]
)
def test_a_megabyte_is_read(part: str) -> None:
    assert parse("a " + part * (1_000_000 // len(part))).text.startswith("a")


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(source: str) -> None:
    try:
        script = parse(source)
    except ScriptError:
        return
    assert all(0 <= d.start <= d.end <= len(script.text) for d in script.directions)


@given(st.text(alphabet="ab []*\\/:\nж", max_size=60))
def test_any_mix_of_signs_parses_or_is_refused(source: str) -> None:
    try:
        script = parse(source)
    except ScriptError:
        return
    assert script.text.strip() == script.text


@settings(max_examples=200)
@example("<!-- a")
@example("<svg> a")
@given(st.text(min_size=1, max_size=100))
def test_escaped_text_comes_back(text: str) -> None:
    cleaned = clean("x" + text + "x")
    script = parse(escape(cleaned))
    assert script.directions == ()
    assert script.text.split() == cleaned.split()
