"""Days of the week and decades written short in Russian: their case, and when they are no days."""

from __future__ import annotations

import pytest

from avatar.core.types import Script
from speech.text.lexicon import Lexicon
from speech.text.near import Near
from speech.text.planning import plan
from speech.text.russian_days import years_word


def said(text: str) -> str:
    (utterance,) = plan(Script(text, text), "ru", Lexicon())
    return utterance.spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Встреча в ср утром", "в среду"), ("Встреча во Вт утром", "во вторник"), ("Встреча на пт утром", "на пятницу"),
        ("Работаем с пн дальше", "с понедельника"), ("Работаем со ср дальше", "со среды"),
        ("Работаем до пт дальше", "до пятницы"), ("Работаем от вт дальше", "от вторника"),
        ("Работаем после чт дальше", "после четверга"), ("Работаем по чт дальше", "по четвергам"),
        ("Работаем с пн по пт дальше", "с понедельника по пятницу"), ("Сегодня Пт дальше", "Сегодня пятница"),
        ("Работаем по вт и чт дальше", "по вторникам и четвергам"),
        ("Работаем в пн, ср и пт дальше", "в понедельник, среду и пятницу"),
    ],
)  # fmt: skip
def test_a_day_stands_in_the_case_of_its_preposition(written: str, spoken: str) -> None:
    assert spoken in said(f"{written}.")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Открыто Пн-Пт утром.", "Открыто с понедельника по пятницу утром."),
        ("Открыто Вт-Чт утром.", "Открыто со вторника по четверг утром."),
        ("Открыто Ср-Вс утром.", "Открыто с среды по воскресенье утром."),
        ("Открыто с Пн-Пт утром.", "Открыто с понедельника по пятницу утром."),
        ("Открыто Сб-Вс утром.", "Открыто суббота воскресенье утром."),
        ("Открыто Пн-Вт утром.", "Открыто понедельник вторник утром."),
    ],
)
def test_a_row_of_days_is_named_from_its_first_to_its_last(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("before", "further", "word"),
    [
        ("80-е", "", "годы"), ("80-х", "в", "годах"), ("80-х", "о", "годах"), ("80-х", "из", "годов"),
        ("80-е", "в", "годы"), ("1945", "до", "годов"), ("1945", "по", "годы"), ("1945", "–", "годы"),
        ("1945", "—", "годы"), ("1945", "и", ""), ("2945", "по", "годы"), ("3945", "по", ""), ("945", "до", ""),
        ("эти", "до", None), ("", "", None),
    ],
)  # fmt: skip
def test_years_stand_in_the_case_of_what_is_before_them(before: str, further: str, word: str | None) -> None:
    near = Near.of("гг", before)
    if further:
        around = Near.of(before, further, "гг")
        near = around.moved(1)
    assert years_word(near) == word
