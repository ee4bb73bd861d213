"""Words of a transcript are found among heard ones by their letters, and stand at their times."""

from __future__ import annotations

import pytest

from speech.recorded.anchors import Gap, _in_order, match
from speech.recorded.hearing import HeardWord


def heard(text: str, each: float = 0.5) -> list[HeardWord]:
    """Words that follow one another, ``each`` seconds long."""
    return [HeardWord(number * each, (number + 1) * each, word) for number, word in enumerate(text.split())]


def spans(written: str, words: list[HeardWord]) -> list[tuple[float, float] | None]:
    return [span and (round(span[0], 3), round(span[1], 3)) for span in match(written.split(), words).spans]


def test_words_that_were_heard_stand_where_they_were() -> None:
    assert spans("Good morning, Café", heard("good MORNING cafe")) == [(0.0, 0.5), (0.5, 1.0), (1.0, 1.5)]


def test_two_words_heard_as_one_share_its_time_by_their_letters() -> None:
    assert spans("ice cream", [HeardWord(1.0, 1.8, "icecream")]) == [(1.0, 1.3), (1.3, 1.8)]


def test_what_is_missing_and_what_is_more_are_told() -> None:
    found = match(["the", "quick", "fox"], heard("the slow brown bear fox"))
    assert [span is None for span in found.spans] == [False, True, False]
    (gap,) = found.gaps
    assert (gap.first, gap.last, [word.text for word in gap.heard]) == (1, 2, ["slow", "brown", "bear"])
    assert found.share == pytest.approx(6 / 11)
    assert match(["the"], heard("the end")).gaps == (Gap(1, 1, (heard("the end")[1],)),)


def test_nothing_runs_back() -> None:
    told = [(0.0, 1.0), (0.4, 1.4), (0.2, 0.9), None, (1.395, 1.404), (1.3, 2.0)]
    assert _in_order(told) == [(0.0, 1.0), (1.0, 1.4), None, None, None, (1.4, 2.0)]


def test_a_word_that_stands_alone_between_found_ones_is_its_twin_where_it_is_alike() -> None:
    """Capitals and accents are no difference."""
    assert spans("we met ÉMILE there", heard("we met emil there"))[2] == (1.0, 1.5)
    assert spans("we met KATHRYN there", heard("we met catarin there"))[2] == (1.0, 1.5)
    assert spans("we met Zoë there", heard("we met Philip there"))[2] is None
