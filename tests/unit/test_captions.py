"""Captions: readable lines at sensible times, nothing lost, files that players read."""

from __future__ import annotations

import html
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.compose.burn import Burner
from avatar.compose.captions import Caption, caption_cues, to_srt, to_vtt
from avatar.core.types import Size, Word


def spoken(text: str, each: float = 0.35, gap: float = 0.05) -> list[Word]:
    step = each + gap
    return [Word(i * step, i * step + each, word) for i, word in enumerate(text.split())]


LONG = (
    "Hello, my name is Eileen. I flew the shuttle four times, and I would like to tell you about the work that we did "
    "up there in the dark and in the light. It was, as you may imagine, a wonderful time."
)


def test_sentences_get_captions_of_their_own() -> None:
    captions = caption_cues(spoken("Hello there. How are you? Fine."))
    assert [caption.lines for caption in captions] == [("Hello there.",), ("How are you?",), ("Fine.",)]


def test_long_sentences_are_cut_to_readable_lines() -> None:
    captions = caption_cues(spoken(LONG))
    assert all(len(caption.lines) <= 2 for caption in captions)
    assert all(len(line) <= 42 for caption in captions for line in caption.lines)
    assert " ".join(line for caption in captions for line in caption.lines) == LONG
    assert captions[1].lines[-1].endswith("times,")


@pytest.mark.parametrize("text", [LONG, "Он сказал, что в доме у реки живёт очень старый и мудрый человек из города."])
def test_no_line_of_a_broken_sentence_ends_with_a_leaning_word(text: str) -> None:
    ends = [line.split()[-1].lower() for caption in caption_cues(spoken(text)) for line in caption.lines]
    assert not {"the", "a", "and", "of", "in", "to", "и", "в", "у", "из", "что"} & set(ends)


def test_captions_stay_long_enough_and_never_overlap() -> None:
    captions = caption_cues(spoken("Yes. " + LONG, each=0.3))
    assert all(c.end <= n.start for c, n in pairwise(captions))
    assert all(c.end > c.start for c in captions)
    assert captions[-1].end - captions[-1].start >= 1.0
    assert max(c.end - c.start for c in captions) <= 6.5


def test_a_long_silence_ends_a_caption() -> None:
    words = [Word(0, 0.4, "Wait"), Word(3.0, 3.4, "here")]
    assert [c.lines for c in caption_cues(words)] == [("Wait",), ("here",)]


def test_a_word_longer_than_a_line_is_broken_and_nothing_is_lost() -> None:
    (caption,) = caption_cues([Word(0, 2, "x" * 100)])
    assert "".join(caption.lines) == "x" * 100
    assert all(len(line) <= 42 for line in caption.lines)


def test_no_words_no_captions() -> None:
    assert caption_cues([]) == ()
    assert caption_cues([Word(0, 1, "  ")]) == ()


@given(
    st.lists(
        st.tuples(st.text("abcdeи,.!?- ", max_size=14), st.floats(0.02, 1.5), st.floats(0, 1.2)),
        min_size=1,
        max_size=60,
    )
)
def test_any_words_keep_their_order_and_their_text(drawn: list[tuple[str, float, float]]) -> None:
    words, at = [], 0.0
    for text, length, gap in drawn:
        words.append(Word(at, at + length, text))
        at += length + gap
    captions = caption_cues(words)
    said = "".join("".join(word.text.split()) for word in words)
    assert "".join("".join(line.split()) for caption in captions for line in caption.lines) == said
    assert all(c.start < c.end for c in captions)
    assert all(c.end <= n.start for c, n in pairwise(captions))


def test_srt_counts_from_one_and_writes_commas() -> None:
    text = to_srt([Caption(0, 1.5, ("One",)), Caption(3661.25, 3662, ("Two", "lines"))])
    assert text == "1\n00:00:00,000 --> 00:00:01,500\nOne\n\n2\n01:01:01,250 --> 01:01:02,000\nTwo\nlines\n"


def test_vtt_escapes_markup() -> None:
    text = to_vtt([Caption(0, 1, ("<b> & --> c",))])
    head, times, line = text.strip().split("\n")[0], text.split("\n")[2], text.strip().split("\n")[-1]
    assert head == "WEBVTT"
    assert times == "00:00:00.000 --> 00:00:01.000"
    assert "<" not in line
    assert "-->" not in html.unescape(line)


# -- burnt into the picture --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(512, 512), (1280, 720), (360, 640), (128, 128)])
def test_burnt_text_stands_low_in_the_middle_and_inside(width: int, height: int) -> None:
    frame = np.full((height, width, 3), 90, np.uint8)
    Burner([Caption(1, 2, ("Привет, Ёжик! A caption as wide as", "forty-two letters may make a caption"))],
           Size(width, height)).burn(frame, 1.5)  # fmt: skip
    rows, columns = np.nonzero((frame != 90).any(-1))
    assert (frame > 240).all(-1).any()
    assert rows.min() > 0.5 * height
    assert rows.max() < 0.97 * height
    assert columns.min() >= 0.005 * width
    assert abs((columns.min() + columns.max() + 1) / 2 - width / 2) <= 2


def test_burnt_text_shows_only_in_its_time() -> None:
    burner = Burner([Caption(1, 2, ("One",)), Caption(3, 4, ("Two",))], Size(160, 120))
    plain = np.full((120, 160, 3), 90, np.uint8)
    seen = []
    for seconds in (0.5, 1.0, 1.96, 2.0, 3.5, 4.2):
        frame = plain.copy()
        burner.burn(frame, seconds)
        seen.append(bool((frame != plain).any()))
    assert seen == [False, True, True, False, True, False]


def test_the_same_caption_is_drawn_the_same_whatever_came_before() -> None:
    captions = [Caption(0, 1, ("One",)), Caption(1, 2, ("Two",))]
    fresh, used = np.zeros((2, 120, 160, 3), np.uint8)
    Burner(captions, Size(160, 120)).burn(fresh, 1.5)
    burner = Burner(captions, Size(160, 120))
    burner.burn(np.zeros((120, 160, 3), np.uint8), 0.5)
    burner.burn(used, 1.5)
    assert (fresh == used).all()
