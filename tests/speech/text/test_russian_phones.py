"""Russian spelling → phones: softness, voicing, reduction, and what is not spelt as it is said."""

from __future__ import annotations

import pytest

from speech.text.russian_phones import russian_phones


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("ма\u0301ма", "mˈamə"), ("молоко\u0301", "məlɐkˈo"), ("о\u0301блако", "ˈobləkə"), ("вода\u0301", "vɐdˈa"),
        ("земля\u0301", "zʲɪmlʲˈa"), ("мо\u0301ре", "mˈorʲe"), ("неде\u0301ля", "nʲɪdʲˈelʲə"), ("ёлка", "jˈolkə"),
        ("семья\u0301", "sʲɪmʲjˈa"), ("объём", "ɐbjˈom"), ("чьи\u0301", "tɕjˈi"), ("живёт", "ʐɨvʲˈot"),
        ("цена\u0301", "tsɨnˈa"), ("цирк", "tsˈɨrk"), ("жи\u0301знь", "ʐˈɨznʲ"), ("ча\u0301сы", "tɕˈasɨ"),
        ("часы\u0301", "tɕɪsˈɨ"), ("э\u0301то", "ˈetə"), ("дом", "dˈom"),
    ],
)  # fmt: skip
def test_vowels_follow_the_stress_and_what_stands_before_them(word: str, phones: str) -> None:
    assert "".join(russian_phones(word)) == phones


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("хлеб", "xlʲˈep"), ("сва\u0301дьба", "svˈadʲbə"), ("про\u0301сьба", "prˈozʲbə"), ("всё", "fsʲˈo"),
        ("вокза\u0301л", "vɐɡzˈal"), ("сде\u0301лать", "zdʲˈelətʲ"), ("твой", "tvˈoj"), ("ло\u0301жка", "lˈoʂkə"),
        ("дождь", "dˈoʂtʲ"), ("отве\u0301т", "ɐtvʲˈet"),
    ],
)  # fmt: skip
def test_obstruents_take_the_voice_of_the_next_one(word: str, phones: str) -> None:
    assert "".join(russian_phones(word)) == phones


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("его\u0301", "jɪvˈo"), ("но\u0301вого", "nˈovəvə"), ("мно\u0301го", "mnˈoɡə"), ("что", "ʂtˈo"),
        ("коне\u0301чно", "kɐnʲˈeʂnə"), ("сего\u0301дня", "sʲɪvˈodnʲə"), ("улыба\u0301ться", "ulɨbˈatsə"),
        ("со\u0301лнце", "sˈontse"), ("сча\u0301стье", "ɕːˈastʲje"), ("мужчи\u0301на", "muɕːˈinə"),
        ("мя\u0301гкий", "mʲˈaxkʲɪj"), ("интерне\u0301т", "ɪnternˈet"), ("здра\u0301вствуйте", "zdrˈastvujtʲe"),
        ("ру\u0301сский", "rˈuskʲɪj"), ("расска\u0301з", "rɐskˈas"), ("класс", "klˈas"), ("ва\u0301нна", "vˈannə"),
        ("те\u0301кст", "tˈekst"), ("температу\u0301ра", "tʲɪmpʲɪrɐtˈurə"),
    ],
)  # fmt: skip
def test_words_that_are_not_said_as_they_are_spelt(word: str, phones: str) -> None:
    assert "".join(russian_phones(word)) == phones


def test_a_word_that_leans_on_another_has_no_stress() -> None:
    assert "".join(russian_phones("о", stressed=False)) == "ɐ"
    assert "ˈ" not in russian_phones("для", stressed=False)


@pytest.mark.parametrize(
    ("word", "host", "phones"),
    [
        ("в", "ва\u0301зу", "v"), ("в", "э\u0301том", "v"), ("в", "на\u0301шем", "v"), ("в", "карма\u0301не", "f"),
        ("с", "дру\u0301гом", "z"), ("с", "ва\u0301ми", "s"), ("к", "до\u0301му", "ɡ"), ("из", "до\u0301ма", "ɪz"),
        ("из", "са\u0301да", "ɪs"), ("под", "столо\u0301м", "pət"), ("на", "сто\u0301л", "nɐ"),
        ("на", "вокза\u0301ле", "nə"), ("не", "ту\u0301т", "nʲɪ"), ("без", "са\u0301хара", "bʲɪs"),
        ("от", "дру\u0301га", "ɐd"),
    ],
)  # fmt: skip
def test_a_word_that_leans_takes_voice_and_weakness_from_its_host(word: str, host: str, phones: str) -> None:
    assert "".join(russian_phones(word, stressed=False, host=host)) == phones
