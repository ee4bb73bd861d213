"""Russian text → the signs of Kokoro."""

from __future__ import annotations

import pytest

from speech.kokoro.signs import _OF_LANGUAGE, _table, russian_signs


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


@pytest.mark.parametrize("language", ["ru", "xx", *_OF_LANGUAGE])
def test_signs_that_begin_alike_are_told_apart(language: str) -> None:
    pattern, table = _table(language)
    assert [key for key in table if pattern.match(key)[0] != key] == []  # type: ignore[index]
