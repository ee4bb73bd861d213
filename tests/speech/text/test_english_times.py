"""English dates and times of day at the edges of hours, months and centuries."""

from __future__ import annotations

import pytest

from avatar.core.types import Script
from speech.text.lexicon import Lexicon
from speech.text.planning import plan


def said(text: str) -> str:
    (utterance,) = plan(Script(text, text), "en", Lexicon())
    return utterance.spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("0:00", "zero hundred"), ("1:00", "one o'clock"), ("12:00", "twelve o'clock"), ("13:00", "thirteen hundred"),
        ("23:00", "twenty three hundred"), ("9:01", "nine oh one"), ("9:09", "nine oh nine"), ("9:10", "nine ten"),
        ("9:59", "nine fifty nine"), ("3:00 pm", "three P M"), ("3:05 am", "three oh five A M"),
        ("10:20:01", "ten twenty and one second"), ("10:20:02", "ten twenty and two seconds"),
        ("10:20:59", "ten twenty and fifty nine seconds"), ("10:00:00", "ten o'clock and zero seconds"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_by_hour_minute_and_second(written: str, spoken: str) -> None:
    assert said(f"It was {written} then.") == f"It was {spoken} then."


@pytest.mark.parametrize("written", ["24:30", "9:60", "10:20:60"])
def test_no_time_of_day_is_not_read_as_one(written: str) -> None:
    assert "o'clock" not in said(f"It was {written} then.")
    assert "second" not in said(f"It was {written} then.")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("11/30/25", "November thirtieth, twenty twenty five"), ("30/11/25", "November thirtieth, twenty twenty five"),
        ("1/2/40", "January second, twenty forty"), ("1/2/41", "January second, nineteen forty one"),
        ("1/2/99", "January second, nineteen ninety nine"), ("1/2/00", "January second, two thousand"),
        ("12/11/2025", "December eleventh, twenty twenty five"),
        ("13/11/2025", "November thirteenth, twenty twenty five"),
        ("12.11.2025", "November twelfth, twenty twenty five"), ("2025.11.12", "November twelfth, twenty twenty five"),
        ("2025-11-12", "November twelfth, twenty twenty five"),
        ("2024-02-29", "February twenty ninth, twenty twenty four"),
    ],
)  # fmt: skip
def test_a_date_names_its_month_its_day_and_its_year(written: str, spoken: str) -> None:
    assert said(f"It was {written} then.") == f"It was {spoken} then."


@pytest.mark.parametrize("written", ["2025-02-29", "2025-13-01", "31/31/25"])
def test_no_day_of_a_calendar_is_not_read_as_one(written: str) -> None:
    assert not any(month in said(f"It was {written} then.") for month in ("January", "February", "March", "December"))


@pytest.mark.parametrize(
    ("written", "spoken"), [("7am", "seven A M"), ("11 pm", "eleven P M"), ("7 p.m.", "seven P M")]
)
def test_half_days_are_spelled(written: str, spoken: str) -> None:
    assert said(f"It was {written} then.").startswith(f"It was {spoken}")
