"""Marks that stand alone, a dash between two pauses, go with the word that is nearer in time."""

from __future__ import annotations

import pytest

from avatar.compose.captions import caption_cues
from avatar.core.types import Word

_SIX = ("One", "two", "three", "four", "five", "six")
_BEFORE = [Word(0.4 * number, 0.4 * number + 0.35, word) for number, word in enumerate(_SIX)]


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (Word(2.4, 2.45, "—"), [("One two three four five six —",), ("there",)]),
        (Word(4.2, 4.25, "—"), [("One two three four five six",), ("— there",)]),
    ],
)
def test_a_mark_joins_the_nearer_word_of_many(mark: Word, expected: list[tuple[str, ...]]) -> None:
    captions = caption_cues([*_BEFORE, mark, Word(4.3, 5.3, "there")])
    assert [caption.lines for caption in captions] == expected


def test_a_mark_that_joined_the_word_before_takes_none_of_its_time() -> None:
    first, _ = caption_cues([*_BEFORE, Word(2.4, 2.45, "—"), Word(9.0, 9.5, "there")])
    alone, _ = caption_cues([*_BEFORE, Word(9.0, 9.5, "there")])
    assert (first.start, first.end) == (alone.start, alone.end)


def test_a_mark_after_nothing_leads_what_follows() -> None:
    captions = caption_cues([Word(0.0, 0.1, "—"), Word(0.2, 0.8, "Yes")])
    assert [caption.lines for caption in captions] == [("— Yes",)]
