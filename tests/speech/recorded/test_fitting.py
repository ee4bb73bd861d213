"""Known phones set to the times of recognised ones: what is like is matched, what lies between is drawn along."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.core.types import Phoneme
from speech.recorded.fitting import agreement, fitted, likeness


def phones(letters: str, each: float = 0.1, start: float = 0.0) -> list[Phoneme]:
    return [Phoneme(start + k * each, start + (k + 1) * each, letter) for k, letter in enumerate(letters)]


def test_like_phones_are_nearer_than_others() -> None:
    assert likeness("a", "a") > likeness("p", "b") > likeness("s", "f") > likeness("t", "k") > likeness("s", "m")
    assert likeness("a", "ɑ") > likeness("a", "o") > likeness("a", "i")
    assert likeness("a", "p") < 0 < likeness("u", "w")


def test_phones_move_to_where_they_are_heard() -> None:
    moved = fitted(phones("bat"), phones("pæd", start=0.15))
    assert [round(p.start, 3) for p in moved] == [0.15, 0.25, 0.35]
    assert "".join(p.ipa for p in moved) == "bat"


def test_what_was_missed_stays_between_its_neighbours() -> None:
    heard = [*phones("m", start=0.1), *phones("p", start=0.5)]
    moved = fitted(phones("mastup"), heard)
    assert moved[0].start == pytest.approx(0.1)
    assert (moved[-1].start, moved[-1].end) == pytest.approx((0.5, 0.6))
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(moved))
    assert np.allclose([p.end - p.start for p in moved[1:-1]], 0.075)


def test_nothing_is_moved_far_and_nothing_without_a_likeness() -> None:
    own = phones("ma")
    assert fitted(own, phones("ma", start=1.0)) == tuple(own)
    assert fitted(own, phones("ma", start=1.0), farthest=2.0)[0].start == pytest.approx(1.0)
    assert fitted(own, []) == tuple(own)


def test_agreement_tells_one_sentence_from_another() -> None:
    said = phones("mæɹihædəlɪtəl")
    assert agreement(said, phones("næɹiædəlɪdəl", start=0.05), 0.5) > 1.2
    assert agreement(said, phones("skupzfʌʃwoʊks"), 0.5) < 0.8


@given(st.text("abdfkmpstuiæ", max_size=15), st.text("abdfkmpstuiæ", max_size=15), st.floats(0.03, 0.2))
def test_phones_keep_their_order_and_their_length(own: str, heard: str, each: float) -> None:
    moved = fitted(phones(own, start=0.5), phones(heard, each))
    assert "".join(p.ipa for p in moved) == own
    assert all(a.start <= b.start and a.end <= b.end + 1e-9 for a, b in pairwise(moved))
    assert all(p.end > p.start for p in moved)
