"""Russian text → the signs of Kokoro."""

from __future__ import annotations

import pytest

from speech.kokoro.signs import russian_signs


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("В вазу.", "vvˈaːzu."),
        ("в этой комнате", "vˈeːtəj kˈoːmnətje"),
        ("в кармане", "fkɐrmˈaːnje"),
        ("с другом", "zdrˈuːɡəm"),
        ("В", "f"),
        ("не тут", "njɪ tˈuːt"),
        ("не, тут", "nje, tˈuːt"),
    ],
)
def test_words_that_lean_are_said_with_the_next_unless_a_mark_parts_them(text: str, signs: str) -> None:
    assert "".join(russian_signs(text)) == signs
