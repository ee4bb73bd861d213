"""What a recogniser makes up in silence or by repeating itself is no word."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from speech.recorded.hearing import HeardWord, _words

CALM = {"compression_ratio": 1.2, "no_speech_prob": 0.1}


def heard(words: list[tuple[str, float]], offset: float = 0.0, **about: float) -> list[HeardWord]:
    """What is kept of one segment whose words, each with its probability, last a second."""
    said = [
        SimpleNamespace(word=word, probability=likely, start=float(at), end=at + 1.0)
        for at, (word, likely) in enumerate(words)
    ]
    segment = SimpleNamespace(words=said, **{**CALM, **about})
    model = SimpleNamespace(transcribe=lambda sound, **options: (iter([segment]), None))
    return list(_words(cast(Any, model), np.zeros(16_000, np.float32), "en", offset))


@pytest.mark.parametrize(("ratio", "kept"), [(2.4, 1), (2.41, 0), (4.0, 0)])
def test_text_that_repeats_itself_was_made_up(ratio: float, kept: int) -> None:
    assert len(heard([(" one", 0.9)], compression_ratio=ratio)) == kept


@pytest.mark.parametrize(
    ("silence", "likely", "kept"), [(0.51, 0.34, 0), (0.5, 0.34, 1), (0.51, 0.35, 1), (0.9, 0.9, 1), (0.1, 0.2, 1)]
)
def test_a_doubted_part_needs_words_that_are_unlikely_to_be_dropped(silence: float, likely: float, kept: int) -> None:
    assert len(heard([(" one", likely)], no_speech_prob=silence)) == kept


def test_the_doubt_is_of_the_mean_of_the_words() -> None:
    assert [word.text for word in heard([(" one", 0.2), (" two", 0.6)], no_speech_prob=0.9)] == ["one", "two"]
    assert heard([(" one", 0.2), (" two", 0.4)], no_speech_prob=0.9) == []


@pytest.mark.parametrize(("likely", "kept"), [(0.15, 1), (0.14, 0)])
def test_a_word_that_is_hardly_likely_is_none(likely: float, kept: int) -> None:
    assert len(heard([(" one", likely), (" two", 0.9)])) == kept + 1


def test_words_are_told_with_their_place_in_the_whole_sound() -> None:
    assert heard([(" one", 0.9), ("two.", 0.8), ("  ", 0.9)], offset=28.0) == [
        HeardWord(28.0, 29.0, "one", 0.9, True),
        HeardWord(29.0, 30.0, "two.", 0.8, False),
    ]


def test_a_segment_without_words_gives_none() -> None:
    assert heard([]) == []
