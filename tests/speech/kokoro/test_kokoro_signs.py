"""Russian text → the signs of Kokoro."""

from __future__ import annotations

import pytest

from speech.kokoro.signs import russian_signs


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("В вазу.", "vvˈazu."),
        ("в этой комнате", "vˈetəj kˈomnətje"),
        ("в кармане", "fkɐrmˈanje"),
        ("с другом", "zdrˈuɡəm"),
        ("В", "f"),
        ("не тут", "njɪ tˈut"),
        ("не, тут", "nje, tˈut"),
    ],
)
def test_words_that_lean_are_said_with_the_next_unless_a_mark_parts_them(text: str, signs: str) -> None:
    assert "".join(russian_signs(text)) == signs
