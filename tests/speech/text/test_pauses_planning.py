"""Where a script is cut into utterances, the pause after each, and what is decided about every word."""

from __future__ import annotations

import pytest

from speech.text.lexicon import Lexicon
from speech.text.planning import Utterance, plan
from speech.text.script import parse


def planned(text: str, language: str | None = "en", **lexicon: dict[str, str]) -> list[Utterance]:
    return list(plan(parse(text), language, Lexicon(**lexicon), "joe"))


@pytest.mark.parametrize(
    ("text", "pauses"),
    [
        ("One. Two.", [0.32, 0.32]), ("One! Two?", [0.32, 0.32]), ("One... Two", [0.5, 0.08]),
        ("One… Two;", [0.5, 0.08]),
        ("One.\n\nTwo", [0.7, 0.08]), ("One...\n\nTwo.", [0.7, 0.32]), ("One\n\nTwo,", [0.7, 0.08]), ("Two:", [0.08]),
    ],
)  # fmt: skip
def test_the_pause_after_a_sentence_follows_from_its_end(text: str, pauses: list[float]) -> None:
    assert [utterance.pause for utterance in planned(text)] == pauses


@pytest.mark.parametrize(
    ("text", "spoken", "pauses"),
    [
        ("One [pause: 2s] two.", ["One,", "two."], [2.0, 0.32]),
        ("One [pause: 0.02s] two.", ["One,", "two."], [0.08, 0.32]),
        ("One [pause: 1s][pause: 0.5s] two.", ["One,", "two."], [1.5, 0.32]),
        ("One! [pause: 1s] two.", ["One!", "two."], [1.0, 0.32]),
        ("One. [pause: 0.1s]\n\nTwo.", ["One.", "Two."], [0.7, 0.32]),
        ("[pause: 1s] One.", ["One."], [0.32]),
    ],
)
def test_a_pause_cuts_and_is_never_shorter_than_the_natural_one(
    text: str, spoken: list[str], pauses: list[float]
) -> None:
    found = planned(text)
    assert [utterance.spoken for utterance in found] == spoken
    assert [utterance.pause for utterance in found] == pytest.approx(pauses)


def test_another_voice_and_another_language_are_utterances_of_their_own() -> None:
    voices = planned("One [voice: ann]two three[/voice] four.")
    assert [(u.spoken, u.voice, u.language, u.pause) for u in voices] == [
        ("One,", "joe", "en", 0.08), ("two three,", "ann", "en", 0.08), ("four.", "joe", "en", 0.32),
    ]  # fmt: skip
    languages = planned("One [lang: de]zwei[/lang] three.")
    assert [(u.spoken, u.language) for u in languages] == [("One,", "en"), ("zwei,", "de"), ("three.", "en")]


@pytest.mark.parametrize(
    ("direction", "pace", "pitch", "gain", "emphasis"),
    [
        ("slow", 0.75, 1.0, 1.0, False), ("fast", 1.3, 1.0, 1.0, False), ("rate: 150%", 1.5, 1.0, 1.0, False),
        ("emphasis", 0.85, 1.0, 1.0, True), ("pitch: +20%", 1.0, 1.2, 1.0, False),
        ("volume: -6dB", 1.0, 1.0, 10**-0.3, False),
    ],
)  # fmt: skip
def test_a_direction_acts_on_its_word(direction: str, pace: float, pitch: float, gain: float, emphasis: bool) -> None:
    name = direction.split(":")[0]
    before, found, after = planned(f"One [{direction}]two[/{name}] three.")[0].words
    assert (found.pace, found.pitch, found.gain) == pytest.approx((pace, pitch, gain))
    assert found.emphasis is emphasis
    for other in (before, after):
        assert (other.pace, other.pitch, other.gain, other.emphasis) == (1.0, 1.0, 1.0, False)


def test_a_slow_emphasised_word_is_slower_still() -> None:
    assert planned("One [slow][emphasis]two[/emphasis][/slow] three.")[0].words[1].pace == pytest.approx(0.75 * 0.85)


def test_words_that_are_given_one_pronunciation_are_one() -> None:
    first, found, last = planned("One [say: abc]two three[/say], four.")[0].words
    assert (found.written, found.ipa, found.spoken, found.mark) == ("two three,", "abc", "two", ",")
    assert (found.start, found.end) == (4, 14)
    assert (first.ipa, last.ipa, last.written) == (None, None, "four.")


def test_a_lexicon_gives_words_and_phones_in_any_case() -> None:
    first, second = planned("Gif Sql.", spoken={"gif": "jif"}, ipa={"sql": "\u00e3"})[0].words
    assert (first.spoken, first.ipa, first.written) == ("jif", None, "Gif")
    assert (second.spoken, second.ipa) == (second.spoken, "a\u0303")


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("One, two", [",", "."]), ("One; two!", [";", "!"]), ("One: two?", [":", "?"]), ("One — two.", [",", "."]),
        ("One (two) three.", [",", ",", "."]), ("One? (two)!", ["?", "!"]), ("One two?!", ["", "?"]),
        ("One...", ["..."]),
        ("One, (two) three", [",", ",", "."]),
    ],
)  # fmt: skip
def test_the_punctuation_after_a_word_is_its_mark(text: str, marks: list[str]) -> None:
    assert [one.mark for utterance in planned(text) for one in utterance.words] == marks


def test_a_dash_belongs_to_the_word_before_it_and_alone_is_left_out() -> None:
    first, second = planned("One — two.")[0].words
    assert (first.written, first.start, first.end, first.spoken) == ("One —", 0, 5, "One")
    assert (second.written, second.start, second.end, second.mark) == ("two.", 6, 10, ".")
    assert [(one.written, one.start, one.end) for one in planned("— Two.")[0].words] == [("Two.", 2, 6)]
