"""What stands around a word of a sentence, on both sides and beyond its ends."""

from __future__ import annotations

import pytest

from speech.text.near import Around, Near

CORES = ["In", "the", "NASA", "5", "LAB", "we", "A", "1", "now", "B", "C", "END"]
AROUND = Around(CORES, ["(", *[""] * 10, "«"], ["", ",", *[""] * 9, "!"])


def test_runs_of_capitals_have_two_words_of_several_letters() -> None:
    assert AROUND.shouted == {2, 3, 4}
    assert Around(["IT", "IS", "A", "DOG"], [""] * 4, [""] * 4).shouted == {0, 1, 2, 3}
    assert Around(["one", "TWO", "3"], [""] * 3, [""] * 3).shouted == frozenset()
    assert Around(["A", "B", "C"], [""] * 3, [""] * 3).shouted == frozenset()
    assert Around(["GO", "ON", "then", "US", "NO", "more"], [""] * 6, [""] * 6).shouted == {0, 1, 3, 4}


@pytest.mark.parametrize(
    ("at", "run"), [(2, ["NASA", "5", "LAB"]), (3, ["NASA", "5", "LAB"]), (4, ["NASA", "5", "LAB"])]
)
def test_the_run_around_a_word_reaches_both_ways(at: int, run: list[str]) -> None:
    near = Near(AROUND, at)
    assert near.shouted
    assert list(near.run()) == ["NASA", "5", "LAB"]


def test_a_run_may_be_all_of_the_sentence() -> None:
    near = Near(Around(["GO", "TO", "BED"], [""] * 3, [""] * 3), 1)
    assert list(near.run()) == ["GO", "TO", "BED"]


@pytest.mark.parametrize("at", [1, 5])
def test_a_word_beside_a_run_is_not_of_it(at: int) -> None:
    near = Near(AROUND, at)
    assert not near.shouted


def test_neighbours_are_empty_beyond_the_sentence() -> None:
    first, last = Near(AROUND), Near(AROUND, 11)
    assert (first.before, first.core(), first.after, first.core(11), first.core(12)) == ("", "In", "the", "END", "")
    assert (last.before, last.core(), last.after, last.core(-11), last.core(-12)) == ("C", "END", "", "In", "")
    assert (first.tail(), first.tail(1), first.tail(11), first.tail(12), first.tail(-1)) == ("", ",", "!", "", "")
    assert (first.lead(), last.lead(), last.moved(-1).lead()) == ("(", "«", "")


def test_a_follower_has_no_punctuation_before_it() -> None:
    assert Near(AROUND, 0).follower == "the"
    assert Near(AROUND, 1).follower == ""
    assert Near(AROUND, 1).after == "NASA"
    assert Near(AROUND, 11).follower == ""


def test_a_word_may_be_given_its_neighbours() -> None:
    both, after, alone = Near.of("b", "a", "c"), Near.of("b", after="c"), Near.of("b")
    assert (both.before, both.core(), both.after, both.at) == ("a", "b", "c", 1)
    assert (after.before, after.core(), after.after, after.at) == ("", "b", "c", 0)
    assert (alone.before, alone.core(), alone.after, alone.lead(), alone.tail()) == ("", "b", "", "", "")
    assert (both.lead(), both.tail(-1), both.tail(1), both.follower) == ("", "", "", "c")


@pytest.mark.parametrize(
    ("at", "found"), [(0, False), (1, True), (4, True), (5, False), (6, True), (9, True), (10, False)]
)
def test_a_word_is_sought_four_places_each_way_and_not_in_the_place_itself(at: int, found: bool) -> None:
    cores = ["x"] * 11
    cores[5] = "Scored"
    assert Near(Around(cores, [""] * 11, [""] * 11), at).within(frozenset({"score", "won"})) == (
        at in {1, 2, 3, 4, 6, 7, 8, 9}
    )


def test_the_reach_may_be_shorter() -> None:
    near = Near(Around(["won", "x", "x"], [""] * 3, [""] * 3), 2)
    assert near.within(frozenset({"won"}), 2)
    assert not near.within(frozenset({"won"}), 1)


def test_another_word_in_the_same_place_keeps_what_is_around_it() -> None:
    said = Near(AROUND, 1).saying("a")
    assert [said.before, said.core(), said.after, said.tail(), said.at] == ["In", "a", "NASA", ",", 1]
    assert Near(AROUND, 1).core() == "the"
    assert said.moved(-1).lead() == "("
    assert said.moved(2).at == 3
