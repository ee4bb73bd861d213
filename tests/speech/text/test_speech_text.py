"""Figures, signs and abbreviations as words; sentences; utterances."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.core.errors import OptionError
from speech import parse
from speech.text.english import say_english
from speech.text.lexicon import Lexicon, read_lexicon
from speech.text.planning import plan
from speech.text.russian import say_russian
from speech.text.sentences import sentences


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("$25", "twenty five dollars"),
        ("$5.50", "five dollars and fifty cents"),
        ("$1", "one dollar"),
        ("-$3bn", "minus three billion dollars"),
        ("25€", "twenty five euros"),
        ("1,234,567", "one million two hundred and thirty four thousand five hundred and sixty seven"),
        ("3.14", "three point one four"),
        ("21st", "twenty first"),
        ("1984", "nineteen eighty four"),
        ("1990s", "nineteen nineties"),
        ("25%", "twenty five percent"),
        ("5-10", "five to ten"),
        ("5kg", "five kilograms"),
        ("20°C", "twenty degrees Celsius"),
        ("3:05pm", "three oh five P M"),
        ("9:00", "nine o'clock"),
        ("2026-11-21", "November twenty first, twenty twenty six"),
        ("11/21/2026", "November twenty first, twenty twenty six"),
        ("me.you@mail.org", "me dot you at mail dot org"),
        ("https://www.test.com/a", "w w w dot test dot com slash a"),
        ("USA", "U S A"),
        ("NASA", "NASA"),
        ("Dr.", "doctor"),
        ("007", "zero zero seven"),
        ("1/2", "one half"),
        ("C++", "C plus plus"),
        ("O'Neil", "O'Neil"),
    ],
)
def test_english(written: str, spoken: str) -> None:
    assert say_english(written) == spoken


@pytest.mark.parametrize(
    ("written", "before", "after", "spoken"),
    [
        ("$25", "", "", "двадцать пять долларов"),
        ("21", "", "ноября", "двадцать первого"),
        ("2026", "ноября", "года", "две тысячи двадцать шестого"),
        ("2026", "в", "году", "две тысячи двадцать шестом"),
        ("1", "", "минута", "одна"),
        ("2", "", "руб.", "два"),
        ("руб.", "2", "", "рубля"),
        ("5кг", "", "", "пять килограммов"),
        ("21-го", "", "", "двадцать первого"),
        ("1-я", "", "", "первая"),
        ("5,5", "", "", "пять целых пять десятых"),
        ("15:30", "", "", "пятнадцать тридцать"),
        ("21.11.2026", "", "", "двадцать первое ноября две тысячи двадцать шестого года"),
        ("т.е.", "", "", "то есть"),
        ("МГУ", "", "", "эм гэ у"),
        ("за́мок", "", "", "за́мок"),
        ("me@mail.ru", "", "", "me собака mail точка ru"),
    ],
)
def test_russian(written: str, before: str, after: str, spoken: str) -> None:
    assert say_russian(written, before, after) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Call +1 (555) 123-4567 or 555-1234.",
         "Call plus one, five five five, one two three, four five six seven or five five five, one two three four."),
        ("At 3:30 p.m. EST, 12:30–14:00.", "At three thirty P M E S T, twelve thirty to fourteen hundred."),
        ("See No. 5, pp. 12-15.", "See number five, pages twelve to fifteen."),
        ("Louis XIV, Chapter IV, World War II.", "Louis the fourteenth, Chapter four, World War two."),
        ("I, V and X are letters.", "I, V and X are letters."),
        ("Version 2.0.1 at 192.168.1.1",
         "Version two point zero point one at one hundred and ninety two point one hundred and sixty eight "
         "point one point one."),
        ("10 000 people, .5 and 5 1/2", "ten thousand people, point five and five and one half."),
        ("$5-10, $4.50/kg and 20 USD", "five to ten dollars, four dollars and fifty cents per kilogram "
         "and twenty dollars."),
        ("$5 million, -$2.5 billion and $3 thousand",
         "five million dollars, minus two point five billion dollars and three thousand dollars."),
        ("5 March 2023, the 5 March", "the fifth of March twenty twenty three, the fifth of March."),
        ("x² and 20 m², ≥3, 3½, 5G", "x squared and twenty square meters, at least three, three and one half, five G."),
        ("Mon–Fri on Main St. again", "Monday to Friday on Main street again."),
        ("NASA, FBI, U.S.A. and AM", "NASA, F B I, U S A and A M."),
        ("Wait…what? etc...", "Wait... what? et cetera..."),
    ],
)  # fmt: skip
def test_english_sentences(text: str, spoken: str) -> None:
    assert " ".join(u.spoken for u in plan(parse(text), "en", Lexicon())) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Звоните 8-800-555-35-35.",
         "Звоните восемь, восемьсот, пятьсот пятьдесят пять, тридцать пять, тридцать пять."),
        ("Родился 6 июня 1799 г. в Москве.", "Родился шестого июня тысяча семьсот девяносто девятого года в Москве."),
        ("В 1999 г. и к 2025 году.", "В тысяча девятьсот девяносто девятом году и к две тысячи двадцать пятому году."),
        ("С 1999 по 2000 г.", "С тысяча девятьсот девяносто девятого по двухтысячный год."),
        ("90-е годы, в XIX веке, Пётр I, Екатерины II, глава IV.",
         "девяностые годы, в девятнадцатом веке, Пётр первый, Екатерины второй, глава четвёртая."),
        ("1/2 стакана и 5½ см.", "одна вторая стакана и пять с половиной сантиметров."),
        ("И т. д., и т.п.", "И так далее, и тому подобное."),
        ("г. Москва, ул. Ленина, д. 5, корп. 2.", "город Москва, улица Ленина, дом пять, корпус два."),
        ("Около 100 человек, более 3 часов, с 3 до 5, до 2 км.",
         "Около ста человек, более трёх часов, с трёх до пяти, до двух километров."),
        ("5-этажный дом, 1000-летие.", "пятиэтажный дом, тысячелетие."),
        ("−5°C…+20 °C, 0,5 л, 100 м².",
         "минус пять градусов Цельсия... плюс двадцать градусов Цельсия, ноль целых пять десятых литра, "
         "сто квадратных метров."),
        ("2 000 000 человек, 20 USD.", "два миллиона человек, двадцать долларов."),
        ("США и СССР, версия 2.0.1.", "сэ шэ а и эс эс эс эр, версия два точка ноль точка один."),
    ],
)  # fmt: skip
def test_russian_sentences(text: str, spoken: str) -> None:
    assert " ".join(u.spoken for u in plan(parse(text), "ru", Lexicon())) == spoken


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Smith paid $3.50. He left.", 2),
        ("J. R. R. Tolkien wrote it.", 1),
        ("He arrived at 5 p.m. She did not.", 2),
        ('"Stop!" he said. "Why?"', 2),
        ("Wait... what? No!", 2),
        ("One\n\nTwo", 2),
        ("Title\nText begins here.", 2),
        ("this line is\nwrapped by hand.", 1),
        ("Tel. 8 (800) 555-35-35. Ask for No. 5.", 2),
        ("И т. д. и т. п. Конец.", 2),
        ("Он родился в 1999 г. и т. д. Потом уехал.", 2),
        ("你好。再见！", 2),
    ],
)
def test_sentences_end_where_they_end(text: str, count: int) -> None:
    found = list(sentences(text))
    assert len(found) == count, [[w.core for w in s] for s in found]


def test_sentences_lose_nothing_and_stay_short() -> None:
    text = "word, " * 3_000 + "x" * 5_000
    found = list(sentences(text))
    assert sum(word.end - word.start for s in found for word in s) == len(text.replace(" ", ""))
    assert max(s[-1].end - s[0].start for s in found) < 500


def test_captions_keep_the_words_as_written() -> None:
    (utterance,) = plan(parse("She paid $25 — in (cash)."), "en", Lexicon())
    assert [word.written for word in utterance.words] == ["She", "paid", "$25 —", "in", "(cash)."]
    assert utterance.spoken == "She paid twenty five dollars, in, cash."


def test_utterances_break_at_pauses_voices_and_languages() -> None:
    script = parse("One [pause: 2s] two [voice: v]three[/voice] четыре five.")
    found = list(plan(script, None, Lexicon()))
    assert [(u.words[0].written, u.voice, u.language) for u in found] == [
        ("One", None, "en"), ("two", None, "en"), ("three", "v", "en"), ("четыре", None, "ru"), ("five.", None, "en"),
    ]  # fmt: skip
    assert found[0].pause == 2.0


def test_directions_reach_their_words() -> None:
    (utterance,) = plan(parse("A [slow]b[/slow] *c* [say: ˈdiː]d e[/say] f."), "en", Lexicon())
    words = {word.written: word for word in utterance.words}
    assert words["b"].pace < 1 == words["A"].pace
    assert words["c"].emphasis
    assert words["d e"].ipa == "ˈdiː"


@pytest.mark.parametrize(
    ("script", "mark"),
    [("[say: ˈdiː]d e?[/say] f.", "?"), ("[say: ˈdiː]d, e[/say] f.", ","), ("[say: x]d, e![/say]", "!")],
)
def test_words_that_are_said_as_one_keep_the_last_mark_among_them(script: str, mark: str) -> None:
    (utterance, *_) = plan(parse(script), "en", Lexicon())
    assert utterance.words[0].mark == mark


def test_a_lexicon_changes_words(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.txt"
    path.write_text("# names\nGIF = /dʒɪf/\nnginx = engine x\n", "utf-8")
    (utterance,) = plan(parse("A GIF from Nginx."), "en", read_lexicon(path))
    assert utterance.words[1].ipa == "dʒɪf"
    assert utterance.words[3].spoken == "engine x"


@pytest.mark.parametrize("line", ["GIF", "GIF = ", "two words = x", "GIF = /12/"])
def test_a_bad_lexicon_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "lexicon.txt"
    path.write_text("ok = okay\n" + line, "utf-8")
    with pytest.raises(OptionError, match="line 2"):
        read_lexicon(path)


def test_a_missing_or_binary_lexicon_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        read_lexicon(tmp_path / "none.txt")
    (tmp_path / "x.bin").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(OptionError, match="UTF-8"):
        read_lexicon(tmp_path / "x.bin")
