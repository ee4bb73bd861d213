"""A script of any directions: what is spoken is in order, within the sound, and has every word once."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.core.progress import silent
from avatar.core.types import Cue, Phoneme, Word
from speech import SpeechOptions, parse, speak
from speech.text.directions import DIRECTIONS

_VALUES = {
    "pause": ["", "0.1s", "400ms", "1.5"], "rate": ["80%", "-20%", "200%"], "pitch": ["+10%", "-2st"],
    "volume": ["-6dB", "+3dB"], "say": ["təmɑːtəʊ"], "voice": ["tone"], "lang": ["en", "ru"],
    "look": ["left", "camera"], "wink": ["", "left", "right"], "style": ["lively", "calm"], "backdrop": ["a beach"],
}  # fmt: skip
_MOODS = ["", "0.5"]
_WORDS = st.sampled_from(["one", "Two,", "three", "four.", "five!", "снег", "Идёт?", "12", "$5", "end...", "(six)"])


@st.composite
def _piece(draw: st.DrawFn) -> str:
    word = draw(_WORDS)
    if draw(st.booleans()):
        return word
    rule = DIRECTIONS[draw(st.sampled_from(sorted(DIRECTIONS)))]
    values = [""] if rule.value == "none" else _VALUES.get(rule.name, _MOODS)
    value = draw(st.sampled_from(values))
    opened = f"[{rule.name}: {value}]" if value else f"[{rule.name}]"
    if rule.extent == "point":
        return f"{opened} {word}"
    return f"{opened}{word}[/{rule.name}]" if rule.extent == "range" or draw(st.booleans()) else f"{opened}{word}"


def in_order(events: tuple[Phoneme, ...] | tuple[Word, ...] | tuple[Cue, ...], seconds: float) -> bool:
    """Sorted by their begin, none ends before it begins, all within ``seconds``."""
    sorted_ = all(first.start <= second.start for first, second in pairwise(events))
    return sorted_ and all(0.0 <= one.start <= one.end <= seconds + 1e-6 for one in events)


@settings(max_examples=40, deadline=None)
@given(st.lists(_piece(), min_size=1, max_size=12), st.sampled_from([0.5, 1.0, 2.0]))
def test_the_timeline_is_sorted_and_within_the_sound(pieces: list[str], speed: float) -> None:
    script = parse(" ".join(pieces))
    with TemporaryDirectory() as folder:
        options = SpeechOptions(speed=speed, remember=False)
        speech = speak(script, "tone", options, silent(), Path(folder))
        seconds = speech.seconds
        loud = len(speech.energy) / 100.0
    for events in (speech.phonemes, speech.words, speech.cues):
        assert in_order(events, seconds)
    assert all(first.end <= second.start + 1e-6 for first, second in pairwise(speech.phonemes))
    assert all(first.end <= second.start + 1e-6 for first, second in pairwise(speech.words))
    assert " ".join(word.text for word in speech.words).split() == script.text.split()
    assert abs(loud - seconds) < 0.05
    acted = [d.name for d in script.directions if DIRECTIONS[d.name].extent == "point" and d.name != "pause"]
    assert [cue.name for cue in speech.cues if cue.name in set(acted)] == acted
