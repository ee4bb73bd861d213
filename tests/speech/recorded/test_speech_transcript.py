"""A transcript that is not quite what was said: told with its place, and the rest still found."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import resample_poly

from avatar.core.errors import Cancelled
from avatar.core.progress import Progress, silent
from avatar.core.types import Speech
from speech import SpeechOptions, parse, speak
from speech.recorded.transcript import align
from speech.text.lexicon import read_lexicon
from speech.text.planning import plan

SENTENCES = (
    "The ferry leaves the old harbour shortly after breakfast.",
    "On deck a woman in a green coat is feeding the gulls.",
    "Her son counts the boats and writes the number in a small book.",
    "The captain knows every rock between here and the lighthouse.",
    "Behind the island the water turns dark and the wind grows stronger.",
    "Somebody opens a thermos, and the smell of coffee fills the cabin.",
    "After an hour the white houses of the town come into view.",
    "A dog barks on the pier while the ropes are thrown.",
    "The passengers pick up their bags and wait by the gate.",
    "Nobody looks back at the long way they have come.",
)
OTHERS = (
    "Our neighbours grow tomatoes, beans and enormous pumpkins.",
    "The council wants to plant new trees along the canal.",
    "He polished his shoes, folded the newspaper and waited.",
    "Winter came early and the lake froze within a night.",
)


@dataclass(frozen=True)
class Told:
    heard: np.ndarray
    speech: Speech


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("told")
    speech = speak(parse(" ".join(SENTENCES)), "piper", SpeechOptions(seed=2), silent(), folder)
    return Told(resample_poly(speech.samples, 320, 441).astype(np.float32), speech)


def follow(told: Told, *sentences: str, progress: Progress | None = None) -> Speech:
    utterances = list(plan(parse(" ".join(sentences)), "en", read_lexicon(None), None))
    return align(told.heard, utterances, progress or silent())


def apart(found: Speech, told: Told, sentences: tuple[str, ...]) -> np.ndarray:
    """Seconds between the found and the true beginnings of the words of ``sentences``, which both sides have."""
    truth = dict(_sentence_starts(told.speech))
    starts = dict(_sentence_starts(found))
    return np.array([abs(starts[sentence] - truth[sentence]) for sentence in sentences])


def _sentence_starts(speech: Speech) -> list[tuple[str, float]]:
    starts, words = [], []
    for word in speech.words:
        words.append(word)
        if word.text.endswith("."):
            starts.append((" ".join(w.text for w in words), words[0].start))
            words = []
    return starts


def test_what_is_said_and_not_written_is_told(told: Told) -> None:
    found = follow(told, *SENTENCES[:3], *SENTENCES[6:])
    (note,) = found.notes
    assert note.startswith("From 0:1") and note.endswith("the recording says more than the transcript.")
    assert apart(found, told, SENTENCES[:3] + SENTENCES[6:]).max() < 0.3


def test_what_is_written_and_not_said_is_told_with_its_words(told: Told) -> None:
    found = follow(told, *SENTENCES[:5], *OTHERS, *SENTENCES[5:])
    assert any("does not say “Our neighbours grow" in note for note in found.notes), found.notes
    assert np.median(apart(found, told, SENTENCES)) < 0.1
    assert [word.text for word in found.words] == " ".join((*SENTENCES[:5], *OTHERS, *SENTENCES[5:])).split()


def test_a_recording_may_go_on_after_its_transcript(told: Told) -> None:
    found = follow(told, *SENTENCES[:5])
    assert "the recording says more than the transcript" in found.notes[-1]
    assert apart(found, told, SENTENCES[:5]).max() < 0.3


def test_another_text_is_doubted_with_the_place(told: Told) -> None:
    found = follow(told, *(OTHERS * 3))
    assert re.match(r"The transcript may not match the recording: at 0:\d\d “\w+", found.notes[0])
    assert min(word.end - word.start for word in found.words) > 0.001


def test_aligning_can_be_cancelled_between_sentences(told: Told) -> None:
    def stop(fraction: float, message: str) -> None:
        if message.startswith("aligning"):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        follow(told, *SENTENCES, progress=Progress(stop))
