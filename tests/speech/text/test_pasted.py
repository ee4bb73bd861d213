"""Markdown, HTML, tags of SSML, subtitles: their words are spoken, their signs are not, and what is lost is told."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.core.errors import ScriptError
from avatar.core.reasons import Message
from speech import escape, parse
from speech.text.lexicon import Lexicon
from speech.text.markup import unmark
from speech.text.planning import plan
from speech.text.script import script_notes


def said(source: str) -> str:
    """The words and marks that are spoken; a line a sentence."""
    return "\n".join(utterance.spoken for utterance in plan(parse(source), "en", Lexicon()))


def written(source: str) -> str:
    """The words and marks that captions show."""
    return " ".join(word.written for utterance in plan(parse(source), "en", Lexicon()) for word in utterance.words)


def told(source: str) -> list[str]:
    return [note.reason for note in script_notes(parse(source)) if isinstance(note, Message)]


@pytest.mark.parametrize(
    ("source", "spoken"),
    [
        ("# Title\n\nText here.", "Title.\nText here."),
        ("## Two words ##\nText here.", "Two words.\nText here."),
        ("Title\n=====\nText here.", "Title.\nText here."),
        ("Title\n---\nText here.", "Title.\nText here."),
        ("###### Deep\nText.", "Deep.\nText."),
        ("> It was said.\n> And again.", "It was said.\nAnd again."),
        ("> > Nested.\n>\n> Quote.", "Nested.\nQuote."),
        ('Read [the guide](https://a.example/guide "A title") first.', "Read the guide first."),
        ("Read [the guide][1] first.\n\n[1]: https://a.example/guide", "Read the guide first."),
        ("Read [the guide] first.\n\n[the guide]: <https://a.example> 'Guide'", "Read the guide first."),
        ("![A cat](cat.png) It sleeps.", "It sleeps."),
        ("[![Build](b.svg)](https://a.example) It works.", "It works."),
        ("See <https://a.example/x> now.", "See a dot example slash x now."),
        ("It works.[^1] Well.\n\n[^1]: Not always.", "It works.\nWell."),
        ("It works.[^note]\n\n[^note]: Not\n    always.\n\nWell.", "It works.\nWell."),
        ("Snow is white.[1] Grass is green.[2][3]", "Snow is white.\nGrass is green."),
        ("Run `make test` now.", "Run make test now."),
        ("Before.\n\n```python\nprint(1)\n```\n\nAfter.", "Before.\nAfter."),
        ("Before.\n~~~\nx = 1\n~~~\nAfter.", "Before.\nAfter."),
        ("Before.\n\n```\nnever closed", "Before."),
        ("- milk\n- eggs\n- bread", "milk.\neggs.\nbread."),
        ("* One\n* Two\n  * Three", "One.\nTwo.\nThree."),
        ("+ One\n+ Two", "One.\nTwo."),
        ("• One\n• two", "One.\ntwo."),
        ("1. First\n2. Second", "one.\nFirst.\ntwo.\nSecond."),
        ("- [ ] buy milk\n- [x] call Ann", "buy milk.\ncall Ann."),
        ("This is **bold** and *thin* text.", "This is bold and thin text."),
        ("This is __bold__ and _thin_ text.", "This is bold and thin text."),
        ("A ***very*** big ~~mistake~~ deal.", "A very big mistake deal."),
        ("One.\n\n---\n\nTwo.", "One.\nTwo."),
        ("One.\n\n* * *\n\nTwo.", "One.\nTwo."),
        ("| Name | Age |\n| --- | ---: |\n| Ann | 30 |\n| Bob | 41 |", "Name, Age.\nAnn, thirty.\nBob, forty one."),
        ("Snake_case and 2_000 stay.", "Snake case and two thousand stay."),
        ("Wait\\! It is 2 \\* 3 \\# one.", "Wait!\nIt is two times three hash one."),
        ("---\ntitle: A post\ndate: 2024-01-01\n---\nHello there.", "Hello there."),
    ],
)
def test_markdown_is_read_without_its_signs(source: str, spoken: str) -> None:
    assert said(source).replace("- ", "") == spoken


@pytest.mark.parametrize(
    ("source", "spoken"),
    [
        ("<p>Hello <b>there</b>.</p><p>Bye.</p>", "Hello there.\nBye."),
        ("One<br>Two<br/>three", "One.\nTwo three."),
        ("<ul><li>milk</li><li>eggs</li></ul>", "milk.\neggs."),
        ("<h1>Title</h1>Text here.", "Title.\nText here."),
        ("Tom &amp; Ann&#39;s &ldquo;house&rdquo;&nbsp;is &lt;big&gt;.", None),
        ("<script>alert('x')</script><style>b{}</style>Hello.", "Hello."),
        ("Hello <!-- not this --> there.", "Hello there."),
        ("<!DOCTYPE html><html><head><title>T</title></head><body>Hello.</body></html>", "Hello."),
        ('<a href="https://a.example">The page</a> is here.', "The page is here."),
        ('A <emphasis level="strong">big</emphasis> day.', "A big day."),
        ('A <prosody rate="slow">slow</prosody> day.', "A slow day."),
        ("3 < 5 and 7 > 2.", "three less than five and seven greater than two."),
        ("a<b and c>d", "a less than b and c greater than d."),
        ("I <3 you.", "I less than three you."),
    ],
)
def test_tags_are_not_read(source: str, spoken: str | None) -> None:
    wanted = spoken or "Tom and Ann's house is less than big greater than."
    assert said(source) == wanted


@pytest.mark.parametrize(
    ("source", "reasons"),
    [
        ("Plain text, nothing else. 3 < 5.", []),
        ("# A title\n\n- one\n- two **three**", []),
        ("A [link](https://a.example).", ["addresses_left_out"]),
        ("A [link][a].\n\n[a]: https://a.example", ["addresses_left_out"]),
        ("![A cat](cat.png) It sleeps.", ["pictures_left_out"]),
        ("Text.\n```\ncode\n```", ["code_left_out"]),
        ("Text.[^1]\n\n[^1]: A note.", ["footnotes_left_out"]),
        ("Text.[1]", ["footnotes_left_out"]),
        ("Hello <!-- x --> <b>there</b>.", ["tags_left_out"]),
        ("<script>x</script>Hello.", ["tags_left_out"]),
        ("---\ntitle: T\n---\nHello.", ["front_matter_left_out"]),
        ("Hello 😀.", ["emoji_left_out"]),
    ],
)
def test_what_is_left_out_is_told(source: str, reasons: list[str]) -> None:
    assert told(source) == reasons


def test_tags_that_are_left_out_are_named() -> None:
    (note,) = script_notes(parse("Hello <b>there</b>, <your name>."))
    assert "<b>" in note
    assert "<your>" in note


def test_a_break_in_plain_text_is_a_pause() -> None:
    script = parse('One <break time="1.5s"/> two.')
    assert [(d.name, d.value) for d in script.directions] == [("pause", "1.5s")]
    assert script.text == "One two."
    assert told('One <break time="1.5s"/> two.') == []


_SRT = """1
00:00:01,000 --> 00:00:03,500
Good morning,
everybody.

2
00:00:03,600 --> 00:00:05,000
<i>We begin.</i>

3
00:00:07,000 --> 00:00:08,000
- [door slams] {\\an8}Is it 5 o'clock?
"""
_VTT = """WEBVTT - A title

NOTE nobody reads
this

STYLE
::cue { color: red }

intro
00:01.000 --> 00:03.500 align:start
<v Ann>Good morning,
everybody.

00:03.600 --> 00:05.000
We begin.

01:00:07.000 --> 01:00:08.000
Is it 5 o'clock?
"""


@pytest.mark.parametrize("source", [_SRT, _SRT.replace("\n", "\r\n"), "\ufeff" + _SRT, _VTT])
def test_subtitles_are_read_without_numbers_and_times(source: str) -> None:
    assert said(source) == "Good morning, everybody.\nWe begin.\nIs it five o'clock?"


def test_pauses_between_subtitles_are_kept_and_told() -> None:
    script = parse(_SRT)
    assert [(d.name, d.value) for d in script.directions] == [("pause", "2s")]
    assert told(_SRT) == ["subtitle_times", "sounds_left_out"]


def test_a_pause_of_subtitles_is_no_longer_than_a_pause_can_be() -> None:
    assert [d.value for d in parse(_VTT).directions] == ["60s"]


@pytest.mark.parametrize("sound", ["laughs", "Laughter", "applause", "sighs", "music", "смеётся", "аплодисменты"])
def test_a_sound_in_brackets_is_told_with_what_there_is(sound: str) -> None:
    with pytest.raises(ScriptError, match="line 2, column 5") as caught:
        parse(f"One.\nTwo [{sound}] three.")
    assert caught.value.message.reason == "bracketed_sound"
    assert "[pause]" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("# Title\n\nRead [this](https://a.example) [nodd] now.", "line 3, column 32"),
        ("<p>One</p>\n<b>Two</b> [nodd]", "line 2, column 12"),
        ("- a\n- b\n- [nodd] c", "line 3, column 3"),
        ("Text.\n```\nx\n```\n[nodd]", "line 5, column 1"),
    ],
)
def test_a_mistake_is_found_where_it_was_written(source: str, place: str) -> None:
    with pytest.raises(ScriptError, match=place):
        parse(source)


@pytest.mark.parametrize(
    "source",
    ["# not a title", "> no quote", "- no item", "`no code`", "<b>no tag", "a_b _c_", "| no | table |", "&amp;", "~~~"],
)
def test_what_is_escaped_is_taken_literally(source: str) -> None:
    script = parse("x\n" + escape(source))
    assert script.text == "x\n" + source
    assert not list(script_notes(script))


def test_directions_side_by_side_are_no_link() -> None:
    assert [d.name for d in parse("[nod][happy] Hello.").directions] == ["nod", "happy"]


def test_a_direction_before_brackets_is_no_link() -> None:
    script = parse("[angry](six)[/angry] and [look: left](seven).")
    assert [d.name for d in script.directions] == ["angry", "look"]
    assert script.text == "(six) and (seven)."
    assert parse("See [voice](https://a.example) there.").text == "See voice there."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Great 😀.", "Great."),
        ("Great 😀!", "Great!"),
        ("Well 👍, then.", "Well, then."),
        ("Great 😀 👩‍🚀.", "Great."),
        ("Yes 😀 and 😀 no", "Yes and no"),
        ("(Great 😀)", "(Great)"),
        ("😀 Hello", "Hello"),
    ],
)
def test_emoji_leave_no_gap(source: str, text: str) -> None:
    assert parse(source).text == text


def test_a_long_paste_is_read_in_linear_time() -> None:
    source = "Read [this](https://a.example) `now` <b>and</b> _then_ | some [x] \n> more " * 8_000
    source = re.sub(r"\[x\]", "", source)
    assert len(parse(source).text) > 200_000


@given(st.text(alphabet="ab #*_`[]()<>!|-\n>:1.&;~\\/\r", max_size=80))
def test_any_markup_is_read_or_refused(source: str) -> None:
    unmarked = unmark(source)
    places = [unmarked.origin(at) for at in range(len(unmarked.text))]
    assert all(0 <= place <= len(source) + 3 for place in places)
    with suppress(ScriptError):
        parse(source)


@given(st.lists(st.sampled_from(["word", "more"]), min_size=1, max_size=5), st.integers(0, 4))
def test_a_mistake_has_its_column_behind_any_markup(words: list[str], kind: int) -> None:
    before = "".join(
        ["[{}](https://a.example) ", "`{}` ", "<b>{}</b> ", "{}[^1] ", "_{}_ "][kind].format(word) for word in words
    )
    with pytest.raises(ScriptError, match=rf"line 2, column {len(before) + 1}:"):
        parse(f"# One\n{before}[nodd] two.")


_README = """# my-tool v2.3.1

[![CI](https://ci.example/x.svg)](https://ci.example) A tool for `JSON` & YAML files. **Fast**: ~10x faster than v1.x.

## Install

```bash
pip install my-tool
```

Requires Python >= 3.11. See the [docs](https://docs.example.com/start#top), or open an issue (#42).

| Option | Default |
|--------|---------|
| `--port` | 8080 |

* Works on Linux/macOS/Windows
* 100% test coverage
"""


def test_a_readme_is_a_talk() -> None:
    assert said(_README).split("\n") == [
        "my-tool version two point three point one.",
        "A tool for JSON and YAML files.",
        "Fast: about ten times faster than version one point x.",
        "Install.",
        "Requires Python greater than or equal to three point eleven.",
        "See the docs, or open an issue, number forty two.",
        "Option, Default.",
        "port, eight thousand and eighty.",
        "Works on Linux macOS Windows.",
        "one hundred percent test coverage.",
    ]
    assert told(_README) == ["code_left_out", "pictures_left_out", "addresses_left_out"]


@pytest.mark.parametrize("source", ["__", "_", "___", "**", "*", "***", "~~", "`", "``"])
def test_captions_show_words_without_the_signs_around_them(source: str) -> None:
    assert written(f"It is a {source}very good{source} day.") == "It is a very good day."
