"""What all languages need of numbers."""

from __future__ import annotations

import pytest

from speech.text.numerals import say_number


@pytest.mark.parametrize(
    ("digits", "language", "said"),
    [
        ("7", "en", "seven"),
        ("21", "en", "twenty one"),
        ("1204.50", "en", "one thousand two hundred and four point five zero"),
        (".5", "en", "zero point five"),
        ("5", "ru", "пять"),
        ("100000000000000", "en", "one hundred trillion"),
        ("1000000000000000", "en", "one" + " zero" * 15),
    ],
)
def test_numbers_up_to_fifteen_digits_are_read_whole(digits: str, language: str, said: str) -> None:
    assert say_number(digits, language, "point") == said


def test_ranks_years_and_forms() -> None:
    assert say_number("21", "en", "point", "ordinal") == "twenty first"
    assert say_number("1905", "en", "point", "year") == "nineteen oh five"
    assert say_number("5", "ru", "и", form={"case": "g"}) == "пяти"
