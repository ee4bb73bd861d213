"""The mark in the corner: small, legible on any ground, part of what a segment is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.compose.mark import Mark, mark_text
from avatar.core.types import Size
from orchestrator.video.folder import Keys
from orchestrator.video.request import request_of


def test_the_words_follow_the_language() -> None:
    assert mark_text("ru") == mark_text("ru-RU") == "Создано ИИ"
    assert mark_text("en") == mark_text("ka") == "AI-generated"


@pytest.mark.parametrize("size", [Size(128, 128), Size(512, 512), Size(1280, 720), Size(720, 1280), Size(128, 3840)])
@pytest.mark.parametrize("ground", [0, 128, 255])
def test_it_is_legible_in_a_corner_and_the_rest_is_untouched(size: Size, ground: int) -> None:
    frames = np.full((2, size.height, size.width, 3), ground, np.uint8)
    Mark(mark_text("en"), size).draw(frames)
    assert (frames[0] == frames[1]).all()
    changed = np.argwhere((frames[0] != ground).any(axis=-1))
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    assert right > size.width * 0.9
    assert bottom < size.height * 0.25
    assert (right - left) * (bottom - top) < 0.09 * size.width * size.height
    part = frames[0, top:bottom, left:right].astype(int)
    assert part.max() - part.min() > 90
    assert part.max() > 200


@pytest.mark.parametrize("size", [Size(64, 8), Size(8, 64), Size(16, 16)])
def test_a_frame_that_is_smaller_than_the_mark_has_a_part_of_it(size: Size) -> None:
    frames = np.full((1, size.height, size.width, 3), 128, np.uint8)
    Mark(mark_text("en"), size).draw(frames)
    assert (frames != 128).any()


def test_a_label_makes_other_segments_and_nothing_else(small_portrait_png: Path) -> None:
    plain = Keys.of(request_of(photo=small_portrait_png, text="Hello."))
    marked = Keys.of(request_of(photo=small_portrait_png, text="Hello.", label=True))
    assert (plain.speech, plain.face, plain.backdrop) == (marked.speech, marked.face, marked.backdrop)
    assert plain.segment != marked.segment
