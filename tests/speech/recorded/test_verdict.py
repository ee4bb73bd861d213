"""How much of a transcript a recording may leave out, and what is told of the places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.core.types import Phoneme
from speech.recorded.alignment import FEATURE_HZ
from speech.recorded.verdict import Said, verdict


def said(cost: float, start: float, end: float, expected: float = 2.0, text: str = "word") -> Said:
    return Said((), (), tuple(text.split()), "en", start, end, expected, cost)


def sentences(missing: int, spoken: int, **changes: float) -> list[Said]:
    costs = [0.95] * missing + [0.5] * spoken
    return [said(cost, 2.0 * k, 2.0 * k + 2.0, **changes) for k, cost in enumerate(costs)]


_ALL_SPOKEN = np.ones(100 * FEATURE_HZ, bool)


@pytest.mark.parametrize(("missing", "spoken", "doubted"), [(1, 3, False), (2, 2, False), (3, 2, True), (4, 0, True)])
def test_up_to_half_of_the_time_may_be_missing(missing: int, spoken: int, doubted: bool) -> None:
    found = sentences(missing, spoken)
    notes = verdict(found, np.zeros(0, bool))
    assert notes[0].startswith("The transcript may not match the recording: at 0:00 “word”") == doubted
    assert len(notes) == missing + doubted


def test_more_than_half_is_doubted_however_well_the_rest_fits() -> None:
    found = [said(0.95, 0.0, 6.0, 6.0), said(0.5, 6.0, 10.0, 4.0)]
    assert "may not match" in verdict(found, np.zeros(0, bool))[0]
    (note,) = verdict([said(0.95, 0.0, 4.0, 4.0), said(0.5, 4.0, 10.0, 6.0)], np.zeros(0, bool))
    assert "does not say" in note


def test_what_was_not_found_and_may_be_there_is_told_otherwise_than_what_is_not() -> None:
    lost = replace(said(1.0, 62.0, 64.0), lost=True)
    placed = replace(lost, phonemes=(Phoneme(62.0, 64.0, "a"),), owners=(0,))
    rest = said(0.5, 2.0, 20.0, 18.0)
    for one, told in (
        (lost, "At 1:02 the recording does not say “word” as the transcript does."),
        (placed, "At 1:02 “word” could not be found in the recording: the lips may err there."),
    ):
        assert verdict([rest, one], np.zeros(0, bool)) == (told,)


def test_a_sentence_that_is_squeezed_is_missing() -> None:
    assert said(0.7, 0.0, 0.69, 2.0).missing
    assert not said(0.7, 0.0, 0.71, 2.0).missing
    assert said(0.91, 0.0, 2.0).missing
    assert not said(0.90, 0.0, 2.0).missing


def test_speech_beyond_the_transcript_is_told_from_three_seconds_on() -> None:
    found = [said(0.75, 0.0, 10.0)]
    for seconds, told in ((2.9, 0), (3.2, 1)):
        speech = np.zeros(20 * FEATURE_HZ, bool)
        speech[int(12 * FEATURE_HZ) : int((12 + seconds) * FEATURE_HZ)] = True
        notes = verdict(found, speech)
        assert len(notes) == told
        assert not told or notes[0].startswith("From 0:12 to 0:15 the recording says more")


def test_five_places_are_named_and_the_others_counted() -> None:
    notes = verdict([*sentences(7, 0), said(0.5, 20.0, 80.0, 40.0)], np.zeros(0, bool))
    assert len(notes) == 6
    assert notes[0] == "At 0:00 the recording does not say “word” as the transcript does."
    assert notes[-1] == "2 more places differ from the transcript."
    long = [said(0.95, 0.0, 2.0, text="one two three four five six seven"), said(0.5, 2.0, 20.0, 18.0)]
    assert "“one two three four five six ...”" in verdict(long, np.zeros(0, bool))[0]
