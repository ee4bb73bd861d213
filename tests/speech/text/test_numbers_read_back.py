"""Numbers, dates and plurals of both languages: what is spoken, read back, is what was written."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech import parse
from speech.text.english import say_english
from speech.text.lexicon import Lexicon
from speech.text.planning import plan
from speech.text.russian import say_russian
from tests.speech.readers import (
    ENGLISH_MONTHS,
    RUSSIAN_MONTHS,
    english_number,
    english_ordinal,
    english_year,
    russian_day,
    russian_form,
    russian_genitive,
    russian_number,
    russian_year,
)

_SOME = settings(max_examples=150, deadline=None)
_NUMBERS = st.integers(0, 130) | st.integers(0, 10_000) | st.integers(0, 10**15 - 1)
_DAYS = st.dates(datetime.date(1000, 1, 1), datetime.date(2999, 12, 31))
_FIGURES = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1000, 2999))


def spoken(text: str, language: str) -> str:
    return " ".join(utterance.spoken for utterance in plan(parse(text), language, Lexicon())).rstrip(".")


@_SOME
@given(_NUMBERS)
def test_english_numbers_read_back(number: int) -> None:
    said = say_english(str(number))
    assert (english_year if 1100 <= number <= 2099 else english_number)(said) == number
    assert english_number(say_english(f"{number:,}")) == number or 1100 <= number <= 2099


@_SOME
@given(_NUMBERS)
def test_russian_numbers_read_back(number: int) -> None:
    assert russian_number(say_russian(str(number))) == number
    assert russian_number(say_russian(f"{number:,}".replace(",", " "))) == number


@_SOME
@given(st.integers(0, 9999), st.text("0123456789", min_size=1, max_size=4))
def test_english_fractions_read_back(whole: int, fraction: str) -> None:
    said, _, digits = say_english(f"{whole}.{fraction}").partition(" point ")
    assert english_number(said) == whole
    assert [english_number(digit) for digit in digits.split()] == [int(digit) for digit in fraction]


_PARTS = {1: "десят", 2: "сот", 3: "тысячн"}


@_SOME
@given(st.integers(0, 9999), st.text("0123456789", min_size=1, max_size=3))
def test_russian_fractions_read_back(whole: int, fraction: str) -> None:
    said = say_russian(f"{whole},{fraction}")
    match = re.fullmatch(r"(.+) (целая|целых) (.+) (\w+?)(ая|ых)", said)
    assert match, said
    assert (russian_number(match[1]), russian_number(match[3])) == (whole, int(fraction))
    assert match[4] == _PARTS[len(fraction)]
    assert (match[2] == "целая", match[5] == "ая") == (
        russian_form(whole) == "one",
        russian_form(int(fraction)) == "one",
    )


@_SOME
@given(st.integers(1, 10**6))
def test_english_ranks_read_back(number: int) -> None:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    assert english_ordinal(say_english(f"{number}{ending}")) == number


@_SOME
@given(_DAYS, st.sampled_from(["{0}-{1}-{2}", "{1}/{2}/{0}", "{2}.{1}.{0}", "{0}-{1:02}-{2:02}"]))
def test_english_dates_read_back(day: datetime.date, written: str) -> None:
    said = say_english(written.format(day.year, day.month, day.day))
    month, ordinal, year = re.fullmatch(r"(\w+) ([^,]+), (.+)", said).groups()  # type: ignore[union-attr]
    assert (english_year(year), ENGLISH_MONTHS.index(month) + 1, english_ordinal(ordinal)) == (
        day.year, day.month, day.day,
    )  # fmt: skip


@_SOME
@given(_DAYS, st.sampled_from(["{0}-{1}-{2}", "{2}/{1}/{0}", "{2}.{1}.{0}", "{2:02}.{1:02}.{0}"]))
def test_russian_dates_read_back(day: datetime.date, written: str) -> None:
    said = say_russian(written.format(day.year, day.month, day.day))
    months = "|".join(RUSSIAN_MONTHS)
    ordinal, month, year = re.fullmatch(rf"(.+) ({months}) (.+) года", said).groups()  # type: ignore[union-attr]
    assert (russian_year(year), RUSSIAN_MONTHS.index(month) + 1, russian_day(ordinal)) == (
        day.year, day.month, day.day,
    )  # fmt: skip


def exists(year: int, month: int, day: int) -> bool:
    try:
        return bool(datetime.date(year, month, day))
    except ValueError:
        return False


@_SOME
@given(_FIGURES, st.sampled_from("./-"))
def test_days_that_no_calendar_has_are_not_read_as_dates(figures: tuple[int, int, int], sign: str) -> None:
    first, second, year = figures
    written = f"{year}-{first}-{second}" if sign == "-" else f"{first}{sign}{second}{sign}{year}"
    english, russian = say_english(written), say_russian(written)
    day_first, month_first = exists(year, second, first), exists(year, first, second)
    if not (day_first or month_first):
        assert not set(re.findall(r"\w+", english)) & set(ENGLISH_MONTHS)
    if not (month_first if sign == "-" else day_first):
        assert not set(russian.split()) & set(RUSSIAN_MONTHS)


@pytest.mark.parametrize(
    "text", ["13/13/2024", "31.02.2024", "29.02.2023", "2024-13-01", "0.0.2000", "32.12.1999", "1.1.3000", "1.1.0999"]
)
@pytest.mark.parametrize(("language", "months"), [("en", ENGLISH_MONTHS), ("ru", RUSSIAN_MONTHS)])
def test_a_day_that_is_none_ends_no_video(text: str, language: str, months: list[str]) -> None:
    said = spoken(text, language)
    assert said
    assert not set(re.findall(r"\w+", said)) & set(months)


_COUNTED = {
    "%": ("процент", "процента", "процентов"),
    "кг": ("килограмм", "килограмма", "килограммов"),
    "км/ч": ("километр в час", "километра в час", "километров в час"),
    "мин": ("минута", "минуты", "минут"),
    "руб.": ("рубль", "рубля", "рублей"),
}
_FORMS = {"one": 0, "few": 1, "many": 2}


@pytest.mark.parametrize("unit", _COUNTED)
def test_every_number_to_a_thousand_counts_its_unit_in_russian(unit: str) -> None:
    for number in [*range(131), *range(205, 1000, 7), *range(1000, 1130)]:
        said = say_russian(f"{number}{unit}")
        noun = _COUNTED[unit][_FORMS[russian_form(number)]]
        assert said.endswith(f" {noun}"), (number, said)
        assert russian_number(said.removesuffix(f" {noun}")) == number


@pytest.mark.parametrize("sign", ["₽", "$", "₴"])
def test_every_number_counts_its_money_in_russian(sign: str) -> None:
    nouns = {"₽": "рубль рубля рублей", "$": "доллар доллара долларов", "₴": "гривна гривны гривен"}[sign].split()
    for number in range(130):
        said = say_russian(f"{sign}{number}")
        assert said.rsplit(" ", 1)[1] == nouns[_FORMS[russian_form(number)]], said


@_SOME
@given(st.integers(0, 1200), st.sampled_from(["%", "кг", "мин"]))
def test_a_unit_after_a_space_is_counted_as_one_that_is_joined(number: int, unit: str) -> None:
    assert spoken(f"Всего {number} {unit} {'' if unit == '%' else 'и'} вот.", "ru").split()[1:-1] == [
        *say_russian(f"{number}{unit}").split(), *(["и"] if unit != "%" else []),
    ]  # fmt: skip


@_SOME
@given(st.integers(0, 3000))
def test_english_units_are_plural_but_for_one(number: int) -> None:
    for unit, noun in (("kg", "kilogram"), ("km", "kilometer"), ("min", "minute")):
        said, _, last = say_english(f"{number}{unit}").rpartition(" ")
        assert last == noun + "s" * (number != 1)
        assert english_number(said) == number
    said = say_english(f"${number:,}")
    assert said.rpartition(" ")[2] == ("dollar" if number == 1 else "dollars")


@_SOME
@given(st.integers(0, 23), st.integers(0, 59))
def test_the_time_of_day_reads_back(hour: int, minute: int) -> None:
    english = say_english(f"{hour}:{minute:02}")
    hours, _, rest = (
        english.partition(" ") if hour < 21 else (" ".join(english.split()[:2]), "", english.split(" ", 2)[2])
    )
    assert english_number(hours) == hour
    assert rest in ("o'clock", "hundred") if minute == 0 else english_number(rest.removeprefix("oh ")) == minute
    assert rest.startswith("oh ") == (0 < minute < 10)
    russian = say_russian(f"{hour}:{minute:02}").split()
    heads = 2 if hour > 20 else 1
    assert russian_number(" ".join(russian[:heads])) == hour
    said = [word for word in russian[heads:] if word != "ноль"]
    assert (russian_number(" ".join(said)) if said else 0) == minute


_AFTER = st.sampled_from(["до", "от", "около", "более", "после", "без"])
_GENITIVE_UNITS = {
    "%": ("процента", "процентов"), "кг": ("килограмма", "килограммов"), "мин": ("минуты", "минут"),
    "₽": ("рубля", "рублей"), "шт.": ("штуки", "штук"), "°C": ("градуса Цельсия", "градусов Цельсия"),
}  # fmt: skip


@_SOME
@given(st.integers(0, 999), _AFTER, st.sampled_from(sorted(_GENITIVE_UNITS)), st.sampled_from(["", " "]))
def test_number_and_unit_are_in_the_genitive_after_its_prepositions(
    number: int, before: str, unit: str, gap: str
) -> None:
    said = spoken(f"Это {before} {number}{gap}{unit} там.", "ru").removeprefix(f"Это {before} ").removesuffix(" там")
    noun = _GENITIVE_UNITS[unit][0 if russian_form(number) == "one" else 1]
    assert said.endswith(f" {noun}"), said
    assert russian_genitive(said.removesuffix(f" {noun}")) == number


@_SOME
@given(st.integers(1, 31), st.sampled_from(RUSSIAN_MONTHS), st.sampled_from(["на", "до", "с", "к", "после", ""]))
def test_days_of_months_read_back_in_their_case(day: int, month: str, before: str) -> None:
    said = spoken(f"Это было {before} {day} {month}, так.", "ru")
    ordinal = said.removeprefix("Это было ").removeprefix(before).split(f" {month}")[0].strip()
    if before == "на":
        assert russian_day(ordinal) == day
    elif before == "к":
        stem = ordinal[:-4] + "ье" if ordinal.endswith("ьему") else ordinal[:-3] + "ое"
        assert russian_day(stem) == day
    else:
        assert russian_year(ordinal) == day


@_SOME
@given(st.integers(0, 999_999), st.integers(0, 99), st.sampled_from(["$", "€", "£"]))
def test_english_money_reads_back_with_either_comma(whole: int, cents: int, sign: str) -> None:
    point = spoken(f"Pay {sign}{whole:,}.{cents:02} now.", "en")
    comma = spoken(f"Pay {sign}{whole},{cents:02} now.", "en")
    assert point == comma
    words = point.removeprefix("Pay ").removesuffix(" now")
    major, _, minor = words.partition(" and ") if cents and not whole else words.rpartition(" and ")
    if cents and whole:
        assert english_number(minor.rsplit(" ", 1)[0]) == cents
        assert english_number(major.rsplit(" ", 1)[0]) == whole
    else:
        assert english_number(words.rsplit(" ", 1)[0]) == (cents or whole)
